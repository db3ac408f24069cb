"""Checks for what decides entries: which kinds of values are compared."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from orquestrador.classification.averaging import keeps_level, switched_off
from orquestrador.classification.compared import Comparison, comparisons
from orquestrador.classification.entry_slice import openings
from orquestrador.classification.orders import opens
from orquestrador.classification.program import Program
from orquestrador.classification.signals import is_extreme

PRICES = frozenset({"quote", "open", "close", "high", "low"})
NOW = frozenset({"quote", "close"})
TREND = frozenset({"average", "trend"})
_ENDS = frozenset({"high", "low"})
_TELLING = frozenset(
    [
        "average",
        "trend",
        "strength",
        "oscillator",
        "momentum",
        "upper",
        "lower",
        "band",
        "deviation",
        "highest",
        "lowest",
        "pattern",
        "open",
        "high",
        "low",
    ]
)
_FOLLOWED = frozenset({"average", "trend", "momentum", "oscillator"})
_CLOSE = frozenset({"close"})
_OTHERS = frozenset({"upper", "lower", "band", "oscillator", "momentum", "highest"})


def average_against_average(program: Program) -> Iterator[int]:
    """One average, or trend line, is compared with another, or with its past."""
    for each in comparisons(program):
        if (
            each.left & TREND and each.right & TREND and not oscillates(each)
        ) or _differs(program, each):
            yield each.offset


def _differs(program: Program, each: Comparison) -> bool:
    """Whether what one average is more than another is compared with a number."""
    for (kinds, other), text in zip(
        sides(each), (each.left_text, each.right_text), strict=True
    ):
        if kinds & TREND and not other and not kinds - TREND:
            name = text.strip()
            values = [value for _, value in program.whole.assignments(name)[:2]]
            if any(_DIFFERENCE.match(value) for value in (name, *values)):
                return True
    return False


_DIFFERENCE = re.compile(r"[\s(]{0,3}[A-Za-z_]\w*(?:\[\w+\])?\s{0,3}-\s{0,3}[A-Za-z_]")


def trend_asked(program: Program) -> Iterator[int]:
    """A trend's direction is asked for."""
    for each in comparisons(program):
        for one, other in sides(each):
            if "trend" in one and not other and not oscillates(each):
                yield each.offset
                break


def band_asked(program: Program) -> Iterator[int]:
    """An indicator of bands that is not there is asked whether it gives a signal."""
    for each in comparisons(program):
        for one, other in sides(each):
            if one == _BAND and not other:
                yield each.offset
                break


_BAND = frozenset({"band"})


def strength_compared(program: Program) -> Iterator[int]:
    """The strength or direction of a trend (ADX, DI) is compared."""
    for each in comparisons(program):
        if "strength" in each.left | each.right:
            yield each.offset


def momentum_compared(program: Program) -> Iterator[int]:
    """A momentum (MACD, rate of change, AO) is compared."""
    for each in comparisons(program):
        if "momentum" in each.left | each.right:
            yield each.offset


def deviation_compared(program: Program) -> Iterator[int]:
    """A distance from the mean in deviations is compared."""
    for each in comparisons(program):
        if "deviation" in each.left | each.right:
            yield each.offset


def candle_compared(program: Program) -> Iterator[int]:
    """A bar's close, or an end of its wick, is compared with an open."""
    for each in comparisons(program):
        for one, other in sides(each):
            body = {"open", "close"} <= one and not one & {"high", "low", "average"}
            if (
                (one & _ENDS and "open" in other and "open" not in one)
                or ("close" in one and "open" in other)
                or (body and not other)
            ):
                yield each.offset
                break


def candles_in_row(program: Program) -> Iterator[int]:
    """One condition asks three bars or more whether they rose or fell."""
    bars: set[int] = set()
    last = 0
    for each in comparisons(program):
        bar = _candle(each)
        if bar is None:
            continue
        if _PARTED.search(program.code, last, each.offset):
            bars.clear()
        last = each.offset
        bars.add(bar)
        if len(bars) == _ROW:
            yield each.offset


