//+------------------------------------------------------------------+
//|                                               Arb_Triangular.mq4 |
//|  EURUSD / GBPUSD / EURGBP : fecha quando a diferenca some        |
//+------------------------------------------------------------------+
#property strict
#property version "1.0"

input string ParA      = "EURUSD";
input string ParB      = "GBPUSD";
input string ParC      = "EURGBP";
input double Lote      = 0.10;
input double Entrada   = 0.00060;   // desvio para entrar
input double Saida     = 0.00005;   // desvio para sair
input int    Magic     = 333;

int OnInit()
  {
   SymbolSelect(ParA,true);
   SymbolSelect(ParB,true);
   SymbolSelect(ParC,true);
   EventSetMillisecondTimer(200);
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int r) { EventKillTimer(); }

double MidPrice(string s)
  {
   return((MarketInfo(s,MODE_BID)+MarketInfo(s,MODE_ASK))/2.0);
  }

int Pernas()
  {
   int n=0;
   for(int i=0;i<OrdersTotal();i++)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES) && OrderMagicNumber()==Magic) n++;
   return(n);
  }

bool Compra(string s,double lote)
  {
   return(OrderSend(s,OP_BUY,lote,MarketInfo(s,MODE_ASK),3,0,0,"tri",Magic)>0);
  }

bool Vende(string s,double lote)
  {
   return(OrderSend(s,OP_SELL,lote,MarketInfo(s,MODE_BID),3,0,0,"tri",Magic)>0);
  }

void FechaTudo()
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES) || OrderMagicNumber()!=Magic) continue;
      int    modo =(OrderType()==OP_BUY)?MODE_BID:MODE_ASK;
      double preco=MarketInfo(OrderSymbol(),modo);
      if(!OrderClose(OrderTicket(),OrderLots(),preco,3)) Print("perna presa ",OrderTicket());
     }
  }

void OnTimer()
  {
   double b=MidPrice(ParB),c=MidPrice(ParC),a=MidPrice(ParA);
   if(a<=0 || b<=0 || c<=0) return;
   double sintetico=b*c;               // EURUSD que GBPUSD e EURGBP implicam
   double desvio=a-sintetico;
   int n=Pernas();

   if(n==0)
     {
      if(desvio>Entrada)  { Vende(ParA,Lote);  Compra(ParB,Lote*c); Compra(ParC,Lote); }
      if(desvio<-Entrada) { Compra(ParA,Lote); Vende(ParB,Lote*c);  Vende(ParC,Lote);  }
      return;
     }
   // as tres pernas abertas: espera a diferenca sumir
   if(MathAbs(desvio)<Saida) FechaTudo();
   Comment("desvio ",DoubleToString(desvio,6),"  pernas ",n);
  }
