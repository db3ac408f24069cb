"""What decides an entry: the slice, what is compared in it, what is drawn."""

from collections.abc import Callable

import pytest

from orquestrador.classification.compared import comparisons
from orquestrador.classification.entry_slice import deciding, openings
from orquestrador.classification.plots import buffers
from orquestrador.classification.program import Program
from orquestrador.classification.rules import Labels

MakeProgram = Callable[..., Program]
MakeLabels = Callable[..., Labels]

BUY = "OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);"


def test_what_is_shown_or_trailed_is_left_out(program: MakeProgram):
    kept = deciding(
        program(f"""
void OnTick() {{
  double shown = iRSI(NULL, 0, 14, 0, 1); Comment(shown);
  double average = iMA(NULL, 0, 50, 0, 0, 0, 1);
  if (Close[1] > average) {BUY}
}}
""")
    )

    assert "iMA" in kept.counts
    assert "iRSI" not in kept.counts
    assert len(kept.code) == len(kept.whole.code)


@pytest.mark.parametrize(
    "text",
    [
        (
            f"bool up; void Look() {{ up = iCCI(NULL, 0, 14, 0, 1) > 0; }}"
            f" void OnTick() {{ Look(); if (up) {BUY} }}"
        ),
        (
            f"int Signal() {{ if (iCCI(NULL, 0, 14, 0, 1) > 0) return 1; return 0; }}"
            f" void OnTick() {{ if (Signal() == 1) {{ {BUY} }} }}"
        ),
        (
            f"void Open(int way) {{ if (way > 0) {BUY} }}"
            f" void OnTick() {{ int way = iCCI(NULL, 0, 14, 0, 1) > 0; Open(way); }}"
        ),
        f"void OnTick() {{ if (iCCI(NULL, 0, 14, 0, 1) < 0) return; {BUY} }}",
        f"void OnTick() {{ if (iCCI(NULL, 0, 14, 0, 1) < 0) Comment(1); else {BUY} }}",
    ],
    ids=["variable", "function", "parameter", "early return", "else"],
)
def test_a_condition_is_followed_to_where_it_is_computed(
    text: str, program: MakeProgram
):
    assert "iCCI" in deciding(program(text)).counts


def test_a_buffer_is_followed_to_the_indicator_that_fills_it(program: MakeProgram):
    text = """
int handle; double line[];
int OnInit() { handle = iBands(_Symbol, 0, 20, 0, 2.0, PRICE_CLOSE); return 0; }
void OnTick() {
  CopyBuffer(handle, 1, 0, 3, line);
  if (iClose(_Symbol, 0, 1) > line[0]) trade.Sell(0.1);
}
"""
    (found,) = comparisons(deciding(program(text, "mql5")))

    assert (found.left, found.operator, found.right) == ({"close"}, ">", {"upper"})


def test_a_call_of_a_missing_include_opens_positions(program: MakeProgram):
    text = "void OnTick() { bool up = Close[1] > Open[1]; BuyPositionOpen(up); }"

    assert len(openings(program(text))) == 1
    assert openings(program("void OnTick() { BuyPositionClose(true); }")) == ()


def test_an_expert_that_opens_nothing_is_utility_unless_it_tells_of_signals(
    labels: MakeLabels,
):
    text = "void OnTick() { double r = iRSI(NULL, 0, 14, 0, 1); Comment(r < 30); }"
    alert = text.replace("Comment(r < 30)", "if (r < 30) Alert(r)")

    assert labels(text).primary == "utility"
    assert labels(alert).primary == "mean_reversion"


@pytest.mark.parametrize(
    ("condition", "label"),
    [
        ("Close[1] > iBands(NULL, 0, 20, 2, 0, 0, MODE_UPPER, 1)", "breakout"),
        ("Close[1] < iBands(NULL, 0, 20, 2, 0, 0, MODE_LOWER, 1)", "mean_reversion"),
        ("Close[1] > iMA(NULL, 0, 20, 0, 0, 0, 1)", "trend_following"),
        ("Close[1] < iMA(NULL, 0, 20, 0, 0, 0, 1)", "mean_reversion"),
        ("iRSI(NULL, 0, 14, 0, 1) < 25", "mean_reversion"),
        ("iRSI(NULL, 0, 14, 0, 1) > 50", "momentum"),
        ("Ask > High[iHighest(NULL, 0, MODE_HIGH, 20, 1)]", "breakout"),
        ("Close[1] > Open[1]", "price_action"),
        ("Hour() == 8", "session_time"),
    ],
)
def test_an_entry_is_labelled_by_what_its_condition_compares(
    condition: str, label: str, labels: MakeLabels
):
    assert labels(f"void OnTick() {{ if ({condition}) {BUY} }}").primary == label


def test_buffers_say_what_they_are_made_of(program: MakeProgram):
    text = """
double Shown[], Work[];
int OnInit() {
  SetIndexBuffer(0, Shown, INDICATOR_DATA);
  SetIndexBuffer(1, Work, INDICATOR_CALCULATIONS); return 0; }
int OnCalculate(const int rates_total) {
  Work[0] = iRSI(NULL, 0, 14, 0, 0); Shown[0] = iATR(NULL, 0, 14, 0); return 0; }
"""
    assert buffers(program(text, "mql5", "indicator")) == {"Shown": {"range"}}
