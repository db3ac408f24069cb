"""What Pine's signals rest on: values followed through names, functions and blocks."""

from collections.abc import Callable

import pytest

from orquestrador.classification.pine_signals import meanings
from orquestrador.classification.program import Program

MakeProgram = Callable[..., Program]
Meant = Callable[..., set[str]]


@pytest.fixture
def meant(program: MakeProgram) -> Meant:
    """Return what an entry, or an indicator, rests on."""

    def of(code: str, kind: str = "strategy") -> set[str]:
        head = "strategy" if kind == "strategy" else "indicator"
        return set(meanings(program(f'{head}("x")\n{code}', "pine", kind)))

    return of


def _entry(condition: str, before: str = "", side: str = "long") -> str:
    return f"{before}\nif {condition}\n    strategy.entry('E', strategy.{side})\n"


@pytest.mark.parametrize(
    ("condition", "side", "found"),
    [
        ("ta.rsi(close, 14) < 30", "long", {"oscillator_extreme"}),
        ("ta.rsi(close, 14) > 70", "long", {"oscillator_followed"}),
        ("ta.rsi(close, 14) > 50", "long", {"level_middle"}),
        ("ta.rsi(close, 14) < 70", "long", set[str]()),
        ("ta.crossunder(ta.rsi(close, 14), 70)", "short", {"oscillator_extreme"}),
        ("close > ta.ema(close, 50)", "long", {"price_beyond"}),
        ("close < ta.ema(close, 50)", "long", {"average_faded"}),
        ("not (close > ta.ema(close, 50))", "short", {"price_beyond"}),
        ("close > ta.highest(high, 20)[1]", "long", {"range_broken"}),
        ("low > high[2]", "long", {"gap"}),
    ],
)
def test_the_side_of_a_comparison_and_of_the_entry_decide(
    meant: Meant, condition: str, side: str, found: set[str]
):
    assert meant(_entry(condition, side=side)) == found


def test_a_band_that_is_touched_differs_from_one_that_is_followed(meant: Meant):
    before = "[m, u, l] = ta.bb(close, 20, 2)"

    assert meant(_entry("close < l", before)) == {"band_extreme"}
    assert meant(_entry("close > u", before)) == {"band_followed"}


def test_an_average_in_the_middle_of_a_band_is_no_trend(meant: Meant):
    before = "m = ta.sma(close, 20)\nd = 2 * ta.stdev(close, 20)\nlow_ = m - d"

    assert meant(_entry("ta.crossover(close, low_)", before)) == {"band_extreme"}


def test_a_band_that_only_moves_one_way_is_a_line_that_trails(meant: Meant):
    before = """
up = hl2 - 3 * ta.atr(10)
last = nz(up[1], up)
up := close[1] > last ? math.max(up, last) : up
dn = hl2 + 3 * ta.atr(10)
before = nz(dn[1], dn)
dn := close[1] < before ? math.min(dn, before) : dn
trend = 1
trend := close > before ? 1 : close < last ? -1 : trend[1]
"""
    assert meant(_entry("trend == 1 and trend[1] == -1", before)) == {"trail"}


def test_averages_that_the_code_computes_itself_are_averages(meant: Meant):
    before = """
smooth(src, n) =>
    var float kept = na
    kept := na(kept) ? src : kept + (src - kept) / n
    kept
choose(kind, src) =>
    switch kind
        "a" => ta.ema(src, 9)
        => smooth(src, 9)
"""
    condition = "ta.crossover(choose('a', close), smooth(close, 30))"

    assert meant(_entry(condition, before)) == {"averages_crossed"}


def test_conditions_around_an_assignment_count_for_a_flag(meant: Meant):
    before = """
var bool ready = false
if ta.crossover(ta.ema(close, 9), ta.ema(close, 21))
    ready := true
"""
    assert meant(_entry("ready", before)) == {"averages_crossed"}


