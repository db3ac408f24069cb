"""Checks for the risk of Pine strategies: what reaches an order's size and stop."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification import pine_signals
from orquestrador.classification.open_position import flat_in_pine
from orquestrador.classification.orders import entries, opens
from orquestrador.classification.pine_reading import read_whole
from orquestrador.classification.pine_syntax import Node
from orquestrador.classification.program import Program

_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_MAX_NAMES = 40
_RAISED = re.compile(
    r"\bpow\s{0,3}\(|\babs\s{0,3}\(\s{0,3}strategy\.position_size\s{0,3}\)(?!\s{0,3}[<>=])"
)
_PYRAMIDING = re.compile(r"\bpyramiding\s{0,9}=\s{0,9}(\w{1,60})")
_ACCOUNT = re.compile(r"\bstrategy\.equity\b(?!\s{0,3}[<>=])")
_SHORT = re.compile(r"strategy\.position_size\s{0,3}<\s{0,3}0")
_EXTREMES = frozenset(("band_extreme", "oscillator_extreme"))


def pine_lot_raised(program: Program) -> Iterator[int]:
    """The size of an order is a power, a multiple of itself or what is held."""
    for at, name, value in _sizes(program):
        itself = re.match(rf"{re.escape(name)}\s{{0,3}}(?:\[1\])?\s{{0,3}}\*", value)
        if _RAISED.search(value) or itself:
            yield at


def pine_lot_from_account(program: Program) -> Iterator[int]:
    """The size of an order is computed from what the account holds."""
    for at, _, value in _sizes(program):
        if _ACCOUNT.search(value):
            yield at


def _sizes(program: Program) -> Iterator[tuple[int, str, str]]:
    """Yield what reaches an order's size: where, which name, its expression."""
    known: set[str] = set()
    waiting = [(order.offset, "", order.lots) for order in opens(program) if order.lots]
    while waiting and len(known) < _MAX_NAMES:
        at, name, value = waiting.pop()
        yield at, name, value
        for each in _NAME.findall(value):
            if each not in known:
                known.add(each)
                found = program.assignments(each)[:4]
                waiting += [(offset, each, text) for offset, text in found]


def adds_in_pine(program: Program) -> Iterator[int]:
    """Entries at an extreme are repeated while a position is open."""
    orders = opens(program)
    if not orders or program.checked(flat_in_pine, 1):
        return
    may_add = pyramids(program)
    found = program.answer(pine_signals.meanings, None)
    if _EXTREMES.isdisjoint(found):
        return
    for order in orders:
        if may_add or order.name == "strategy.order":
            yield order.offset


def pyramids(program: Program) -> bool:
    """Tell whether the strategy may enter again in the direction that it holds."""
    given = _PYRAMIDING.search(program.source.code)
    return given is not None and given[1] != "0"


def even_in_pine(program: Program) -> Iterator[int]:
    """The stop of an exit is the price at which the position was opened."""
    if not program.has("strategy.position_avg_price"):
        return
    reading = program.answer(read_whole, None)
    for order in entries(program):
        if order.stop is None or order.name != "strategy.exit":
            continue
        line = reading.script.line_at(order.offset)
        frame = reading.frame(line)
        for call in _exits(reading.script.expression(line)):
            stops = [part for part in call.parts if part.name == "stop"]
            values = (reading.value(each, frame) for each in stops)
            if any(each.detail == "even" for each in values):
                yield order.offset


def stop_by_code_in_pine(program: Program) -> Iterator[int]:
    """A position is closed when price is a distance on the losing side of its open."""
    return _closed(program, -1)


def target_by_code_in_pine(program: Program) -> Iterator[int]:
    """A position is closed when price is a distance on the winning side of its open."""
    return _closed(program, 1)


def _closed(program: Program, side: int) -> Iterator[int]:
    for offset, won in program.answer(_distances, None):
        if won == side:
            yield offset


def _distances(program: Program, _: None) -> tuple[tuple[int, int], ...]:
    """Return where positions are closed at a distance: 1 won, -1 lost."""
    if not program.has("strategy.position_avg_price"):
        return ()
    reading = program.answer(read_whole, None)
    found: dict[tuple[int, int], None] = {}
    for call in program.calls("strategy.close", "strategy.close_all"):
        line = reading.script.line_at(call.offset)
        frame = reading.frame(line)
        findings = list(reading.conditions(line, frame))
        for part in reading.script.expression(line).parts:
            if part.name == "when":
                findings += reading.value(part, frame).findings
        sold = -1 if _SHORT.search(program.pine_guard(call.offset)) else 1
        for each in findings:
            beyond = {"entry_above": 1, "entry_below": -1}.get(each.kind, 0)
            if beyond and each.sense == beyond:
                found[call.offset, beyond * sold] = None
    return tuple(found)


def _exits(node: Node) -> Iterator[Node]:
    if node.kind == "call" and node.name == "strategy.exit":
        yield node
    for part in node.parts:
        yield from _exits(part)


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        pine_lot_raised,
        pine_lot_from_account,
        adds_in_pine,
        even_in_pine,
        stop_by_code_in_pine,
        target_by_code_in_pine,
    )
}
