"""Whether a program looks at what its order functions return.

An order that was refused returns false or -1, or leaves an error behind. A call is
checked when its result is part of an expression, when the variable that takes it is
read, or when what follows asks for the error.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from orquestrador.classification.lexing import Source
from orquestrador.classification.program import Program

_FUNCTIONS = (
    *("OrderSend", "OrderSendAsync", "OrderModify", "OrderClose", "OrderCloseBy"),
    *("OrderDelete", "OrderOpen"),
)
_METHODS = (
    *("Buy", "Sell", "BuyLimit", "SellLimit", "BuyStop", "SellStop"),
    *("PositionOpen", "PositionModify", "PositionClose", "PositionClosePartial"),
    *("PositionCloseBy",),
)
_CALL = re.compile(r"\s{0,80}\(")
_FRONT = 400
"""Characters in front of a call in which its statement begins or it is taken."""

_BEHIND = 400
"""Characters behind a call in which the error is asked for."""

_OBJECT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.[]"
_ALONE = (";", "{", "}", ")", " else", "\nelse", "}else", ";else", " do", "\ndo")
"""What stands in front of a call that is a statement of its own."""

_TAKEN = re.compile(r"(?<!\w)(\w{1,80})\s{0,9}(?:\[[^\]\n]{0,60}\]\s{0,9})?=$")
_ASKS = ("GetLastError", "_LastError", "ResultRetcode", "CheckResult", "retcode")
_WRITTEN = re.compile(r"\s{0,9}(?:\[[^\]\n]{0,60}\]\s{0,9})?(?:=(?!=)|;)")
_RETURNED = re.compile(r"\breturn\s{0,9}\(?\s{0,9}$")


def counted(program: Program) -> tuple[int, int]:
    """Return the calls of order functions, and how many of them nothing checks."""
    calls = list(_calls(program)) if not program.is_pine else []
    if not calls:
        return 0, 0
    source = program.source
    asked = sorted(at for name in _ASKS for at in source.places.get(name, ()))
    read: dict[str, bool] = {}
    checked = 0
    for at, end in calls:
        following = bisect_left(asked, end)
        if following < len(asked) and asked[following] < end + _BEHIND:
            checked += 1
        else:
            checked += _is_used(source, at, read)
    return len(calls), len(calls) - checked


def _calls(program: Program) -> Iterator[tuple[int, int]]:
    """Yield where the name of each call begins and ends."""
    source = program.source
    used = [name for name in (*_FUNCTIONS, *_METHODS) if name in source.places]
    defined = {head.start for head in program.definitions} if used else set[int]()
    for name in used:
        for at in source.places[name]:
            if at in defined or not _CALL.match(source.code, at + len(name)):
                continue
            if name in _FUNCTIONS or source.code[at - 1 : at] == ".":
                yield at, at + len(name)


def _is_used(source: Source, at: int, read: dict[str, bool]) -> bool:
    """Whether the result of a call is a part of an expression, or read later.

    Args:
        source: the program's text.
        at: where the call begins.
        read: what is known already of the variables that take results.

    """
    front = source.code[max(0, at - _FRONT) : at]
    if front.endswith("."):
        front = front.rstrip(_OBJECT)
    front = front.rstrip()
    if not front.endswith("="):
        return bool(front) and not front.endswith(_ALONE)
    taken = _TAKEN.search(front[-160:])
    if taken is None:
        return True
    name = taken[1]
    if name not in read:
        read[name] = _is_read(source, name)
    return read[name]


def _is_read(source: Source, name: str) -> bool:
    """Whether a variable stands where it is not given a value or declared."""
    code = source.code
    return any(
        not _WRITTEN.match(code, at + len(name))
        or _RETURNED.search(code[max(0, at - 20) : at])
        for at in source.places.get(name, ())
    )
