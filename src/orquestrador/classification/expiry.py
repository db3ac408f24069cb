"""The day after which a source stops: the present time beside a date that it holds."""

import re
from collections.abc import Iterator

from orquestrador.classification.program import Program

_NOW = (
    *("TimeCurrent", "TimeLocal", "TimeGMT", "TimeTradeServer"),
    *("CurTime", "LocalTime"),
)
_COMPILED = ("__DATETIME__", "__DATE__")
_YEARS = ("Year", "TimeYear", "year")
_YEAR_FIRST = re.compile(
    r"(?:Year\s?\(\s?\)|TimeYear\s?\([^;{}]{0,40}\)|\.year)"
    r"\s{0,3}(?:[<>]=?|!=)\s{0,3}(\w{1,60})"
)
_YEAR_LAST = re.compile(
    r"(\w{1,60})\s{0,3}(?:[<>]=?|!=)"
    r"\s{0,3}(?:Year\s?\(\s?\)|TimeYear\s?\(|\w{1,40}\.year)"
)
_YEAR = re.compile(r"20(?:0[89]|[1-9]\d)|2[1-9]\d\d|[3-9]\d{3}")
"""In the years before, summer time changed: a comparison asks for its rule."""

_SECONDS = re.compile(r"\b1[2-9]\d{8}\b")
_DAY = re.compile(
    r"['\"]\s?(?:[2-9]\d{3}[.\-/]\d{1,2}|\d{1,2}[.\-/]\d{1,2}[.\-/][2-9]\d{3})"
)
_NAME = re.compile(r"(?<![\w.])([^\W\d]\w{0,60})(?!\s{0,3}[\w(\[.])")
_ENDS = re.compile(r"[;{}]|&&|\|\|")
_IS_LESS = re.compile(r"[\w.]{1,80}\s{0,3}(?:\([^()]{0,40}\)\s{0,3})?<")
_IS_MORE = re.compile(r">=?\s{0,3}(?:\w{1,20}\s?\(\s?)?$")
_REFUSES = re.compile(
    r"[^;{}]{0,110}\)\s{0,40}\{?\s{0,40}"
    r"return\s{0,3}(?:\(?\s{0,3}(?:0|false|-1)?\s{0,3}\)?)\s{0,3};"
)
_MOVES = re.compile(
    r"\b(?:Time(?:Current|Local|GMT)|CurTime|i?Time\s?[\[(]|\w+\.time\b)"
)
_DEFINED = re.compile(r"#define\s{1,40}$")
_CALL = re.compile(r"([A-Za-z_]\w{0,60})\s{0,3}\(")
_READS = frozenset(
    {*_NOW, "StrToTime", "StringToTime", "datetime", "int", "long", "string", "bool"}
    | {"if", "return", "while", "StringFormat", "TimeToStr", "TimeToString"}
)
"""What may be called beside a variable that is followed: it makes no other value."""

_STEPS = 2
"""Variables through which a date is followed: a text, then the time made of it."""

_USES = 12
"""Uses of a variable that holds the present time that are looked at."""


def date_compared(program: Program) -> Iterator[int]:
    """The present time is compared with a date written into the source."""
    for at in _moments(program):
        start, end = _condition(program, at)
        near = program.code[start:end]
        if "<" not in near and ">" not in near:
            continue
        if _is_day(program, start, end) and not _begins(program, at):
            yield at
    for name in _YEARS:
        for at in program.offsets(name, 24):
            start, end = _condition(program, at)
            is_past = _past_year(program, program.code[start:end])
            if is_past and not _begins(program, at):
                yield at


def _moments(program: Program) -> Iterator[int]:
    """Yield where the present time is asked for, and where what holds it is used."""
    holders: dict[str, None] = {}
    for name in _NOW:
        for at in program.offsets(name, 64):
            yield at
            held = program.receiver(at)
            if held is not None:
                holders.setdefault(held)
    for held in list(holders)[:_USES]:
        yield from program.offsets(held, _USES)


def _condition(program: Program, at: int) -> tuple[int, int]:
    """Return where the part of a condition around an offset begins and ends."""
    start = max(0, at - 90)
    for mark in _ENDS.finditer(program.code, start, at):
        start = mark.end()
    end = _ENDS.search(program.code, at, at + 110)
    return start, end.start() if end is not None else at + 110


def _begins(program: Program, at: int) -> bool:
    """Whether the program waits for the date: `if (now < date) return;`."""
    code = program.code
    is_before = _IS_LESS.match(code, at) or _IS_MORE.search(code, max(0, at - 30), at)
    return bool(is_before and _REFUSES.match(code, at))


def _is_day(program: Program, start: int, end: int, steps: int = _STEPS) -> bool:
    """Whether a day, not an hour of every day, stands in an expression.

    It may come by variables. An input is none: who runs the program sets it.
    """
    expression = program.code[start:end]
    if _SECONDS.search(expression) or any(map(expression.__contains__, _COMPILED)):
        return True
    # A date in a comment, or in a dead function, has no quote in the live code.
    days = [
        day[0]
        for day in _DAY.finditer(program.source.text, start, end)
        if program.code[day.start()] == day[0][0]
    ]
    if days:
        # What lies between two days is a span of time.
        return len(days) == 1 or "-" not in expression
    is_made = steps < _STEPS and not _READS.issuperset(_CALL.findall(expression))
    if steps == 0 or is_made:
        return False
    names = dict.fromkeys(_NAME.findall(expression)[:6])
    return any(_holds_day(program, each, steps - 1) for each in names)


def _holds_day(program: Program, name: str, steps: int) -> bool:
    """Whether a variable is given a day, and never what the clock or a bar says."""
    if name in program.inputs:
        return False
    if any(_MOVES.search(value) for _, value in program.assignments(name)):
        return False
    return any(
        _is_day(program, start, end, steps) for start, end in _given(program, name)
    )


def _given(program: Program, name: str) -> Iterator[tuple[int, int]]:
    """Yield where what a name is given stands: assigned, defined or passed."""
    code = program.code
    for at, _ in program.assignments(name):
        yield code.index("=", at) + 1, _end(code, ";", at)
    for at in program.offsets(name, 4):
        if _DEFINED.search(program.before(at, 60)):
            yield at + len(name), _end(code, "\n", at)
        function = program.function_at(at)
        if function is not None and name in function.parameters:
            for call in program.calls(function.name)[:4]:
                if call.offset != function.start:
                    yield call.offset, _end(code, ")", call.offset)


def _end(code: str, sign: str, start: int) -> int:
    end = code.find(sign, start, start + 200)
    return end if end >= 0 else start + 200


def _past_year(program: Program, condition: str) -> bool:
    """Whether a condition compares the year with one written into the source."""
    for pattern in (_YEAR_FIRST, _YEAR_LAST):
        for found in pattern.finditer(condition):
            year = found[1]
            if _YEAR.fullmatch(year):
                return True
            if year not in program.inputs and any(
                _YEAR.fullmatch(value) for _, value in program.assignments(year)
            ):
                return True
    return False
