"""Where each function ends and how many ways lead through it.

Cyclomatic complexity after McCabe, with short circuits: one, and one more for each
`if`, `for`, `while`, `case`, `&&`, `||` and `?`. `else`, `default` and `do` are no
further way, and a branch of the preprocessor is none of the program's.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice, pairwise
from typing import NamedTuple

from orquestrador.classification.lexing import Source, ascii_code
from orquestrador.classification.program import Program

_DECISIONS = ("if", "for", "while", "case")
_PINE_DECISIONS = ("if", "for", "while", "and", "or")
_SIGNS = bytes(sign if chr(sign) in "{}&|?" else ord(" ") for sign in range(256))
"""Keeps what tells the structure, each sign in its place."""

_DECISION = ord("?")
_FUNCTION = ord("F")
_OTHERS = b"&|? "
"""The signs that are no braces."""

_DEPTH = {ord("{"): 1, ord("}"): -1}
_BRACE = re.compile(rb"[{}]")
_PINE_FUNCTION = re.compile(r"^[^\S\n]*(?:export[ \t]+)?(?:method[ \t]+)?\w+[ \t]*\(")
_PINE_ARROW = re.compile(r"=>")
_TOP_LEVEL = re.compile(r"[\r\n](?=\S)")


class Unit(NamedTuple):
    """A function, or what of a Pine script stands in none."""

    start: int
    """Offset of the name."""

    end: int
    """Offset behind the last sign."""

    complexity: int


def functions(program: Program) -> list[Unit]:
    """Return the functions that MQL source defines, in its order."""
    source = program.source
    heads = program.definitions
    if not heads:
        return []
    # Names are blank among the signs: there is room to mark what they mean.
    signs = bytearray(ascii_code(source).translate(_SIGNS))
    for name in _DECISIONS:
        for at in source.places.get(name, ()):
            signs[at] = _DECISION
    starts = [head.start for head in heads]
    for start in starts:
        signs[start] = _FUNCTION
    shorts = b" ".join(signs.split()).split(bytes([_FUNCTION]))[1:]
    spans = pairwise([*starts, len(signs)])
    return [
        _function(signs, short, *span)
        for short, span in zip(shorts, spans, strict=True)
    ]


def _function(signs: bytearray, short: bytes, start: int, following: int) -> Unit:
    """Return the function that begins at `start`, before the next one does.

    Args:
        signs: of the whole code.
        short: the function's, with one space where there are many.
        start: where its name begins.
        following: where the next one's does.

    """
    depths = list(accumulate(map(_DEPTH.__getitem__, short.translate(None, _OTHERS))))
    end = following
    if 0 in depths:
        last = depths.index(0)
        if last == len(depths) - 1:
            end = signs.rindex(b"}", start, following) + 1
        else:
            # What follows is no function that was recognised.
            end = _brace(signs[start:following], last) + start
            short = short[: _brace(short, last)]
    decisions = short.count(b"?") + short.count(b"&&") + short.count(b"||")
    return Unit(start, end, 1 + decisions)


def _brace(signs: bytes | bytearray, number: int) -> int:
    """Return where a brace ends, by its number from 0."""
    return next(islice(_BRACE.finditer(signs), number, None)).end()


def pine_units(source: Source) -> tuple[list[Unit], int]:
    """Return the functions of a Pine script, and the complexity outside of them."""
    code = source.code
    arrows = list(_arrows(code))
    defined = [start for start, head in arrows if head]
    arms = [start for start, head in arrows if not head]
    places = sorted(
        [
            *_places(source, _PINE_DECISIONS),
            *arms,
            *(sign.start() for sign in re.finditer(r"\?", code)),
        ]
    )
    units: list[Unit] = []
    for start, following in pairwise([*defined, len(code)]):
        body = code.find("=>", start)
        top = _TOP_LEVEL.search(code, body, following)
        end = top.start() if top else following
        inside = bisect_left(places, end) - bisect_left(places, start)
        units.append(Unit(start, end, 1 + inside))
    outside = len(places) - sum(unit.complexity - 1 for unit in units)
    return units, 1 + outside


def _arrows(code: str) -> Iterator[tuple[int, bool]]:
    """Yield where a function is defined, or an arm of a `switch`, and which it is.

    An arm with nothing in front of its arrow is the default, which is no decision.
    """
    for arrow in _PINE_ARROW.finditer(code):
        at = arrow.start()
        low = max(0, at - 300)
        line = max(code.rfind("\n", low, at), code.rfind("\r", low, at)) + 1
        front = code[max(line, low) : at]
        if front.rstrip().endswith(")") and _PINE_FUNCTION.match(front):
            yield max(line, low), True
        elif front.strip():
            yield at, False


def _places(source: Source, names: Sequence[str]) -> list[int]:
    return sorted(chain.from_iterable(source.places.get(name, ()) for name in names))
