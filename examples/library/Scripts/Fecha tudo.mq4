// Fecha tudo - arraste para o grafico
// fecha posicoes e apaga pendentes do par do grafico
#property copyright "utilidades"
#property show_inputs

extern bool SomenteLucro = false;
extern int  Tentativas   = 3;

int start()
{
   int fechadas = 0, erros = 0;
   for (int i = OrdersTotal() - 1; i >= 0; i--)
   {
      if (!OrderSelect(i, SELECT_BY_POS, MODE_TRADES)) continue;
      if (OrderSymbol() != Symbol()) continue;
      if (OrderType() > OP_SELL)
      {
         if (OrderDelete(OrderTicket())) fechadas++;
         else erros++;
         continue;
      }
      if (SomenteLucro && OrderProfit() + OrderSwap() <= 0) continue;

      bool ok = false;
      for (int t = 0; t < Tentativas && !ok; t++)
      {
         RefreshRates();
         double p = Bid;
         if (OrderType() == OP_SELL) p = Ask;
         ok = OrderClose(OrderTicket(), OrderLots(), p, 10, Silver);
         if (!ok) Sleep(500);
      }
      if (ok) fechadas++;
      else erros++;
   }
   MessageBox("Fechadas: " + fechadas + "  Erros: " + erros, "Fecha tudo");
   return(0);
}
