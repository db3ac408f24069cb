//+------------------------------------------------------------------+
//|                                       RSI Bollinger Reversão.mq4 |
//|                Reversão à média: banda + IFR, stop pelo ATR      |
//+------------------------------------------------------------------+
#property copyright "João Peçanha"
#property version   "3.01"
#property strict

input double RiscoPct      = 1.0;   // Risco por operação (% do saldo)
input double PerdaDiaPct   = 3.0;   // Perda máxima no dia (%)
input int    PeriodoRSI    = 14;
input double NivelVenda    = 72;    // sobrecomprado
input double NivelCompra   = 28;    // sobrevendido
input int    PeriodoBanda  = 20;
input double Desvio        = 2.2;
input double FatorATR      = 1.8;   // stop = fator x ATR
input int    Magic         = 90210;

double   saldoDoDia;
int      diaAtual=-1;
datetime ultimaBarra;

//+------------------------------------------------------------------+
double LotePorRisco(double distancia)
  {
   double tickValor=MarketInfo(Symbol(),MODE_TICKVALUE);
   double tickTam  =MarketInfo(Symbol(),MODE_TICKSIZE);
   double passo    =MarketInfo(Symbol(),MODE_LOTSTEP);
   if(tickValor<=0 || distancia<=0) return(MarketInfo(Symbol(),MODE_MINLOT));
   double dinheiro=AccountBalance()*RiscoPct/100.0;
   double lote=dinheiro/(distancia/tickTam*tickValor);
   lote=MathFloor(lote/passo)*passo;
   return(MathMax(MarketInfo(Symbol(),MODE_MINLOT),MathMin(lote,MarketInfo(Symbol(),MODE_MAXLOT))));
  }
//+------------------------------------------------------------------+
bool TemPosicao()
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES))
         if(OrderSymbol()==Symbol() && OrderMagicNumber()==Magic) return(true);
   return(false);
  }
//+------------------------------------------------------------------+
// Perdeu demais hoje? Então só amanhã.
bool DiaEncerrado()
  {
   if(Day()!=diaAtual)
     {
      diaAtual=Day();
      saldoDoDia=AccountBalance();
     }
   return(AccountEquity()<=saldoDoDia*(1.0-PerdaDiaPct/100.0));
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   if(DiaEncerrado() || TemPosicao()) return;
   if(Time[0]==ultimaBarra) return;
   ultimaBarra=Time[0];

   double rsi  =iRSI(NULL,0,PeriodoRSI,PRICE_CLOSE,1);
   double sup  =iBands(NULL,0,PeriodoBanda,Desvio,0,PRICE_CLOSE,MODE_UPPER,1);
   double inf  =iBands(NULL,0,PeriodoBanda,Desvio,0,PRICE_CLOSE,MODE_LOWER,1);
   double meio =iMA(NULL,0,PeriodoBanda,0,MODE_SMA,PRICE_CLOSE,1);
   double dist =iATR(NULL,0,14,1)*FatorATR;
   double lote =LotePorRisco(dist);
   int tk=0;

   // Fechou abaixo da banda e sobrevendido: compra, alvo na média
   if(Close[1]<inf && rsi<NivelCompra && meio>Ask)
      tk=OrderSend(Symbol(),OP_BUY,lote,Ask,10,NormalizeDouble(Ask-dist,Digits),NormalizeDouble(meio,Digits),"reversao",Magic,0,clrBlue);
   // Fechou acima da banda e sobrecomprado: vende, alvo na média
   if(Close[1]>sup && rsi>NivelVenda && meio<Bid)
      tk=OrderSend(Symbol(),OP_SELL,lote,Bid,10,NormalizeDouble(Bid+dist,Digits),NormalizeDouble(meio,Digits),"reversao",Magic,0,clrRed);
   if(tk<0) Print("Falhou o envio: ",GetLastError());
  }
//+------------------------------------------------------------------+
