"""Protections and dangers as the code has them, not as its words say."""

from collections.abc import Callable

import pytest

from orquestrador.classification.rules import Labels

MakeLabels = Callable[..., Labels]


RECOVERY = """
// FTMO ready, stop loss, safe
input double Lots = 0.1; input double LotMultiplier = 2.0; input int StopLoss = 50;
void OnTick() {
  double last = OrderLots();
  double next = Lots * LotMultiplier;
  if (OrderProfit() < -20) OrderSend(Symbol(), OP_SELL, next, Bid, 3, 0, 0);
  Print("stop loss ", StopLoss);
}
"""


def _risk(labels: Labels) -> set[str]:
    return {each.label for each in labels.risk}


def test_words_in_comments_and_an_input_that_reaches_no_order_are_no_stop(
    labels: MakeLabels,
):
    found = _risk(labels(RECOVERY))

    assert "stop_loss" not in found
    assert {"no_stop_loss", "lot_multiplier"} <= found


def test_the_evidence_of_a_missing_stop_is_the_order_that_lacks_it(labels: MakeLabels):
    (label,) = [x for x in labels(RECOVERY).risk if x.label == "no_stop_loss"]

    assert [piece.line for piece in label.evidence] == [7]
    assert "OrderSend" in label.evidence[0].text


@pytest.mark.parametrize(
    "order",
    [
        "trade.Buy(0.1, _Symbol, 0, Ask - 9, 0);",
        "trade.PositionOpen(_Symbol, ORDER_TYPE_BUY, 0.1, Ask, Ask - 9, 0);",
        "trade.BuyStop(0.1, Ask + 5, _Symbol, Ask - 9, 0);",
        "MqlTradeRequest r; MqlTradeResult s; r.sl = Ask - 9; OrderSend(r, s);",
    ],
)
def test_a_stop_counts_where_each_of_mql5s_orders_takes_it(
    order: str, labels: MakeLabels
):
    text = "void OnTick() { " + order + " }"

    assert "stop_loss" in _risk(labels(text, "mql5"))
    assert "no_stop_loss" in _risk(labels(text.replace("Ask - 9", "0"), "mql5"))


def test_a_stop_that_only_trails_is_neither_a_stop_nor_its_absence(labels: MakeLabels):
    found = _risk(
        labels("""
input int TrailingStop = 30;
void OnTick() {
  OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
  if (Bid - OrderOpenPrice() > TrailingStop * Point)
    if (OrderStopLoss() < Bid - TrailingStop * Point)
      OrderModify(OrderTicket(), OrderOpenPrice(), Bid - TrailingStop * Point, 0, 0);
}
""")
    )

    assert "trailing_stop" in found
    assert not {"stop_loss", "no_stop_loss"} & found


def test_trailing_is_seen_through_a_function_that_is_given_the_stop(labels: MakeLabels):
    found = _risk(
        labels("""
void Move(double stop) { OrderModify(OrderTicket(), OrderOpenPrice(), stop, 0, 0); }
void TrailAll(int points) { if (OrderStopLoss() < Bid - points) Move(Bid - points); }
void OnTick() { OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); TrailAll(20); }
""")
    )

    assert "trailing_stop" in found
    assert "stop_loss" not in found


def test_a_stop_in_a_dead_function_is_no_stop(labels: MakeLabels):
    found = _risk(
        labels("""
void OnTick() { OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }
void Old() { OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0); }
""")
    )

    assert "no_stop_loss" in found


def test_pine_gets_its_stop_from_the_exit_not_from_a_stop_entry(labels: MakeLabels):
    entry = 'strategy("x")\nstrategy.entry("L", strategy.long, stop=high)\n'
    out = 'strategy.exit("X", "L", stop=low)\n'

    assert "no_stop_loss" in _risk(labels(entry, "pine", "strategy"))
    assert "stop_loss" in _risk(labels(entry + out, "pine", "strategy"))


def test_a_margin_check_is_no_sizing_by_risk(labels: MakeLabels):
    text = """
input double Lots = 0.1;
void OnTick() {
  if (AccountFreeMargin() < 1000 * Lots) return;
  OrderSend(Symbol(), OP_BUY, Lots, Ask, 3, Ask - 9, 0);
}
"""
    assert "risk_percent_sizing" not in _risk(labels(text))


def test_an_expert_that_opens_nothing_lacks_no_stop(labels: MakeLabels):
    text = "void OnTick() { if (Hour() > 20) OrderClose(1, 0.1, Bid, 3); }"

    assert "no_stop_loss" not in _risk(labels(text))


