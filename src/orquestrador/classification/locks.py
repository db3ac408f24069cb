"""The accounts that a source is locked to."""

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
_SIDES = re.compile(r"([^\W\d]\w{0,60})?\s{0,3}[=!]=\s{0,3}([^\W\d]\w{0,60})?")
_NUMBER_GIVEN = re.compile(r"(?:^|=\s{0,3})\d{5,12}$")
"""Several names may be given one number: `first = list[0] = 7654321`."""

_ENDS = re.compile(r"[;{}]|&&|\|\|")
_SWITCHED = re.compile(r"switch\s{0,3}\(\s{0,3}[^;{}]{0,60}$")
_CASE = re.compile(r"\bcase\s{1,3}\d{5,12}\b")


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
    """Whether a side of the comparison is a number that the source gives a name."""
    return any(
        _NUMBER_GIVEN.search(value) is not None
        for pair in _SIDES.findall(near)[:4]
        for name in pair
        for _, value in program.assignments(name)
    )


def _condition(program: Program, at: int) -> str:
    before = _ENDS.split(program.before(at, 90))[-1]
    after = _ENDS.split(program.code[at : at + 110], maxsplit=1)[0]
    return before + after
