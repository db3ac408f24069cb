"""A Pine strategy narrowed to what decides its entries."""

from collections.abc import Callable

from orquestrador.classification.pine_slice import deciding
from orquestrador.classification.program import Program

MakeProgram = Callable[..., Program]


TEXT = """strategy("x")
fast = ta.ema(close, 9)
drawn = ta.vwap(close)
plot(drawn)
[macd, signal, _] = ta.macd(close, 12, 26, 9)
up(x) =>
    y = x + 1
    y > 2
state.on := fast > close
if macd > signal
    if state.on and up(close)
        strategy.entry("L", strategy.long)
        label.new(1, 2)
"""


def test_lines_that_lead_to_an_entry_are_kept_and_others_blanked(program: MakeProgram):
    seen = deciding(program(TEXT, "pine", "strategy"))

    for kept in ("ta.ema", "ta.macd", "y > 2", "state.on :=", "if macd"):
        assert kept in seen.code
    for gone in ("ta.vwap", "plot", "label.new"):
        assert gone not in seen.code
    assert len(seen.code) == len(TEXT)


def test_the_narrowed_program_counts_its_own_names(program: MakeProgram):
    seen = deciding(program(TEXT, "pine", "strategy"))

    assert seen.has("ta.macd")
    assert not seen.has("ta.vwap")


def test_a_strategy_without_entries_and_an_indicator_stay_whole(program: MakeProgram):
    text = 'strategy("x")\nplot(ta.ema(close, 9))\n'

    for kind in ("strategy", "indicator"):
        seen = program(text, "pine", kind)
        assert deciding(seen) is seen
