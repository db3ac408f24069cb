"""Checks for entries with a move or against it: price at averages, bands, bars."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.actions import (
    Action,
    actions_between,
    branch,
    next_action,
)
from orquestrador.classification.compared import Comparison, comparisons
from orquestrador.classification.crossings import crossings
from orquestrador.classification.entry_signals import (
    NOW,
    PRICES,
    TREND,
    average_against_average,
    oscillates,
    sides,
    trend_asked,
)
from orquestrador.classification.program import Program


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
        for above, (one, other) in zip((True, False), sides(each), strict=True):
            if (
                one & PRICES
                and other & TREND
                and not one & TREND
                and not oscillates(each)
            ):
                found.append((each, _opposes(program, each, over=above)))
                break
    crossed_from = {each.before for each in crossings(program)}
    known = [
        (each, against)
        for each, against in found
        if against is not None and each not in crossed_from
    ]
    # A wick that reaches back to an average falls back in a trend.
    closes = [
        (each, against) for each, against in known if NOW & (each.left | each.right)
    ]
    votes = [against for _, against in closes or known]
    # Of two averages the faster is what price may fall back to in a trend.
    crossed = any(True for _ in average_against_average(program)) or any(
        True for _ in trend_asked(program)
    )
    faded = votes.count(True) > votes.count(False) and not crossed
    yield from ((each, faded) for each, _ in found)


def _opposes(program: Program, each: Comparison, *, over: bool) -> bool | None:
    """Whether what follows goes against the side on which price is."""
    if each.operator not in {"<", ">", "<=", ">="}:
        return None
    bought = buys(program.whole, each.offset)
    if bought is None:
        return None
    above = (each.operator[0] == ">") == over
    return above != bought


def buys(program: Program, at: int) -> bool | None:
    """Whether what a condition leads to buys; None when nothing says so."""
    opened = _opened(program, at)
    if opened is not None:
        return opened
    code = program.code
    start = max(code.rfind(sign, max(0, at - _MAX_THEN), at) for sign in ";{}")
    end = code.find(";", at, at + 2 * _MAX_THEN)
    then = _THEN.search(code, max(start, 0), end if end >= 0 else at + _MAX_THEN)
    if then is not None:
        return then[1] is not None
    flagged = _FLAG.match(code, max(start, 0), at + _MAX_THEN)
    if flagged is not None:
        return _of_flag(program, flagged[1], end)
    action = next_action(program, at)
    told = _of_function(program, at, action)
    if told is not None:
        return told
    side = action.side if action is not None and action.opens else None
    return None if side is None else side == "buy"


def _of_function(program: Program, at: int, action: Action | None) -> bool | None:
    """Whether a function that opens nothing itself tells of a buy."""
    function = program.function_at(at)
    if function is None or (action is not None and action.offset < function.end):
        return None
    bought, sold = _BOUGHT.search(function.name), _SOLD.search(function.name)
    if (bought is None) != (sold is None) and not _LEFT.search(function.name):
        return bought is not None
    sides = (_opened(program, call.offset) for call in program.calls(function.name))
    return next((side for side in sides if side is not None), None)


_BOUGHT = re.compile(r"[Bb]uy|BUY|(?<![a-z])[Ll]ong|Long|LONG")
_LEFT = re.compile(r"[Cc]los|CLOS|[Ee]xit|EXIT")
_SOLD = re.compile(r"[Ss]ell|SELL|(?<![a-z])[Ss]hort|Short|SHORT")


def _of_flag(program: Program, name: str, behind: int) -> bool | None:
    """Whether what a flag leads to buys: its name says so, or where it is read."""
    rising, falling = _RISING.search(name), _FALLING.search(name)
    if (rising is None) != (falling is None):
        return rising is not None
    for use in program.offsets(name, 12):
        if use > behind:
            return _opened(program, use)
    return None


# What a comparison is kept in: `bool up = price > average`.
_FLAG = re.compile(r"[;{}]?\s{0,400}+(?:bool\s{1,3})?([A-Za-z_]\w{0,60})\s{0,9}=(?!=)")
_RISING = re.compile(
    r"(?<![a-z])(?:[Bb]ull|[Uu]p|UP|BULL)(?![a-z]{3})|[a-z](?:Bull|Up)"
)
_FALLING = re.compile(
    r"(?<![a-z])(?:[Bb]ear|[Dd]own|[Dd]n|DOWN|DN|BEAR)|[a-z](?:Bear|Down|Dn)"
)


def _opened(program: Program, at: int) -> bool | None:
    """Whether the branch of a condition opens a buy; None when no side is said."""
    span = led_to(program, at)
    if span is None:
        return None
    sides = {
        action.side == "buy"
        for action in actions_between(program, *span)
        if action.opens and action.side is not None
    }
    return sides.pop() if len(sides) == 1 else None


def led_to(program: Program, at: int) -> tuple[int, int] | None:
    """Return where the branch begins and ends that a comparison leads to."""
    head = _HEAD.match(program.code, at)
    return program.answer(branch, head.end() if head is not None else at)


_HEAD = re.compile(r"[\s}]{0,40}(?:else\b)?\s{0,40}(?:if\b)?[\s(!]{0,40}")
_MAX_THEN = 260
_THEN = re.compile(
    # What none of them begins with is passed over at once: seven times faster.
    r"(?=[BLSblsr])(?:"
    r"([Bb](?<![a-z].)uy|BUY|[Ll](?<![a-z].)ong(?![a-z])|LONG"
    r"|r(?<!\w.)eturn\s{0,3}\(?\s{0,3}1\b)"
    r"|([Ss](?<![a-z].)ell|SELL|[Ss](?<![a-z].)hort(?![a-z])|SHORT"
    r"|r(?<!\w.)eturn\s{0,3}\(?\s{0,3}-\s?1\b))"
)


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
        for over, (one, other) in zip((True, False), sides(each), strict=True):
            if one & PRICES and other & {"upper", "lower", "band"}:
                outside = (each.operator[0] == ">") == over
                if "upper" not in other:
                    outside = not outside and "lower" in other
                against = _opposes(program, each, over=over)
                known = outside and against is not None
                yield each, (not against if known else None)
                break


def price_beyond_extreme(program: Program) -> Iterator[int]:
    """Price passes the highest or lowest price of a while, and is followed."""
    return _followed(program.answer(_beyond_extremes, None))


def price_beyond_bar(program: Program) -> Iterator[int]:
    """Price passes the high or the low of an earlier bar, and is followed."""
    return _followed(program.answer(_beyond_bars, None))


def extreme_faded(program: Program) -> Iterator[int]:
    """A sale comes above the high of a bar or of a while, a buy below its low."""
    for question in (_beyond_extremes, _beyond_bars):
        found = program.answer(question, None)
        if _faded(found):
            yield from (each.offset for each, against in found if against)


def level_broken(program: Program) -> Iterator[int]:
    """A buy comes above a level of the chart (support, pivot), a sale below one."""
    return _followed(program.answer(_beyond_levels, None))


def level_crossed(program: Program) -> Iterator[int]:
    """Price crosses a level of the chart, and nothing says which side is traded."""
    for each in crossings(program):
        now = each.now
        for one, other in sides(now):
            drawn = one & NOW and "pattern" in other and "pattern" not in one
            if drawn and buys(program.whole, now.offset) is None:
                yield now.offset
                break


def _beyond_levels(program: Program, _: None) -> "_Votes":
    found = [
        (each, _opposes(program, each, over=over))
        for each, one, other, over in _priced(program)
        if one & NOW and "pattern" in other and "pattern" not in one
    ]
    return [(each, against) for each, against in found if against is not None]


_Votes = list[tuple[Comparison, bool | None]]


def _followed(found: _Votes) -> Iterator[int]:
    if not _faded(found):
        yield from (each.offset for each, against in found if not against)


def _faded(found: _Votes) -> bool:
    votes = [against for _, against in found]
    return votes.count(True) > votes.count(False)


def _beyond_extremes(program: Program, _: None) -> _Votes:
    return [
        (each, against)
        for each, one, other, over in _priced(program)
        if one & PRICES
        and each.operator[0] in "<>"
        and other & _RANGE
        and not other & NOW
        and not _kept(program, each)
        for against in _outside(program, each, other, over=over)
    ]


def _kept(program: Program, each: Comparison) -> bool:
    """Whether what is passed is only remembered: `if (high > top) top = high;`."""
    span = led_to(program.whole, each.offset)
    if span is None:
        return False
    leads = program.whole.code[span[0] : span[1]]
    names = (_HELD.search(text) for text in (each.left_text, each.right_text))
    return any(
        re.search(rf"\b{name[0]}\s{{0,9}}=(?!=)", leads)
        for name in names
        if name is not None
    )


_HELD = re.compile(r"[A-Za-z_]\w*")


def _beyond_bars(program: Program, _: None) -> _Votes:
    return [
        (each, against)
        for each, one, other, over in _priced(program)
        if one & NOW
        and each.operator[0] in "<>"
        and not one & {"open", "high", "low"}
        and other & {"high", "low"}
        and not other & {"open", "close", "quote", "highest", "lowest"}
        for against in _outside(program, each, other, over=over)
    ]


def _priced(
    program: Program,
) -> Iterator[tuple[Comparison, frozenset[str], frozenset[str], bool]]:
    """Yield comparisons with a bound, from both sides: is that side the left one."""
    for each in comparisons(program):
        left, right = each.left, each.right
        if right & _BOUNDS:
            yield each, left, right, True
        if left & _BOUNDS:
            yield each, right, left, False


def _outside(
    program: Program, each: Comparison, other: frozenset[str], *, over: bool
) -> Iterator[bool | None]:
    """Yield whether an entry outside a range goes against price; None where unknown.

    Nothing is yielded for an entry that asks for price to be inside.
    """
    against = _opposes(program, each, over=over)
    top, bottom = other & {"high", "highest"}, other & {"low", "lowest"}
    if against is None or bool(top) == bool(bottom):
        yield None
    elif ((each.operator[0] == ">") == over) == bool(top):
        yield against


_RANGE = frozenset({"highest", "lowest"})
_BOUNDS = _RANGE | {"high", "low", "pattern"}


def bar_faded(program: Program) -> Iterator[int]:
    """A buy comes after a falling bar, a sale after a rising one."""
    found = [
        (each, _opposes(program, each, over=over))
        for each in comparisons(program)
        for over, (one, other) in zip((True, False), sides(each), strict=True)
        if one & NOW
        and not one & {"high", "low"}
        and other
        and other <= {"open", "close"}
        and one != other
    ]
    votes = [against for _, against in found]
    if votes.count(True) > votes.count(False):
        yield from (each.offset for each, against in found if against)


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        price_against_average,
        average_faded,
        band_faded,
        band_broken,
        bar_faded,
        price_beyond_extreme,
        price_beyond_bar,
        extreme_faded,
        level_broken,
        level_crossed,
    )
}
