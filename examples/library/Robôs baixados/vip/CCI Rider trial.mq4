//+------------------------------------------------------------------+
//|                                              CCI Rider trial.mq4 |
//+------------------------------------------------------------------+
#property copyright "Rider"
#property version   "1.0"
#property strict

input double Lots   = 0.1;
input int    Period_CCI = 20;
input int    SL     = 350;
input int    TP     = 700;
input int    Magic  = 4242;

datetime vence = D'2023.12.31 23:59';
datetime bar;

int OnInit()
  {
   if(TimeCurrent()>vence)
     {
      Alert("CCI Rider: trial expired");
      return(INIT_FAILED);
     }
   return(INIT_SUCCEEDED);
  }

int Opened()
  {
   int n=0;
   for(int i=0;i<OrdersTotal();i++)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES))
         if(OrderSymbol()==Symbol() && OrderMagicNumber()==Magic) n++;
   return(n);
  }

void OnTick()
  {
   if(TimeCurrent()>vence)
     {
      ExpertRemove();
      return;
     }
   if(bar==Time[0] || Opened()>0) return;
   bar=Time[0];
   double c1=iCCI(NULL,0,Period_CCI,PRICE_TYPICAL,1);
   double c2=iCCI(NULL,0,Period_CCI,PRICE_TYPICAL,2);
   int tk=0;
   // strength: CCI breaks +100 or -100 and we go with it
   if(c1>100 && c2<=100)
      tk=OrderSend(Symbol(),OP_BUY,Lots,Ask,5,Ask-SL*Point,Ask+TP*Point,"cci",Magic);
   if(c1<-100 && c2>=-100)
      tk=OrderSend(Symbol(),OP_SELL,Lots,Bid,5,Bid+SL*Point,Bid-TP*Point,"cci",Magic);
   if(tk<0) Print("OrderSend failed ",GetLastError());
  }
