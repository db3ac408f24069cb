//+------------------------------------------------------------------+
//|                                                    Esqueleto.mq5 |
//|                                       modelo para novos robos    |
//+------------------------------------------------------------------+
#property copyright "eu"
#property link      "https://www.mql5.com"
#property version   "1.00"
//--- entradas
input int    Magic = 1;
input double Lote  = 0.01;

datetime barra=0;
//+------------------------------------------------------------------+
//| Expert initialization function                                   |
//+------------------------------------------------------------------+
int OnInit()
  {
   EventSetTimer(30);
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
//| Expert deinitialization function                                 |
//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   EventKillTimer();
  }
//+------------------------------------------------------------------+
bool NovaBarra()
  {
   datetime t=iTime(_Symbol,_Period,0);
   if(t==barra) return(false);
   barra=t;
   return(true);
  }
//+------------------------------------------------------------------+
//| Expert tick function                                             |
//+------------------------------------------------------------------+
void OnTick()
  {
   if(!NovaBarra()) return;
   // TODO: sinal de entrada
  }
//+------------------------------------------------------------------+
//| Timer function                                                   |
//+------------------------------------------------------------------+
void OnTimer()
  {
  }
//+------------------------------------------------------------------+
