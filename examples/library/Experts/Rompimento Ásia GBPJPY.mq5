//+------------------------------------------------------------------+
//|                                       Rompimento Ásia GBPJPY.mq5 |
//|   caixa da sessão asiática, ordem a mercado no rompimento        |
//+------------------------------------------------------------------+
#property copyright "Otávio Fx"
#property version   "2.00"

input double Volume       = 0.10;
input int    HoraIniCaixa = 0;      // início da caixa (servidor)
input int    HoraFimCaixa = 8;      // fim da caixa
input int    HoraLimite   = 13;     // depois disso não entra
input int    FolgaPts     = 30;     // folga além da caixa
input double AlvoCaixa    = 1.5;    // alvo em alturas da caixa
input int    BEPts        = 250;    // vai ao preço de entrada após x pontos
input ulong  Magic        = 180818;

int diaOperado=-1;
//+------------------------------------------------------------------+
int OnInit()
  {
   if(StringFind(_Symbol,"GBPJPY")<0) Print("aviso: testado em GBPJPY");
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
bool Caixa(const datetime hoje,double &maxima,double &minima)
  {
   MqlRates r[];
   datetime de=hoje+HoraIniCaixa*3600,ate=hoje+HoraFimCaixa*3600-1;
   int n=CopyRates(_Symbol,PERIOD_M15,de,ate,r);
   if(n<8) return(false);
   maxima=r[0].high;
   minima=r[0].low;
   for(int i=1;i<n;i++)
     {
      maxima=MathMax(maxima,r[i].high);
      minima=MathMin(minima,r[i].low);
     }
   return(true);
  }
//+------------------------------------------------------------------+
bool Enviar(const ENUM_ORDER_TYPE tipo,const double preco,const double sl,const double tp)
  {
   MqlTradeRequest req={};
   MqlTradeResult  res={};
   req.action      =TRADE_ACTION_DEAL;
   req.symbol      =_Symbol;
   req.volume      =Volume;
   req.type        =tipo;
   req.price       =preco;
   req.sl          =NormalizeDouble(sl,_Digits);
   req.tp          =NormalizeDouble(tp,_Digits);
   req.deviation   =20;
   req.magic       =Magic;
   req.type_filling=ORDER_FILLING_IOC;
   req.comment     ="caixa";
   if(!OrderSend(req,res))
     {
      PrintFormat("OrderSend %d, retorno %u",GetLastError(),res.retcode);
      return(false);
     }
   return(res.retcode==TRADE_RETCODE_DONE);
  }
//+------------------------------------------------------------------+
void PrecoDeEntrada()
  {
   if(!PositionSelect(_Symbol) || PositionGetInteger(POSITION_MAGIC)!=(long)Magic) return;
   double abre=PositionGetDouble(POSITION_PRICE_OPEN);
   double sl  =PositionGetDouble(POSITION_SL);
   double agora=PositionGetDouble(POSITION_PRICE_CURRENT);
   bool compra=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
   if(compra && (sl>=abre || agora-abre<BEPts*_Point)) return;
   if(!compra && (sl<=abre || abre-agora<BEPts*_Point)) return;
   MqlTradeRequest req={};
   MqlTradeResult  res={};
   req.action  =TRADE_ACTION_SLTP;
   req.position=PositionGetInteger(POSITION_TICKET);
   req.symbol  =_Symbol;
   req.sl      =abre;
   req.tp      =PositionGetDouble(POSITION_TP);
   if(!OrderSend(req,res)) Print("BE recusado ",res.retcode);
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   PrecoDeEntrada();
   MqlDateTime t;
   TimeToStruct(TimeCurrent(),t);
   if(t.day==diaOperado || t.hour<HoraFimCaixa || t.hour>=HoraLimite) return;

   datetime hoje=TimeCurrent()-TimeCurrent()%86400;
   double mx,mn;
   if(!Caixa(hoje,mx,mn)) return;
   double altura=mx-mn;
   double ask=SymbolInfoDouble(_Symbol,SYMBOL_ASK);
   double bid=SymbolInfoDouble(_Symbol,SYMBOL_BID);

   if(ask>mx+FolgaPts*_Point && Enviar(ORDER_TYPE_BUY,ask,mn,ask+altura*AlvoCaixa))  diaOperado=t.day;
   if(bid<mn-FolgaPts*_Point && Enviar(ORDER_TYPE_SELL,bid,mx,bid-altura*AlvoCaixa)) diaOperado=t.day;
  }
//+------------------------------------------------------------------+
