"""Which strategy comes first where several meet."""

from collections.abc import Callable

from orquestrador.classification.rules import Labels

MakeLabels = Callable[..., Labels]


def _order(labels: Labels) -> list[str]:
    return [each.label for each in labels.strategies]


AVERAGES = """
double fast, slow;
void OnTick() {
  fast = iMA(NULL, 0, 9, 0, 0, 0, 1); slow = iMA(NULL, 0, 50, 0, 0, 0, 1);
  if (fast > slow) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""


def test_an_entry_family_comes_before_a_grid_that_does_not_raise_its_lots(
    labels: MakeLabels,
):
    grid = AVERAGES.replace(
        "if (fast > slow)", "if (fast > slow || LastBuyPrice - Ask > PipStep)"
    )
    text = "input int PipStep = 20; double LastBuyPrice;" + grid

    assert _order(labels(text)) == ["trend_following", "grid"]


def test_a_grid_that_raises_its_lots_comes_before_its_entry(labels: MakeLabels):
    grid = AVERAGES.replace(
        "if (fast > slow)", "if (fast > slow || LastBuyPrice - Ask > PipStep)"
    ).replace("0.1, Ask", "MathPow(2, n) * Lots, Ask")
    text = "input int PipStep = 20; input double Lots = 0.1; double LastBuyPrice;"

    assert _order(labels(text + grid))[:2] == ["grid", "martingale"]


def test_an_oscillator_at_the_end_of_its_scale_reverts_and_in_the_middle_follows(
    labels: MakeLabels,
):
    text = """
