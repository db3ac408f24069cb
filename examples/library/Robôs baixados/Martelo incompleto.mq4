//+------------------------------------------------------------------+
//|                                           Martelo incompleto.mq4 |
//|            baixado do forum, o arquivo veio cortado              |
//+------------------------------------------------------------------+
#property copyright "forum"
#property strict

input double Lots  = 0.1;
input int    SL    = 200;
input int    TP    = 400;
input int    Magic = 7007;

// martelo: corpo pequeno em cima, pavio longo embaixo
bool Martelo(int i)
  {
   double corpo=MathAbs(Close[i]-Open[i]);
   double baixo=MathMin(Close[i],Open[i])-Low[i];
   double cima =High[i]-MathMax(Close[i],Open[i]);
   return(baixo>2*corpo && cima<corpo);
  }

bool Estrela(int i)
  {
   double corpo=MathAbs(Close[i]-Open[i]);
   double baixo=MathMin(Close[i],Open[i])-Low[i];
   double cima =High[i]-MathMax(Close[i],Open[i]);
   return(cima>2*corpo && baixo<corpo);
  }

void OnTick()
  {
   static datetime b=0;
   if(b==Time[0]) return;
   b=Time[0];
   if(OrdersTotal()>0) return;
   if(Martelo(1))
      if(OrderSend(Symbol(),OP_BUY,Lots,Ask,5,Ask-SL*Point,Ask+TP*Point,"martelo",Magic)<0) Print(GetLastError());
   if(Estrela(1))
      if(OrderSend(Symbol(),OP_SELL,Lots,Bid,5,Bid+SL*Point,Bid-TP*Point,"estrela",Magic)<0) Print(GetLastError());
  }

void Relatorio()
  {
   int ganhos=0,perdas=0;
   for(int i=OrdersHistoryTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_HISTORY)) continue;
      if(OrderMagicNumber()!=Magic) continue;
      if(OrderProfit()>=0) ganhos++;
      else per