"""How an open order's stop is changed: along with the price, or to the open price."""

import re

from orquestrador.classification.expressions import bare
from orquestrador.classification.orders import Order
from orquestrador.classification.program import Program

_OPEN_SOURCES = ("OrderOpenPrice", "POSITION_PRICE_OPEN", "PriceOpen")
_STOP_SOURCES = ("OrderStopLoss", "POSITION_SL", "StopLoss")
_OPEN = (
    r"(?:OrderOpenPrice\s{0,3}\(\s{0,3}\)"
    r"|PositionGetDouble\s{0,3}\(\s{0,3}POSITION_PRICE_OPEN\s{0,3}\)"
    r"|\w{1,40}(?:\.|->)PriceOpen\s{0,3}\(\s{0,3}\)"
)
_MARKET_PRICE = re.compile(
    r"\b(?:Bid|Ask|bid|ask|MODE_BID|MODE_ASK|SYMBOL_BID|SYMBOL_ASK|Close|High|Low|"
    r"POSITION_PRICE_CURRENT|iMA|iSAR|iATR|iLow|iHigh|iClose|close|high|low|"
    r"PriceCurrent|OrderClosePrice)\b"
)
# Whether a stop is set at all (`> 0`) says nothing about where it is.
_SIGN = re.compile(r"[<>](?!=?\s{0,3}0(?![.\d]*[1-9]))")
_OWN_STOP = (
    r"OrderStopLoss|POSITION_SL|(?:\.|->)StopLoss\s{0,3}\(|[cC]ur(?:rent)?_?(?:SL|[sS]top)"
    r"|[oO]ld_?(?:SL|[sS]top)"
)
_EVEN = re.compile(r"[bB]reak_?[eE]ven|BREAK_?EVEN|[bB]ezubyt|[nN]o_?[lL]oss|\bBE_?\w")
_SIDE = re.compile(r"(?:OP_|TYPE_)(BUY|SELL)\b")
_OTHER = re.compile(r"\belse\b")
_NAME = re.compile(r"[A-Za-z_]\w*+(?!\s{0,3}\()")
_FRONT = 700
"""Characters in front of a change in which its conditions stand."""

_NEAR = 400
"""Characters in front of it in which its side is told."""


def trails(program: Program, order: Order) -> bool:
    """Whether a stop follows the price: it is held against where it was."""
    near = _around(program, order)
    if "rail" in near or "TRAIL" in near:
        return True
    own, new = program.answer(_own_stop, None), bare(order.stop or "")
    if not any(
        held[0] != new
        for sign in _SIGN.finditer(near)
        for held in own.finditer(near, max(0, sign.start() - 40), sign.end() + 40)
    ):
        return False
    return bool(_MARKET_PRICE.search(program.answer(_reached, order)))


def evens(program: Program, order: Order) -> bool:
    """Whether a stop is set to where its order was opened, or a little beyond."""
    opened = program.answer(_opened, None)
    found = program.answer(_reached, order)
    if opened.search(found) is None:
        return False
    near = _around(program, order)
    if _EVEN.search(near) or _EVEN.search(found):
        return True
    value = bare(order.stop or "")
    if opened.fullmatch(value):
        return True
    placed = [(order.offset, value)]
    if _NAME.fullmatch(value) and value not in program.inputs:
        placed += program.assignments(value)[:6]
    return any(_secures(program, opened, *each) for each in placed)


def _secures(
    program: Program, opened: re.Pattern[str], offset: int, value: str
) -> bool:
    """Whether a stop stands at the open price, or on the winning side of it."""
    value = bare(value)
    at = opened.match(value)
    sign = value[at.end() :].lstrip(" )")[:1] if at is not None else "?"
    if not sign:
        return True
    if at is None or sign not in ("+", "-"):
        return False
    function = program.function_at(offset)
    start = max(0, offset - _NEAR, function.start if function is not None else 0)
    front = program.code[start:offset]
    sides = tuple(_SIDE.finditer(front))
    if not sides:
        return False
    side = sides[-1]
    buys = (side[1] == "BUY") != bool(_OTHER.search(front, side.end()))
    return buys == (sign == "+")


def _own_stop(program: Program, _: None) -> re.Pattern[str]:
    """Return a pattern for where the open order's stop stands now."""
    return re.compile("|".join((_OWN_STOP, *_named(program, _STOP_SOURCES))))


def _opened(program: Program, _: None) -> re.Pattern[str]:
    """Return a pattern for the open price of an order."""
    return re.compile("|".join((_OPEN, *_named(program, _OPEN_SOURCES))) + ")")


def _named(program: Program, sources: tuple[str, ...]) -> list[str]:
    """Return patterns for the names that keep one of these and nothing else."""
    names = {
        kept[1]
        for source in sources
        for at in program.offsets(source, 24)
        if (kept := _KEPT.search(program.before(at, 110)))
        and not _COMPUTED.match(program.code, at + len(source))
    }
    return [rf"\b{re.escape(name)}\b" for name in sorted(names)]


_KEPT = re.compile(
    r"([A-Za-z_]\w{0,60})\s{0,3}=\s{0,3}"
    r"(?:(?:NormalizeDouble|PositionGetDouble|\w{1,20}Price)\s{0,3}\(\s{0,3}"
    r"|\(double\)\s{0,3}|\w{1,40}(?:\.|->)){0,3}$"
)
_COMPUTED = re.compile(r"[\s()]{0,6}[+*/-]")


def _around(program: Program, order: Order) -> str:
    """Return the guards in front of an order and its function's name."""
    function = program.function_at(order.offset)
    start = max(function.start if function else 0, order.offset - _FRONT)
    name = function.name if function else ""
    return f"{name} {program.code[start : order.offset + 200]}"


def _reached(program: Program, order: Order) -> str:
    """Return the stop's expression with what was assigned to its names."""
    parts = [order.stop or ""]
    known: set[str] = set()
    for _ in range(2):
        for name in _NAME.findall(" ".join(parts))[:12]:
            if name not in known and name not in program.inputs:
                known.add(name)
                parts += [each for _, each in program.assignments(name)[:6]]
    return " ; ".join(parts)
