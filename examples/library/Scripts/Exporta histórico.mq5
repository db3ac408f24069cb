//+------------------------------------------------------------------+
//|                                           Exporta histórico.mq5  |
//|     grava as cotações e os negócios em CSV, na pasta Files       |
//+------------------------------------------------------------------+
#property copyright "utilidades"
#property version   "1.00"
#property script_show_inputs

input int    Barras     = 5000;
input string Separador  = ";";
input bool   Negocios   = true;

//+------------------------------------------------------------------+
bool GravaBarras()
  {
   string nome=_Symbol+"_"+EnumToString(_Period)+".csv";
   int f=FileOpen(nome,FILE_WRITE|FILE_CSV|FILE_ANSI,Separador);
   if(f==INVALID_HANDLE)
     {
      Print("não abriu ",nome," erro ",GetLastError());
      return(false);
     }
   MqlRates r[];
   int n=CopyRates(_Symbol,_Period,0,Barras,r);
   FileWrite(f,"data","abertura","maxima","minima","fechamento","volume");
   for(int i=0;i<n;i++)
      FileWrite(f,TimeToString(r[i].time),r[i].open,r[i].high,r[i].low,r[i].close,r[i].tick_volume);
   FileClose(f);
   PrintFormat("%d barras em %s",n,nome);
   return(true);
  }
//+------------------------------------------------------------------+
void GravaNegocios()
  {
   if(!HistorySelect(0,TimeCurrent())) return;
   int f=FileOpen("negocios.csv",FILE_WRITE|FILE_CSV|FILE_ANSI,Separador);
   if(f==INVALID_HANDLE) return;
   for(int i=0;i<HistoryDealsTotal();i++)
     {
      ulong d=HistoryDealGetTicket(i);
      FileWrite(f,d,TimeToString((datetime)HistoryDealGetInteger(d,DEAL_TIME)),HistoryDealGetString(d,DEAL_SYMBOL),
                HistoryDealGetDouble(d,DEAL_VOLUME),HistoryDealGetDouble(d,DEAL_PRICE),HistoryDealGetDouble(d,DEAL_PROFIT));
     }
   FileClose(f);
  }
//+------------------------------------------------------------------+
void OnStart()
  {
   if(GravaBarras() && Negocios) GravaNegocios();
  }
//+------------------------------------------------------------------+
