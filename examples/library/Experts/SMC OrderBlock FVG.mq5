//+------------------------------------------------------------------+
//|                                           SMC OrderBlock FVG.mq5 |
//|   BOS no H1, espera o preço voltar ao order block com FVG no M15 |
//+------------------------------------------------------------------+
#property copyright "smart money br"
#property version   "0.93"

#include <Trade\Trade.mqh>

input double RiscoPercent = 0.5;   // % do patrimônio por trade
input int    SwingBarras  = 5;     // barras de cada lado do swing
input int    Historico    = 150;
input double RR           = 3.0;
input int    TrailPts     = 300;
input long   Magic        = 202303;

struct OrderBlock
  {
   double   topo;
   double   fundo;
   bool     compra;
   bool     valido;
   datetime hora;
  };

CTrade     trade;
OrderBlock ob;
//+------------------------------------------------------------------+
int OnInit()
  {
   trade.SetExpertMagicNumber(Magic);
   ob.valido=false;
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
double UltimoSwing(const MqlRates &r[],const int n,const bool topo)
  {
   for(int i=SwingBarras+1;i<n-SwingBarras;i++)
     {
      bool ok=true;
      for(int k=1;k<=SwingBarras && ok;k++)
        {
         if(topo)  ok=r[i].high>r[i-k].high && r[i].high>=r[i+k].high;
         else      ok=r[i].low<r[i-k].low   && r[i].low<=r[i+k].low;
        }
      if(ok) return(topo?r[i].high:r[i].low);
     }
   return(0);
  }
//+------------------------------------------------------------------+
//| fair value gap na direção do rompimento, no M15                  |
//+------------------------------------------------------------------+
bool TemFVG(const bool compra)
  {
   MqlRates m[];
   ArraySetAsSeries(m,true);
   if(CopyRates(_Symbol,PERIOD_M15,1,12,m)<12) return(false);
   for(int i=0;i<10;i++)
     {
      if(compra && m[i].low>m[i+2].high) return(true);
      if(!compra && m[i].high<m[i+2].low) return(true);
     }
   return(false);
  }
//+------------------------------------------------------------------+
//| quebra de estrutura: guarda a última vela contrária como OB      |
//+------------------------------------------------------------------+
void ProcuraBOS()
  {
   MqlRates r[];
   ArraySetAsSeries(r,true);
   int n=CopyRates(_Symbol,PERIOD_H1,1,Historico,r);
   if(n<Historico) return;
   double topo=UltimoSwing(r,n,true);
   double fundo=UltimoSwing(r,n,false);
   bool bosAlta =topo>0 && r[0].close>topo && r[1].close<=topo;
   bool bosBaixa=fundo>0 && r[0].close<fundo && r[1].close>=fundo;
   if(!bosAlta && !bosBaixa) return;
   for(int i=1;i<20;i++)
     {
      bool contraria=bosAlta?(r[i].close<r[i].open):(r[i].close>r[i].open);
      if(!contraria) continue;
      ob.topo=r[i].high;
      ob.fundo=r[i].low;
      ob.compra=bosAlta;
      ob.hora=r[i].time;
      ob.valido=TemFVG(bosAlta);
      return;
     }
  }
//+------------------------------------------------------------------+
double Lote(const double distancia)
  {
   double valor=SymbolInfoDouble(_Symbol,SYMBOL_TRADE_TICK_VALUE);
   double tick =SymbolInfoDouble(_Symbol,SYMBOL_TRADE_TICK_SIZE);
   double passo=SymbolInfoDouble(_Symbol,SYMBOL_VOLUME_STEP);
   double risco=AccountInfoDouble(ACCOUNT_EQUITY)*RiscoPercent/100.0;
   double lote =risco/(distancia/tick*valor);
   return(MathMax(SymbolInfoDouble(_Symbol,SYMBOL_VOLUME_MIN),MathFloor(lote/passo)*passo));
  }
//+------------------------------------------------------------------+
void Arrasta()
  {
   if(!PositionSelect(_Symbol)) return;
   double sl=PositionGetDouble(POSITION_SL),tp=PositionGetDouble(POSITION_TP);
   double bid=SymbolInfoDouble(_Symbol,SYMBOL_BID),ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK);
   double abre=PositionGetDouble(POSITION_PRICE_OPEN);
   if(PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY)
     {
      double novo=bid-TrailPts*_Point;
      if(novo>abre && novo>sl) trade.PositionModify(_Symbol,novo,tp);
     }
   else
     {
      double novo=ask+TrailPts*_Point;
      if(novo<abre && novo<sl) trade.PositionModify(_Symbol,novo,tp);
     }
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   static datetime hora=0;
   datetime h=iTime(_Symbol,PERIOD_H1,0);
   if(h!=hora) { hora=h; ProcuraBOS(); }

   if(PositionSelect(_Symbol)) { Arrasta(); return; }
   if(!ob.valido) return;

   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK),bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);
   if(ob.compra && ask<=ob.topo && ask>=ob.fundo)
     {
      double sl=ob.fundo-20*_Point;
      if(trade.Buy(Lote(ask-sl),_Symbol,ask,sl,ask+(ask-sl)*RR,"OB")) ob.valido=false;
     }
   if(!ob.compra && bid>=ob.fundo && bid<=ob.topo)
     {
      double sl=ob.topo+20*_Point;
      if(trade.Sell(Lote(sl-bid),_Symbol,bid,sl,bid-(sl-bid)*RR,"OB")) ob.valido=false;
     }
  }
//+------------------------------------------------------------------+
