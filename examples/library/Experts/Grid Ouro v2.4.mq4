//+------------------------------------------------------------------+
//|                                               Grid Ouro v2.4.mq4 |
//|                     Grade de preço médio para o ouro - uso próprio|
//+------------------------------------------------------------------+
#property copyright "Marcão Trader"
#property version   "2.40"
#property strict

extern string  s1            = "=== Grade ===";
extern double  LoteInicial   = 0.01;
extern double  Multiplicador = 1.45;    // fator do lote a cada nível
extern int     DistanciaPts  = 350;     // distância entre os níveis
extern int     MaxNiveis     = 12;      // nunca mais que isso
extern int     AlvoPts       = 180;     // alvo a partir do preço médio
extern string  s2            = "=== Geral ===";
extern int     Magic         = 778;
extern int     Derrapagem    = 30;
extern int     SpreadMax     = 45;      // pontos; acima disso não abre a primeira
extern bool    MostrarPainel = true;

double precoMedio, loteTotal, ultimoPreco, ultimoLote;
int    niveis;
//+------------------------------------------------------------------+
int OnInit()
  {
   if(StringFind(Symbol(),"XAUUSD")<0)
     {
      Alert("Este robô foi feito só para o ouro (XAUUSD)");
      return(INIT_FAILED);
     }
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
void OnDeinit(const int reason)
  {
   Comment("");
  }
//+------------------------------------------------------------------+
//| Lê a cesta de um lado                                            |
//+------------------------------------------------------------------+
void LerCesta(int lado)
  {
   precoMedio=0; loteTotal=0; ultimoPreco=0; ultimoLote=0; niveis=0;
   datetime quando=0;
   for(int i=0;i<OrdersTotal();i++)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol() || OrderMagicNumber()!=Magic || OrderType()!=lado) continue;
      niveis++;
      precoMedio+=OrderOpenPrice()*OrderLots();
      loteTotal +=OrderLots();
      if(OrderOpenTime()>=quando)
        {
         quando=OrderOpenTime();
         ultimoPreco=OrderOpenPrice();
         ultimoLote=OrderLots();
        }
     }
   if(loteTotal>0) precoMedio/=loteTotal;
  }
//+------------------------------------------------------------------+
double AjustaLote(double lote)
  {
   double passo=MarketInfo(Symbol(),MODE_LOTSTEP);
   double minimo=MarketInfo(Symbol(),MODE_MINLOT);
   double maximo=MarketInfo(Symbol(),MODE_MAXLOT);
   lote=MathFloor(lote/passo+0.5)*passo;
   return(MathMin(MathMax(lote,minimo),maximo));
  }
//+------------------------------------------------------------------+
bool Abre(int lado,double lote)
  {
   double preco=(lado==OP_BUY)?Ask:Bid;
   int tk=OrderSend(Symbol(),lado,AjustaLote(lote),preco,Derrapagem,0,0,"Grid Ouro",Magic,0,clrGold);
   if(tk<0) Print("Não abriu: erro ",GetLastError());
   return(tk>0);
  }
//+------------------------------------------------------------------+
//| Coloca o mesmo alvo em toda a cesta                              |
//+------------------------------------------------------------------+
void AtualizaAlvo(int lado)
  {
   double alvo=(lado==OP_BUY)?precoMedio+AlvoPts*Point:precoMedio-AlvoPts*Point;
   alvo=NormalizeDouble(alvo,Digits);
   for(int i=OrdersTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol() || OrderMagicNumber()!=Magic || OrderType()!=lado) continue;
      if(MathAbs(OrderTakeProfit()-alvo)<Point) continue;
      if(!OrderModify(OrderTicket(),OrderOpenPrice(),0,alvo,0,clrNONE))
         Print("Modificação recusada ",GetLastError());
     }
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   for(int lado=OP_BUY;lado<=OP_SELL;lado++)
     {
      LerCesta(lado);
      double agora=(lado==OP_BUY)?Ask:Bid;
      if(niveis==0)
        {
         if(MarketInfo(Symbol(),MODE_SPREAD)>SpreadMax) continue;
         // primeira ordem segue a cor da última vela fechada
         bool alta=Close[1]>Open[1];
         if((lado==OP_BUY && alta) || (lado==OP_SELL && !alta)) Abre(lado,LoteInicial);
         continue;
        }
      if(niveis<MaxNiveis)
        {
         bool contra=(lado==OP_BUY)?(ultimoPreco-agora>=DistanciaPts*Point):(agora-ultimoPreco>=DistanciaPts*Point);
         if(contra && Abre(lado,ultimoLote*Multiplicador)) LerCesta(lado);
        }
      AtualizaAlvo(lado);
     }
   if(MostrarPainel)
      Comment("Grid Ouro  |  saldo ",DoubleToStr(AccountBalance(),2),"  patrimônio ",DoubleToStr(AccountEquity(),2));
  }
//+------------------------------------------------------------------+
