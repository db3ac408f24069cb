"""Entries after price has moved: along the move, or against it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from orquestrador.classification.compared import Comparison, comparisons
from orquestrador.classification.crossings import age
from orquestrador.classification.move_signals import buys
from orquestrador.classification.program import Program

_MOVED = frozenset({"quote", "close", "open"})
_DECIDING = frozenset(
    [
        "average",
        "trend",
        "strength",
        "momentum",
        "oscillator",
        "upper",
        "lower",
        "band",
        "deviation",
        "highest",
        "lowest",
        "pattern",
    ]
)
_DIFFERENCE = re.compile(
    r"[\s(]{0,3}([^()<>=&|+-]{0,40}(?:\([^()]{0,60}\)[^()<>=&|+-]{0,20})?)"
    r"-([^()<>=&|+-]{0,40}(?:\([^()]{0,60}\)[^()<>=&|+-]{0,20})?)[\s)]{0,3}"
)
_QUOTE = re.compile(r"\b(?:Ask|Bid|ask|bid|SYMBOL_ASK|SYMBOL_BID)\b")


class _Move(NamedTuple):
    comparison: Comparison
    rises: bool


def move_faded(program: Program) -> Iterator[int]:
    """A buy comes after price has fallen by a distance, a sale after it has risen."""
    for move, against in program.answer(_moves, None):
        if against:
            yield move.comparison.offset


def move_followed(program: Program) -> Iterator[int]:
    """A buy comes after price has risen by a distance, a sale after it has fallen."""
    for move, against in program.answer(_moves, None):
        if not against:
            yield move.comparison.offset


def _moves(program: Program, _: None) -> list[tuple[_Move, bool]]:
    """Return what price has done before an entry, and whether the entry opposes it.

    None where averages, bands or indicators decide: the move is a detail then.
    """
    found = comparisons(program)
    if any((each.left | each.right) & _DECIDING for each in found):
        return []
    known = [
        (move, move.rises != side)
        for move in filter(None, map(_move, found))
        if (side := buys(program.whole, move.comparison.offset)) is not None
    ]
    against = [opposes for _, opposes in known]
    faded = against.count(True) > against.count(False)
    return [(move, faded) for move, opposes in known if opposes == faded]


def _move(each: Comparison) -> _Move | None:
    """Return the move that a comparison asks for; None when it asks for none."""
    for over, kinds, text, other_kinds, other in (
        (
            each.operator[0] == ">",
            each.left,
            each.left_text,
            each.right,
            each.right_text,
        ),
        (
            each.operator[0] == "<",
            each.right,
            each.right_text,
            each.left,
            each.left_text,
        ),
    ):
        if each.operator[0] not in "<>" or not kinds or not kinds <= _MOVED:
            continue
        apart = _DIFFERENCE.fullmatch(text.strip())
        if apart is None or other_kinds & _MOVED:
            continue
        newer = _is_newer(apart[1], apart[2])
        # A distance that is not reached is no move.
        if newer is not None and over != other.strip().startswith("-"):
            return _Move(each, over == newer)
    return None


def _is_newer(one: str, other: str) -> bool | None:
    """Whether the first of two prices is the later one; None when nothing says so."""
    if not one.strip() or not other.strip():
        return None
    quoted = _QUOTE.search(one) is not None, _QUOTE.search(other) is not None
    if quoted[0] != quoted[1]:
        return quoted[0]
    ages = age(one), age(other)
    return ages[0] < ages[1] if ages[0] != ages[1] else None


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each for each in (move_faded, move_followed)
}
