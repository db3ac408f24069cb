"""Regular expressions that cannot take long: every repeat has a bound.

A rule's pattern is searched in files of ten megabytes that someone wrote to make
it slow. With bounded repeats the work at one place of the text has a limit, so the
whole search is in proportion to the text's length.
"""

import re

from orquestrador.errors import RuleError

MAX_WORK = 20_000
"""The product of a pattern's repeats: how often one place can be tried."""

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|(\()(?:\?[:=!<]{1,2})?|(\))|([*+?])|\{(\d*)(,?)(\d*)\}|.",
    re.DOTALL,
)


def compile_bounded(rule: str, pattern: str) -> re.Pattern[str]:
    """Compile a rule's pattern; case counts and `^` is a line's begin.

    Raises:
        RuleError: when it is no regular expression, holds a repeat without a bound,
            a repeat inside a repeated group, or bounds that multiply beyond
            `MAX_WORK`.

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
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise RuleError(f"rule {rule}: {pattern!r} is no pattern: {error}") from error
