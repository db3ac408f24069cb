"""Under which conditions a position is closed: what stands in front of the call."""

import re

from orquestrador.classification.actions import branch
from orquestrador.classification.expressions import bare
from orquestrador.classification.program import Program

_PARENTHESIS = re.compile(r"[()]")
_IF = re.compile(r"\bif\s{0,3}\(")
_FLAG = re.compile(r"[A-Za-z_]\w{0,60}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_SET = frozenset({"true", "TRUE", "True", "1"})
_MAX_FLAGS = 3
_OPEN = (
    r"(?:OrderOpenPrice\s{0,3}\(\s{0,3}\)|\w{1,30}\.PriceOpen\s{0,3}\(\s{0,3}\)"
    r"|PositionGetDouble\s{0,3}\(\s{0,3}POSITION_PRICE_OPEN\s{0,3}\))"
)
_PRICE = (
    r"(?:\b(?:Bid|Ask|bid|ask)\b|\w{1,30}\.(?:Bid|Ask|PriceCurrent)\s{0,3}\(\s{0,3}\)"
    r"|PositionGetDouble\s{0,3}\(\s{0,3}POSITION_PRICE_CURRENT\s{0,3}\)"
    r"|OrderClosePrice\s{0,3}\(\s{0,3}\))"
)
_PROFITS = ("OrderProfit", "POSITION_PROFIT", "AccountProfit", "ACCOUNT_PROFIT")
_HELD = re.compile(
    r"(?:[^=]{0,80}\))?\s{0,80}(?:else\s{1,9})?(?:double\s{1,9})?"
    r"([A-Za-z_]\w{0,60})\s{0,9}\+?=(?!=)"
)
_RETURNED = re.compile(r"\breturn\s{0,3}\(?\s{0,3}$")
_BEYOND = r"[\s)]{0,6}(?:/\s{0,3}_?[Pp]oint\w{0,10}(?:\(\))?[\s)]{0,6})?>"
_BELOW_OPEN = re.compile(rf"{_OPEN}\s{{0,3}}-\s{{0,3}}{_PRICE}{_BEYOND}")
_ABOVE_OPEN = re.compile(rf"{_PRICE}\s{{0,3}}-\s{{0,3}}{_OPEN}{_BEYOND}")
_SIDE = re.compile(r"(?:OP_|TYPE_)(BUY|SELL)\b")
_MAX_BEFORE = 350
_MAX_AROUND = 900
_MAX_HELD = 2
_MAX_SIDE = 900


def guard(program: Program, offset: int) -> str:
    """Return the conditions right in front of a closing call.

    A flag among them is followed to the conditions under which it is set.
    """
    if program.is_pine:
        near = program.pine_guard(offset)
        names = dict.fromkeys(_NAME.findall(near)[:60])
        values = [
            value for name in names for _, value in program.assignments(name)[-2:]
        ]
        return " ; ".join([near, *values])
    conditions = _conditions(program, offset)
    flags = [each.strip() for each in conditions if _FLAG.fullmatch(each.strip())]
    for flag in flags:
        set_at = [at for at, value in program.assignments(flag) if value in _SET]
        for at in set_at[:_MAX_FLAGS]:
            conditions += _conditions(program, at)
    return " ; ".join(conditions)


def switched_off(program: Program, offset: int) -> bool:
    """Whether a place is only reached while a name is set that nothing ever sets.

    `bool UseStop = false;` that is no input and is written nowhere else.
    """
    if program.is_pine:
        return False
    return program.answer(_off_here, offset) or _off_wherever_called(program, offset)


def _off_wherever_called(program: Program, offset: int) -> bool:
    """Whether each call of the function that holds a place is switched off."""
    function = program.function_at(offset)
    if function is None:
        return False
    calls = [
        call.offset
        for call in program.calls(function.name)
        if call.offset != function.start
    ]
    return bool(calls) and all(program.answer(_off_here, call) for call in calls)


def _off_here(program: Program, offset: int) -> bool:
    front = _inside(program, offset, _MAX_SWITCH)
    start = offset - len(front)
    function = program.function_at(offset)
    handed = function.parameters if function is not None else ()
    for switch in _SWITCH.finditer(front):
        name = switch[1]
        if name in program.inputs or name in handed or not program.assignments(name):
            continue
        span = program.answer(branch, start + switch.start(1))
        within = span is not None and offset < span[1]
        if within and not program.answer(_can_be_set, name):
            return True
    return False


def _can_be_set(program: Program, name: str) -> bool:
    """Whether a name is given another value than zero anywhere, or handed about."""
    written = program.assignments(name)
    return (
        any(
            bare(value) not in _OFF and not _set_if_set(program, at, name)
            for at, value in written
        )
        or any(True for _ in program.updates(name))
        or any(_HANDED.match(program.code, at - 1) for at in program.offsets(name))
    )


def _set_if_set(program: Program, at: int, name: str) -> bool:
    """Whether a name is only written here while it is set: `if (n != 0 && …) n = …`."""
    before = program.before(at, 120).rpartition(";")[2]
    return (
        re.search(rf"\bif\b[^|]*\b{name}\s{{0,3}}!=\s{{0,3}}0\b[^|]*$", before)
        is not None
    )


_OFF = frozenset({"false", "FALSE", "False", "0", "0.0"})
_HANDED = re.compile(
    r"[&,.]\w{1,80}\s{0,3}(?:[,)]|\+\+)|[(,]\w{1,80}\s{0,3},|.\w{1,80}\s{0,3}\+\+"
)
_MAX_SWITCH = 1_500
_SWITCH = re.compile(
    r"\bif\s{0,3}\(\s{0,3}([A-Za-z_]\w{0,60})\s{0,3}"
    r"(?:(?:>|!=)\s{0,3}0\b|==\s{0,3}(?:true|TRUE|True|1)\b|&&|\)(?!\s{0,3}[<>=!|&]))"
)


def money(program: Program, _: None) -> "re.Pattern[str] | None":
    """Return a pattern for the names that hold what open positions have won or lost.

    They are told by what is added up in them, not by how they are called.
    """
    names: dict[str, None] = {}
    for source in _PROFITS:
        for at in program.offsets(source, 24):
            held = _HELD.match(program.statement(at))
            if held is not None:
                names[held[1]] = None
    for name in tuple(names):
        for at in program.offsets(name, 24):
            function = program.function_at(at)
            if function is not None and _RETURNED.search(program.before(at, 12)):
                names[function.name] = None
    if not names:
        return None
    return re.compile(
        rf"\b(?:{'|'.join(map(re.escape, names))})\s{{0,3}}"
        r"(?:\([^()]{0,60}\))?[\s)]{0,3}"
        r"(?:(?P<won>>=?)\s{0,3}(?=[A-Za-z_(1-9]|0\.\d)"
        r"|(?P<lost><=?)\s{0,3}(?:\(?\s{0,3}-\s{0,3}[\w(]))"
    )


def reached(program: Program, offset: int) -> frozenset[str]:
    """Say which amount positions are closed at: `loss`, `profit`, both or neither."""
    if program.is_pine:
        return frozenset()
    amounts = program.answer(money, None)
    conditions = program.answer(guard, offset)
    found = amounts.finditer(conditions) if amounts is not None else ()
    return distances(program, offset) | {
        "profit" if each["won"] else "loss" for each in found
    }


def distances(program: Program, offset: int) -> frozenset[str]:
    """Say at which distance from its open price a position is closed.

    Returns:
        `loss` where price is compared on the losing side of the position's open
        price, `profit` on the other side; neither where nothing says its direction.

    """
    if program.is_pine:
        return frozenset()
    for condition in reversed(_conditions(program, offset)):
        below, above = _BELOW_OPEN.search(condition), _ABOVE_OPEN.search(condition)
        if below is None and above is None:
            continue
        sides = _SIDE.findall(_inside(program, offset, _MAX_SIDE))
        if not sides:
            break
        lost, won = (below, above) if sides[-1] == "BUY" else (above, below)
        named = (("loss", lost), ("profit", won))
        return frozenset(name for name, found in named if found is not None)
    return frozenset()


def _conditions(program: Program, offset: int) -> list[str]:
    """Return the last two conditions in front of an offset, and those around it."""
    before = _inside(program, offset, _MAX_BEFORE)
    begins = [each.end() for each in _IF.finditer(before)]
    near = [_condition(before, begin) for begin in begins[-2:]]
    wide = _inside(program, offset, _MAX_AROUND)
    last = len(wide) - len(before) + begins[-2] - 1 if len(begins) > 1 else len(wide)
    around = [
        _condition(wide, each.end())
        for each in _IF.finditer(wide, 0, last)
        if _holds(program, offset - len(wide) + each.end(), offset)
    ]
    return [*around[-_MAX_HELD:], *near]


def _holds(program: Program, condition: int, offset: int) -> bool:
    """Whether a place stands in the branch of a condition."""
    span = program.answer(branch, condition)
    return span is not None and offset < span[1]


def _inside(program: Program, offset: int, size: int) -> str:
    """Return up to `size` characters in front of an offset, in its function."""
    function = program.function_at(offset)
    start = max(0, offset - size, function.start if function is not None else 0)
    return program.code[start:offset]


def _condition(code: str, start: int) -> str:
    depth = 1
    for mark in _PARENTHESIS.finditer(code, start):
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return code[start : mark.start()]
    return code[start:]
