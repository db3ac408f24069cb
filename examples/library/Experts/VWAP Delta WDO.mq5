//+------------------------------------------------------------------+
//| VWAP Delta WDO                                                   |
//| agressao de compra menos venda acima/abaixo da VWAP do dia       |
//+------------------------------------------------------------------+
#property copyright "fluxo & fita"
#property version   "1.2"

#include <Trade\Trade.mqh>
CTrade trade;

input double Contratos  = 1;
input int    JanelaSeg  = 60;      // janela da agressao
input double DeltaMin   = 800;     // contratos de diferenca
input double StopPontos = 5.0;
input double AlvoPontos = 8.0;
input long   Magic      = 88;

double Vwap()
  {
   datetime abre=iTime(_Symbol,PERIOD_D1,0);
   MqlRates r[];
   int n=CopyRates(_Symbol,PERIOD_M1,abre,TimeCurrent(),r);
   double pv=0,v=0;
   for(int i=0;i<n;i++)
     {
      double tipico=(r[i].high+r[i].low+r[i].close)/3.0;
      pv+=tipico*(double)r[i].real_volume;
      v +=(double)r[i].real_volume;
     }
   return(v>0?pv/v:0);
  }

double Delta()
  {
   MqlTick ticks[];
   ulong de=(ulong)(TimeCurrent()-JanelaSeg)*1000;
   int n=CopyTicksRange(_Symbol,ticks,COPY_TICKS_TRADE,de,0);
   double d=0;
   for(int i=0;i<n;i++)
     {
      if((ticks[i].flags&TICK_FLAG_BUY)!=0)  d+=(double)ticks[i].volume;
      if((ticks[i].flags&TICK_FLAG_SELL)!=0) d-=(double)ticks[i].volume;
     }
   return(d);
  }

int OnInit()
  {
   trade.SetExpertMagicNumber(Magic);
   return(INIT_SUCCEEDED);
  }

void OnTick()
  {
   if(PositionSelect(_Symbol)) return;

   double vwap=Vwap();
   if(vwap<=0) return;
   double ultimo=SymbolInfoDouble(_Symbol,SYMBOL_LAST);
   double delta=Delta();

   if(ultimo>vwap && delta>DeltaMin)
      trade.Buy(Contratos,_Symbol,0,ultimo-StopPontos,ultimo+AlvoPontos,"fluxo");
   else if(ultimo<vwap && delta<-DeltaMin)
      trade.Sell(Contratos,_Symbol,0,ultimo+StopPontos,ultimo-AlvoPontos,"fluxo");
  }
