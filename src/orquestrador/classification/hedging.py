"""Opposite positions that are opened against each other: locks and recoveries."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from orquestrador.classification.actions import opened
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


def both_sides_at_once(program: Program) -> Iterator[int]:
    """Buy and sell are sent one after the other under the same condition."""
    sides = [
        (each.offset, _direction(program, each.offset)) for each in opened(program)
    ]
    known = [(offset, side) for offset, side in sides if side is not None]
    for (first, side), (second, other) in pairwise(known):
        if (
            side != other
            and second - first < _MAX_BETWEEN
            and not _BRANCHES.search(program.code, first, second)
            and not _CHOOSES.search(program.code[first:second].rpartition(";")[2])
        ):
            yield second


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
        both_sides_at_once,
    )
}
