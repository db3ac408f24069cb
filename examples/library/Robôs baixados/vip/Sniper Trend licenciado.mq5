//+------------------------------------------------------------------+
//|                                      Sniper Trend licenciado.mq5 |
//+------------------------------------------------------------------+
#property copyright "Sala VIP do Sniper"
#property version   "4.2"

#include <Trade\Trade.mqh>

input double Lote      = 0.10;
input int    PerMedia  = 100;
input double AtrStop   = 2.5;
input double AtrAlvo   = 4.0;
input ulong  Magic     = 909;

// contas liberadas (não divulgar)
long contas[]={10000001,10000002,10000077};

CTrade trade;
int hMa,hAtr;

bool Liberada()
  {
   long conta=AccountInfoInteger(ACCOUNT_LOGIN);
   for(int i=0;i<ArraySize(contas);i++)
      if(contas[i]==conta) return(true);
   return(false);
  }

int OnInit()
  {
   if(!Liberada())
     {
      Alert("Conta não autorizada. Fale com o suporte.");
      ExpertRemove();
      return(INIT_FAILED);
     }
   hMa =iMA(_Symbol,PERIOD_H1,PerMedia,0,MODE_SMA,PRICE_CLOSE);
   hAtr=iATR(_Symbol,PERIOD_H1,14);
   trade.SetExpertMagicNumber(Magic);
   return(INIT_SUCCEEDED);
  }

// inclinação da média em pontos por barra
double Inclinacao()
  {
   double m[4];
   if(CopyBuffer(hMa,0,1,4,m)<4) return(0);
   return((m[3]-m[0])/3.0/_Point);
  }

void OnTick()
  {
   if(PositionSelect(_Symbol)) return;
   double a[1];
   if(CopyBuffer(hAtr,0,1,1,a)<1) return;
   double inc=Inclinacao();
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK),bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);
   if(inc>5)  trade.Buy(Lote,_Symbol,ask,ask-a[0]*AtrStop,ask+a[0]*AtrAlvo,"sniper");
   if(inc<-5) trade.Sell(Lote,_Symbol,bid,bid+a[0]*AtrStop,bid-a[0]*AtrAlvo,"sniper");
  }
