//+------------------------------------------------------------------+
//|                                              MACD Histograma.mq4 |
//|  MACD de quatro cores (salvo com a extensao errada)              |
//+------------------------------------------------------------------+
#property copyright "Coletanea BR"
#property version   "1.0"
#property indicator_separate_window
#property indicator_buffers 4
#property indicator_plots   2
#property indicator_type1   DRAW_COLOR_HISTOGRAM
#property indicator_color1  clrGreen,clrPaleGreen,clrRed,clrPink
#property indicator_type2   DRAW_LINE
#property indicator_color2  clrSilver

input group "MACD"
input int Rapida = 12;
input int Lenta  = 26;
input int Sinal  = 9;

double hist[],cor[],sinal[],principal[];
int    h;

int OnInit()
  {
   SetIndexBuffer(0,hist,INDICATOR_DATA);
   SetIndexBuffer(1,cor,INDICATOR_COLOR_INDEX);
   SetIndexBuffer(2,sinal,INDICATOR_DATA);
   SetIndexBuffer(3,principal,INDICATOR_CALCULATIONS);
   h=iMACD(_Symbol,_Period,Rapida,Lenta,Sinal,PRICE_CLOSE);
   if(h==INVALID_HANDLE) return(INIT_FAILED);
   PlotIndexSetInteger(0,PLOT_LINE_WIDTH,3);
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int reason) { IndicatorRelease(h); }

int OnCalculate(const int rates_total,const int prev_calculated,const int begin,const double &price[])
  {
   int copiar=prev_calculated>0?rates_total-prev_calculated+1:rates_total;
   if(CopyBuffer(h,0,0,copiar,principal)<=0) return(prev_calculated);
   if(CopyBuffer(h,1,0,copiar,sinal)<=0) return(prev_calculated);
   for(int i=MathMax(prev_calculated-1,1);i<rates_total;i++)
     {
      hist[i]=principal[i]-sinal[i];
      bool cresce=hist[i]>=hist[i-1];
      cor[i]=hist[i]>=0?(cresce?0:1):(cresce?3:2);
     }
   return(rates_total);
  }