def test_a_function_that_sends_the_order_is_guarded_where_it_is_called(meant: Meant):
    code = """
buy() =>
    strategy.entry('E', strategy.long)
if close > ta.highest(high, 20)[1]
    buy()
"""
    assert "range_broken" in meant(code)


def test_what_an_input_switches_off_by_default_does_not_count(meant: Meant):
    before = "both = input.bool(false)\nturned = input(false)\npos = close > open[1]"
    condition = "close > ta.ema(close, 9) or (both and ta.rsi(close, 14) < 30)"

    assert meant(_entry(condition, before)) == {"price_beyond"}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("plot(ta.ema(close, 9))", {"plotted_average"}),
        ("plot(ta.atr(14))", {"plotted_range"}),
        ("plot(close - ta.sma(close, 9))", {"plotted_oscillator"}),
        ("plot((close - ta.sma(close, 9)) / ta.stdev(close, 9))", {"plotted_stretch"}),
        ("plot(ta.cum(close * volume) / ta.cum(volume))", {"plotted_vwap"}),
        ("r = ta.rsi(close, 9)\nplot(r)\nhline(70)\nhline(30)", {"plotted_levels"}),
        ("plot(ta.stdev(math.log(close / close[1]), 9))", {"plotted_range"}),
        ("plot((high + low + close) / 3)", {"plotted_average"}),
        ("aroon() =>\n    close - close[9]\nplot(aroon())", {"plotted_direction"}),
        ("t = table.new(position.top_right, 1, 1)", {"showing"}),
    ],
)
def test_an_indicator_without_signals_is_what_it_plots(
    meant: Meant, code: str, found: set[str]
):
    assert meant(code, "indicator") == found


def test_a_filter_of_its_own_last_values_is_an_average(meant: Meant):
    code = """
smoother(src, n) =>
    a = math.exp(-4 / n)
    b = 2 * a
    var float f = 0.0
    f := (1 - b) * (src + nz(src[1], src)) / 2 + b * nz(f[1], src) + a * nz(f[2], src)
    f
plot(smoother(close, 10))
"""
    assert meant(code, "indicator") == {"plotted_average"}


def test_fields_of_a_type_are_what_they_hold_by_default(meant: Meant):
    code = """
type bar
    float last = close
    float size = volume
b = bar.new()
if b.last > ta.highest(high, 9)[1] and b.size > ta.sma(b.size, 9)
    strategy.entry('E', strategy.long)
"""
    assert meant(code) == {"range_broken", "volume"}


def test_volume_and_hours_only_let_through_what_a_trend_decides(meant: Meant):
    code = """
if ta.crossover(close, ta.sma(close, 9)) and %s
    strategy.entry('E', strategy.long)
"""
    hours = "(hour > 9 or (hour == 9 and minute > 30))"

    assert meant(code % "volume > ta.sma(volume, 9)") == {"price_crossed"}
    assert meant(code % hours) == {"price_crossed", "time"}


def test_turns_that_a_plotted_volume_is_held_to_are_divergences(meant: Meant):
    code = """
flow = math.sum((close - low) * volume, 50)
turn = ta.pivothigh(high, 5, 5)
last = ta.valuewhen(not na(turn), high[5], 1)
before = ta.valuewhen(not na(turn), flow[5], 1)
plotshape(not na(turn) and high[5] > last and flow[5] < before)
"""
    assert meant(code + "plot(flow)", "indicator") == {"volume"}
    assert "volume" in meant(code + "plot(close)", "indicator")
    assert meant(code + "plot(close)", "indicator") != {"volume"}


def test_an_indicator_with_alerts_is_what_they_compare(meant: Meant):
    code = """
r = ta.rsi(close, 9)
plot(ta.ema(close, 9))
alertcondition(ta.crossunder(r, 30), "low")
"""
    assert meant(code, "indicator") == {"oscillator_extreme"}


def test_coloured_hours_are_no_signal(meant: Meant):
    code = "bgcolor(hour == 9 ? color.new(color.blue, 90) : na)"

    assert meant(code, "indicator") == {"showing"}
