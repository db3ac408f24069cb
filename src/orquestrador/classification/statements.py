"""The statements of a function, each with the block that encloses it.

A light reading, in linear time: statements end at semicolons and braces, so that
what guards a call is the chain of the headers around it.
"""

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from orquestrador.classification.expressions import arguments
from orquestrador.classification.functions import Head
from orquestrador.classification.program import Program

MAX_STATEMENTS = 6_000
"""Statements of one function that are looked at."""

MAX_LENGTH = 2_000
"""Characters of one statement."""

_ENDS = re.compile(r"[;{}]")
_NAME = re.compile(r"[A-Za-z_]\w*")
_ELSE = re.compile(r"\s*+else\b")
_LEAVES = ("return", "continue", "break")
_LITERAL = re.compile(r"[=,({\]]\s*+$")


class Statement(NamedTuple):
    """A statement, or the header of a block."""

    start: int
    end: int
    parent: int
    """Number of the header around it; -1 for none."""

    alternative: int
    """Number of the statement whose `else` this is; -1 for none."""


class Body:
    """The statements of one function, in order."""

    def __init__(self, program: Program, head: Head, end: int) -> None:
        """Read the body of the function that begins at `head`."""
        self.head = head
        self._program = program
        self.parameters = tuple(
            map(_last_name, arguments(program.code, head.opening + 1))
        )
        self.statements = _statements(program.code, head, end)
        self._starts = [each.start for each in self.statements]

    def at(self, offset: int) -> int:
        """Return the number of the statement that holds an offset; -1 for none."""
        number = bisect_right(self._starts, offset) - 1
        if number >= 0 and offset <= self.statements[number].end:
            return number
        return -1

    def guards(self, number: int) -> list[int]:
        """Return the headers around a statement, and what an `else` belongs to."""
        found: list[int] = []
        known: set[int] = set()
        waiting = [number]
        while waiting:
            each = self.statements[waiting.pop()]
            for other in (each.parent, each.alternative):
                if other >= 0 and other not in known:
                    known.add(other)
                    found.append(other)
                    waiting.append(other)
        return found

    def leaving(self, number: int) -> list[int]:
        """Return the statements in front that may leave before this one is reached."""
        parents = {-1, number, *self.guards(number)}
        found: list[int] = []
        for other in self._leaving:
            if other >= number:
                break
            each = self.statements[other]
            header = self.statements[each.parent] if each.parent >= 0 else None
            if each.parent in parents:
                found.append(other)
            elif header is not None and header.parent in parents:
                found.append(each.parent)
        return found

    @cached_property
    def _leaving(self) -> list[int]:
        """Where control leaves a block: `return`, `continue`, `break`."""
        if not self.statements:
            return []
        start, end = self.statements[0].start, self.statements[-1].end
        code, known = self._program.code, self._program.source.places
        places: list[int] = []
        for word in _LEAVES:
            each = known.get(word, ())
            places += each[bisect_left(each, start) : bisect_left(each, end)]
        # What was blanked is a space now.
        numbers = {self.at(place) for place in places if code[place] != " "}
        return sorted(number for number in numbers if number >= 0)


def bodies(program: Program, _: None) -> tuple[list[int], list[Body | None]]:
    """Return where functions begin, and room for the body of each."""
    starts = [head.start for head in program.definitions]
    return starts, [None] * len(starts)


def body_at(program: Program, offset: int) -> Body | None:
    """Return the statements of the function that holds an offset."""
    starts, read = program.answer(bodies, None)
    place = bisect_right(starts, offset) - 1
    if place < 0:
        return None
    body = read[place]
    if body is None:
        end = starts[place + 1] if place + 1 < len(starts) else len(program.code)
        body = read[place] = Body(program, program.definitions[place], end)
    return body


def _statements(code: str, head: Head, end: int) -> list[Statement]:
    found: list[Statement] = []
    opening = code.find("{", head.opening, end)
    if opening < 0:
        return found
    blocks: list[int] = []
    # The last statement of each open block: what a following `else` belongs to.
    last: list[int] = [-1]
    begin = opening + 1
    literals = 0
    for mark in islice(_ENDS.finditer(code, begin, end), MAX_STATEMENTS):
        sign, at = mark[0], mark.start()
        if literals:
            # Values in braces are a part of their statement.
            literals += {"{": 1, "}": -1, ";": 0}[sign]
            continue
        if sign == "{" and _LITERAL.search(code, max(begin, at - 4), at):
            literals = 1
            continue
        if sign == ";" and _goes_on(code, begin, at):
            continue
        if sign != "}" or not code[begin:at].isspace():
            parent = blocks[-1] if blocks else -1
            otherwise = last[-1] if _ELSE.match(code, begin, at) else -1
            found.append(Statement(begin, at, parent, otherwise))
            last[-1] = len(found) - 1
        begin = at + 1
        if sign == "{":
            blocks.append(len(found) - 1)
            last.append(-1)
        elif sign == "}":
            if not blocks:
                break
            blocks.pop()
            last.pop()
    return found


def _goes_on(code: str, begin: int, at: int) -> bool:
    """Whether a semicolon is one of `for (…; …; …)`."""
    if at - begin > MAX_LENGTH:
        return False
    opened = code.count("(", begin, at)
    return opened > 0 and opened > code.count(")", begin, at)


def _last_name(parameter: str) -> str:
    names = _NAME.findall(parameter.partition("=")[0])
    return names[-1] if names else ""
