// Perceptron_v4 - pesos achados pelo otimizador genetico
#property strict

input int    w1 = 135;
input int    w2 = 42;
input int    w3 = 88;
input int    w4 = 171;
input double Lots = 0.1;
input int    StopPts = 450;
input int    AlvoPts = 450;
input int    Magic = 9999;

datetime prev;

double Saida()
{
   double a1 = iAC(NULL, PERIOD_H1, 1);
   double a2 = iAC(NULL, PERIOD_H1, 8);
   double a3 = iAC(NULL, PERIOD_H1, 15);
   double a4 = iAC(NULL, PERIOD_H1, 22);
   return ((w1 - 100) * a1 + (w2 - 100) * a2 + (w3 - 100) * a3 + (w4 - 100) * a4);
}

int Minhas()
{
   int q = 0;
   for (int i = 0; i < OrdersTotal(); i++)
      if (OrderSelect(i, SELECT_BY_POS) && OrderMagicNumber() == Magic && OrderSymbol() == Symbol()) q++;
   return (q);
}

void OnTick()
{
   if (prev == Time[0]) return;
   prev = Time[0];
   if (Minhas() > 0) return;

   double y = Saida();      // o neuronio decide o lado
   int tk = -1;
   if (y > 0) tk = OrderSend(Symbol(), OP_BUY, Lots, Ask, 5, Ask - StopPts * Point, Ask + AlvoPts * Point, "neuronio", Magic, 0, clrBlue);
   if (y < 0) tk = OrderSend(Symbol(), OP_SELL, Lots, Bid, 5, Bid + StopPts * Point, Bid - AlvoPts * Point, "neuronio", Magic, 0, clrRed);
   if (tk < 0) Print("OrderSend erro ", GetLastError());
}
