//+------------------------------------------------------------------+
//|                                                 ATR Expansao.mq5 |
//| entra quando a amplitude da barra estoura a media da amplitude   |
//+------------------------------------------------------------------+
#property copyright "vol hunter"
#property version   "1.00"

#include <Trade\Trade.mqh>

input double Lote      = 0.1;
input int    PerATR    = 20;
input double Explosao  = 2.2;    // amplitude / ATR
input double Calmaria  = 0.7;    // ATR curto / ATR longo antes da explosao
input double FatorSL   = 1.0;
input double MaxDD     = 8.0;    // % de rebaixamento que desliga o robo
input int    Magic     = 14142;

CTrade trade;
int    hCurto,hLongo;
double topoEquity=0;
bool   desligado=false;

int OnInit()
  {
   hCurto=iATR(_Symbol,_Period,5);
   hLongo=iATR(_Symbol,_Period,PerATR);
   if(hCurto==INVALID_HANDLE || hLongo==INVALID_HANDLE) return INIT_FAILED;
   trade.SetExpertMagicNumber(Magic);
   return INIT_SUCCEEDED;
  }

void OnDeinit(const int reason)
  {
   IndicatorRelease(hCurto);
   IndicatorRelease(hLongo);
  }

void FechaMinhas()
  {
   for(int i=PositionsTotal()-1;i>=0;i--)
     {
      ulong t=PositionGetTicket(i);
      if(t>0 && PositionGetInteger(POSITION_MAGIC)==Magic) trade.PositionClose(t);
     }
  }

// passou do rebaixamento maximo desde o pico: fecha e nao volta
bool Rebaixou()
  {
   double eq=AccountInfoDouble(ACCOUNT_EQUITY);
   topoEquity=MathMax(topoEquity,eq);
   if(!desligado && eq<topoEquity*(1.0-MaxDD/100.0))
     {
      desligado=true;
      FechaMinhas();
      Alert("rebaixamento maximo, robo desligado");
     }
   return desligado;
  }

void OnTick()
  {
   static datetime barra=0;
   if(Rebaixou()) return;
   datetime b=iTime(_Symbol,_Period,0);
   if(b==barra) return;
   barra=b;

   double curto[2],longo[2];
   if(CopyBuffer(hCurto,0,1,2,curto)<2 || CopyBuffer(hLongo,0,1,2,longo)<2) return;
   double amplitude=iHigh(_Symbol,_Period,1)-iLow(_Symbol,_Period,1);
   bool calma=curto[0]<longo[0]*Calmaria;
   bool explodiu=amplitude>longo[0]*Explosao;
   if(!calma || !explodiu || PositionsTotal()>0) return;

   double sl=longo[1]*FatorSL;
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK),bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);
   if(iClose(_Symbol,_Period,1)>iOpen(_Symbol,_Period,1))
      trade.Buy(Lote,_Symbol,ask,ask-sl,ask+2*sl);
   else
      trade.Sell(Lote,_Symbol,bid,bid+sl,bid-2*sl);
  }