def _candle(each: Comparison) -> int | None:
    """Return which bar's close is compared with its own open; None for others."""
    kinds = {each.left, each.right}
    numbers = [_BAR.search(text) for text in (each.left_text, each.right_text)]
    one, other = numbers
    if kinds != _BODY or one is None or other is None or one[1] != other[1]:
        return None
    return int(one[1])


_BODY = {frozenset({"open"}), frozenset({"close"})}
_BAR = re.compile(r"(\d{1,3})\s{0,3}[\])]?\s{0,3}$")
_PARTED = re.compile(r"[;{}]")
_ROW = 3


def bars_compared(program: Program) -> Iterator[int]:
    """Highs are compared with highs, lows with lows."""
    for each in comparisons(program):
        if each.left == each.right and each.left in _BARS:
            yield each.offset


_BARS = (frozenset({"high"}), frozenset({"low"}))


def pattern_compared(program: Program) -> Iterator[int]:
    """A pattern or a level of the chart (fractal, pivot, support) is compared."""
    for each in comparisons(program):
        if "pattern" in each.left | each.right:
            yield each.offset


def closes_compared(program: Program) -> Iterator[int]:
    """A close is compared with an earlier one, and no average or momentum is."""
    found = comparisons(program)
    if not any((each.left | each.right) & _FOLLOWED for each in found):
        for each in found:
            if each.left == each.right == _CLOSE:
                yield each.offset


def order_distance(program: Program) -> Iterator[int]:
    """An entry waits for a price at a distance from an order that is open."""
    for each in comparisons(program):
        for one, other in sides(each):
            # The open price itself is compared where a position is trailed.
            asked = _OPEN_PRICE.search(each.left_text + each.right_text)
            apart = "placed" in one and not other & PRICES and "-" in _text(each, one)
            if (
                (one & NOW and ("placed" in other - one or apart))
                and asked is None
                and not switched_off(program, program.statement(each.offset))
                and not keeps_level(program, f"{each.left_text} {each.right_text}")
            ):
                yield each.offset
                break


def _text(each: Comparison, side: frozenset[str]) -> str:
    return each.left_text if side is each.left else each.right_text


_OPEN_PRICE = re.compile(r"OrderOpenPrice|POSITION_PRICE_OPEN|PriceOpen")


def prices_in_order(program: Program) -> Iterator[int]:
    """Three prices or more rise, or fall, one after the other."""
    for each, after in pairwise(comparisons(program)):
        if (
            each.left & PRICES
            and each.left == each.right == after.right
            and each.operator == after.operator
            and each.operator in "<>="
            and each.right_text.strip() == after.left_text.strip()
        ):
            yield each.offset


def custom_followed(program: Program) -> Iterator[int]:
    """Nothing is compared but the lines of an indicator that is not there."""
    found = comparisons(program)
    if not any((each.left | each.right) & _TELLING for each in found):
        yield from (each.offset for each in found if "custom" in each.left | each.right)


def level_passed(program: Program) -> Iterator[int]:
    """Nothing is compared but price with levels that are inputs."""
    found = comparisons(program)
    if any((each.left | each.right) & _TELLING for each in found):
        return
    for each in found:
        texts = (each.left_text.strip(), each.right_text.strip())
        for (one, _), text in zip(sides(each), reversed(texts), strict=True):
            if one & NOW and text in program.inputs and not _NO_LEVEL.search(text):
                yield each.offset


_NO_LEVEL = re.compile(
    r"[Ll]ot|LOT|[Vv]ol|[Ss]pread|[Ss]tep|[Ss]hift|[Mm]ax|[Mm]in|[Pp]ip|[Dd]ist"
)


def volume_compared(program: Program) -> Iterator[int]:
    """Volume is compared with volume; with a number it may only tell a new bar."""
    for each in comparisons(program):
        if "volume" in each.left and "volume" in each.right:
            yield each.offset


def range_compared(program: Program) -> Iterator[int]:
    """A range or a deviation is compared and nothing else: the volatility decides."""
    found = comparisons(program)
    if not any((each.left | each.right) & _TELLING for each in found):
        yield from (each.offset for each in found if "range" in each.left | each.right)