@pytest.mark.parametrize(
    "sizing",
    [
        "total_lots += OrderLots();",
        "lots *= SymbolInfoDouble(_Symbol, SYMBOL_VOLUME_STEP);",
        "double part_lots = OrderLots() * ClosePercent / 100;",
        "lots = lots * 0.5;",
    ],
)
def test_a_sum_a_rounding_and_a_part_of_a_lot_are_no_multiplier(
    sizing: str, labels: MakeLabels
):
    order = "OrderSend(Symbol(), OP_BUY, lots, Ask, 3, Ask - 9, 0);"
    text = f"double lots = 0.1, total_lots;\nvoid OnTick() {{ {sizing} {order} }}"

    assert "lot_multiplier" not in _risk(labels(text))
    doubled = text.replace(sizing, "lots *= 2;")
    assert "lot_multiplier" in _risk(labels(doubled))


def test_an_account_that_allows_hedging_opens_no_opposite_position(
    labels: MakeLabels,
):
    text = """
bool IsHedging() { return mode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING; }
void OnTick() { if (IsHedging()) trade.Buy(0.1, _Symbol, 0, Ask - 9, 0); }
"""
    assert "opposite_positions" not in _risk(labels(text, "mql5"))


def test_a_class_of_the_authors_own_may_take_the_stop_anywhere(labels: MakeLabels):
    text = """
#include <Mine/MyTrade.mqh>
MyTrade trade;
void OnTick() { trade.Buy(Ask - 50 * _Point, Ask + 50 * _Point); }
"""
    assert "no_stop_loss" not in _risk(labels(text, "mql5"))


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        (
            (
                "ulong held;\nvoid OnTick() { if (held == 0)"
                " held = OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 9, 0); }"
            ),
            "mql4",
            "max_positions",
        ),
        (
            (
                "bool Busy() { return PositionSelect(_Symbol); }\n"
                "void OnTick() { if (late || Busy()) return; trade.Buy(0.1); }"
            ),
            "mql5",
            "max_positions",
        ),
        (
            (
                "void Count(int &open) { for (int i = OrdersTotal(); i >= 0; i--)"
                " { OrderSelect(i, SELECT_BY_POS); open++; } }\n"
                "int n;\nvoid OnTick() { Count(n); if (n == 0)"
                " OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }"
            ),
            "mql4",
            "max_positions",
        ),
        (
            (
                "void OnTick() { if (OrderType() == OP_SELL && Ask -"
                " OrderOpenPrice() > 9)"
                " OrderClose(OrderTicket(), OrderLots(), Ask, 3); }"
            ),
            "mql4",
            "stop_loss",
        ),
        (
            (
                "bool all;\nvoid OnTick() { if (TotalProfit > Goal) all = true;"
                " if (all) OrderClose(1, 0.1, Bid, 3); }"
            ),
            "mql4",
            "take_profit",
        ),
        (
            (
                "double won;\nvoid OnTick() { won += OrderProfit();"
                " if (won > enough) OrderClose(1, 0.1, Bid, 3); }"
            ),
            "mql4",
            "take_profit",
        ),
        (
            "void OnTick() { OrderSendSafely(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }",
            "mql4",
            "no_stop_loss",
        ),
        (
            (
                "double GetLots() { return m_account.FreeMargin() / 1000; }\n"
                "void OnTick() { trade.Buy(GetLots()); }"
            ),
            "mql5",
            "risk_percent_sizing",
        ),
        (
            (
                "int last;\nvoid OnTick() { last = OrderLots();"
                " if (lost) Send(last * 2); }\n"
                "void Send(double v) { OrderSend(Symbol(), OP_BUY, v, Ask, 3, 0, 0); }"
            ),
            "mql4",
            "lot_multiplier",
        ),
    ],
)
def test_what_a_value_does_decides_whatever_it_is_called(
    text: str, language: str, label: str, labels: MakeLabels
):
    assert label in _risk(labels(text, language))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (
            (
                "void OnTick() { ulong t = OrderSend(Symbol(),"
                " OP_BUY, 0.1, Ask, 3, 0, 0);"
                " if (t == 0) Print(1); }"
            ),
            "max_positions",
        ),
        (
            (
                "void OnTick() { if (OrderType() == OP_BUY && Ask -"
                " OrderOpenPrice() > 9)"
                " OrderClose(OrderTicket(), OrderLots(), Bid, 3); }"
            ),
            "stop_loss",
        ),
        (
            (
                "void OnTick() { if (TimeHour(Time[bar]) < 9) Mark(bar);"
                " OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }"
            ),
            "session_filter",
        ),
        (
            (
                "void OnTick() { if (Hour() == 23) { OrderClose(1, 0.1, Bid, 3); }"
                " OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }"
            ),
            "session_filter",
        ),
        (
            (
                "int most;\nvoid OnTick() { int open = OrdersTotal();"
                " if (open > max_level) max_level = open; max_level = 0;"
                " OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }"
            ),
            "max_positions",
        ),
    ],
)
def test_what_only_looks_like_a_protection_is_none(
    text: str, label: str, labels: MakeLabels
):
    assert label not in _risk(labels(text))


