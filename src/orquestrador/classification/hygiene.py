"""What a user should know about a source before running it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from orquestrador.classification.program import Program

LEAST_DECOMPILED_NAMES = 6
"""Distinct names of a decompiler's making from which a source counts as its work."""

_DECOMPILED = re.compile(
    r"(?:[gGlLaA](?:[a-z]{1,2}|[a-z]{0,2}a)?_(?:[a-z]{1,12}_){0,2}\d{1,5}"
    r"|f0_\d{1,4}|[^\W\d_]{1,6}_\d{1,4}_[a-z]{2}_[0-9A-F]{1,6}|(?:ld|li|ls|lb)_\w?_?[0-9A-F]{2,4})"
)
_HEXADECIMAL = frozenset("0123456789ABCDEF")
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
_NOW = ("TimeCurrent", "TimeLocal", "TimeGMT", "CurTime", "LocalTime")
_DATE = re.compile(
    r"D\s{0,1}'|StrToTime\s{0,3}\(|StringToTime\s{0,3}\(|\b1[4-9]\d{8}\b"
)
_OPERAND = re.compile(
    r"[<>]=?\s{0,3}([A-Za-z_]\w{0,60})|([A-Za-z_]\w{0,60})\s{0,3}[<>]=?"
)


def decompiled_names(program: Program) -> Iterable[int]:
    """Names are a decompiler's: `gi_84`, `lda_20`, `l_ima_8`, `f0_3`."""
    numbered = [
        name
        for name in program.source.counts
        if "_" in name and name[-1] in _HEXADECIMAL
    ]
    made = filter(_DECOMPILED.fullmatch, numbered[:5_000])
    found = list(islice(made, LEAST_DECOMPILED_NAMES))
    if len(found) < LEAST_DECOMPILED_NAMES:
        return ()
    return (program.source.names[each] for each in found[:5])


def account_compared(program: Program) -> Iterator[int]:
    """The account is compared with a number or a name written into the source."""
    for name in _ACCOUNT:
        for at in program.offsets(name):
            if not _DECIDES.search(program.statement(at)):
                continue
            near = _condition(program, at)
            if (
                _LONG_NUMBER.search(near)
                or (name[-4:].lower() in {"name", "rver"} and _QUOTED.search(near))
                or (_EQUALS.search(near) and _holds_account(program, near))
            ):
                yield at


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
                continue
            for pair in _OPERAND.findall(near)[:3]:
                other = pair[0] or pair[1]
                values = [
                    (where, each)
                    for where, each in program.assignments(other)
                    if _DATE.search(each)
                ]
                if any(_fixed(program, each, where) for where, each in values):
                    yield at
                    break


def _fixed(program: Program, expression: str, offset: int) -> bool:
    """Whether the date is a day, not an hour of every day."""
    start = max(0, offset - 20)
    text = program.source.text[start : offset + 300]
    if re.search(r"\b1[4-9]\d{8}\b", expression):
        return True
    return bool(
        re.search(
            r"['\"](?:D')?\s?(?:19|20)\d\d[.\-/]\d{1,2}|['\"]\d{1,2}[.\-/]\d{1,2}[.\-/](?:19|20)\d\d",
            text,
        )
    ) or _names_date(program, expression)


def _names_date(program: Program, expression: str) -> bool:
    for name in re.findall(r"ToTime\s{0,3}\(\s{0,3}([A-Za-z_]\w{0,60})", expression)[
        :2
    ]:
        for at, _ in program.assignments(name):
            text = program.source.text[at : at + 120]
            if re.search(r"[\"'](?:19|20)\d\d[.\-/]\d{1,2}", text):
                return True
    return False


def _condition(program: Program, at: int) -> str:
    before = _ENDS.split(program.before(at, 90))[-1]
    after = _ENDS.split(program.code[at : at + 110], maxsplit=1)[0]
    return before + after


_ENDS = re.compile(r"[;{}]|&&|\|\|")


def dll_named(program: Program) -> Iterator[int]:
    """A DLL is imported."""
    for name in program.facts.imports:
        if name.lower().endswith(".dll"):
            yield max(0, program.source.text.find(name))


def cut_off(program: Program) -> Iterator[int]:
    """The file ends inside a comment, a string or a block."""
    if program.source.truncated is not None:
        text = program.source.text
        yield max(0, len(text.rstrip()) - 1)


def credential_written(program: Program) -> Iterator[int]:
    """A token, key or password stands in the source."""
    return (start for start, _ in program.secrets)


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        decompiled_names,
        account_compared,
        date_compared,
        dll_named,
        cut_off,
        credential_written,
    )
}
