//+------------------------------------------------------------------+
//|                                               Marca Notícias.mq5 |
//|    linha vertical em cada evento forte das moedas do gráfico     |
//+------------------------------------------------------------------+
#property copyright "Calendário BR"
#property version   "1.0"
#property indicator_chart_window
#property indicator_plots 0

input int   HorasAntes  = 24;
input int   HorasDepois = 24;
input bool  SoFortes    = true;
input color CorForte    = clrCrimson;
input color CorMedia    = clrGoldenrod;

int OnInit()
  {
   EventSetTimer(300);
   Atualiza();
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int motivo)
  {
   EventKillTimer();
   ObjectsDeleteAll(0,"nt_");
  }

void Linha(const ulong id,const datetime quando,const string nome,const color cor)
  {
   string o="nt_"+(string)id;
   ObjectCreate(0,o,OBJ_VLINE,0,quando,0);
   ObjectSetInteger(0,o,OBJPROP_COLOR,cor);
   ObjectSetInteger(0,o,OBJPROP_STYLE,STYLE_DOT);
   ObjectSetString(0,o,OBJPROP_TOOLTIP,nome+"\n"+TimeToString(quando));
  }

void Moeda(const string m)
  {
   MqlCalendarValue v[];
   datetime agora=TimeTradeServer();
   int n=CalendarValueHistory(v,agora-HorasAntes*3600,agora+HorasDepois*3600,NULL,m);
   for(int i=0;i<n;i++)
     {
      MqlCalendarEvent e;
      if(!CalendarEventById(v[i].event_id,e)) continue;
      if(e.importance==CALENDAR_IMPORTANCE_HIGH) Linha(v[i].id,v[i].time,m+": "+e.name,CorForte);
      else if(!SoFortes && e.importance==CALENDAR_IMPORTANCE_MODERATE) Linha(v[i].id,v[i].time,m+": "+e.name,CorMedia);
     }
  }

void Atualiza()
  {
   ObjectsDeleteAll(0,"nt_");
   Moeda(SymbolInfoString(_Symbol,SYMBOL_CURRENCY_BASE));
   Moeda(SymbolInfoString(_Symbol,SYMBOL_CURRENCY_PROFIT));
   ChartRedraw();
  }

void OnTimer() { Atualiza(); }

int OnCalculate(const int rates_total,const int prev_calculated,const int begin,const double &price[])
  {
   return(rates_total);
  }
