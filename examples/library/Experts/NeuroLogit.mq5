//+------------------------------------------------------------------+
//|                                                   NeuroLogit.mq5 |
//|       regressao logistica treinada a cada barra (online)         |
//+------------------------------------------------------------------+
#property copyright "lab quant"
#property version   "0.5"

#include <Trade\Trade.mqh>
#define NENT 6

input double Lote     = 0.1;
input double Taxa     = 0.02;    // taxa de aprendizado
input double Corte    = 0.58;    // probabilidade minima
input int    Treino   = 500;     // barras de treino na partida
input int    SLpts    = 300;
input int    TPpts    = 300;
input int    Magic    = 2718;

double peso[NENT+1];
CTrade trade;

double Sigmoide(const double x) { return 1.0/(1.0+MathExp(-x)); }

// entradas: retornos normalizados das ultimas barras antes de k
bool Entradas(const double &c[],const int k,double &x[])
  {
   if(k+NENT>=ArraySize(c)) return false;
   for(int i=0;i<NENT;i++) x[i]=(c[k+i]/c[k+i+1]-1.0)*1000.0;
   return true;
  }

double Prever(const double &x[])
  {
   double s=peso[NENT];
   for(int i=0;i<NENT;i++) s+=peso[i]*x[i];
   return Sigmoide(s);
  }

// um passo de gradiente: a barra seguinte subiu?
void Aprender(const double &x[],const double alvo)
  {
   double erro=alvo-Prever(x);
   for(int i=0;i<NENT;i++) peso[i]+=Taxa*erro*x[i];
   peso[NENT]+=Taxa*erro;
  }

int OnInit()
  {
   ArrayInitialize(peso,0);
   double c[],x[NENT];
   ArraySetAsSeries(c,true);
   int n=CopyClose(_Symbol,_Period,1,Treino,c);
   for(int k=n-NENT-2;k>=1;k--)
      if(Entradas(c,k,x)) Aprender(x,c[k-1]>c[k]?1.0:0.0);
   PrintFormat("treinado com %d barras",n);
   trade.SetExpertMagicNumber(Magic);
   return INIT_SUCCEEDED;
  }

void OnTick()
  {
   static datetime ultima=0;
   datetime b=iTime(_Symbol,_Period,0);
   if(b==ultima) return;
   ultima=b;

   double c[],x[NENT];
   ArraySetAsSeries(c,true);
   if(CopyClose(_Symbol,_Period,1,NENT+4,c)<NENT+4) return;
   if(Entradas(c,1,x)) Aprender(x,c[0]>c[1]?1.0:0.0);
   if(PositionSelect(_Symbol) || !Entradas(c,0,x)) return;

   double p=Prever(x);
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK),bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);
   if(p>Corte)     trade.Buy(Lote,_Symbol,ask,ask-SLpts*_Point,ask+TPpts*_Point);
   if(p<1.0-Corte) trade.Sell(Lote,_Symbol,bid,bid+SLpts*_Point,bid-TPpts*_Point);
  }
