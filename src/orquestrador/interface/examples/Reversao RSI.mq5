//+------------------------------------------------------------------+
//|                                               Reversao RSI.mq5   |
//+------------------------------------------------------------------+
#property copyright "Exemplo do orquestrador"
#property version   "2.10"

#include <Trade/Trade.mqh>

input int    RsiPeriod     = 14;
input double RiskPercent   = 1.0;   // risco por operação, % do saldo
input int    StopPoints    = 300;
input int    TargetPoints  = 450;
input int    MaxSpread     = 25;

CTrade trade;
int    handle = INVALID_HANDLE;

int OnInit()
{
   handle = iRSI("EURUSD", PERIOD_M15, RsiPeriod, PRICE_CLOSE);
   return handle == INVALID_HANDLE ? INIT_FAILED : INIT_SUCCEEDED;
}

double LotByRisk()
{
   double money = AccountInfoDouble(ACCOUNT_BALANCE) * RiskPercent / 100.0;
   double value = SymbolInfoDouble("EURUSD", SYMBOL_TRADE_TICK_VALUE);
   return NormalizeDouble(money / (StopPoints * value), 2);
}

void OnTick()
{
   double rsi[1];
   if (PositionsTotal() > 0 || CopyBuffer(handle, 0, 1, 1, rsi) != 1) return;
   if (SymbolInfoInteger("EURUSD", SYMBOL_SPREAD) > MaxSpread) return;
   double ask = SymbolInfoDouble("EURUSD", SYMBOL_ASK);
   if (rsi[0] < 30)
      trade.Buy(LotByRisk(), "EURUSD", ask, ask - StopPoints * _Point, ask + TargetPoints * _Point);
}
