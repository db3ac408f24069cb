"""What a condition leads to: the next order behind it, and the branch it opens."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from orquestrador.classification.orders import changes, exits, opens
from orquestrador.classification.program import Program

MAX_BRANCH = 6_000
"""Characters in which the end of a branch is looked for."""

MAX_ACTIONS = 12
"""Actions of one branch that are looked at."""

_MAX_NESTED = 4
_FURTHER = re.compile(r"\s{0,200}(?:if|for|while)\s{0,20}\(")
_BLANK = re.compile(r"\s{0,400}+")
_MARKS = re.compile(r"[()]")
_BRACES = re.compile(r"[{}]")
_SIDE = re.compile(r"(?:OP_|TYPE_|\b|(?<=[a-z_]))(BUY|SELL|Buy|Sell)|(?:buy|sell)")
_LEAVES = re.compile(r"\breturn\b[^;{}]{0,40};[\s}]{0,80}$")
_DENIED = re.compile(r"(?:!|\bnot)\s{0,3}$")
_IN_IF = re.compile(r"\bif\s{0,3}\([^;{}]{0,140}$")
_NONE = re.compile(r"\w{1,60}\s{0,3}(?:\([^()]{0,80}\)){0,1}\s{0,3}(?:==|<)")
_ELSE = re.compile(r"\s{0,200}else\b")
_TRANSPARENT = frozenset(
    {"OnTick", "OnInit", "OnTimer", "start", "init", "OnCalculate"}
)


class Action(NamedTuple):
    """A call that opens, changes or closes a position, here or in a function."""

    offset: int
    opens: bool
    side: str | None
    """`buy` or `sell` where the call says so."""


def next_action(program: Program, at: int, size: int = 900) -> Action | None:
    """Return the first action in the `size` characters behind a place."""
    actions = program.answer(_actions, None)
    place = bisect_right(actions, at, key=_offset)
    if place == len(actions) or actions[place].offset > at + size:
        return None
    return actions[place]


def actions_between(program: Program, start: int, end: int) -> Iterator[Action]:
    """Yield the actions from one place to another, at most `MAX_ACTIONS`."""
    actions = program.answer(_actions, None)
    place = bisect_right(actions, start, key=_offset)
    for action in actions[place : place + MAX_ACTIONS]:
        if action.offset >= end:
            return
        yield action


def opened(program: Program) -> list[Action]:
    """Return what opens a position, also by a function of the program's own."""
    return [each for each in program.answer(_actions, None) if each.opens]


def branch(program: Program, at: int) -> tuple[int, int] | None:
    """Return where the branch begins and ends whose condition holds this place."""
    code, limit = program.code, at + MAX_BRANCH
    depth = 0
    for mark in _MARKS.finditer(code, at, at + 600):
        depth += 1 if mark[0] == "(" else -1
        start = mark.end()
        if depth < 0 and code[start : start + 80].lstrip()[:1] not in "&|<>=!)":
            break
    else:
        return None
    body = _body(code, start, limit)
    if not code.startswith("{", body):
        end = code.find(";", body, limit)
        return (start, end + 1) if end >= 0 else None
    depth = 0
    for brace in _BRACES.finditer(code, body, limit):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start, brace.end()
    return None


def _body(code: str, start: int, limit: int) -> int:
    """Return where a branch's statements begin, behind further conditions."""
    for _ in range(_MAX_NESTED):
        further = _FURTHER.match(code, start)
        if further is None:
            break
        depth, start = 1, further.end()
        for mark in _MARKS.finditer(code, start, min(start + 600, limit)):
            depth += 1 if mark[0] == "(" else -1
            start = mark.end()
            if depth == 0:
                break
    blank = _BLANK.match(code, start)
    return blank.end() if blank is not None else start


def leaves_without(program: Program, at: int) -> bool:
    """Whether what is asked here leaves the function, or goes elsewhere than an order.

    `if (late || HasPosition()) return;` in front of an order, with no denial.
    """
    if _DENIED.search(program.before(at, 5)) or not _IN_IF.search(
        program.before(at, 160)
    ):
        return False
    span = program.answer(branch, at)
    if span is None or _NONE.match(program.code, at, span[0]):
        return False
    if not keeps_away(program, at):
        return False
    action = next_action(program, span[1], 2_500)
    return action is not None and action.opens


def keeps_away(program: Program, at: int) -> bool:
    """Whether the branch of this condition leaves the function, or orders are else."""
    span = program.answer(branch, at)
    if span is None:
        return False
    start, end = span
    if _LEAVES.search(program.code, max(start, end - 130), end):
        return True
    other = _ELSE.match(program.code, end)
    action = next_action(program, other.end()) if other is not None else None
    return action is not None and action.opens


def _offset(action: Action) -> int:
    return action.offset


def _actions(program: Program, _: None) -> list[Action]:
    """Return every action, in the order of the code."""
    found = [_opening(program, order.offset, order.side) for order in opens(program)]
    openers = {
        function.name: function
        for order in opens(program)
        if (function := program.function_at(order.offset)) is not None
        and function.name not in _TRANSPARENT
    }
    for name, function in openers.items():
        found += [
            _opening(program, call.offset)
            for call in program.calls(name)
            if call.offset != function.start
        ]
    others = [order.offset for order in changes(program)]
    found += [Action(at, opens=False, side=None) for at in (*others, *exits(program))]
    return sorted(found)


def _opening(program: Program, offset: int, said_side: str | None = None) -> Action:
    call = program.code[offset : offset + 120].partition(";")[0]
    # A request says its side where it is filled, not where it is sent.
    side = _SIDE.search(call) or _SIDE.search(said_side or "")
    said = side[0].lower().rpartition("_")[2] if side is not None else None
    return Action(offset, opens=True, side=said)
