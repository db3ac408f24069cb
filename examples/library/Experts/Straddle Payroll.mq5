//+------------------------------------------------------------------+
//|                                             Straddle Payroll.mq5 |
//|    Ordens pendentes dos dois lados antes de notícia de 3 touros  |
//+------------------------------------------------------------------+
#property copyright "Calendário BR"
#property version   "1.3"

#include <Trade\Trade.mqh>
#include <Trade\OrderInfo.mqh>

input double Lote        = 0.05;
input string Moeda       = "USD";
input int    AntesSeg    = 45;      // segundos antes da divulgação
input int    DistPts     = 150;     // distância das pendentes
input int    StopPts     = 200;
input int    AlvoPts     = 600;
input int    ValidadeSeg = 300;     // depois disso cancela
input long   Magic       = 1330;

CTrade     trade;
COrderInfo ordem;
datetime   armadaEm=0;
//+------------------------------------------------------------------+
int OnInit()
  {
   trade.SetExpertMagicNumber(Magic);
   EventSetTimer(1);
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   EventKillTimer();
  }
//+------------------------------------------------------------------+
//| hora da próxima divulgação de alta importância, 0 se não houver  |
//+------------------------------------------------------------------+
datetime ProximaNoticia()
  {
   MqlCalendarValue v[];
   datetime agora=TimeTradeServer();
   if(CalendarValueHistory(v,agora,agora+3600,NULL,Moeda)<=0) return(0);
   for(int i=0;i<ArraySize(v);i++)
     {
      MqlCalendarEvent ev;
      if(!CalendarEventById(v[i].event_id,ev)) continue;
      if(ev.importance==CALENDAR_IMPORTANCE_HIGH) return(v[i].time);
     }
   return(0);
  }
//+------------------------------------------------------------------+
void CancelaPendentes()
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
      if(ordem.SelectByIndex(i) && ordem.Magic()==Magic && ordem.Symbol()==_Symbol)
         trade.OrderDelete(ordem.Ticket());
  }
//+------------------------------------------------------------------+
void Arma()
  {
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK)+DistPts*_Point;
   double bid=SymbolInfoDouble(_Symbol,SYMBOL_BID)-DistPts*_Point;
   trade.BuyStop(Lote,ask,_Symbol,ask-StopPts*_Point,ask+AlvoPts*_Point);
   trade.SellStop(Lote,bid,_Symbol,bid+StopPts*_Point,bid-AlvoPts*_Point);
   armadaEm=TimeTradeServer();
  }
//+------------------------------------------------------------------+
void OnTimer()
  {
   datetime agora=TimeTradeServer();
   if(armadaEm>0)
     {
      if(agora-armadaEm>ValidadeSeg) { CancelaPendentes(); armadaEm=0; }
      return;
     }
   datetime noticia=ProximaNoticia();
   if(noticia>0 && noticia-agora<=AntesSeg && noticia>agora) Arma();
  }
//+------------------------------------------------------------------+
//| executou um lado: o outro não serve mais                         |
//+------------------------------------------------------------------+
void OnTradeTransaction(const MqlTradeTransaction &t,const MqlTradeRequest &r,const MqlTradeResult &s)
  {
   if(t.type==TRADE_TRANSACTION_DEAL_ADD && t.symbol==_Symbol && PositionSelect(_Symbol)) CancelaPendentes();
  }
//+------------------------------------------------------------------+
