"""Crossings: what was on the other side a bar ago.

A comparison that held the other way round for an earlier bar is an event, and one
that only holds now is a state. Entries come with events; states filter them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from orquestrador.classification.compared import Comparison, comparisons
from orquestrador.classification.entry_signals import (
    PRICES,
    TREND,
    extreme,
    oscillates,
    sides,
)
from orquestrador.classification.program import Program

MAX_APART = 400
"""Characters between the two comparisons of one crossing."""

_NEXT = 8
"""Comparisons behind one among which its counterpart is looked for."""

_PARTED = re.compile(r"[;{}]")
_INDEX = re.compile(r"\[\s{0,3}(?:\w{1,20}\s{0,3}\+\s{0,3})?(\d{1,3})\s{0,3}\]")
_SHIFT = re.compile(r"[,(]\s{0,3}(?:\w{1,20}\s{0,3}\+\s{0,3})?(\d{1,3})\s{0,3}\)")
_TAIL = re.compile(r"[A-Za-z_](\d)$")
_EARLIER = re.compile(r"[Pp]rev|PREV|[Ll]ast|LAST|[Oo]ld|[Bb]efore|[Pp]ast")
_UP = frozenset({">", ">="})
_DOWN = frozenset({"<", "<="})


class Crossing(NamedTuple):
    """The two comparisons of one crossing."""

    now: Comparison
    before: Comparison


def crossings(program: Program) -> list[Crossing]:
    """Return the crossings that are asked for, in the order of the code."""
    return program.answer(_all, None)


def _all(program: Program, _: None) -> list[Crossing]:
    return list(_pairs(program.whole.code, comparisons(program)))


def _pairs(code: str, found: list[Comparison]) -> Iterator[Crossing]:
    for place, one in enumerate(found):
        for other in found[place + 1 : place + 1 + _NEXT]:
            between = other.offset - one.offset
            if between > MAX_APART or _PARTED.search(code, one.offset, other.offset):
                break
            if _reverses(one, other):
                earlier = _age(one) - _age(other)
                if earlier:
                    now, before = (other, one) if earlier > 0 else (one, other)
                    yield Crossing(now, before)
                    break


def _reverses(one: Comparison, other: Comparison) -> bool:
    """Whether two comparisons are of the same things, the other way round."""
    known = one.left | one.right
    if not known or known != other.left | other.right:
        return False
    same = one.left == other.left
    return (
        _turned(one.operator, other.operator)
        if same
        else one.operator == (other.operator)
    )


def _turned(one: str, other: str) -> bool:
    return (one in _UP and other in _DOWN) or (one in _DOWN and other in _UP)


def _age(each: Comparison) -> int:
    """Return how far back a comparison looks: the bars that its sides name."""
    return age(each.left_text) + age(each.right_text)


def age(text: str) -> int:
    """Return how many bars back a price, or a line, is read."""
    text = text.strip()
    said = 1 if _EARLIER.search(text) else 0
    for pattern in (_INDEX, _SHIFT, _TAIL):
        number = pattern.search(text)
        if number is not None:
            return said + int(number[1])
    return said


def average_crossed(program: Program) -> Iterator[int]:
    """An average, or price, crosses an average or a trend line."""
    for each in crossings(program):
        now = each.now
        if now.left & TREND and now.right & TREND and not oscillates(now):
            yield now.offset


def price_crossed(program: Program) -> Iterator[int]:
    """Price crosses an average or a trend line."""
    for each in crossings(program):
        for one, other in sides(each.now):
            if one & PRICES and other & TREND and not oscillates(each.now):
                yield each.now.offset
                break


def momentum_crossed(program: Program) -> Iterator[int]:
    """A momentum, or an oscillator, crosses its signal line or its middle."""
    for each in crossings(program):
        now = each.now
        if (now.left | now.right) & _MOVES and not extreme(program, now):
            yield now.offset


def strength_crossed(program: Program) -> Iterator[int]:
    """The strength or a direction of a trend (ADX, DI) crosses."""
    for each in crossings(program):
        if "strength" in each.now.left | each.now.right:
            yield each.now.offset


_MOVES = frozenset({"momentum", "oscillator"})

CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        average_crossed,
        price_crossed,
        momentum_crossed,
        strength_crossed,
    )
}
