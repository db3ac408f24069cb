"""Checks for what decides entries: which kinds of values are compared."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from orquestrador.classification.actions import next_action
from orquestrador.classification.compared import Comparison, comparisons
from orquestrador.classification.program import Program
from orquestrador.classification.signals import is_extreme

_PRICES = frozenset({"quote", "open", "close", "high", "low"})
_NOW = frozenset({"quote", "close"})
_TREND = frozenset({"average", "trend"})
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
_OTHERS = frozenset({"upper", "lower", "band", "oscillator", "momentum", "highest"})


def average_against_average(program: Program) -> Iterator[int]:
    """One average, or trend line, is compared with another, or with its past."""
    for each in comparisons(program):
        if each.left & _TREND and each.right & _TREND and not _oscillates(each):
            yield each.offset


def price_against_average(program: Program) -> Iterator[int]:
    """Price is compared with an average or a trend line, and followed."""
    for each, against in _at_average(program):
        if not against:
            yield each.offset


def average_faded(program: Program) -> Iterator[int]:
    """A buy comes while price is below an average, a sale while it is above."""
    for each, against in _at_average(program):
        if against:
            yield each.offset


def _at_average(program: Program) -> Iterator[tuple[Comparison, bool]]:
    """Yield comparisons of price with an average, and whether they trade against it."""
    found: list[tuple[Comparison, bool | None]] = []
    for each in comparisons(program):
        for above, (one, other) in zip((True, False), _sides(each), strict=True):
            if (
                one & _PRICES
                and other & _TREND
                and not one & _TREND
                and not _oscillates(each)
            ):
                found.append((each, _opposes(program, each, over=above)))
                break
    votes = [against for _, against in found if against is not None]
    # Of two averages the faster is what price may fall back to in a trend.
    crossed = any(True for _ in average_against_average(program))
    faded = votes.count(True) > votes.count(False) and not crossed
    yield from ((each, faded) for each, _ in found)


def _opposes(program: Program, each: Comparison, *, over: bool) -> bool | None:
    """Whether what follows goes against the side on which price is."""
    if each.operator not in {"<", ">", "<=", ">="}:
        return None
    buys = _buys(program.whole, each.offset)
    if buys is None:
        return None
    above = (each.operator[0] == ">") == over
    return above != buys


def _buys(program: Program, at: int) -> bool | None:
    """Whether what a condition leads to buys; None when nothing says so."""
    code = program.code
    start = max(code.rfind(sign, max(0, at - _MAX_THEN), at) for sign in ";{}")
    end = code.find(";", at, at + 2 * _MAX_THEN)
    then = _THEN.search(code, max(start, 0), end if end >= 0 else at + _MAX_THEN)
    if then is not None:
        return then[1] is not None
    action = next_action(program, at)
    side = action.side if action is not None and action.opens else None
    return None if side is None else side == "buy"


_MAX_THEN = 260
_THEN = re.compile(
    r"((?<![a-z])[Bb]uy|BUY|(?<![a-z])[Ll]ong(?![a-z])|LONG|\breturn\s{0,3}\(?\s{0,3}1\b)"
    r"|((?<![a-z])[Ss]ell|SELL|(?<![a-z])[Ss]hort(?![a-z])|SHORT|\breturn\s{0,3}\(?\s{0,3}-\s?1\b)"
)


def trend_asked(program: Program) -> Iterator[int]:
    """A trend's direction is asked for."""
    for each in comparisons(program):
        for one, other in _sides(each):
            if "trend" in one and not other and not _oscillates(each):
                yield each.offset
                break


def strength_compared(program: Program) -> Iterator[int]:
    """The strength or direction of a trend (ADX, DI) is compared."""
    for each in comparisons(program):
        if "strength" in each.left | each.right:
            yield each.offset


def oscillator_at_extreme(program: Program) -> Iterator[int]:
    """An oscillator is compared with a level near the end of its scale."""
    return (each.offset for each in _oscillators(program) if _extreme(program, each))


def oscillator_elsewhere(program: Program) -> Iterator[int]:
    """An oscillator is compared with its middle or its past, never with an extreme."""
    found = list(_oscillators(program))
    if not any(_extreme(program, each) for each in found):
        yield from (each.offset for each in found)


def _oscillators(program: Program) -> Iterator[Comparison]:
    for each in comparisons(program):
        if "oscillator" in each.left | each.right:
            yield each


def momentum_compared(program: Program) -> Iterator[int]:
    """A momentum (MACD, rate of change, AO) is compared."""
    for each in comparisons(program):
        if "momentum" in each.left | each.right:
            yield each.offset


def band_faded(program: Program) -> Iterator[int]:
    """Price is compared with the upper or the lower band, and does not break it."""
    found = list(_at_band(program))
    if not _broken(found):
        yield from (each.offset for each, _ in found)


