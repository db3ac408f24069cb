//+------------------------------------------------------------------+
//|                                            MACD Tendencia BR.mq4 |
//|                                                  R. Albuquerque  |
//+------------------------------------------------------------------+
#property copyright "R. Albuquerque"
#property link      ""
#property version   "1.12"
#property strict
#property description "Cruzamento do MACD filtrado por media exponencial"

input double Lots           = 0.10;   // Lote
input int    TakeProfitPts  = 600;    // Alvo em pontos
input int    StopLossPts    = 350;    // Stop em pontos
input int    TrailingPts    = 250;    // Trailing em pontos
input int    MACDOpenLevel  = 30;     // Nivel minimo do MACD para entrar
input int    TrendPeriod    = 34;     // Periodo da EMA de tendencia
input int    MagicNumber    = 20170412;
input int    Slippage       = 5;

//+------------------------------------------------------------------+
int OnInit()
  {
   if(Lots<MarketInfo(Symbol(),MODE_MINLOT))
     {
      Print("Lote abaixo do minimo da corretora");
      return(INIT_PARAMETERS_INCORRECT);
     }
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
int MyOrders()
  {
   int n=0;
   for(int i=OrdersTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()==Symbol() && OrderMagicNumber()==MagicNumber) n++;
     }
   return(n);
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   if(Bars<100) return;

   double macdNow   =iMACD(NULL,0,12,26,9,PRICE_CLOSE,MODE_MAIN,0);
   double macdPrev  =iMACD(NULL,0,12,26,9,PRICE_CLOSE,MODE_MAIN,1);
   double signalNow =iMACD(NULL,0,12,26,9,PRICE_CLOSE,MODE_SIGNAL,0);
   double signalPrev=iMACD(NULL,0,12,26,9,PRICE_CLOSE,MODE_SIGNAL,1);
   double emaNow    =iMA(NULL,0,TrendPeriod,0,MODE_EMA,PRICE_CLOSE,0);
   double emaPrev   =iMA(NULL,0,TrendPeriod,0,MODE_EMA,PRICE_CLOSE,1);

   if(MyOrders()<1)
     {
      // compra: MACD cruza o sinal para cima e a media sobe
      if(macdNow>signalNow && macdPrev<=signalPrev && MathAbs(macdNow)>MACDOpenLevel*Point && emaNow>emaPrev)
        {
         int tk=OrderSend(Symbol(),OP_BUY,Lots,Ask,Slippage,Ask-StopLossPts*Point,Ask+TakeProfitPts*Point,"MACD BR",MagicNumber,0,clrGreen);
         if(tk<0) Print("Erro na compra: ",GetLastError());
         return;
        }
      if(macdNow<signalNow && macdPrev>=signalPrev && MathAbs(macdNow)>MACDOpenLevel*Point && emaNow<emaPrev)
        {
         int tk2=OrderSend(Symbol(),OP_SELL,Lots,Bid,Slippage,Bid+StopLossPts*Point,Bid-TakeProfitPts*Point,"MACD BR",MagicNumber,0,clrRed);
         if(tk2<0) Print("Erro na venda: ",GetLastError());
        }
      return;
     }
   Trailing();
  }
//+------------------------------------------------------------------+
void Trailing()
  {
   if(TrailingPts<=0) return;
   for(int i=OrdersTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol() || OrderMagicNumber()!=MagicNumber) continue;
      if(OrderType()==OP_BUY && Bid-OrderOpenPrice()>TrailingPts*Point)
        {
         if(OrderStopLoss()<Bid-TrailingPts*Point)
            if(!OrderModify(OrderTicket(),OrderOpenPrice(),Bid-TrailingPts*Point,OrderTakeProfit(),0,clrGreen))
               Print("OrderModify: ",GetLastError());
        }
      if(OrderType()==OP_SELL && OrderOpenPrice()-Ask>TrailingPts*Point)
        {
         if(OrderStopLoss()>Ask+TrailingPts*Point || OrderStopLoss()==0)
            if(!OrderModify(OrderTicket(),OrderOpenPrice(),Ask+TrailingPts*Point,OrderTakeProfit(),0,clrRed))
               Print("OrderModify: ",GetLastError());
        }
     }
  }
//+------------------------------------------------------------------+
