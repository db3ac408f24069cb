//+------------------------------------------------------------------+
//|                                                      Keltner.mq5 |
//+------------------------------------------------------------------+
#property copyright "time de dois"
<<<<<<< HEAD
#property version   "1.10"
=======
#property version   "1.11"
>>>>>>> stop-curto

#include <Trade\Trade.mqh>

input double Lote     = 0.1;
input int    Periodo  = 20;
input double Fator    = 2.0;
<<<<<<< HEAD
input int    StopPts  = 400;
=======
input int    StopPts  = 350;
>>>>>>> stop-curto
input long   Magic    = 111;

CTrade trade;
int hMa,hAtr;

int OnInit()
  {
   hMa =iMA(_Symbol,_Period,Periodo,0,MODE_EMA,PRICE_TYPICAL);
   hAtr=iATR(_Symbol,_Period,Periodo);
   trade.SetExpertMagicNumber(Magic);
   return(INIT_SUCCEEDED);
  }

void OnTick()
  {
   static datetime b=0;
   if(iTime(_Symbol,_Period,0)==b) return;
   b=iTime(_Symbol,_Period,0);
<<<<<<< HEAD
   if(PositionSelect(_Symbol)) return;
=======
   if(PositionsTotal()>0) return;
>>>>>>> stop-curto

   double m[1],a[1];
   if(CopyBuffer(hMa,0,1,1,m)<1 || CopyBuffer(hAtr,0,1,1,a)<1) return;
   double c=iClose(_Symbol,_Period,1);
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK),bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);

   // fechamento fora do canal: vai junto
   if(c>m[0]+Fator*a[0]) trade.Buy(Lote,_Symbol,ask,ask-StopPts*_Point,ask+2*StopPts*_Point);
   if(c<m[0]-Fator*a[0]) trade.Sell(Lote,_Symbol,bid,bid+StopPts*_Point,bid-2*StopPts*_Point);
  }
