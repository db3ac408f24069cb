"""Regular expressions that cannot take long: every repeat has a bound.

A rule's pattern is searched in files of ten megabytes that someone wrote to make
it slow. With bounded repeats, and few ways through what may stand there or not, the
work at one place of the text has a limit, so the whole search is in proportion to the
text's length.
"""

import re

from orquestrador.errors import RuleError

MAX_WORK = 20_000
"""The product of a pattern's repeats: how often one place can be tried. Also the ways
through its alternatives."""

_MOST_REPEATS = 64
"""More of a group with two ways are more ways than anybody allows."""

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|(\()(?:\?[:=!<]{1,2})?|(\))|([*+?])|\{(\d*)(,?)(\d*)\}|.",
    re.DOTALL,
)
_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|(\((?:\?(?:<?[=!]|[:>]))?)|(\))|(\|)|(\?)"
    r"|\{(\d*)(,?)(\d*)\}|.",
    re.DOTALL,
)


def compile_bounded(rule: str, pattern: str) -> re.Pattern[str]:
    """Compile a rule's pattern; case counts and `^` is a line's begin.

    Raises:
        RuleError: when it is no regular expression, holds a repeat without a bound,
            a repeat inside a repeated group, another group than `(`, `(?:`, `(?>`
            and those that look around, or bounds or alternatives that multiply
            beyond `MAX_WORK`.

    """
    work = 1
    repeats_in_group: list[int] = [0]
    closed = 0
    for token in _TOKEN.finditer(pattern):
        opening, closing, sign, low, comma, high = token.groups()
        if opening:
            repeats_in_group.append(0)
        elif closing and len(repeats_in_group) > 1:
            closed = repeats_in_group.pop()
            repeats_in_group[-1] += closed
            continue
        if sign in ("*", "+") or (comma and not high):
            raise RuleError(
                f"rule {rule}: {token[0]!r} at {token.start()} repeats without a "
                "bound; write {0,80} or the like"
            )
        most = int(high or low or 1) if sign is None else 1
        if most > 1 and low is not None:
            if closed:
                raise RuleError(
                    f"rule {rule}: {token[0]!r} at {token.start()} repeats a group "
                    "that repeats; write the group out"
                )
            repeats_in_group[-1] += 1
            work *= most if comma else 1
        closed = 0
    if work > MAX_WORK:
        raise RuleError(
            f"rule {rule}: its repeats multiply to {work}, the limit is {MAX_WORK}; "
            "lower the bounds"
        )
    if _ways(rule, pattern) > MAX_WORK:
        raise RuleError(
            f"rule {rule}: there are more than {MAX_WORK} ways through its "
            "alternatives; write fewer of | and ?"
        )
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise RuleError(f"rule {rule}: {pattern!r} is no pattern: {error}") from error


def _ways(rule: str, pattern: str) -> int:
    """Return in how many ways a pattern may match at one place, at most."""
    # Of each open group: its finished alternatives, and the one that is being read.
    finished, reading, last = [0], [1], 1
    for part in _PART.finditer(pattern):
        opening, closing, bar, maybe, low, comma, high = part.groups()
        if opening:
            if opening == "(" and pattern.startswith("?", part.end()):
                raise RuleError(
                    f"rule {rule}: the group at {part.start()} has a name or sets a "
                    "flag; write ( or (?: for it"
                )
            reading[-1] *= last
            finished.append(0)
            reading.append(1)
            last = 1
        elif closing and len(reading) > 1:
            last = finished.pop() + reading.pop() * last
        elif bar:
            finished[-1] += reading[-1] * last
            reading[-1] = last = 1
        elif maybe:
            last += 1
        elif high or low:
            most = int(high or low)
            last = _repeated(last, int(low or 0) if comma else most, most)
        else:
            reading[-1] *= last
            last = 1
    return finished[0] + reading[0] * last


def _repeated(ways: int, low: int, high: int) -> int:
    if ways == 1:
        return max(1, high - low + 1)
    return int(ways ** min(high, _MOST_REPEATS)) * max(1, high - low + 1)
