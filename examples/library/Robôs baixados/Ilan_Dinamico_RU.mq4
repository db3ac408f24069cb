//+------------------------------------------------------------------+
//|                                             Ilan_Dinamico_RU.mq4 |
//|              ”среднитель с динамическим шагом, дл€ своих счетов  |
//+------------------------------------------------------------------+
#property copyright "—ергей  ."
#property link      ""

extern string t1           = "ќсновные настройки";
extern double Lots         = 0.01;     // начальный лот
extern double LotExponent  = 1.59;     // множитель лота
extern int    LotsDigits   = 2;        // знаков после зап€той
extern int    MaxTrades    = 10;       // максимум колен
extern double TakeProfit   = 10.0;     // профит в пунктах от безубытка
extern int    StepBars     = 36;       // баров дл€ расчЄта шага
extern int    MinStep      = 15;       // минимальный шаг
extern string t2           = "«ащита";
extern bool   UseEquityStop= true;
extern double EquityRisk   = 25.0;     // процент просадки дл€ закрыти€
extern bool   UseTrailing  = true;
extern double TrailStart   = 12.0;
extern double TrailStop    = 8.0;
extern int    MagicNumber  = 12324;

double pt,lastPrice,avgPrice,equityHigh;
int    total;

int init()
{
   pt=Point;
   if(Digits==3||Digits==5) pt=Point*10;
   equityHigh=AccountEquity();
   return(0);
}

int deinit()
{
   return(0);
}

// считаем наши ордера
void Count(int type)
{
   double lots=0;
   total=0; avgPrice=0; lastPrice=0;
   datetime t=0;
   for(int i=OrdersTotal()-1;i>=0;i--)
   {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol()||OrderMagicNumber()!=MagicNumber||OrderType()!=type) continue;
      total++;
      lots+=OrderLots();
      avgPrice+=OrderOpenPrice()*OrderLots();
      if(OrderOpenTime()>t) { t=OrderOpenTime(); lastPrice=OrderOpenPrice(); }
   }
   if(lots>0) avgPrice=avgPrice/lots;
}

// шаг зависит от размаха последних баров
double Step()
{
   double hi=High[iHighest(NULL,0,MODE_HIGH,StepBars,1)];
   double lo=Low[iLowest(NULL,0,MODE_LOW,StepBars,1)];
   double s=(hi-lo)/3.0;
   if(s<MinStep*pt) s=MinStep*pt;
   return(s);
}

void CloseAll()
{
   for(int i=OrdersTotal()-1;i>=0;i--)
   {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol()||OrderMagicNumber()!=MagicNumber) continue;
      if(OrderType()==OP_BUY)  OrderClose(OrderTicket(),OrderLots(),Bid,5,Blue);
      if(OrderType()==OP_SELL) OrderClose(OrderTicket(),OrderLots(),Ask,5,Red);
   }
}

// общий тейк дл€ всей серии и трал от средней цены
void Manage(int type)
{
   double tp,sl;
   for(int i=OrdersTotal()-1;i>=0;i--)
   {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES)) continue;
      if(OrderSymbol()!=Symbol()||OrderMagicNumber()!=MagicNumber||OrderType()!=type) continue;
      sl=OrderStopLoss();
      if(type==OP_BUY)
      {
         tp=avgPrice+TakeProfit*pt;
         if(UseTrailing&&Bid-avgPrice>TrailStart*pt&&Bid-TrailStop*pt>sl) sl=Bid-TrailStop*pt;
      }
      else
      {
         tp=avgPrice-TakeProfit*pt;
         if(UseTrailing&&avgPrice-Ask>TrailStart*pt&&(sl==0||Ask+TrailStop*pt<sl)) sl=Ask+TrailStop*pt;
      }
      tp=NormalizeDouble(tp,Digits);
      sl=NormalizeDouble(sl,Digits);
      if(tp!=NormalizeDouble(OrderTakeProfit(),Digits)||sl!=NormalizeDouble(OrderStopLoss(),Digits))
         OrderModify(OrderTicket(),OrderOpenPrice(),sl,tp,0,Yellow);
   }
}

int start()
{
   // просадка по средствам: закрыть всЄ
   if(AccountEquity()>equityHigh) equityHigh=AccountEquity();
   if(UseEquityStop&&AccountEquity()<equityHigh*(100.0-EquityRisk)/100.0)
   {
      CloseAll();
      equityHigh=AccountEquity();
      return(0);
   }

   for(int type=OP_BUY;type<=OP_SELL;type++)
   {
      Count(type);
      if(total==0)
      {
         // перва€ сделка по RSI
         double rsi=iRSI(NULL,PERIOD_H1,14,PRICE_CLOSE,1);
         if(type==OP_BUY&&Close[2]<Close[1]&&rsi<70)  OrderSend(Symbol(),OP_BUY,Lots,Ask,5,0,0,"Ilan",MagicNumber,0,Blue);
         if(type==OP_SELL&&Close[2]>Close[1]&&rsi>30) OrderSend(Symbol(),OP_SELL,Lots,Bid,5,0,0,"Ilan",MagicNumber,0,Red);
         continue;
      }
      if(total<MaxTrades)
      {
         double lot=NormalizeDouble(Lots*MathPow(LotExponent,total),LotsDigits);
         if(type==OP_BUY&&lastPrice-Ask>=Step())  OrderSend(Symbol(),OP_BUY,lot,Ask,5,0,0,"Ilan",MagicNumber,0,Blue);
         if(type==OP_SELL&&Bid-lastPrice>=Step()) OrderSend(Symbol(),OP_SELL,lot,Bid,5,0,0,"Ilan",MagicNumber,0,Red);
         Count(type);
      }
      Manage(type);
   }
   return(0);
}