def test_setting_a_stop_when_one_is_wanted_is_not_trailing(labels: MakeLabels):
    found = _risk(
        labels("""
input int StopLoss = 50;
void OnTick() {
  int t = OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
  double level = 0;
  if (StopLoss > 0) level = Ask - StopLoss * Point;
  OrderModify(t, OrderOpenPrice(), level, 0, 0);
}
""")
    )

    assert "stop_loss" in found
    assert not {"trailing_stop", "no_stop_loss"} & found


INCLUDED = """
#include <Mine/Trading.mqh>
input int StopPoints = 50; input int UseTrail = 1; input int MaxPos = 2;
double StopAt() { double a = 0; a = Bid - StopPoints * Point; return a; }
double None() { return 0; }
void OnTick() {
  if (Opened() == 0 && Room(MaxPos)) OpenMine(OP_BUY, 0.1, buySL(), 0);
  if (UseTrail == 1) Follow(20);
}
double buySL() { return StopAt(); }
"""


def test_what_reaches_a_call_of_an_include_is_told_by_what_it_is_called(
    labels: MakeLabels,
):
    found = {each.label: each.evidence for each in labels(INCLUDED).risk}

    assert {"stop_loss", "trailing_stop", "max_positions"} <= found.keys()
    assert found["stop_loss"][0].line == 7
    assert found["trailing_stop"][0].line == 8


@pytest.mark.parametrize(
    ("written", "instead", "label"),
    [
        ("return StopAt()", "return None()", "stop_loss"),
        ("OpenMine(", "LotsFor(", "stop_loss"),
        ("#include <Mine/Trading.mqh>", "", "stop_loss"),
        ("Follow(20);", "Print(20);", "trailing_stop"),
    ],
)
def test_what_reaches_no_call_that_trades_is_no_protection(
    written: str, instead: str, label: str, labels: MakeLabels
):
    assert label not in _risk(labels(INCLUDED.replace(written, instead)))


LOSS = """
input double MaxLoss = 5; double begun; int today;
double Lost() {
  double equity = AccountEquity();
  return (begun - equity) / begun * 100;
}
void OnTick() {
  if (Day() != today) { today = Day(); begun = AccountBalance(); }
  if (Lost() >= MaxLoss) return;
  OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
}
"""


@pytest.mark.parametrize(
    ("written", "instead", "label"),
    [
        ("", "", "daily_loss_limit"),
        ("if (Day() != today) { today = Day();", "if (!begun) {", "drawdown_limit"),
        ("if (Lost() >= MaxLoss) return;", "if (Lost() < MaxLoss)", "daily_loss_limit"),
    ],
)
def test_a_loss_is_followed_from_what_the_account_had_to_its_bound(
    written: str, instead: str, label: str, labels: MakeLabels
):
    found = _risk(labels(LOSS.replace(written, instead)))

    assert found & {"daily_loss_limit", "drawdown_limit"} == {label}


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("begun - equity", "equity - begun"),
        (">= MaxLoss", "> 0"),
        ("return;\n", "Print(MaxLoss);\n"),
        ("double equity = AccountEquity();", "double equity = AccountNumber();"),
    ],
)
def test_a_gain_and_a_loss_that_stops_nothing_limit_no_loss(
    written: str, instead: str, labels: MakeLabels
):
    found = _risk(labels(LOSS.replace(written, instead)))

    assert not found & {"daily_loss_limit", "drawdown_limit"}


FOUND = """
ulong kept;
void OnTick() {
  bool opened = false;
  if (PositionSelect(_Symbol)) { double a = 1; opened = true; }
  %s
}
"""


