//+------------------------------------------------------------------+
//|                                                Dobra ou Nada.mq4 |
//|              cara ou coroa com dobra depois da perda             |
//+------------------------------------------------------------------+
#property strict
input double LoteBase  = 0.01;
input double Dobra     = 2.0;    // multiplica depois de perder
input int    MaxDobras = 7;
input int    Pontos    = 300;    // mesmo tamanho para ganho e perda
input int    Magic     = 222;

int OnInit()
  {
   MathSrand(GetTickCount());
   return(INIT_SUCCEEDED);
  }

bool Aberta()
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES) && OrderMagicNumber()==Magic && OrderSymbol()==Symbol()) return(true);
   return(false);
  }

// quantas perdas seguidas no historico
int PerdasSeguidas()
  {
   int n=0;
   for(int i=OrdersHistoryTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_HISTORY)) continue;
      if(OrderMagicNumber()!=Magic || OrderSymbol()!=Symbol()) continue;
      if(OrderProfit()>=0) break;
      n++;
     }
   return(n);
  }

void OnTick()
  {
   if(Aberta()) return;
   int perdas=PerdasSeguidas();
   if(perdas>MaxDobras) perdas=0;      // aceita o prejuizo e recomeca
   double lote=NormalizeDouble(LoteBase*MathPow(Dobra,perdas),2);

   int tk;
   if(MathRand()%2==0)
      tk=OrderSend(Symbol(),OP_BUY,lote,Ask,5,Ask-Pontos*Point,Ask+Pontos*Point,"cara",Magic,0,clrBlue);
   else
      tk=OrderSend(Symbol(),OP_SELL,lote,Bid,5,Bid+Pontos*Point,Bid-Pontos*Point,"coroa",Magic,0,clrRed);
   if(tk<0) Print("erro ",GetLastError());
  }