void OnTick() {
  double rsi = iRSI(NULL, 0, 14, PRICE_CLOSE, 1);
  if (rsi < 30) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "mean_reversion"
    assert labels(text.replace("rsi < 30", "rsi > 50")).primary == "momentum"


def test_what_pine_only_draws_does_not_count(labels: MakeLabels):
    text = """
strategy("x")
average = ta.ema(close, 50)
plot(average)
r = ta.rsi(close, 14)
if r < 30
    strategy.entry("L", strategy.long)
"""
    assert _order(labels(text, "pine", "strategy")) == ["mean_reversion"]


def test_an_expert_without_entry_logic_has_no_strategy(labels: MakeLabels):
    text = "void OnTick() { OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0); }"

    assert labels(text).primary is None
    assert labels(text).strategies == ()


def test_an_expert_that_only_closes_is_trade_management(labels: MakeLabels):
    text = "void OnTick() { if (OrderProfit() > 9) OrderClose(1, 0.1, Bid, 3); }"

    assert labels(text).primary == "trade_management"


def test_the_names_of_included_files_are_compared_with_nothing(labels: MakeLabels):
    text = """
#include <Averages/EmaTools.mqh>
#include <Parts.mqh>
void OnTick() { if (Bars > 100) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0); }
"""
    assert labels(text).primary is None
    averages = text.replace("Bars > 100", "EmaFast > EmaSlow")
    assert labels(averages).primary == "trend_following"


def test_the_ends_of_a_span_of_hours_are_no_hour_of_entry(labels: MakeLabels):
    text = """
input int From = 8;
void OnTick() {
  MqlDateTime now;
  TimeToStruct(TimeCurrent(), now);
  if (now.hour == From) { if (Close[1] > Open[1])
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0); }
}
"""
    assert "session_time" in _order(labels(text))
    spanned = text.replace("now.hour == From", "now.hour >= From || now.hour == From")
    assert _order(labels(spanned)) == ["price_action"]


def test_a_row_of_candles_comes_before_the_averages_that_filter_it(labels: MakeLabels):
    text = """
void OnTick() {
  double fast = iMA(NULL, 0, 9, 0, 0, 0, 1), slow = iMA(NULL, 0, 50, 0, 0, 0, 1);
  if (Close[3] < Open[3] && Close[2] < Open[2] && Close[1] > Open[1] && fast > slow)
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "price_action"
    apart = text.replace("Close[2] < Open[2] &&", "")
    assert labels(apart).primary == "trend_following"


def test_price_that_falls_back_in_a_trend_follows_the_trend(labels: MakeLabels):
    text = """
void OnTick() {
  double average = iMA(NULL, 0, 38, 0, MODE_EMA, PRICE_CLOSE, 1);
  if (direction > 0 && Bid <= average)
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "mean_reversion"
    assert labels(text.replace("direction", "trend")).primary == "trend_following"


def test_wicks_that_an_include_measures_are_a_pattern(labels: MakeLabels):
    text = """
#include <Candles.mqh>
Candle last;
void OnTick() {
  if (last.lowerWick > 2 * last.upperWick)
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "price_action"
    assert labels(text.replace("Wick", "Part")).primary is None


def test_an_oscillator_must_reach_the_end_of_its_scale_to_revert(labels: MakeLabels):
    text = """
void OnTick() {
  double rsi = iRSI(NULL, 0, 14, PRICE_CLOSE, 1);
  if (rsi > 70) OrderSend(Symbol(), OP_SELL, 0.1, Bid, 3, Bid + 9, 0);
}
"""
    assert labels(text).primary == "mean_reversion"
    # Not there yet.
    assert labels(text.replace("rsi > 70", "rsi < 70")).primary == "momentum"
    # Bought high.
    followed = text.replace("OP_SELL", "OP_BUY").replace("Bid", "Ask")
    assert labels(followed).primary == "momentum"


def test_a_function_that_refuses_until_the_end_is_reached_reverts(labels: MakeLabels):
    text = """
bool MaySell() {
  double rsi = iRSI(NULL, 0, 14, PRICE_CLOSE, 1);
  if (rsi < 70) return false;
  return true;
}
void OnTick() { if (MaySell()) OrderSend(Symbol(), OP_SELL, 0.1, Bid, 3, Bid + 9, 0); }
"""
    assert labels(text).primary == "mean_reversion"
    asked = text.replace("return false", "return true")
    assert labels(asked).primary == "momentum"


def test_a_function_that_opens_nothing_tells_its_side_by_its_name(labels: MakeLabels):
    text = """
bool SellSignal() {
  double rsi = iRSI(NULL, 0, 14, PRICE_CLOSE, 1);
  if (rsi > 70) return true;
  return false;
}
void OnTick() {
  if (Other()) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
  if (SellSignal()) OrderSend(Symbol(), OP_SELL, 0.1, Bid, 3, Bid + 9, 0);
}
"""
    assert labels(text).primary == "mean_reversion"
    named = text.replace("SellSignal", "BuySignal")
    assert labels(named).primary == "momentum"


def test_a_distance_that_is_off_unless_asked_for_makes_no_grid(labels: MakeLabels):
    text = """
extern bool usedistance = false;
extern int distance = 20;
double lastopenprice;
void start() {
  if ((usedistance == false || MathAbs(Ask - lastopenprice) >= distance * Point)
      && iRSI(NULL, 0, 14, 0, 1) < 30)
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert _order(labels(text)) == ["mean_reversion"]
    used = text.replace("usedistance = false", "usedistance = true")
    assert "grid" in _order(labels(used))


def test_lots_that_rise_from_input_to_input_are_a_martingale(labels: MakeLabels):
    text = """
input double Lots1 = 0.01;
input double Lots2 = 0.02;
input double Lots3 = 0.08;
void OnTick() {
  OrderSend(Symbol(), OP_BUY, Lots1, Ask, 3, 0, 0);
  OrderSend(Symbol(), OP_BUY, Lots2, Ask, 3, 0, 0);
  OrderSend(Symbol(), OP_BUY, Lots3, Ask, 3, 0, 0);
}
"""
    assert labels(text).primary == "martingale"
    even = text.replace("0.02", "0.01").replace("0.08", "0.01")
    assert labels(even).primary is None


def test_lots_that_rise_inside_their_names_are_a_martingale(labels: MakeLabels):
    text = """
extern double OP1Lot = 0.1, OP2Lot = 0.3, OP3Lot = 0.9, OP4Lot = 0.0;
void start() {
  double lot = OP1Lot;
  if (OrdersTotal() == 1) lot = OP2Lot; else if (OrdersTotal() == 2) lot = OP3Lot;
  OrderSend(Symbol(), OP_BUY, lot, Ask, 3, 0, 0);
}
"""
    text = text.replace(", OP", ";\nextern double OP")
    assert labels(text).primary == "martingale"
    assert labels(text.replace("= OP3Lot", "= OP1Lot")).primary is None


def test_price_that_breaks_a_trend_line_is_a_breakout(labels: MakeLabels):
    text = """
void OnTick() {
  double now = trendLines[0].price + 5;
  if (Close[1] > now) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "breakout"
    assert labels(text.replace("Lines", "")).primary == "trend_following"


def test_a_level_that_is_crossed_is_a_breakout_though_no_side_is_said(
    labels: MakeLabels,
):
    text = """
void OnTick() {
  double average = iMA(NULL, 0, 40, 0, MODE_EMA, PRICE_CLOSE, 1);
  double line = iCustom(NULL, 0, "ZigZag", 13, 0, 1) - 5;
  int signal = -1;
  if (Close[1] > line && Close[2] <= line && Close[1] > average) signal = 0;
  Send(signal);
}
void Send(int type) { OrderSend(Symbol(), type, 0.1, Price(), 3, 0, 0); }
"""
    assert labels(text).primary == "breakout"
    state = text.replace("Close[2] <= line", "Close[2] > line")
    assert labels(state).primary == "trend_following"


def test_the_least_distance_of_a_broker_makes_no_grid(labels: MakeLabels):
    text = """
void OnTick() {
  OrderSelect(0, SELECT_BY_POS);
  double first = OrderOpenPrice();
  double least = MarketInfo(Symbol(), MODE_STOPLEVEL) * Point;
  if (first - Ask > least) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert "grid" not in _order(labels(text))
    step = text.replace("MarketInfo(Symbol(), MODE_STOPLEVEL)", "40")
    assert labels(step).primary == "grid"


def test_the_mode_of_bands_may_be_an_input(labels: MakeLabels):
    text = """
extern int Mode = 1;
void start() {
  double band = iBands(NULL, 0, 20, 2, 0, PRICE_CLOSE, Mode, 1);
  if (Close[1] > band) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "breakout"
    middle = text.replace("Mode = 1", "Mode = 0")
    assert labels(middle).primary == "trend_following"


def test_both_sides_may_be_tried_again_before_the_next_is_sent(labels: MakeLabels):
    text = """
void OnTick() {
  if (OrdersTotal() > 0) return;
  int one = OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
  if (one < 0) { Sleep(500); one = OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }
  int two = OrderSend(Symbol(), OP_SELL, 0.1, Bid, 3, 0, 0);
}
"""
    assert labels(text).primary == "hedging"
    either = text.replace("int two", "if (one < 0) int two")
    assert labels(either).primary is None


def test_the_difference_of_two_averages_follows_a_trend(labels: MakeLabels):
    text = """
void OnTick() {
  double delta = iMA(NULL, 0, 5, 0, 0, 0, 0) - iMA(NULL, 0, 5, 0, 0, 0, 4);
  if (delta > 0) Alert("up");
}
"""
    names = text.replace("iMA(NULL, 0, 5, 0, 0, 0, 0)", "now")
    names = names.replace("iMA(NULL, 0, 5, 0, 0, 0, 4)", "before").replace(
        "double delta",
        "double now = iMA(NULL, 0, 5, 0, 0, 0, 0),\n"
        "    before = iMA(NULL, 0, 5, 0, 0, 0, 4);\n  double delta",
    )
    assert labels(names).primary == "trend_following"
    assert labels(names.replace("delta > 0", "Bars > 9")).primary == "utility"


def test_an_extreme_that_is_only_remembered_is_not_broken(labels: MakeLabels):
    text = """
void OnTick() {
  double top = High[iHighest(NULL, 0, MODE_HIGH, 20, 1)];
  for (int i = 2; i < 20; i++) if (High[i] > top) top = High[i];
  if (Close[1] > Open[1] && top > 0)
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "price_action"
    broken = text.replace("top > 0", "Close[1] > top")
    assert labels(broken).primary == "breakout"


def test_hours_of_what_opens_nothing_are_no_strategy(labels: MakeLabels):
    text = "void OnTick() { if (Hour() == 8) Alert(8); }"
    assert labels(text).primary == "utility"
    opened = text.replace("Alert(8)", "OrderSend(Symbol(), 0, 0.1, Ask, 3, 1, 0)")
    assert labels(opened).primary == "session_time"


def test_an_oscillator_that_is_bought_high_is_the_signal(labels: MakeLabels):
    text = """
void OnTick() {
  double rsi = iRSI(NULL, 0, 4, PRICE_CLOSE, 1);
  if (High[0] - Point == Open[0] && rsi > 90)
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "momentum"
    assert labels(text.replace("rsi > 90", "Bars > 90")).primary == "price_action"


def test_a_helper_compares_what_it_is_called_with(labels: MakeLabels):
    text = """
int Crossed(double one, double other) { if (one > other) return 1; return 2; }
void OnTick() {
  double fast = iMA(NULL, 0, 9, 0, 0, 0, 1), slow = iMA(NULL, 0, 50, 0, 0, 0, 1);
  if (Crossed(fast, slow) == 1) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "trend_following"
    assert labels(text.replace("(fast, slow)", "(0.5, 0.7)")).primary is None


def test_a_bands_line_may_be_kept_in_what_is_declared_an_input(labels: MakeLabels):
    text = """
extern double Bottom;
void start() {
  Bottom = iBands(NULL, 0, 20, 2, 0, PRICE_CLOSE, MODE_LOWER, 0);
  if (Low[0] < Bottom) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0);
}
"""
    assert labels(text).primary == "mean_reversion"
    given = text.replace("double Bottom", "double Bottom = 1.3")
    assert labels(given).primary is None


def test_a_position_that_has_lost_a_distance_is_added_to(labels: MakeLabels):
    text = """
void OnTick() {
  if (held.PositionType() == POSITION_TYPE_BUY
      && held.PriceOpen() - held.PriceCurrent() > 300 * _Point)
    trade.Buy(0.2, _Symbol);
}
"""
    assert labels(text, "mql5").primary == "grid"
    won = text.replace(
        "PriceOpen() - held.PriceCurrent", "PriceCurrent() - held.PriceOpen"
    )
    assert labels(won, "mql5").primary is None


def test_what_is_opened_in_the_tester_alone_leaves_a_manager_one(labels: MakeLabels):
    text = """
void OnTick() {
  if (OrderProfit() > 9) OrderClose(OrderTicket(), 0.1, Bid, 3);
  if (IsTesting() && OrdersTotal() == 0) {
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
    OrderSend(Symbol(), OP_SELL, 0.1, Bid, 3, 0, 0);
  }
}
"""
    assert labels(text).primary == "trade_management"
    live = text.replace("IsTesting() && ", "")
    assert labels(live).primary == "hedging"


def test_positions_that_a_file_tells_of_are_managed(labels: MakeLabels):
    text = """
void OnTimer() {
  int file = FileOpen("positions.bin", FILE_READ | FILE_BIN);
  double lots = FileReadDouble(file);
  if (FileReadInteger(file) == 0) trade.Buy(lots, _Symbol);
}
"""
    assert labels(text, "mql5").primary == "trade_management"
    own = text.replace("FileReadInteger(file) == 0", "iClose(_Symbol, 0, 1) > 1.3")
    assert labels(own, "mql5").primary is None
