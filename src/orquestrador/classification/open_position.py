"""Whether a position is open already: looks at the open orders, tickets kept, flags."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.actions import (
    actions_between,
    branch,
    keeps_away,
    leaves_without,
    next_action,
)
from orquestrador.classification.comparisons import receiver_of
from orquestrador.classification.orders import opens
from orquestrador.classification.program import Program

_MAX_FLAG = 1_500
"""Characters behind a look at an order in which a flag says what it found."""

_NEGATED = re.compile(r"(?:!\s{0,3}|not\s{1,3})$")
_LOOP = re.compile(r"\b(?:for|while)\s{0,3}\([^{}]{0,120}$")
_RETURNS_ON_OWN = re.compile(
    r"(?:OrderMagicNumber|OrderSymbol|POSITION_MAGIC|POSITION_SYMBOL|OrderType)\s{0,3}\(?[^;{}!]{0,160}"
    r"\)\s{0,80}\{?\s{0,80}return\s{0,3}(?:;|\(?\s{0,3}(?:0|-1|false|False|FALSE)\b)"
)
_OWN = re.compile(
    r"\b(?:OrderMagicNumber|POSITION_MAGIC)\s{0,3}(?:\(\s{0,3}\)|\))\s{0,3}=="
)
_TRUE = re.compile(r"=\s{0,9}(?:true|TRUE|True|1)\s{0,9};")
_FLAG_ASKED = re.compile(r"\s{0,3}==\s{0,3}(?:false|FALSE|False|0)\b")


def own_found(program: Program) -> Iterator[int]:
    """A look through the open orders ends the work, or sets what forbids an entry."""
    for name in (
        "OrderSelect",
        "PositionSelect",
        "PositionGetTicket",
        "PositionSelectByTicket",
        "PositionGetSymbol",
    ):
        for at in program.offsets(name, 12):
            after = program.code[at : at + 500]
            left = _RETURNS_ON_OWN.search(after) if "return" in after else None
            if left is not None and _forbids(program, at, left[0]):
                yield at
            own = _OWN.search(after) if left is None else None
            if (
                own is not None
                and program.answer(keeps_away, at + own.end())
                and _in_handler(program, at)
            ):
                yield at
            yield from _flag_asked(program, at)
            for use in _forbidden(program, after):
                action = next_action(program, use, 300)
                if action is not None and action.opens:
                    yield use


def _flag_asked(program: Program, at: int) -> Iterator[int]:
    """Yield where a flag that a look at an order sets keeps from opening a further."""
    near = _flags(program.code[at : at + 500])
    for flag in dict.fromkeys([*near, *_reset_flags(program, at)]):
        for use in program.uses(flag):
            asked = _NEGATED.search(program.before(use, 5)) or (
                _FLAG_ASKED.match(program.code, use + len(flag))
            )
            if not asked and use > at and leaves_without(program, use):
                yield use
            action = next_action(program, use, 2_500) if asked else None
            if action is not None and action.opens:
                yield use


def _reset_flags(program: Program, at: int) -> Iterator[str]:
    """Yield flags that are cleared before each look and set far behind its begin."""
    function = program.function_at(at)
    if function is None:
        return
    head = program.code[function.start : at]
    for flag in _flags(program.code[at : min(at + _MAX_FLAG, function.end)]):
        if re.search(rf"\b{flag}\s{{0,9}}=\s{{0,9}}(?:false|FALSE|False|0)\b", head):
            yield flag


_OWN_CLEARS = re.compile(
    r"(?:OrderMagicNumber|OrderSymbol|POSITION_MAGIC|POSITION_SYMBOL)[^;{}!]{0,120}==[^;{}!]{0,120}"
    r"\)\s{0,40}\{?\s{0,40}([A-Za-z_]\w{0,60})\s{0,9}=\s{0,9}(?:false|FALSE|False)\s{0,9};"
)
_IN_CONDITION = re.compile(r"(?:\(|&&)\s{0,9}$")


def _forbidden(program: Program, after: str) -> Iterator[int]:
    """Yield where a flag that an own order clears is a condition."""
    cleared = _OWN_CLEARS.search(after) if "alse" in after or "ALSE" in after else None
    if cleared is not None:
        for use in program.offsets(cleared[1], 12):
            if _IN_CONDITION.search(program.before(use, 12)):
                yield use


def _in_handler(program: Program, at: int) -> bool:
    function = program.function_at(at)
    return function is not None and function.name.startswith(("On", "start"))


def ticket_kept(program: Program) -> Iterator[int]:
    """The open order's ticket or type is kept; while there is none, one is sent."""
    for name in dict.fromkeys(_kept(program)):
        for at in program.offsets(name, 24):
            if _NONE_KEPT.match(program.code, at + len(name)) and not _LOOP.search(
                program.before(at, 130)
            ):
                action = next_action(program, at, 1_500)
                if (action is not None and action.opens) or _sent_into(
                    program, at, name
                ):
                    yield at


def _sent_into(program: Program, at: int, name: str) -> bool:
    """Whether what is kept here is sent in this branch, behind other actions."""
    span = program.answer(branch, at)
    return span is not None and any(
        each.opens and program.receiver(each.offset) == name
        for each in actions_between(program, *span)
    )


def _kept(program: Program) -> Iterator[str]:
    """Yield names that keep which order is open, from one tick to the next."""
    for source in ("OrderTicket", "OrderType", "POSITION_TICKET", "POSITION_TYPE"):
        for at in program.offsets(source, 24):
            name = receiver_of(program, at)
            if name is not None:
                yield name
    for order in opens(program):
        name = program.receiver(order.offset)
        if name is not None and not _forgets(program, name):
            yield name


