//+------------------------------------------------------------------+
//|                                                      LoteLib.mq4 |
//|          cálculo de lote para os robôs da casa (MT4)             |
//+------------------------------------------------------------------+
#property library
#property copyright "Casa dos Robôs"
#property strict

//+------------------------------------------------------------------+
//| encaixa o lote no passo e nos limites da corretora               |
//+------------------------------------------------------------------+
double LoteValido(string par,double lote) export
  {
   double passo=MarketInfo(par,MODE_LOTSTEP);
   double minimo=MarketInfo(par,MODE_MINLOT);
   double maximo=MarketInfo(par,MODE_MAXLOT);
   if(passo<=0) passo=0.01;
   lote=MathFloor(lote/passo)*passo;
   return(MathMax(minimo,MathMin(maximo,lote)));
  }
//+------------------------------------------------------------------+
//| lote que perde 'pct' por cento do saldo se o stop for atingido   |
//+------------------------------------------------------------------+
double LotePorRisco(string par,double pct,int stopPontos) export
  {
   if(stopPontos<=0) return(0);
   double ponto=MarketInfo(par,MODE_POINT);
   double valor=MarketInfo(par,MODE_TICKVALUE)/MarketInfo(par,MODE_TICKSIZE)*ponto;
   if(valor<=0) return(0);
   return(LoteValido(par,AccountBalance()*pct/100.0/(stopPontos*valor)));
  }
//+------------------------------------------------------------------+
//| lote que cabe na margem livre                                    |
//+------------------------------------------------------------------+
double LotePorMargem(string par,double pct) export
  {
   double margem=MarketInfo(par,MODE_MARGINREQUIRED);
   if(margem<=0) return(0);
   return(LoteValido(par,AccountFreeMargin()*pct/100.0/margem));
  }
//+------------------------------------------------------------------+
