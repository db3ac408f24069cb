//+------------------------------------------------------------------+
//|                                                     EstatLib.mq5 |
//|                              media, desvio, correlacao, beta     |
//+------------------------------------------------------------------+
#property library
#property copyright "Casa dos Robos"
#property version   "1.0"

double Media(const double &v[]) export
  {
   int n=ArraySize(v);
   if(n==0) return(0);
   double s=0;
   for(int i=0;i<n;i++) s+=v[i];
   return(s/n);
  }

double Desvio(const double &v[]) export
  {
   int n=ArraySize(v);
   if(n<2) return(0);
   double m=Media(v),s=0;
   for(int i=0;i<n;i++) s+=(v[i]-m)*(v[i]-m);
   return(MathSqrt(s/(n-1)));
  }

double Correlacao(const double &a[],const double &b[]) export
  {
   int n=MathMin(ArraySize(a),ArraySize(b));
   if(n<2) return(0);
   double ma=Media(a),mb=Media(b),sab=0,saa=0,sbb=0;
   for(int i=0;i<n;i++)
     {
      sab+=(a[i]-ma)*(b[i]-mb);
      saa+=(a[i]-ma)*(a[i]-ma);
      sbb+=(b[i]-mb)*(b[i]-mb);
     }
   return(saa*sbb>0?sab/MathSqrt(saa*sbb):0);
  }

bool Fechamentos(const string par,const ENUM_TIMEFRAMES tf,const int n,double &saida[]) export
  {
   ArraySetAsSeries(saida,false);
   return(CopyClose(par,tf,1,n,saida)==n);
  }
