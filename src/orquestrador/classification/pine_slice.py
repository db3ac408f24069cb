"""Which lines of a Pine strategy decide its entries.

What is only drawn decides nothing. Backwards from the entries, the conditions that
enclose them and the assignments of the names in them are kept; the rest is blanked.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from orquestrador.classification.program import Program

_ENTRY = re.compile(r"\bstrategy\.(?:entry|order)\b")
_DEFINES = re.compile(
    r"\s{0,200}(?:varip\s{1,9}|var\s{1,9}|export\s{1,9}|const\s{1,9}|series\s{1,9}"
    r"|simple\s{1,9}){0,2}(?:[a-zA-Z_][\w.<>\[\]]{0,60}\s{1,20})?"
    r"(?:([A-Za-z_]\w{0,80})(?:\.\w{1,60})?\s{0,60}(?:(?::|\+|-|\*|/)?=(?!=)|\([^=]{0,300}\)\s{0,9}=>)"
    r"|\[([^\]=]{1,400})\]\s{0,9}=(?!=))"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_BLANK = re.compile(r"[^\r\n]")


class _Line(NamedTuple):
    text: str
    level: int
    parent: int
    """Number of the line that encloses this one; -1 for none."""

    defines: tuple[str, ...]


_NOTHING = _Line("", 0, -1, ())


def deciding(program: Program) -> Program:
    """Return a Pine strategy narrowed to what decides its entries.

    Programs of other kinds, and strategies without an entry, come back unchanged.
    """
    if program.kind != "strategy" or not _ENTRY.search(program.code):
        return program
    texts = program.code.splitlines(keepends=True)
    lines = _lines(texts)
    kept = _closure(lines)
    code = "".join(
        text if number in kept or text.isspace() else _BLANK.sub(" ", text)
        for number, text in enumerate(texts)
    )
    return program.narrowed(code)


def _lines(texts: Iterable[str]) -> list[_Line]:
    lines: list[_Line] = []
    open_lines: list[int] = []
    for number, text in enumerate(texts):
        if text.isspace():
            lines.append(_NOTHING)
            continue
        level = len(text) - len(text.lstrip())
        while open_lines and lines[open_lines[-1]].level >= level:
            open_lines.pop()
        parent = open_lines[-1] if open_lines else -1
        lines.append(_Line(text, level, parent, _defined(text)))
        open_lines.append(number)
    return lines


def _defined(text: str) -> tuple[str, ...]:
    found = _DEFINES.match(text)
    if found is None:
        return ()
    return (found[1],) if found[1] else tuple(_NAME.findall(found[2]))


def _closure(lines: list[_Line]) -> set[int]:
    """Return the numbers of the entries' lines and of all that leads to them."""
    definitions: dict[str, list[int]] = {}
    children: dict[int, list[int]] = {}
    for number, line in enumerate(lines):
        for name in line.defines:
            definitions.setdefault(name, []).append(number)
        if line.parent >= 0:
            children.setdefault(line.parent, []).append(number)
    kept: set[int] = set()
    known: set[str] = set()
    waiting = [number for number, line in enumerate(lines) if _ENTRY.search(line.text)]
    while waiting:
        number = waiting.pop()
        if number in kept:
            continue
        kept.add(number)
        line = lines[number]
        if line.parent >= 0:
            waiting.append(line.parent)
        if line.defines or _ENTRY.search(line.text):
            # A definition goes on in the lines that are indented below it.
            waiting += children.get(number, ())
        for name in set(_NAME.findall(line.text)) - known:
            known.add(name)
            waiting += definitions.get(name, ())
    return kept
