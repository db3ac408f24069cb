//+------------------------------------------------------------------+
//|                                               TartarugaMotor.mqh |
//|     os tratadores de evento ficam aqui; os inputs, em quem inclui|
//+------------------------------------------------------------------+
#ifndef TARTARUGA_MOTOR
#define TARTARUGA_MOTOR

#include <Trade\Trade.mqh>

CTrade ttTrade;
int    ttAtr=INVALID_HANDLE;

double Maximo(const int barras)
  {
   int k=iHighest(_Symbol,InpTF,MODE_HIGH,barras,1);
   return(iHigh(_Symbol,InpTF,k));
  }

double Minimo(const int barras)
  {
   int k=iLowest(_Symbol,InpTF,MODE_LOW,barras,1);
   return(iLow(_Symbol,InpTF,k));
  }

double Unidade(const double n)
  {
   double tick=SymbolInfoDouble(_Symbol,SYMBOL_TRADE_TICK_SIZE);
   double valor=SymbolInfoDouble(_Symbol,SYMBOL_TRADE_TICK_VALUE);
   double passo=SymbolInfoDouble(_Symbol,SYMBOL_VOLUME_STEP);
   double dinheiro=AccountInfoDouble(ACCOUNT_EQUITY)*InpRisco/100.0;
   double lote=dinheiro/(n*InpStopN/tick*valor);
   return(MathFloor(lote/passo)*passo);
  }

int OnInit()
  {
   ttAtr=iATR(_Symbol,InpTF,20);
   ttTrade.SetExpertMagicNumber(InpMagic);
   return(ttAtr==INVALID_HANDLE?INIT_FAILED:INIT_SUCCEEDED);
  }

void OnDeinit(const int motivo)
  {
   if(ttAtr!=INVALID_HANDLE) IndicatorRelease(ttAtr);
  }

void OnTick()
  {
   double n[];
   if(CopyBuffer(ttAtr,0,1,1,n)!=1) return;
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK);
   double bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);

   if(PositionSelect(_Symbol))
     {
      bool compra=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
      // saída pelo canal curto
      if(compra && bid<Minimo(InpSaida))  ttTrade.PositionClose(_Symbol);
      if(!compra && ask>Maximo(InpSaida)) ttTrade.PositionClose(_Symbol);
      return;
     }
   double lote=Unidade(n[0]);
   if(lote<=0) return;
   if(ask>Maximo(InpEntrada)) ttTrade.Buy(lote,_Symbol,ask,ask-n[0]*InpStopN,0,"tartaruga");
   if(bid<Minimo(InpEntrada)) ttTrade.Sell(lote,_Symbol,bid,bid+n[0]*InpStopN,0,"tartaruga");
  }

#endif
