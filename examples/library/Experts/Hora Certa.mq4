// Hora Certa - compra na abertura de Londres, vende na tarde de NY
// horarios sao os do servidor
#property copyright "Hora Certa"
#property strict

input double Lote       = 0.1;
input int    HoraCompra = 10;
input int    HoraVenda  = 16;
input int    HoraZerar  = 21;
input bool   PulaSexta  = true;
input int    SL         = 400;
input int    TP         = 500;
input int    Magic      = 1016;

int ultimoDiaCompra=-1,ultimoDiaVenda=-1;

void Zerar()
  {
   for(int i=OrdersTotal()-1;i>=0;i--)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES) && OrderMagicNumber()==Magic && OrderSymbol()==Symbol())
        {
         double p=(OrderType()==OP_BUY)?Bid:Ask;
         if(!OrderClose(OrderTicket(),OrderLots(),p,10)) Print("nao zerou ",GetLastError());
        }
  }

void OnTick()
  {
   int h=TimeHour(TimeCurrent());
   int d=TimeDayOfYear(TimeCurrent());

   if(h>=HoraZerar) { Zerar(); return; }
   if(PulaSexta && DayOfWeek()==5) return;

   if(h==HoraCompra && ultimoDiaCompra!=d)
     {
      ultimoDiaCompra=d;
      if(OrderSend(Symbol(),OP_BUY,Lote,Ask,10,Ask-SL*_Point,Ask+TP*_Point,"10h",Magic)<0)
         Print("compra falhou ",GetLastError());
     }
   if(h==HoraVenda && ultimoDiaVenda!=d)
     {
      ultimoDiaVenda=d;
      if(OrderSend(Symbol(),OP_SELL,Lote,Bid,10,Bid+SL*_Point,Bid-TP*_Point,"16h",Magic)<0)
         Print("venda falhou ",GetLastError());
     }
  }
