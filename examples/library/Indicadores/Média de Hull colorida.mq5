//+------------------------------------------------------------------+
//|                                       Média de Hull colorida.mq5 |
//|              verde quando sobe, vermelha quando desce            |
//+------------------------------------------------------------------+
#property copyright "Coletânea BR"
#property version   "1.00"
#property indicator_chart_window
#property indicator_buffers 3
#property indicator_plots   1
#property indicator_type1   DRAW_COLOR_LINE
#property indicator_color1  clrLimeGreen,clrTomato
#property indicator_width1  2

input int                InpPeriodo = 21;            // Período
input ENUM_APPLIED_PRICE InpPreco   = PRICE_CLOSE;   // Preço
input bool               InpAlerta  = false;         // Avisar na virada

double BufHull[],BufCor[],BufDif[];
int    hRapida=INVALID_HANDLE,hLenta=INVALID_HANDLE;
int    raiz;
//+------------------------------------------------------------------+
int OnInit()
  {
   SetIndexBuffer(0,BufHull,INDICATOR_DATA);
   SetIndexBuffer(1,BufCor,INDICATOR_COLOR_INDEX);
   SetIndexBuffer(2,BufDif,INDICATOR_CALCULATIONS);
   raiz=(int)MathRound(MathSqrt(InpPeriodo));
   hRapida=iMA(_Symbol,_Period,MathMax(InpPeriodo/2,1),0,MODE_LWMA,InpPreco);
   hLenta =iMA(_Symbol,_Period,InpPeriodo,0,MODE_LWMA,InpPreco);
   if(hRapida==INVALID_HANDLE || hLenta==INVALID_HANDLE) return(INIT_FAILED);
   PlotIndexSetInteger(0,PLOT_DRAW_BEGIN,InpPeriodo+raiz);
   IndicatorSetString(INDICATOR_SHORTNAME,"Hull("+IntegerToString(InpPeriodo)+")");
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
int OnCalculate(const int rates_total,
                const int prev_calculated,
                const datetime &time[],
                const double &open[],
                const double &high[],
                const double &low[],
                const double &close[],
                const long &tick_volume[],
                const long &volume[],
                const int &spread[])
  {
   if(rates_total<InpPeriodo+raiz) return(0);
   double r[],l[];
   if(CopyBuffer(hRapida,0,0,rates_total,r)!=rates_total) return(0);
   if(CopyBuffer(hLenta,0,0,rates_total,l)!=rates_total) return(0);

   int inicio=prev_calculated>0?prev_calculated-1:InpPeriodo;
   for(int i=inicio;i<rates_total;i++) BufDif[i]=2.0*r[i]-l[i];
   for(int i=MathMax(inicio,InpPeriodo+raiz);i<rates_total;i++)
     {
      double soma=0,peso=0;
      for(int k=0;k<raiz;k++)
        {
         soma+=BufDif[i-k]*(raiz-k);
         peso+=raiz-k;
        }
      BufHull[i]=soma/peso;
      BufCor[i]=BufHull[i]>=BufHull[i-1]?0:1;
     }
   if(InpAlerta && prev_calculated==rates_total-1 && BufCor[rates_total-2]!=BufCor[rates_total-3])
      Alert(_Symbol," Hull virou");
   return(rates_total);
  }
//+------------------------------------------------------------------+
