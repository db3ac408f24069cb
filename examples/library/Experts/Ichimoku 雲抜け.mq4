//+------------------------------------------------------------------+
//|                                               Ichimoku 雲抜け.mq4 |
//|                                    一目均衡表によるトレンドフォロー |
//+------------------------------------------------------------------+
#property copyright "山田"
#property version   "1.05"
#property strict

//--- パラメータ
input double LotSize   = 0.10;   // ロット
input int    Tenkan    = 9;      // 転換線
input int    Kijun     = 26;     // 基準線
input int    SenkouB   = 52;     // 先行スパンB
input int    TakeProfit= 1200;   // 利食い（ポイント）
input int    MagicNo   = 2604;   // マジックナンバー

datetime lastBar=0;
//+------------------------------------------------------------------+
//| 自分のポジション数を数える                                         |
//+------------------------------------------------------------------+
int CountMine()
  {
   int total=0;
   for(int i=OrdersTotal()-1; i>=0; i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()==Symbol() && OrderMagicNumber()==MagicNo) total++;
     }
   return(total);
  }
//+------------------------------------------------------------------+
//| 基準線に沿って損切りを引き上げる                                   |
//+------------------------------------------------------------------+
void TrailByKijun(double kijun)
  {
   for(int i=OrdersTotal()-1; i>=0; i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol() || OrderMagicNumber()!=MagicNo) continue;
      bool ok=true;
      if(OrderType()==OP_BUY && kijun>OrderStopLoss() && kijun<Bid)
         ok=OrderModify(OrderTicket(),OrderOpenPrice(),NormalizeDouble(kijun,Digits),OrderTakeProfit(),0);
      if(OrderType()==OP_SELL && kijun<OrderStopLoss() && kijun>Ask)
         ok=OrderModify(OrderTicket(),OrderOpenPrice(),NormalizeDouble(kijun,Digits),OrderTakeProfit(),0);
      if(!ok) Print("変更エラー: ",GetLastError());
     }
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   if(Time[0]==lastBar) return;
   lastBar=Time[0];

   double ten =iIchimoku(NULL,PERIOD_H4,Tenkan,Kijun,SenkouB,MODE_TENKANSEN,1);
   double kij =iIchimoku(NULL,PERIOD_H4,Tenkan,Kijun,SenkouB,MODE_KIJUNSEN,1);
   double spA =iIchimoku(NULL,PERIOD_H4,Tenkan,Kijun,SenkouB,MODE_SENKOUSPANA,1);
   double spB =iIchimoku(NULL,PERIOD_H4,Tenkan,Kijun,SenkouB,MODE_SENKOUSPANB,1);
   double top =MathMax(spA,spB);
   double bot =MathMin(spA,spB);
   double c   =iClose(NULL,PERIOD_H4,1);

   if(CountMine()>0)
     {
      TrailByKijun(kij);
      return;
     }
   //--- 雲の上、転換線が基準線の上なら買い
   if(c>top && ten>kij)
     {
      if(OrderSend(Symbol(),OP_BUY,LotSize,Ask,5,NormalizeDouble(bot,Digits),Ask+TakeProfit*Point,"kumo",MagicNo,0,clrAqua)<0)
         Print("買いエラー: ",GetLastError());
     }
   //--- 雲の下なら売り
   if(c<bot && ten<kij)
     {
      if(OrderSend(Symbol(),OP_SELL,LotSize,Bid,5,NormalizeDouble(top,Digits),Bid-TakeProfit*Point,"kumo",MagicNo,0,clrMagenta)<0)
         Print("売りエラー: ",GetLastError());
     }
  }
//+------------------------------------------------------------------+
