//+------------------------------------------------------------------+
//|                                               均线抛物线趋势.mq4 |
//|                          抛物线加均线顺势，盈利后才开始移动止损  |
//+------------------------------------------------------------------+
#property copyright "李工"
#property version   "2.1"
#property strict

input double Lots       = 0.10;   // 手数
input int    MaPeriod   = 120;    // 均线周期
input double SarStep    = 0.02;   // 抛物线步长
input double SarMax     = 0.2;    // 抛物线上限
input int    TrailStart = 300;    // 盈利多少点后开始移动
input int    TrailStop  = 180;    // 移动止损距离
input int    Magic      = 86086;  // 魔术号

datetime bar=0;
//+------------------------------------------------------------------+
//| 是否已有持仓                                                     |
//+------------------------------------------------------------------+
bool HasOrder()
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES))
         if(OrderSymbol()==Symbol() && OrderMagicNumber()==Magic) return(true);
   return(false);
  }
//+------------------------------------------------------------------+
//| 移动止损，只在盈利时                                             |
//+------------------------------------------------------------------+
void Trail()
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol() || OrderMagicNumber()!=Magic) continue;
      bool ok=true;
      if(OrderType()==OP_BUY && Bid-OrderOpenPrice()>TrailStart*Point)
        {
         double sl=NormalizeDouble(Bid-TrailStop*Point,Digits);
         if(sl>OrderStopLoss()) ok=OrderModify(OrderTicket(),OrderOpenPrice(),sl,0,0,clrBlue);
        }
      if(OrderType()==OP_SELL && OrderOpenPrice()-Ask>TrailStart*Point)
        {
         double sl=NormalizeDouble(Ask+TrailStop*Point,Digits);
         if(OrderStopLoss()==0 || sl<OrderStopLoss()) ok=OrderModify(OrderTicket(),OrderOpenPrice(),sl,0,0,clrRed);
        }
      if(!ok) Print("修改失败 ",GetLastError());
     }
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   Trail();
   if(Time[0]==bar) return;
   bar=Time[0];
   if(HasOrder()) return;

   double ma =iMA(NULL,PERIOD_H1,MaPeriod,0,MODE_SMA,PRICE_CLOSE,1);
   double sar=iSAR(NULL,PERIOD_H1,SarStep,SarMax,1);
   double c  =iClose(NULL,PERIOD_H1,1);
   int tk=0;
   // 价格在均线上方且抛物线在下方：做多
   if(c>ma && sar<c) tk=OrderSend(Symbol(),OP_BUY,Lots,Ask,5,0,0,"顺势",Magic,0,clrBlue);
   // 反之做空
   if(c<ma && sar>c) tk=OrderSend(Symbol(),OP_SELL,Lots,Bid,5,0,0,"顺势",Magic,0,clrRed);
   if(tk<0) Print("下单失败 ",GetLastError());
  }
//+------------------------------------------------------------------+