@pytest.mark.parametrize(
    ("asked", "bounded"),
    [
        ("if (opened) return; trade.Buy(0.1);", True),
        ("if (opened) Print(kept); trade.Buy(0.1);", False),
        ("if (!PositionSelectByTicket(kept)) if (up) { int a; trade.Buy(0.1); }", True),
        ("if (PositionSelectByTicket(kept)) if (up) { int a; trade.Buy(0.1); }", False),
        ("bool has = PositionSelect(_Symbol); if (up && !has) trade.Buy(0.1);", True),
        ("bool has = PositionSelect(_Symbol); if (up) trade.Buy(0.1);", False),
    ],
)
def test_a_position_that_was_found_bounds_how_many_are_open(
    asked: str,
    bounded: bool,  # noqa: FBT001 -- a parameter of the test
    labels: MakeLabels,
):
    found = _risk(labels(FOUND % asked, "mql5"))

    assert ("max_positions" in found) == bounded


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("if (OrderType() == OP_BUY) %s OrderOpenPrice() + 2 * Point %s", "break_even"),
        ("if (OrderType() == OP_BUY) %s OrderOpenPrice() - 2 * Point %s", "stop_loss"),
        (
            "if (OrderType() == OP_SELL) %s OrderOpenPrice() - 2 * Point %s",
            "break_even",
        ),
        (
            (
                "double at = 0; if (OrderType() == OP_SELL) at = Bid; else"
                " at = OrderOpenPrice() + 2 * Point; %s at %s"
            ),
            "break_even",
        ),
        (
            "double had = OrderStopLoss(); if (Bid - 9 > had) %s Bid - 9 %s",
            "trailing_stop",
        ),
        ("double sl = Bid - 9; if (sl > Level) %s sl %s", "stop_loss"),
    ],
)
def test_a_changed_stop_is_told_by_where_it_is_set(
    code: str, label: str, labels: MakeLabels
):
    change = code % ("OrderModify(OrderTicket(), 0,", ", 0, 0);")
    found = _risk(labels("void OnTick() { " + change + " }"))

    assert found & {"break_even", "stop_loss", "trailing_stop"} == {label}


@pytest.mark.parametrize(
    ("declared", "limited"),
    [
        ("bool UseLimit = false;", False),
        ("input bool UseLimit = false;", True),
        ("bool UseLimit = false; void OnTimer() { UseLimit = true; }", True),
    ],
)
def test_what_nothing_ever_switches_on_protects_nothing(
    declared: str,
    limited: bool,  # noqa: FBT001 -- a parameter of the test
    labels: MakeLabels,
):
    text = (
        "input double MaxLoss = 9; " + declared + " void OnTick() { if (UseLimit) {"
        " if (AccountBalance() - AccountEquity() > MaxLoss) return; }"
        " OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }"
    )

    assert ("drawdown_limit" in _risk(labels(text))) == limited


def test_a_caller_may_pass_another_variable_of_the_same_name(labels: MakeLabels):
    text = (
        "input int StopLoss = 9; double Away(int stop) { return Ask - stop * Point; }"
        " int Send(double stop) { return OrderSend(Symbol(), 0, 1, Ask, 3, stop, 0); }"
        " void OnTick() { int stop = %s; Send(Away(stop)); }"
    )

    assert "stop_loss" in _risk(labels(text % "StopLoss"))


def test_a_choice_of_sides_opens_no_opposite_positions(labels: MakeLabels):
    both = "void OnTick() { trade.Buy(0.1); trade.Sell(0.1); }"
    one = "void OnTick() { bool done = up ? trade.Buy(0.1) : trade.Sell(0.1); }"

    assert "opposite_positions" in _risk(labels(both, "mql5"))
    assert "opposite_positions" not in _risk(labels(one, "mql5"))


def test_a_pine_stop_may_rest_on_its_own_last_value(labels: MakeLabels):
    text = """strategy("x")
band = low - ta.atr(10)
float line = na
line := close[1] > line[1] ? math.max(band, line[1]) : band
if close > open
    strategy.entry("L", strategy.long)
strategy.exit("E", "L", stop=line)
"""
    risk = _risk(labels(text, "pine", "strategy"))

    assert "stop_loss" in risk
    assert "no_stop_loss" not in risk


def test_a_pine_condition_goes_on_over_lines_and_names(labels: MakeLabels):
    text = """strategy("x")
free = close > open and\r
     strategy.position_size == 0
up = free and close > close[1]
if up
    strategy.entry("L", strategy.long)
"""
    bound = _risk(labels(text, "pine", "strategy"))
    other = text.replace("strategy.position_size == 0", "close > high[1]")

    assert "max_positions" in bound
    assert "max_positions" not in _risk(labels(other, "pine", "strategy"))


