//+------------------------------------------------------------------+
//|                                                  ZigZag Фибо.mq4 |
//|              уровни Фибоначчи по последнему колену зигзага       |
//+------------------------------------------------------------------+
#property copyright "форум"
#property indicator_chart_window
#property indicator_buffers 2
#property indicator_color1 DodgerBlue
#property indicator_color2 OrangeRed

extern int  Depth     = 12;    // глубина
extern int  MaxBars   = 500;   // сколько баров считать
extern bool ShowFibo  = true;  // рисовать уровни

double Up[];
double Dn[];

int init()
{
   SetIndexStyle(0,DRAW_ARROW);
   SetIndexArrow(0,217);
   SetIndexBuffer(0,Up);
   SetIndexStyle(1,DRAW_ARROW);
   SetIndexArrow(1,218);
   SetIndexBuffer(1,Dn);
   IndicatorShortName("ZZ Fibo");
   return(0);
}

int deinit()
{
   ObjectDelete("zz_fibo");
   return(0);
}

int start()
{
   int i,lastHi=-1,lastLo=-1;
   int limit=MathMin(Bars-Depth-1,MaxBars);
   for(i=limit;i>=Depth;i--)
   {
      Up[i]=EMPTY_VALUE;
      Dn[i]=EMPTY_VALUE;
      // вершина: максимум среди соседей
      if(iHighest(NULL,0,MODE_HIGH,2*Depth+1,i-Depth)==i) { Dn[i]=High[i]; lastHi=i; }
      // впадина
      if(iLowest(NULL,0,MODE_LOW,2*Depth+1,i-Depth)==i)   { Up[i]=Low[i];  lastLo=i; }
   }
   if(!ShowFibo||lastHi<0||lastLo<0) return(0);

   // линия от более старой точки к более новой
   int a=lastHi,b=lastLo;
   double pa=High[lastHi],pb=Low[lastLo];
   if(lastLo>lastHi) { a=lastLo; b=lastHi; pa=Low[lastLo]; pb=High[lastHi]; }
   ObjectDelete("zz_fibo");
   ObjectCreate("zz_fibo",OBJ_FIBO,0,Time[a],pa,Time[b],pb);
   ObjectSet("zz_fibo",OBJPROP_FIBOLEVELS,5);
   ObjectSet("zz_fibo",OBJPROP_FIRSTLEVEL+0,0.0);
   ObjectSet("zz_fibo",OBJPROP_FIRSTLEVEL+1,0.382);
   ObjectSet("zz_fibo",OBJPROP_FIRSTLEVEL+2,0.5);
   ObjectSet("zz_fibo",OBJPROP_FIRSTLEVEL+3,0.618);
   ObjectSet("zz_fibo",OBJPROP_FIRSTLEVEL+4,1.0);
   return(0);
}
