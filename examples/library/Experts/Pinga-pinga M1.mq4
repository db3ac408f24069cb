//  Pinga-pinga M1
//  abre sempre, lado alternado, alvo curtinho. So funciona com spread baixo!
#property copyright "pinga"

extern double Lots        = 0.2;
extern int    TakeProfit  = 5;      // pips
extern int    StopLoss    = 8;      // pips
extern int    SegMax      = 120;    // tempo maximo na operacao
extern double MaxSpread   = 1.2;    // pips
extern int    HoraInicio  = 9;
extern int    HoraFim     = 17;
extern int    Magic       = 5151;

double pip;
int    ladoAnterior = OP_SELL;
datetime barra;

int init()
{
   pip = Point;
   if (Digits == 3 || Digits == 5) pip = Point * 10;
   return(0);
}

int deinit()
{
   return(0);
}

int start()
{
   int minhas = 0;
   if (Period() != PERIOD_M1) { Comment("use no M1"); return(0); }

   for (int i = OrdersTotal() - 1; i >= 0; i--)
   {
      if (OrderSelect(i, SELECT_BY_POS, MODE_TRADES) == false) continue;
      if (OrderMagicNumber() != Magic || OrderSymbol() != Symbol()) continue;
      minhas++;
      // passou do tempo: sai de qualquer jeito
      if (TimeCurrent() - OrderOpenTime() > SegMax)
      {
         if (OrderType() == OP_BUY)  OrderClose(OrderTicket(), OrderLots(), Bid, 3, Blue);
         if (OrderType() == OP_SELL) OrderClose(OrderTicket(), OrderLots(), Ask, 3, Red);
      }
   }
   if (minhas > 0) return(0);
   if (Time[0] == barra) return(0);
   if (Hour() < HoraInicio || Hour() >= HoraFim) return(0);
   if ((Ask - Bid) / pip > MaxSpread) return(0);

   int tk;
   if (ladoAnterior == OP_SELL)
   {
      tk = OrderSend(Symbol(), OP_BUY, Lots, Ask, 2, Ask - StopLoss * pip, Ask + TakeProfit * pip, "ping", Magic, 0, Blue);
      if (tk > 0) ladoAnterior = OP_BUY;
   }
   else
   {
      tk = OrderSend(Symbol(), OP_SELL, Lots, Bid, 2, Bid + StopLoss * pip, Bid - TakeProfit * pip, "pong", Magic, 0, Red);
      if (tk > 0) ladoAnterior = OP_SELL;
   }
   if (tk > 0) barra = Time[0];
   return(0);
}
