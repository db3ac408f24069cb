//+------------------------------------------------------------------+
//| Pinbar no suporte / resistência                                  |
//| Região = máxima/mínima do dia anterior                           |
//+------------------------------------------------------------------+
#property copyright "Tiê"
#property strict

input double Lote        = 0.05;
input double PavioMinimo = 0.60;   // fração do candle que o pavio precisa ter
input int    TolPts      = 80;     // tolerância até a região
input double RR          = 2.0;    // risco : retorno
input int    MoverPts    = 200;    // pontos a favor para ir ao zero a zero
input int    Magic       = 31337;

datetime feita;

bool PinAlta(int k)
  {
   double t=High[k]-Low[k];
   if(t<=0) return(false);
   double pavio=MathMin(Open[k],Close[k])-Low[k];
   return(pavio/t>=PavioMinimo && Close[k]>Open[k]);
  }

bool PinBaixa(int k)
  {
   double t=High[k]-Low[k];
   if(t<=0) return(false);
   double pavio=High[k]-MathMax(Open[k],Close[k]);
   return(pavio/t>=PavioMinimo && Close[k]<Open[k]);
  }

int Abertas()
  {
   int n=0;
   for(int i=0;i<OrdersTotal();i++)
      if(OrderSelect(i,SELECT_BY_POS) && OrderMagicNumber()==Magic && OrderSymbol()==Symbol()) n++;
   return(n);
  }

void ZeroAZero()
  {
   for(int i=0;i<OrdersTotal();i++)
     {
      if(!OrderSelect(i,SELECT_BY_POS) || OrderMagicNumber()!=Magic || OrderSymbol()!=Symbol()) continue;
      if(OrderType()==OP_BUY && OrderStopLoss()<OrderOpenPrice() && Bid>=OrderOpenPrice()+MoverPts*Point)
         if(!OrderModify(OrderTicket(),OrderOpenPrice(),OrderOpenPrice()+10*Point,OrderTakeProfit(),0))
            Print("zero a zero: ",GetLastError());
      if(OrderType()==OP_SELL && OrderStopLoss()>OrderOpenPrice() && Ask<=OrderOpenPrice()-MoverPts*Point)
         if(!OrderModify(OrderTicket(),OrderOpenPrice(),OrderOpenPrice()-10*Point,OrderTakeProfit(),0))
            Print("zero a zero: ",GetLastError());
     }
  }

void OnTick()
  {
   ZeroAZero();
   if(Abertas()>0 || feita==Time[0]) return;

   double resistencia=iHigh(NULL,PERIOD_D1,1);
   double suporte    =iLow(NULL,PERIOD_D1,1);

   if(PinAlta(1) && MathAbs(Low[1]-suporte)<=TolPts*Point)
     {
      double sl=Low[1]-20*Point;
      double tp=Ask+(Ask-sl)*RR;
      if(OrderSend(Symbol(),OP_BUY,Lote,Ask,5,sl,tp,"pin",Magic)>0) feita=Time[0];
     }
   else if(PinBaixa(1) && MathAbs(High[1]-resistencia)<=TolPts*Point)
     {
      double sl=High[1]+20*Point;
      double tp=Bid-(sl-Bid)*RR;
      if(OrderSend(Symbol(),OP_SELL,Lote,Bid,5,sl,tp,"pin",Magic)>0) feita=Time[0];
     }
  }
