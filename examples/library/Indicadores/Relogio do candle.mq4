// Relogio do candle: quanto falta para fechar, e o spread
// so desenha; nao precisa de buffer

extern color  Cor     = Gold;
extern int    Tamanho = 12;
extern int    Canto   = 1;
extern string Fonte   = "Consolas";

int init()
{
   return(0);
}

int deinit()
{
   ObjectDelete("rel_tempo");
   ObjectDelete("rel_spread");
   return(0);
}

void Texto(string nome, string valor, int y)
{
   if (ObjectFind(nome) < 0)
   {
      ObjectCreate(nome, OBJ_LABEL, 0, 0, 0);
      ObjectSet(nome, OBJPROP_CORNER, Canto);
      ObjectSet(nome, OBJPROP_XDISTANCE, 10);
      ObjectSet(nome, OBJPROP_YDISTANCE, y);
   }
   ObjectSetText(nome, valor, Tamanho, Fonte, Cor);
}

int start()
{
   int falta = Time[0] + Period() * 60 - TimeCurrent();
   if (falta < 0) falta = 0;
   int h = falta / 3600;
   int m = (falta % 3600) / 60;
   int s = falta % 60;
   string t = "";
   if (h > 0) t = DoubleToStr(h, 0) + "h ";
   t = t + DoubleToStr(m, 0) + "m " + DoubleToStr(s, 0) + "s";
   Texto("rel_tempo", "fecha em " + t, 20);
   Texto("rel_spread", "spread " + DoubleToStr(MarketInfo(Symbol(), MODE_SPREAD), 0), 20 + Tamanho * 2);
   return(0);
}
