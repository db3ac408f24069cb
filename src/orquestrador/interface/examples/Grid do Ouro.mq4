//+------------------------------------------------------------------+
//|                                              Grid do Ouro.mq4    |
//|                                   Exemplo do orquestrador        |
//+------------------------------------------------------------------+
#property copyright "Exemplo do orquestrador"
#property version   "1.00"
#property strict

extern double InitialLot    = 0.01;  // lote da primeira ordem
extern double LotMultiplier = 1.6;   // cada nova ordem é maior
extern int    GridStep      = 250;   // distância em pontos
extern int    MagicNumber   = 7001;

double LastPrice = 0;
double LastLot   = 0;

void ReadLastOrder()
{
   LastPrice = 0;
   LastLot   = 0;
   for (int i = 0; i < OrdersTotal(); i++)
   {
      if (!OrderSelect(i, SELECT_BY_POS, MODE_TRADES)) continue;
      if (OrderSymbol() != "XAUUSD" || OrderMagicNumber() != MagicNumber) continue;
      LastPrice = OrderOpenPrice();
      LastLot   = OrderLots();
   }
}

void OnTick()
{
   ReadLastOrder();
   if (LastLot == 0)
   {
      int first = OrderSend("XAUUSD", OP_BUY, InitialLot, Ask, 30, 0, 0, "grid", MagicNumber);
      return;
   }
   if (LastPrice - Ask >= GridStep * Point)
   {
      double lot = NormalizeDouble(LastLot * LotMultiplier, 2);
      int more = OrderSend("XAUUSD", OP_BUY, lot, Ask, 30, 0, 0, "grid", MagicNumber);
   }
}