def test_the_sum_of_what_is_open_ordered_anew_multiplies(labels: MakeLabels):
    text = """double Lots = 0.1;
void OnTick() {
  for (int i = 0; i < OrdersTotal(); i++) {
    OrderSelect(i, SELECT_BY_POS); Lots += OrderLots();
  }
  OrderSend(Symbol(), OP_BUY, Lots, Ask, 3, 0, 0);
}
"""
    shown = text.replace("Lots += OrderLots()", "sum += OrderLots()")

    assert "lot_multiplier" in _risk(labels(text))
    assert "lot_multiplier" not in _risk(labels(shown))


def test_a_price_kept_behind_an_entry_is_the_open_price(labels: MakeLabels):
    text = """double level = 9999;
void OnTick() {
  if (Ask < level - 0.001) {
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); level = Ask; }
}
"""
    each_tick = text.replace("level = Ask; }", "} level = Ask;")

    assert "adds_to_losers" in _risk(labels(text))
    assert "adds_to_losers" not in _risk(labels(each_tick))


def test_what_only_a_switch_that_is_never_set_calls_follows_no_price(
    labels: MakeLabels,
):
    text = """int distance = 0;
void Follow() {
  if (OrderStopLoss() < Bid - distance * Point)
    OrderModify(OrderTicket(), OrderOpenPrice(), Bid - distance * Point, 0, 0);
}
void OnTick() {
  OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
  if (distance != 0) Follow();
}
"""

    assert "trailing_stop" not in _risk(labels(text))
    assert "trailing_stop" in _risk(labels("input " + text))


def test_a_failed_order_that_is_told_of_does_not_part_both_sides(labels: MakeLabels):
    text = """void OnTick() {
  if (!trade.Sell(0.1)) Print("failed");
  if (!trade.Buy(0.1)) Print("failed");
}
"""
    one = text.replace("if (!trade.Buy", "if (up && !trade.Buy")

    assert "opposite_positions" in _risk(labels(text, "mql5"))
    assert "opposite_positions" not in _risk(labels(one, "mql5"))


def test_a_share_that_nothing_reads_sizes_nothing(labels: MakeLabels):
    text = """double LotsFactor;
void OnTick() {
  LotsFactor = AccountBalance() / 1000;
  OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
}
"""

    assert "risk_percent_sizing" not in _risk(labels(text))
    read = text.replace("0.1, Ask", "LotsFactor, Ask")
    assert "risk_percent_sizing" in _risk(labels(read))


def test_a_ticket_is_none_though_the_other_side_is_closed_first(labels: MakeLabels):
    text = """int longs; int shorts;
void OnTick() {
  OrderSelect(shorts, SELECT_BY_TICKET);
  if (OrderCloseTime() != 0 || shorts == 0) {
    OrderSelect(longs, SELECT_BY_TICKET);
    if (OrderCloseTime() == 0 && longs > 0) OrderClose(longs, OrderLots(), Bid, 3);
    shorts = OrderSend(Symbol(), OP_SELL, 0.1, Bid, 3, 0, 0);
    longs = 0;
  }
}
"""

    assert "max_positions" in _risk(labels(text))
    unasked = text.replace(" || shorts == 0", "")
    assert "max_positions" not in _risk(labels(unasked))


def test_what_a_loop_closes_is_closed_for_what_is_asked_around_it(
    labels: MakeLabels,
):
    text = """input double Aim = 20; input double MaxLoss = 30;
void OnTick() {
  double won = 0;
  for (int i = 0; i < OrdersTotal(); i++) {
    OrderSelect(i, SELECT_BY_POS);
    won += OrderProfit();
  }
  if (won >= Aim || won <= -MaxLoss) {
    for (int i = OrdersTotal() - 1; i >= 0; i--) {
      if (OrderSelect(i, SELECT_BY_POS))
        if (OrderSymbol() == Symbol())
          if (OrderMagicNumber() == 7)
            OrderClose(OrderTicket(), OrderLots(), Bid, 3);
    }
  }
}
"""

    assert {"take_profit", "stop_loss"} <= _risk(labels(text))
    late = text.replace("won >= Aim || won <= -MaxLoss", "Hour() == 20")
    assert not {"take_profit", "stop_loss"} & _risk(labels(late))
