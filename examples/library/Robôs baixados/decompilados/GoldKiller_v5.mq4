#property copyright "GoldKiller Team"
#property link      "gk"

#import "gkguard.dll"
   int gk_check(int a0, string a1);
#import

extern string Lic_Key = "";
extern double Lots = 0.1;
extern int StopLoss = 25;
extern int TakeProfit = 7;
extern int MaxSpread = 3;
extern int StartHour = 22;
extern int EndHour = 2;
int gi_84 = 14;
int gi_88 = 75;
int gi_92 = 25;
double gd_96;
int g_magic_104 = 77123;
string gs_108 = "gk5";
bool gi_unused_116 = FALSE;
int g_datetime_120 = 0;
int g_count_124;

int init() {
   gd_96 = Point;
   if (Digits == 5 || Digits == 3) gd_96 = 10.0 * Point;
   if (gk_check(WindowHandle(Symbol(), Period()), Lic_Key) == 0) {
      Comment("GoldKiller: license?");
      return (-1);
   }
   return (0);
}

int deinit() {
   Comment("");
   return (0);
}

int f0_0(int ai_0) {
   int li_ret_4 = 0;
   for (int l_pos_8 = OrdersTotal() - 1; l_pos_8 >= 0; l_pos_8--) {
      if (OrderSelect(l_pos_8, SELECT_BY_POS, MODE_TRADES)) {
         if (OrderSymbol() == Symbol() && OrderMagicNumber() == g_magic_104) {
            if (OrderType() == ai_0 || ai_0 == -1) li_ret_4++;
         }
      }
   }
   return (li_ret_4);
}

bool f0_1() {
   int l_hour_0 = TimeHour(TimeCurrent());
   if (StartHour < EndHour) return (l_hour_0 >= StartHour && l_hour_0 < EndHour);
   return (l_hour_0 >= StartHour || l_hour_0 < EndHour);
}

double f0_2(double ad_0, int ai_8) {
   double ld_ret_12 = ad_0;
   if (ai_8 == 0) ld_ret_12 = NormalizeDouble(ad_0, Digits);
   return (ld_ret_12);
}

void f0_3(int a_cmd_0, double a_price_4, color a_color_12) {
   double l_price_16;
   double l_price_24;
   int l_ticket_32;
   if (a_cmd_0 == OP_BUY) {
      l_price_16 = f0_2(a_price_4 - StopLoss * gd_96, 0);
      l_price_24 = f0_2(a_price_4 + TakeProfit * gd_96, 0);
   } else {
      l_price_16 = f0_2(a_price_4 + StopLoss * gd_96, 0);
      l_price_24 = f0_2(a_price_4 - TakeProfit * gd_96, 0);
   }
   l_ticket_32 = OrderSend(Symbol(), a_cmd_0, Lots, a_price_4, 3, l_price_16, l_price_24, gs_108, g_magic_104, 0, a_color_12);
   if (l_ticket_32 > 0) g_count_124++;
}

int start() {
   double lda_20[2];
   double l_irsi_0;
   double ld_28;
   string ls_unused_36 = "";
   if (g_datetime_120 == iTime(NULL, PERIOD_M5, 0)) return (0);
   g_datetime_120 = iTime(NULL, PERIOD_M5, 0);
   ld_28 = (Ask - Bid) / gd_96;
   if (ld_28 > MaxSpread) return (0);
   if (!f0_1()) return (0);
   if (f0_0(-1) > 0) return (0);
   l_irsi_0 = iRSI(NULL, PERIOD_M5, gi_84, PRICE_CLOSE, 1);
   lda_20[0] = iBands(NULL, PERIOD_M5, 20, 2, 0, PRICE_CLOSE, MODE_LOWER, 1);
   lda_20[1] = iBands(NULL, PERIOD_M5, 20, 2, 0, PRICE_CLOSE, MODE_UPPER, 1);
   if (l_irsi_0 < gi_92 && Close[1] < lda_20[0]) f0_3(OP_BUY, Ask, Blue);
   if (l_irsi_0 > gi_88 && Close[1] > lda_20[1]) f0_3(OP_SELL, Bid, Red);
   return (0);
}
