//+------------------------------------------------------------------+
//|                                             Media Colorida.mq4   |
//+------------------------------------------------------------------+
#property copyright "Exemplo do orquestrador"
#property strict
#property indicator_chart_window
#property indicator_buffers 1
#property indicator_color1  clrDodgerBlue

input int Period1 = 21;  // período da média

double Line[];

int OnInit()
{
   SetIndexBuffer(0, Line);
   SetIndexStyle(0, DRAW_LINE);
   return INIT_SUCCEEDED;
}

int OnCalculate(const int rates_total, const int prev_calculated, const datetime &time[],
                const double &open[], const double &high[], const double &low[],
                const double &close[], const long &tick_volume[], const long &volume[],
                const int &spread[])
{
   for (int i = rates_total - prev_calculated - 1; i >= 0; i--)
      Line[i] = iMA(NULL, 0, Period1, 0, MODE_EMA, PRICE_CLOSE, i);
   return rates_total;
}
