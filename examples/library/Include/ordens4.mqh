// ordens4.mqh - so MT4
// fechar, mover e contar; quem abre e o robo

int ContaOrdens(int magic, int tipo)
{
   int n = 0;
   for (int i = OrdersTotal() - 1; i >= 0; i--)
   {
      if (!OrderSelect(i, SELECT_BY_POS, MODE_TRADES)) continue;
      if (OrderSymbol() != Symbol() || OrderMagicNumber() != magic) continue;
      if (tipo < 0 || OrderType() == tipo) n++;
   }
   return (n);
}

// fecha com novas tentativas quando o servidor esta ocupado
bool FechaOrdem(int ticket, int tentativas)
{
   if (!OrderSelect(ticket, SELECT_BY_TICKET)) return (false);
   for (int t = 0; t < tentativas; t++)
   {
      RefreshRates();
      double p = (OrderType() == OP_BUY) ? Bid : Ask;
      if (OrderClose(ticket, OrderLots(), p, 10)) return (true);
      int e = GetLastError();
      if (e != 137 && e != 138 && e != 146) return (false);
      Sleep(300);
   }
   return (false);
}

void FechaTodas(int magic)
{
   for (int i = OrdersTotal() - 1; i >= 0; i--)
   {
      if (!OrderSelect(i, SELECT_BY_POS, MODE_TRADES)) continue;
      if (OrderMagicNumber() == magic && OrderType() <= OP_SELL) FechaOrdem(OrderTicket(), 3);
   }
}

// arrasta o stop atras do preco
void Arrasta(int magic, int pontos)
{
   for (int i = OrdersTotal() - 1; i >= 0; i--)
   {
      if (!OrderSelect(i, SELECT_BY_POS, MODE_TRADES)) continue;
      if (OrderSymbol() != Symbol() || OrderMagicNumber() != magic) continue;
      bool ok = true;
      if (OrderType() == OP_BUY && Bid - pontos * Point > OrderStopLoss() && Bid - OrderOpenPrice() > pontos * Point)
         ok = OrderModify(OrderTicket(), OrderOpenPrice(), Bid - pontos * Point, OrderTakeProfit(), 0);
      if (OrderType() == OP_SELL && OrderOpenPrice() - Ask > pontos * Point && (OrderStopLoss() == 0 || Ask + pontos * Point < OrderStopLoss()))
         ok = OrderModify(OrderTicket(), OrderOpenPrice(), Ask + pontos * Point, OrderTakeProfit(), 0);
      if (!ok) Print("arrasta: ", GetLastError());
   }
}
