//+------------------------------------------------------------------+
//|                                                   Arma grade.mq5 |
//|   coloca N pendentes limite abaixo (ou acima) do preco, uma vez  |
//+------------------------------------------------------------------+
#property copyright "utilidades"
#property version   "1.2"
#property script_show_inputs

#include <Trade\Trade.mqh>

input bool   Comprar = true;
input int    Niveis  = 6;
input int    Passo   = 200;     // pontos entre niveis
input double Lote    = 0.02;
input int    Stop    = 1500;    // stop de cada ordem, em pontos
input int    Alvo    = 400;
input long   Magic   = 321;

void OnStart()
  {
   CTrade t;
   t.SetExpertMagicNumber(Magic);
   double base=Comprar?SymbolInfoDouble(_Symbol,SYMBOL_BID):SymbolInfoDouble(_Symbol,SYMBOL_ASK);
   int ok=0;
   for(int n=1;n<=Niveis;n++)
     {
      double p=NormalizeDouble(base+(Comprar?-1:1)*n*Passo*_Point,_Digits);
      bool foi;
      if(Comprar) foi=t.BuyLimit(Lote,p,_Symbol,p-Stop*_Point,p+Alvo*_Point);
      else        foi=t.SellLimit(Lote,p,_Symbol,p+Stop*_Point,p-Alvo*_Point);
      if(foi) ok++;
      else Print("nivel ",n," recusado: ",t.ResultRetcodeDescription());
     }
   PrintFormat("%d de %d ordens colocadas",ok,Niveis);
  }
