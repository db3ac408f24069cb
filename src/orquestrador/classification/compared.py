"""The comparisons of a program, each side told by what it is made of."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from orquestrador.classification.expressions import first_clause, last_clause
from orquestrador.classification.program import Program
from orquestrador.classification.terms import Terms

MAX_COMPARISONS = 400

MAX_SIDE = 300
"""Characters of one side of a comparison."""

# A set in front is what lets a search skip what is blank.
_OPERATOR = re.compile(r"[<>=!](?<![<>=!-][<>=!])(?:(?<=[=!])=|(?<=[<>])=?)(?![<>=])")
_WORDS = re.compile(r"^[\s(!]*(?:else\b)?\s*(?:(?:if|while|for|return|case)\b)?[\s(]*")
_ASSIGNED = re.compile(r"^[^=<>!]{0,80}[^=<>!+*/-]=(?!=)")


class Comparison(NamedTuple):
    """Two sides and what stands between them."""

    offset: int
    left: frozenset[str]
    operator: str
    right: frozenset[str]
    left_text: str
    right_text: str


def comparisons(program: Program) -> list[Comparison]:
    """Return what is compared with what in the live code, once."""
    return program.answer(_all, None)


def _all(program: Program, _: None) -> list[Comparison]:
    # What the slice has looked up of the whole program is known there.
    terms = Terms(program.whole)
    # Many conditions hold the same sides.
    known: dict[str, frozenset[str]] = {}
    found: list[Comparison] = []
    for at, left, operator, right in _atoms(program.code):
        if len(found) >= MAX_COMPARISONS:
            break
        for side in (left, right):
            if side not in known:
                known[side] = terms.of(side)
        found.append(Comparison(at, known[left], operator, known[right], left, right))
    return found


def _atoms(code: str) -> Iterator[tuple[int, str, str, str]]:
    for sign in _OPERATOR.finditer(code):
        at, end = sign.span()
        if sign[0] in "<>" and _included(code, at):
            continue
        front = last_clause(code[max(0, at - MAX_SIDE) : at])
        back = first_clause(code, end, end + MAX_SIDE)
        left = _WORDS.sub("", front)
        if "=" in left:
            left = _ASSIGNED.sub("", left)
        yield at - len(front.lstrip()), _unopened(left), sign[0], _closed(back)


def _included(code: str, at: int) -> bool:
    """Whether a sign stands about the name of a file: `#include <Parts.mqh>`."""
    return code.startswith("#", code.rfind("\n", max(0, at - MAX_SIDE), at) + 1)


def _unopened(text: str) -> str:
    """Return what stands behind the last parenthesis that stays open."""
    if "(" not in text:
        return text
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] == ")":
            depth += 1
        elif text[at] == "(":
            if depth == 0:
                return text[at + 1 :]
            depth -= 1
    return text


def _closed(text: str) -> str:
    """Return what stands in front of the parenthesis that was opened before."""
    if ")" not in text:
        return text
    depth = 0
    for at, sign in enumerate(text):
        if sign == "(":
            depth += 1
        elif sign == ")":
            if depth == 0:
                return text[:at]
            depth -= 1
    return text