def _forgets(program: Program, name: str) -> bool:
    """Return whether a name is declared in a function: its value goes with the call.

    Such a name tells whether sending failed, not whether an order is open.
    """
    # Of a damaged name a part may be no name of the program.
    return any(
        program.function_at(first) is not None
        and _DECLARES.search(program.before(first, 20)) is not None
        for first in program.offsets(name, 1)
    )


_DECLARES = re.compile(r"\b(?:int|long|ulong|uint|double|bool)\s{1,9}$")
_NONE_KEPT = re.compile(
    r"\s{0,3}(?:==\s{0,3}(?:0\b(?!\.)|-1\b|EMPTY\b|\w{0,20}(?:FLAT|NONE|NO_)\w{0,20})"
    r")"
)


def _flags(code: str) -> list[str]:
    """Return the names that a stretch of code sets to true."""
    found: dict[str, None] = {}
    for sign in _TRUE.finditer(code):
        words = code[max(0, sign.start() - 60) : sign.start()].rsplit(maxsplit=1)
        if words and words[-1].isidentifier():
            found[words[-1]] = None
    return list(found)


def _forbids(program: Program, at: int, code: str) -> bool:
    """Whether leaving a function at an own order keeps a further one away."""
    function = program.function_at(at)
    if function is None or "OP_" in code or "HISTORY" in code:
        return False
    if function.name.startswith(("On", "start")):
        return True
    opened = (order.offset for order in opens(program))
    return "alse" in code or any(
        function.start <= offset < function.end for offset in opened
    )


def position_asked(program: Program) -> Iterator[int]:
    """An order is only sent when no position is open on the symbol."""
    for at in program.offsets("PositionSelectByTicket", 12):
        if _NEGATED.search(program.before(at, 5)) and _opens_inside(program, at):
            yield at
    for at in program.offsets("PositionSelect"):
        if leaves_without(program, at):
            yield at
        elif _NEGATED.search(program.before(at, 5)):
            # `if (!PositionSelect(…)) return;` waits for a position, not for none.
            if not keeps_away(program, at) or _opens_inside(program, at):
                yield at
        elif _ASKED.match(program.code, at + len("PositionSelect")):
            yield at


def _opens_inside(program: Program, at: int) -> bool:
    span, action = program.answer(branch, at), next_action(program, at)
    return span is not None and action is not None and action.offset < span[1]


_ASKED = re.compile(
    r"\s{0,3}\([^()]{0,60}(?:\(\s{0,3}\)){0,1}\)\s{0,3}"
    r"(?:==\s{0,3}false|\)\s{0,9}\{?\s{0,20}return)"
)


_PINE_FLAT = re.compile(
    r"strategy\.position_size\s{0,3}[=<>]=\s{0,3}0\b(?!\s{0,3}\?)"
    r"|strategy\.opentrades\s{0,3}(?:==\s{0,3}0\b|<=?\s{0,3}\w)"
    r"|\bnot\s{1,3}\w{0,20}(?:[pP]osition|[tT]rade)\w{0,20}"
    r"|\w{0,20}(?:[pP]osition|[tT]rade)\w{0,20}\s{0,3}==\s{0,3}false"
)


_PINE_NOT = re.compile(r"\bnot\s{1,3}\(?([A-Za-z_]\w{0,60})\b(?!\()")


def _set_and_cleared(program: Program, name: str) -> bool:
    """Whether a flag is set at one place and cleared at another, as a memory is."""
    values = {value for _, value in program.assignments(name)}
    return {"true", "false"} <= values


def flag_kept(program: Program) -> Iterator[int]:
    """A flag that is set behind an order keeps a further one away until cleared."""
    found: dict[str, None] = {}
    for order in opens(program):
        behind = program.code[order.offset : order.offset + _BEHIND]
        for flag in _flags(behind.partition("}")[0]):
            if not _OF_THE_DAY.search(flag):
                found[flag] = None
    for flag in found:
        if not any(value in _CLEARED for _, value in program.assignments(flag)):
            continue
        for use in program.offsets(flag, 12):
            if _NEGATED.search(program.before(use, 5)) or (
                _FLAG_ASKED.match(program.code, use + len(flag))
            ):
                action = next_action(program, use, 2_500)
                if action is not None and action.opens:
                    yield use


_BEHIND = 300
"""Characters behind an order in which a flag says that it was sent."""

_CLEARED = frozenset({"false", "FALSE", "False", "0"})
_OF_THE_DAY = re.compile(r"[dD]ay|[bB]ar|[cC]andle|[sS]ignal|[aA]lert|[rR]es|[sS]ent\b")


def side_not_open(program: Program) -> Iterator[int]:
    """An order is sent on the side that the open position does not have."""
    for side in ("BUY", "SELL"):
        for at in program.offsets(f"POSITION_TYPE_{side}", 24):
            if not program.before(at, 4).rstrip().endswith("!="):
                continue
            span = program.answer(branch, at)
            action = next_action(program, span[0] - 1) if span is not None else None
            if (
                span is not None
                and action is not None
                and action.opens
                and action.offset < span[1]
                and action.side == side.lower()
            ):
                yield at


def flat_in_pine(program: Program) -> Iterator[int]:
    """Every entry waits until no position is open."""
    found: list[int] = []
    for order in opens(program):
        guard = program.pine_guard(order.offset)
        if not _PINE_FLAT.search(guard) and not any(
            _set_and_cleared(program, flag[1]) for flag in _PINE_NOT.finditer(guard)
        ):
            return
        found.append(order.offset)
    yield from found


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        own_found,
        ticket_kept,
        position_asked,
        flag_kept,
        side_not_open,
        flat_in_pine,
    )
}
