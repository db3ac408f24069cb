"""What an indicator draws: its buffers, and what they are computed from."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.program import Program
from orquestrador.classification.terms import Terms

MAX_BUFFERS = 24
"""Buffers that are looked at."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_MARKED = re.compile(
    r"^[ \t]{0,9}#property[ \t]{1,9}indicator_level\d{1,2}[ \t]{1,40}"
    r"(\d{1,3}(?:\.\d{1,4})?)"
    r"|^[ \t]{0,40}SetLevelValue[ \t]{0,3}\([ \t]{0,3}\d{1,2}[ \t]{0,3},[ \t]{0,3}"
    r"(\d{1,3}(?:\.\d{1,4})?)[ \t]{0,3}\)",
    re.MULTILINE,
)
_MIDDLE = 50.0
_HIDDEN = ("INDICATOR_CALCULATIONS", "INDICATOR_COLOR_INDEX")


def buffers(program: Program) -> Mapping[str, frozenset[str]]:
    """Return the drawn buffers by name, with what each is made of."""
    return program.answer(_buffers, None)


def _buffers(program: Program, _: None) -> Mapping[str, frozenset[str]]:
    terms = Terms(program)
    found: dict[str, frozenset[str]] = {}
    for call in program.calls("SetIndexBuffer")[:MAX_BUFFERS]:
        if len(call.arguments) > 1 and call.arguments[-1] not in _HIDDEN:
            name = _NAME.match(call.arguments[1])
            if name is not None:
                found[name[0]] = terms.of_name(name[0])
    return found


def range_plotted(program: Program) -> Iterator[int]:
    """A buffer is made of a range or a deviation, not moved by one from a bar's end.

    What stands in a window of its own and is made of an average too is divided by the
    range, to have one scale for all markets.
    """
    apart = program.has("indicator_separate_window")
    for name, kinds in buffers(program).items():
        if "range" in kinds and not kinds & (_AVERAGE if apart else _ENDS):
            yield from program.uses(name, 1)


def trend_plotted(program: Program) -> Iterator[int]:
    """A buffer is made of a trend's direction or strength."""
    for name, kinds in buffers(program).items():
        if kinds & {"trend", "strength"}:
            yield from program.uses(name, 1)


def own_oscillator(program: Program) -> Iterator[int]:
    """Lines in a window of their own, which no trend and no range explains."""
    found = buffers(program)
    made = frozenset[str]().union(*found.values())
    if (
        program.has("indicator_separate_window")
        and not made & {"trend", "strength", "volume", "pattern"}
        and not any(map(program.has, _TREND_READ))
        and not program.checked(range_plotted, 1)
        and not program.checked(volume_used, 1)
        and not program.checked(ends_marked, 1)
    ):
        for name in found:
            yield from program.uses(name, 1)


def ends_marked(program: Program) -> Iterator[int]:
    """Levels are drawn near both ends of a scale from 0 to 100."""
    if not program.has("indicator_separate_window"):
        return
    text = program.source.text
    levels = {
        float(each[1] or each[2]): each.start() for each in _MARKED.finditer(text)
    }
    if levels and 0 < min(levels) < _MIDDLE < max(levels) < 2 * _MIDDLE:
        below = max(each for each in levels if each < _MIDDLE)
        if _MIDDLE not in levels and 2 * _MIDDLE - below in levels:
            yield levels[below]


def bar_ends_plotted(program: Program) -> Iterator[int]:
    """What is drawn on the chart stands at bars' highs and lows, and is no average."""
    found = buffers(program)
    made = frozenset[str]().union(*found.values())
    if made & _EXTREMES and made <= _PRICES and program.has("indicator_chart_window"):
        for name in found:
            yield from program.uses(name, 1)


def average_on_chart(program: Program) -> Iterator[int]:
    """Averages are read where prices are drawn; elsewhere they smooth something."""
    if not program.has("indicator_separate_window"):
        for name in AVERAGES:
            yield from program.uses(name, 1)


def volume_used(program: Program) -> Iterator[int]:
    """The volume that the platform hands in, or keeps, is computed with."""
    for name in _VOLUMES:
        for at in program.offsets(name, 8):
            if not _HANDED_IN.search(program.before(at, 40)):
                yield at


def own_bars(program: Program) -> Iterator[int]:
    """Candles are drawn that are made of averaged bars."""
    found = buffers(program)
    mixed = any(len(kinds & _BAR) > 1 for kinds in found.values())
    if mixed and (
        program.has("DRAW_COLOR_CANDLES") or program.first_word(("^ha_", "heik"))
    ):
        for name in found:
            yield from program.uses(name, 1)


def line_on_chart(program: Program) -> Iterator[int]:
    """A line among the prices is made of prices alone: it smooths them."""
    found = buffers(program)
    made = frozenset[str]().union(*found.values())
    if (
        program.has("indicator_chart_window")
        and made <= _SMOOTHED
        and (made & _BODY or not made)
        and not any(map(program.has, _NO_LINE))
        and not program.checked(own_bars, 1)
    ):
        for name in found:
            yield from program.uses(name, 1)


def draws_nothing(program: Program) -> Iterator[int]:
    """No line is computed and no object is drawn at a price."""
    if not buffers(program) and not any(map(program.has, _AT_PRICES)):
        for name in _BEGINS:
            yield from program.offsets(name, 1)


AVERAGES = (
    "iMA",
    "iMAOnArray",
    "ExponentialMA",
    "SimpleMA",
    "iAMA",
    "iDEMA",
    "iTEMA",
    "iFrAMA",
    "iVIDyA",
    "SimpleMAOnBuffer",
    "ExponentialMAOnBuffer",
    "LinearWeightedMA",
    "LinearWeightedMAOnBuffer",
    "SmoothedMA",
)
_AVERAGE = frozenset({"average"})
_BAR = frozenset({"open", "close", "high", "low"})
_VOLUMES = (
    "tick_volume",
    "volume",
    "Volume",
    "iVolume",
    "iTickVolume",
    "CopyTickVolume",
    "CopyRealVolume",
)
_TREND_READ = ("iADX", "iADXWilder", "iIchimoku", "iAlligator", "iSAR")
_HANDED_IN = re.compile(r"\b(?:long|ulong|double|int)\s{0,24}&?\s{0,24}$")
_AT_PRICES = (
    "OBJ_HLINE",
    "OBJ_TREND",
    "OBJ_RECTANGLE",
    "OBJ_FIBO",
    "OBJ_CHANNEL",
    "OBJ_ARROW",
)
_BEGINS = (
    "OnCalculate",
    "start",
    "OnInit",
    "init",
    "onTick",
    "indicator_chart_window",
    "indicator_separate_window",
)
_NO_LINE = ("DRAW_ARROW", "DRAW_ZIGZAG", "DRAW_CANDLES", "DRAW_COLOR_CANDLES")
_BODY = frozenset({"open", "close", "average"})
_SMOOTHED = frozenset({"average", "close", "high", "low", "open", "custom"})
_ENDS = frozenset({"high", "low"})
_EXTREMES = frozenset({"high", "low", "highest", "lowest"})
_PRICES = frozenset({"high", "low", "highest", "lowest", "custom", "range"})


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        range_plotted,
        trend_plotted,
        own_oscillator,
        ends_marked,
        bar_ends_plotted,
        average_on_chart,
        volume_used,
        own_bars,
        line_on_chart,
        draws_nothing,
    )
}