def hour_equalled(program: Program) -> Iterator[int]:
    """The hour must be a certain one, and is no end of a span of hours."""
    found = comparisons(program) if openings(program.whole) else []
    spans = {
        text
        for each in found
        if each.operator[0] in "<>" and "hour" in each.left | each.right
        for text in _texts(each)
    }
    for each in found:
        if (
            each.operator == "=="
            and "hour" in each.left | each.right
            and not _flagged(each)
            and not spans & _texts(each)
        ):
            yield each.offset


def _flagged(each: Comparison) -> bool:
    """Whether it is asked if something holds: what holds is told elsewhere."""
    return not {"true", "false"}.isdisjoint(_texts(each))


def _texts(each: Comparison) -> set[str]:
    return {each.left_text.strip(), each.right_text.strip()}


def hours_alone(program: Program) -> Iterator[int]:
    """The hour or the day is asked for, and neither a price nor an indicator is."""
    found = comparisons(program) if openings(program.whole) else []
    if any((each.left | each.right) & (_TELLING | _PLACED) for each in found):
        return
    for each in found:
        if (each.left | each.right) & _CLOCK and not _flagged(each):
            yield each.offset


_CLOCK = frozenset({"hour", "day"})
_PLACED = frozenset({"placed", "close", "custom", "volume", "range", "object"})


def clicked_entries(program: Program) -> Iterator[int]:
    """Positions are opened by a click or a key, and no price decides."""
    clicks = [name for name in _CLICKS if program.whole.has(name)]
    if not clicks or not opens(program.whole):
        return
    if not any(
        (each.left | each.right) & _MARKET or each.left & _CLOCK
        for each in comparisons(program)
    ):
        for name in clicks:
            yield from program.whole.offsets(name, 2)


def received_entries(program: Program) -> Iterator[int]:
    """Positions are opened as a connection or a file tells, and no price decides."""
    received = [name for name in _RECEIVES if program.whole.has(name)]
    received += _read_where_opened(program.whole)
    if not received or not opens(program.whole):
        return
    if not any((each.left | each.right) & _MARKET for each in comparisons(program)):
        for name in received:
            yield from program.whole.offsets(name, 2)


def _read_where_opened(program: Program) -> list[str]:
    """Return by what the functions read a file that open a position."""
    opened = {program.function_at(order.offset) for order in opens(program)} - {None}
    return [
        name
        for name in _READS
        if any(
            program.function_at(call.offset) in opened for call in program.calls(name)
        )
    ]


_READS = (
    "FileReadDouble",
    "FileReadInteger",
    "FileReadLong",
    "FileReadNumber",
    "FileReadString",
    "FileReadStruct",
)
_RECEIVES = ("recv", "SocketRead", "SocketTlsRead", "ZmqMsg")
_CLICKS = (
    "CHARTEVENT_OBJECT_CLICK",
    "CHARTEVENT_KEYDOWN",
    "CHARTEVENT_CUSTOM",
    "OBJPROP_STATE",
)
_MARKET = _TELLING | {"close", "custom"}


def sides(each: Comparison) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return both sides with what stands across, the left one first."""
    return (each.left, each.right), (each.right, each.left)


def oscillates(each: Comparison) -> bool:
    """Whether a side is no price and no average of prices."""
    return bool((each.left | each.right) & _OTHERS)


def extreme(program: Program, each: Comparison) -> bool:
    """Whether an oscillator is held against a level near the end of its scale."""
    names = each.left | each.right
    scale = next((name for name in names if name.startswith("i")), "RSI")
    return any(
        is_extreme(program, text.strip(), scale)
        for text, kinds in ((each.right_text, each.right), (each.left_text, each.left))
        if "oscillator" not in kinds
    )


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        average_against_average,
        trend_asked,
        band_asked,
        strength_compared,
        momentum_compared,
        deviation_compared,
        candle_compared,
        candles_in_row,
        bars_compared,
        pattern_compared,
        closes_compared,
        order_distance,
        prices_in_order,
        custom_followed,
        level_passed,
        volume_compared,
        range_compared,
        hour_equalled,
        hours_alone,
        clicked_entries,
        received_entries,
    )
}
