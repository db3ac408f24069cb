"""Entries at an oscillator: with it or against it, at the ends of its scale or not.

Most oscillators are bought when they are low. What asks an oscillator not to have
reached the end of its scale, or is bought when it is high, follows its move.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from orquestrador.classification.compared import Comparison, comparisons
from orquestrador.classification.entry_signals import extreme
from orquestrador.classification.move_signals import buys, led_to
from orquestrador.classification.program import Program
from orquestrador.classification.signals import level_of


class _Level(NamedTuple):
    """A comparison of an oscillator with a level near the end of its scale."""

    comparison: Comparison
    reached: bool | None
    """Whether the end must be reached, and not be left; None when nothing says so."""

    against: bool | None
    """Whether what follows is bought low or sold high; None when nothing says so."""


def oscillator_at_extreme(program: Program) -> Iterator[int]:
    """An oscillator reaches a level near its scale's end, and is traded against."""
    if _faded(program):
        yield from (each.comparison.offset for each in program.answer(_levels, None))


def oscillator_elsewhere(program: Program) -> Iterator[int]:
    """An oscillator is compared with its middle or its past, or its end is followed."""
    if not _faded(program):
        yield from (each.offset for each in _compared(program))


def oscillator_followed(program: Program) -> Iterator[int]:
    """An oscillator reaches the end of its scale, and is traded along with."""
    found = program.answer(_levels, None)
    if any(each.against is False for each in found) and not _faded(program):
        yield from (each.comparison.offset for each in found if each.reached)


def _faded(program: Program) -> bool:
    """Whether oscillators are traded against at the ends of their scales."""
    found = program.answer(_levels, None)
    if not found or all(each.reached is False for each in found):
        return False
    votes = [each.against for each in found]
    return votes.count(False) <= votes.count(True)


def _levels(program: Program, _: None) -> list[_Level]:
    found: list[_Level] = []
    for each in _compared(program):
        if extreme(program, each):
            low, over = _low(program, each), _over(program, each)
            reached = None if low is None or over is None else low != over
            bought = buys(program.whole, each.offset) if reached else None
            against = None if bought is None else bought == low
            found.append(_Level(each, reached, against))
    return found


def _compared(program: Program) -> Iterator[Comparison]:
    for each in comparisons(program):
        if "oscillator" in each.left | each.right:
            yield each


def _over(program: Program, each: Comparison) -> bool | None:
    """Whether the oscillator must be above the level; None when it must be neither."""
    if each.operator[0] not in "<>":
        return None
    above = (each.operator[0] == ">") == ("oscillator" in each.left)
    return above != _refused(program, each.offset)


def _refused(program: Program, at: int) -> bool:
    """Whether what holds means no entry: `if (rsi < 70) return false;`."""
    span = led_to(program, at)
    if span is None:
        return False
    start, end = span
    return _REFUSES.search(program.code, max(start, end - 130), end) is not None


_REFUSES = re.compile(
    r"\breturn\s{0,3}\(?\s{0,3}(?:false|0)?\s{0,3}\)?\s{0,3};[\s}]{0,80}$"
)


def _low(program: Program, each: Comparison) -> bool | None:
    """Whether the level is in the lower half of the scale; None when it is unknown."""
    text = each.right_text if "oscillator" in each.left else each.left_text
    value = level_of(program, text.strip())
    if value is None:
        return None
    names = each.left | each.right
    return value < next((_MIDDLES[name] for name in names if name in _MIDDLES), 50)


_MIDDLES = {"iWPR": -50.0, "CiWPR": -50.0, "iCCI": 0.0, "CiCCI": 0.0} | {
    "iCCIOnArray": 0.0,
    "iDeMarker": 0.5,
    "CiDeMarker": 0.5,
}

CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (oscillator_at_extreme, oscillator_elsewhere, oscillator_followed)
}