def band_broken(program: Program) -> Iterator[int]:
    """A buy comes above the upper band, a sale below the lower one."""
    found = list(_at_band(program))
    if _broken(found):
        yield from (each.offset for each, broken in found if broken)


def _broken(found: list[tuple[Comparison, bool | None]]) -> bool:
    votes = [broken for _, broken in found]
    return votes.count(True) > votes.count(False)


def _at_band(program: Program) -> Iterator[tuple[Comparison, bool | None]]:
    """Yield comparisons of price with a band, and whether they trade its break."""
    for each in comparisons(program):
        for over, (one, other) in zip((True, False), _sides(each), strict=True):
            if one & _PRICES and other & {"upper", "lower", "band"}:
                outside = (each.operator[0] == ">") == over
                if "upper" not in other:
                    outside = not outside and "lower" in other
                against = _opposes(program, each, over=over)
                known = outside and against is not None
                yield each, (not against if known else None)
                break


def bar_faded(program: Program) -> Iterator[int]:
    """A buy comes after a falling bar, a sale after a rising one."""
    found = [
        (each, _opposes(program, each, over=over))
        for each in comparisons(program)
        for over, (one, other) in zip((True, False), _sides(each), strict=True)
        if one & _NOW
        and not one & {"high", "low"}
        and other
        and other <= {"open", "close"}
        and one != other
    ]
    votes = [against for _, against in found]
    if votes.count(True) > votes.count(False):
        yield from (each.offset for each, against in found if against)


def deviation_compared(program: Program) -> Iterator[int]:
    """A distance from the mean in deviations is compared."""
    for each in comparisons(program):
        if "deviation" in each.left | each.right:
            yield each.offset


def price_beyond_extreme(program: Program) -> Iterator[int]:
    """Price is compared with the highest or lowest price of a stretch of time."""
    for each in comparisons(program):
        for one, other in _sides(each):
            if one & _PRICES and other & {"highest", "lowest"} and not other & _NOW:
                yield each.offset
                break


def price_beyond_bar(program: Program) -> Iterator[int]:
    """Price is compared with the high or the low of an earlier bar."""
    for each in comparisons(program):
        for one, other in _sides(each):
            if (
                one & _NOW
                and not one & {"open", "high", "low"}
                and other & {"high", "low"}
                and not other & {"open", "close", "quote", "highest", "lowest"}
            ):
                yield each.offset
                break


def candle_compared(program: Program) -> Iterator[int]:
    """A bar's close, or an end of its wick, is compared with an open."""
    for each in comparisons(program):
        for one, other in _sides(each):
            body = {"open", "close"} <= one and not one & {"high", "low", "average"}
            if (
                (one & _ENDS and "open" in other and "open" not in one)
                or ("close" in one and "open" in other)
                or (body and not other)
            ):
                yield each.offset
                break


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
    """A close is compared with an earlier one."""
    for each in comparisons(program):
        if each.left == each.right == {"close"}:
            yield each.offset


def prices_in_order(program: Program) -> Iterator[int]:
    """Three prices or more rise, or fall, one after the other."""
    for each, after in pairwise(comparisons(program)):
        if (
            each.left & _PRICES
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
        for (one, _), text in zip(_sides(each), reversed(texts), strict=True):
            if one & _NOW and text in program.inputs and not _NO_LEVEL.search(text):
                yield each.offset


_NO_LEVEL = re.compile(r"[Ss]pread|[Ss]tep|[Ss]hift|[Mm]ax|[Mm]in|[Pp]ip|[Dd]ist")


def volume_compared(program: Program) -> Iterator[int]:
    """Volume is compared with volume; with a number it may only tell a new bar."""
    for each in comparisons(program):
        if "volume" in each.left and "volume" in each.right:
            yield each.offset


def range_compared(program: Program) -> Iterator[int]:
    """A range or a deviation is compared: the volatility decides."""
    for each in comparisons(program):
        if "range" in each.left | each.right:
            yield each.offset


def hour_equalled(program: Program) -> Iterator[int]:
    """The hour must be a certain one."""
    for each in comparisons(program):
        if each.operator == "==" and "hour" in each.left | each.right:
            yield each.offset


def _sides(each: Comparison) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    return (each.left, each.right), (each.right, each.left)


def _oscillates(each: Comparison) -> bool:
    return bool((each.left | each.right) & _OTHERS)


def _extreme(program: Program, each: Comparison) -> bool:
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
        price_against_average,
        average_faded,
        trend_asked,
        strength_compared,
        oscillator_at_extreme,
        oscillator_elsewhere,
        momentum_compared,
        band_faded,
        band_broken,
        bar_faded,
        deviation_compared,
        price_beyond_extreme,
        price_beyond_bar,
        candle_compared,
        bars_compared,
        pattern_compared,
        closes_compared,
        prices_in_order,
        custom_followed,
        level_passed,
        volume_compared,
        range_compared,
        hour_equalled,
    )
}
