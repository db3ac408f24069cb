//+------------------------------------------------------------------+
//|                             Cruzamento com stop fantasma.mq4     |
//+------------------------------------------------------------------+
#property copyright "anonimo"
#property strict

input double Lots       = 0.1;
input int    StopLoss   = 300;   // stop loss em pontos
input int    TakeProfit = 900;   // take profit em pontos
input int    Rapida     = 9;
input int    Lenta      = 21;
input int    Magic      = 4040;

datetime barraLida;
//+------------------------------------------------------------------+
int OnInit()
  {
   if(StopLoss<100) Print("Aviso: StopLoss muito curto: ",StopLoss);
   if(Rapida>=Lenta) return(INIT_PARAMETERS_INCORRECT);
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
int Ticket(int tipo)
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES))
         if(OrderSymbol()==_Symbol && OrderMagicNumber()==Magic && OrderType()==tipo)
            return(OrderTicket());
   return(-1);
  }
//+------------------------------------------------------------------+
void FecharTicket(int tk)
  {
   if(tk<0 || !OrderSelect(tk,SELECT_BY_TICKET)) return;
   double p=(OrderType()==OP_BUY)?Bid:Ask;
   if(!OrderClose(tk,OrderLots(),p,5)) Print("OrderClose ",GetLastError());
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   if(Time[0]==barraLida) return;
   barraLida=Time[0];

   double r1=iMA(NULL,0,Rapida,0,MODE_EMA,PRICE_CLOSE,1);
   double r2=iMA(NULL,0,Rapida,0,MODE_EMA,PRICE_CLOSE,2);
   double l1=iMA(NULL,0,Lenta,0,MODE_EMA,PRICE_CLOSE,1);
   double l2=iMA(NULL,0,Lenta,0,MODE_EMA,PRICE_CLOSE,2);

   if(r1>l1 && r2<=l2)
     {
      FecharTicket(Ticket(OP_SELL));
      if(Ticket(OP_BUY)<0)
         if(OrderSend(_Symbol,OP_BUY,Lots,Ask,5,0,Ask+TakeProfit*Point,"cruz",Magic)<0)
            Print("erro ",GetLastError());
     }
   if(r1<l1 && r2>=l2)
     {
      FecharTicket(Ticket(OP_BUY));
      if(Ticket(OP_SELL)<0)
         if(OrderSend(_Symbol,OP_SELL,Lots,Bid,5,0,Bid-TakeProfit*Point,"cruz",Magic)<0)
            Print("erro ",GetLastError());
     }
  }
//+------------------------------------------------------------------+
