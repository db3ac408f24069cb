"""Locks of a source: the accounts it runs for, the day after which it stops."""

import re
from collections.abc import Iterator

from orquestrador.classification.program import Program

_ACCOUNT = (
    "AccountNumber",
    "ACCOUNT_LOGIN",
    "AccountName",
    "ACCOUNT_NAME",
    "AccountServer",
    "ACCOUNT_SERVER",
)
_DECIDES = re.compile(r"\bif\b|\breturn\b|&&|\|\|")
_LONG_NUMBER = re.compile(r"[=!]=\s{0,3}\d{4,12}\b|\b\d{4,12}\s{0,3}[=!]=")
_EQUALS = re.compile(r"[=!]=")
_QUOTED = re.compile(r"[=!]=\s{0,3}\"|\"\s{0,3}[=!]=")
_ELEMENT = re.compile(
    r"[=!]=\s{0,3}([A-Za-z_]\w{0,60})\s{0,3}\[|([A-Za-z_]\w{0,60})\s{0,3}\[[^\[\]]{1,40}\]\s{0,3}[=!]="
)
_ENDS = re.compile(r"[;{}]|&&|\|\|")
_SWITCHED = re.compile(r"switch\s{0,3}\(\s{0,3}[^;{}]{0,60}$")
_CASE = re.compile(r"\bcase\s{1,3}\d{5,12}\b")
_NOW = ("TimeCurrent", "TimeLocal", "TimeGMT", "CurTime", "LocalTime")
_YEAR = re.compile(
    r"(?:(?:Year\s?\(\s?\)|TimeYear\s?\([^;{}]{0,40}\)|\.year)\s{0,3}>=?\s{0,3}20\d\d\b)"
)
_YEAR_NAMES = ("Year", "TimeYear", "year")
_DATE = re.compile(
    r"D\s{0,1}'|StrToTime\s{0,3}\(|StringToTime\s{0,3}\(|\b1[4-9]\d{8}\b"
)
_SECONDS = re.compile(r"\b1[4-9]\d{8}\b")
_DAY = re.compile(
    r"['\"](?:D')?\s?20\d\d[.\-/]\d{1,2}"
    r"|['\"]\d{1,2}[.\-/]\d{1,2}[.\-/]20\d\d"
)
_CONVERTED = re.compile(r"ToTime\s{0,3}\(\s{0,3}([A-Za-z_]\w{0,60})")
_OPERAND = re.compile(
    r"[<>]=?\s{0,3}([A-Za-z_]\w{0,60})|([A-Za-z_]\w{0,60})\s{0,3}[<>]=?"
)


def account_compared(program: Program) -> Iterator[int]:
    """The account is compared with a number or a name written into the source."""
    for name in _ACCOUNT:
        is_text = name[-4:].lower() in {"name", "rver"}
        for at in program.offsets(name):
            if _decides(program, at, is_text=is_text) or _switched(program, at):
                yield at
                continue
            held = program.receiver(at)
            uses = program.offsets(held, 12) if held is not None else ()
            if any(_decides(program, each, is_text=is_text) for each in uses):
                yield at


def _decides(program: Program, at: int, *, is_text: bool) -> bool:
    """Whether a condition here compares an account with those that are let in."""
    if not _DECIDES.search(program.statement(at)):
        return False
    near = _condition(program, at)
    if not _EQUALS.search(near):
        return False
    return bool(
        (not is_text and _LONG_NUMBER.search(near))
        or (is_text and _QUOTED.search(near))
        or _ELEMENT.search(near)
        or _holds_account(program, near)
    )


def _switched(program: Program, at: int) -> bool:
    """Whether the accounts that are let in are the cases of a switch."""
    if not _SWITCHED.search(program.before(at, 100)):
        return False
    return _CASE.search(program.code, at, at + 400) is not None


def _holds_account(program: Program, near: str) -> bool:
    for name in re.findall(r"[=!]=\s{0,3}([A-Za-z_]\w{0,60})", near)[:3]:
        for _, value in program.assignments(name):
            if re.fullmatch(r"\d{5,12}", value):
                return True
    return False


def date_compared(program: Program) -> Iterator[int]:
    """The present time is compared with a date written into the source."""
    for name in _NOW:
        for at in program.offsets(name, 64):
            near = _condition(program, at)
            if "<" not in near and ">" not in near:
                continue
            if _DATE.search(near):
                if _fixed(program, near, at):
                    yield at
            elif any(_dated(program, pair) for pair in _OPERAND.findall(near)[:3]):
                yield at
    for name in _YEAR_NAMES:
        for at in program.offsets(name, 24):
            if _YEAR.search(_condition(program, at)):
                yield at


def _dated(program: Program, pair: tuple[str, str]) -> bool:
    """Whether a side of the comparison is a day that stands in the source.

    An input is none: who runs the program sets it.
    """
    name = pair[0] or pair[1]
    return name not in program.inputs and any(
        _DATE.search(value) and _fixed(program, value, where)
        for where, value in program.assignments(name)
    )


def _fixed(program: Program, expression: str, offset: int) -> bool:
    """Whether the date is a day, not an hour of every day."""
    if _SECONDS.search(expression):
        return True
    start = max(0, offset - 20)
    end = program.code.find(";", offset, offset + 300)
    text = program.source.text[start : end if end >= 0 else offset + 300]
    if _DAY.search(text):
        return True
    for name in _CONVERTED.findall(expression)[:2]:
        for at, _ in program.assignments(name):
            if _DAY.search(program.source.text, at, at + 120):
                return True
    return False


def _condition(program: Program, at: int) -> str:
    before = _ENDS.split(program.before(at, 90))[-1]
    after = _ENDS.split(program.code[at : at + 110], maxsplit=1)[0]
    return before + after
