"""Opposite positions that are opened against each other: locks and recoveries."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.actions import actions_between, branch, opened
from orquestrador.classification.orders import opens
from orquestrador.classification.program import Program

_HEDGE_STEMS = (
    "hedge_lot",
    "hedge_order",
    "hedge_trade",
    "hedge_pos",
    "hedge_buy",
    "hedge_sell",
    "open_hedge",
    "hedge_open",
    "hedged",
    "lock_order",
    "open_lock",
    "zone_recovery",
    "recovery_zone",
    "opposite_lot",
    "zamok",
)
_TRADES = re.compile(
    r"OrderSend|[bB]uy|[sS]ell|BUY|SELL|if\s{0,3}\(\s{0,3}!?\w{0,20}[hH]edge\w{0,20}\s{0,3}[=!)]"
)


def opposite_opened(program: Program) -> Iterator[int]:
    """An opposite position is opened against an open one: a lock or a recovery."""
    if not opens(program):
        return
    for name in program.vocabulary.all(*_HEDGE_STEMS):
        if name.startswith(("No", "no", "ACCOUNT")):
            continue
        for at in program.uses(name):
            if _TRADES.search(program.statement(at)):
                yield at
                break


def opposite_of_open(program: Program) -> Iterator[int]:
    """A stop order waits against the side of an open order, and that one is kept.

    `if (OrderType() == OP_BUY) OrderSend(Symbol(), OP_SELLSTOP, ...)`, or an order at
    market of the same lot: `OrderSend(Symbol(), OP_SELL, OrderLots(), ...)`.
    """
    if not opens(program):
        return
    for name, side in _TYPES.items():
        for at in program.offsets(name, MAX_TYPES):
            if not program.before(at, 4).rstrip().endswith("=="):
                continue
            span = program.answer(branch, at)
            actions = [*actions_between(program, *span)] if span is not None else []
            if any(each.side == side or not each.opens for each in actions):
                continue
            yield from (
                each.offset
                for each in actions
                if _STOP_ORDER.match(program.code, each.offset, each.offset + 120)
                or (
                    each.side is not None
                    and _SAME_LOT.match(program.code, each.offset, each.offset + 120)
                )
            )


_SAME_LOT = re.compile(
    r"[^;{}]{0,80}?(?:OrderLots\s{0,3}\(\s{0,3}\)|POSITION_VOLUME\s{0,3}\))\s{0,3},"
)
_STOP_ORDER = re.compile(r"[^;{}]{0,110}?(?:BUY_?STOP|SELL_?STOP|BuyStop|SellStop)")
MAX_TYPES = 24
"""Comparisons with one type of order that are looked at."""

_TYPES = {"OP_BUY": "buy", "OP_SELL": "sell"} | {
    "POSITION_TYPE_BUY": "buy",
    "POSITION_TYPE_SELL": "sell",
}


def both_sides_at_once(program: Program) -> Iterator[int]:
    """Buy and sell are sent one after the other under the same condition."""
    sides = [
        (each.offset, _direction(program, each.offset)) for each in opened(program)
    ]
    known = [(offset, side) for offset, side in sides if side is not None]
    for place, (first, side) in enumerate(known):
        for second, other in known[place + 1 : place + 1 + _RETRIES]:
            between = program.code[first:second]
            if side != other and _follows(between):
                yield second
                break


def _follows(between: str) -> bool:
    """Whether what stands in between leads from the one order to the other.

    What is only done where the first one failed, `if (ticket < 0) {...}`, may.
    """
    if len(between) > _MAX_RETRIED:
        return False
    while (rest := _FAILED.sub(";", between)) != between:
        between = rest
    # Trying is no condition: `if (!trade.Buy(…)) Print("failed");`.
    between = _TRIES.sub("", between)
    return (
        len(between) < _MAX_BETWEEN
        and not _BRANCHES.search(between)
        and not _CHOOSES.search(between.rpartition(";")[2])
    )


_RETRIES = 4
_TRIES = re.compile(
    r"(?<=[;}\s])if\s{0,3}\(\s{0,3}!\s{0,3}(?:\w{1,40}\s{0,3}(?:\.|->)\s{0,3}){0,1}$"
)
_MAX_RETRIED = 1_200
_FAILED = re.compile(
    r"\bif\s{0,3}\((?:[^(){};]|\([^(){};]{0,80}\)){1,80}\)\s{0,80}"
    r"(?:\{[^{}]{0,600}\}|(?!if\b)[^;{}]{1,200};)"
)
_MAX_BETWEEN = 400
_BRANCHES = re.compile(r"[{}]|\bif\b|\belse\b|\breturn\b|\bcase\b")
# Of one statement either the one or the other is sent: `up ? Buy() : Sell()`.
_CHOOSES = re.compile(r"[?:]|&&|\|\|")
_SIDE = re.compile(
    r"\b(?:OP_|ORDER_TYPE_)?(BUY|SELL|Buy|Sell)\b"
    r"|\A\w{0,20}?(?:(?<=[a-z_])|\A)(BUY|SELL|[Bb]uy|[Ss]ell)(?:[A-Z_]\w{0,12})?\("
)
_WAITS = re.compile(r"[Ss]top|STOP|[Ll]imit|LIMIT|[Pp]end")


def _direction(program: Program, offset: int) -> str | None:
    call = program.code[offset : offset + 120].partition(";")[0]
    market = _SIDE.search(call)
    if market is None or (market[1] is None and _WAITS.search(call.partition("(")[0])):
        return None
    return (market[1] or market[2]).lower()


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        opposite_opened,
        opposite_of_open,
        both_sides_at_once,
    )
}
