"""Expressions as text: arguments of a call, what stands inside wrappers, choices."""

import re

MAX_ARGUMENTS_LENGTH = 2_000
"""Characters in which the closing parenthesis of a call must come."""

BRACKETS = re.compile(r"[()\[\]{},;]")
_NESTED = re.compile(r"[(\[\]{};]")
_SEPARATORS = ("&&", "||", ";", "{", "}", "?")
# A set in front is what lets a search skip the rest.
_SEPARATOR = re.compile(r"[;{}?&|](?:(?<=[;{}?])|(?<=&)&|(?<=\|)\|)")
_MAX_WRAPPERS = 6
_CAST = re.compile(r"\((?:double|float|int|long|ulong|uint|datetime)\)\s{0,9}")
_WRAPPER = re.compile(r"(?:NormalizeDouble|nz|math\.round|round|float)\s{0,9}\(")
_NUMBER = re.compile(r"[-+]?(?:\d[\d.]*(?:[eE][-+]?\d{1,3})?|\.\d{1,30})f?")


def arguments(code: str, start: int) -> tuple[str, ...]:
    """Return the arguments of a call whose parenthesis opened just before `start`.

    An argument list that does not close within `MAX_ARGUMENTS_LENGTH` characters
    is returned as far as it goes.
    """
    closing = code.find(")", start, start + MAX_ARGUMENTS_LENGTH)
    if closing >= 0 and not _NESTED.search(code, start, closing):
        plain = code[start:closing].split(",")
        return tuple(map(str.strip, plain)) if plain != [""] else ()
    found: list[str] = []
    depth = 0
    begin = start
    for mark in BRACKETS.finditer(code, start, start + MAX_ARGUMENTS_LENGTH):
        sign = mark[0]
        if sign in "([{":
            depth += 1
        elif sign in ")]}" and depth > 0:
            depth -= 1
        elif depth == 0:
            found.append(code[begin : mark.start()].strip())
            begin = mark.end()
            if sign != ",":
                break
    return () if found == [""] else tuple(found)


def last_clause(text: str) -> str:
    """Return what stands behind the last end of a statement or part of a condition."""
    for each in _SEPARATORS:
        text = text.rpartition(each)[2]
    return text


def first_clause(code: str, start: int, end: int) -> str:
    """Return what stands in a stretch of code up to the first such end in it."""
    found = _SEPARATOR.search(code, start, end)
    return code[start : end if found is None else found.start()]


def bare(expression: str) -> str:
    """Return an expression without outer parentheses, casts and rounding."""
    expression = expression.strip()
    if "(" not in expression:
        return expression
    for _ in range(_MAX_WRAPPERS):
        cast = _CAST.match(expression)
        wrapper = _WRAPPER.match(expression)
        if cast is not None:
            expression = expression[cast.end() :].strip()
        elif wrapper is not None and _closes_last(expression, wrapper.end() - 1):
            inner = arguments(expression, wrapper.end())
            expression = inner[0] if inner else ""
        elif expression.startswith("(") and _closes_last(expression, 0):
            expression = expression[1:-1].strip()
        else:
            break
    return expression


def _closes_last(expression: str, opening: int) -> bool:
    depth = 0
    for mark in BRACKETS.finditer(expression, opening):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end() == len(expression)
    return False


def branches(expression: str) -> tuple[str, str] | None:
    """Return both values of `condition ? one : other`; None when it is no choice."""
    if "?" not in expression:
        return None
    depth = 0
    question = -1
    for at, sign in enumerate(expression):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and sign == "?" and question < 0:
            question = at
        elif depth == 0 and sign == ":" and question >= 0:
            return expression[question + 1 : at], expression[at + 1 :]
    return None


def number(text: str) -> float | None:
    """Return the value of a literal number; None when the text is none."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return float(text.rstrip("f"))
    except ValueError:
        return 1.0
