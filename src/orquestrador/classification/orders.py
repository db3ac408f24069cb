"""The orders of a program: where it opens, changes and closes positions."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from orquestrador.classification.expressions import bare
from orquestrador.classification.program import Call, Program


class Order(NamedTuple):
    """One call, or one filled request, that opens or changes a position."""

    offset: int
    stop: str | None
    """Code where the stop stands; None when the call has no place for it."""

    target: str | None
    lots: str | None
    side: str | None
    """Code that says the direction; None when the name of the call says it."""

    name: str


class _Places(NamedTuple):
    """Positions of an order function's arguments."""

    stop: int
    target: int
    lots: int | None = None
    side: int | None = None
    least: int = 1


_ORDER_SEND = _Places(stop=5, target=6, lots=2, side=1, least=6)
_TRADE_CLASS = {
    **dict.fromkeys(("Buy", "Sell"), _Places(3, 4, 0)),
    **dict.fromkeys(
        ("BuyLimit", "SellLimit", "BuyStop", "SellStop"), _Places(3, 4, 0, least=2)
    ),
    "PositionOpen": _Places(4, 5, 2, 1, least=4),
    "OrderOpen": _Places(5, 6, 2, 1, least=5),
}
STANDARD_TRADE = frozenset(_TRADE_CLASS) | {"PositionModify"}
"""Methods of the standard library's trade class that take a stop and a target."""

_CHANGES = {"OrderModify": _Places(2, 3), "PositionModify": _Places(1, 2)}
_CLOSES = [
    "OrderClose",
    "PositionClose",
    "PositionCloseBy",
    "OrderCloseBy",
    "PositionClosePartial",
]
_PINE_CLOSES = ("strategy.close", "strategy.close_all", "strategy.exit")
_PINE_EXIT = (
    "id",
    "from_entry",
    "qty",
    "qty_percent",
    "profit",
    "limit",
    "loss",
    "stop",
)
_NAMED = re.compile(r"([a-z_]{1,30})\s{0,9}=(?!=)\s{0,9}(.*)", re.DOTALL)
_MEMBER = re.compile(r"(?:\.|->)\s{0,3}$")
_SENDS = re.compile(r"OrderSend(?!Async$)\w{1,30}")
_WRITTEN = re.compile(r"\s{0,40}=(?!=)")


def entries(program: Program) -> tuple[Order, ...]:
    """Return the orders that open positions, in the order of the code.

    Pine's `strategy.exit` is among them: it is where an order gets stop and target.
    """
    return program.answer(_entries, None)


def _entries(program: Program, _: None) -> tuple[Order, ...]:
    found = _pine_entries if program.is_pine else _mql_entries
    return tuple(sorted(found(program), key=lambda order: order.offset))


def changes(program: Program) -> tuple[Order, ...]:
    """Return what changes the stop or target of orders that are open."""
    return program.answer(_all_changes, None)


def _all_changes(program: Program, _: None) -> tuple[Order, ...]:
    if program.is_pine:
        return ()
    calls = [
        _order(call, places)
        for name, places in _CHANGES.items()
        for call in program.calls(name)
        if _is_use(program, call)
    ]
    calls = [given for order in calls for given in _given(program, order)]
    requests = [each for each in _requests(program) if each.name == "TRADE_ACTION_SLTP"]
    return tuple(sorted([*calls, *requests], key=lambda order: order.offset))


def exits(program: Program) -> tuple[int, ...]:
    """Return where positions are closed, also by a function of the program's own."""
    return program.answer(_exits, None)


def _exits(program: Program, _: None) -> tuple[int, ...]:
    if program.is_pine:
        calls = program.calls(*_PINE_CLOSES)
        return tuple(sorted(call.offset for call in calls))
    names = [*_CLOSES, *_own_closers(program)]
    return tuple(
        sorted(call.offset for call in program.calls(*names) if _is_use(program, call))
    )


def opens(program: Program) -> tuple[Order, ...]:
    """Return the orders that open positions, without what only adds stops."""
    return program.answer(_opens, None)


def _opens(program: Program, _: None) -> tuple[Order, ...]:
    return tuple(each for each in entries(program) if each.name != "strategy.exit")


def _given(program: Program, order: Order) -> Iterator[Order]:
    """Yield a change for each caller that hands the stop in as a parameter."""
    function = program.function_at(order.offset)
    name = bare(order.stop or "")
    if function is None or name not in function.parameters or not name:
        yield order
        return
    place = function.parameters.index(name)
    for call in program.calls(function.name):
        if call.offset != function.start and len(call.arguments) > place:
            yield order._replace(offset=call.offset, stop=call.arguments[place])


def _own_closers(program: Program) -> Iterator[str]:
    for name, function in program.functions.items():
        if "lose" in name and any(
            program.code.find(each, function.start, function.end) >= 0
            for each in (*_CLOSES, "OrderDelete", "OrderSend")
        ):
            yield name


def _mql_entries(program: Program) -> Iterator[Order]:
    for call in program.calls("OrderSend"):
        if len(call.arguments) >= _ORDER_SEND.least and _is_use(program, call):
            yield _order(call, _ORDER_SEND)
    yield from _sent_by_includes(program)
    standard = is_standard(program)
    for name, places in _TRADE_CLASS.items():
        for call in program.calls(name):
            member = _MEMBER.search(program.before(call.offset, 5))
            if member and len(call.arguments) >= places.least:
                order = _order(call, places)
                # A class of the author's own may take its arguments in any order.
                yield order if standard else order._replace(stop=None, target=None)
    for request in _requests(program):
        if request.name != "TRADE_ACTION_SLTP":
            yield request


def is_standard(program: Program) -> bool:
    """Whether `trade.Buy(…)` takes its arguments as the standard library's class."""
    return program.has("CTrade") or not program.facts.includes


def _sent_by_includes(program: Program) -> Iterator[Order]:
    """Yield what an include sends in its own way: as `OrderSend` takes it."""
    for name in program.counts:
        if _SENDS.fullmatch(name) and name not in program.functions:
            for call in program.calls(name):
                if len(call.arguments) >= _ORDER_SEND.least:
                    yield _order(call, _ORDER_SEND)


def _is_use(program: Program, call: Call) -> bool:
    """Whether a call is no definition of a function of that name."""
    function = program.functions.get(call.name)
    return function is None or function.start != call.offset


def _order(call: Call, places: _Places) -> Order:
    def argument(place: int | None) -> str | None:
        if place is None:
            return None
        return call.arguments[place] if place < len(call.arguments) else ""

    return Order(
        call.offset,
        argument(places.stop),
        argument(places.target),
        argument(places.lots),
        argument(places.side),
        call.name,
    )


def _requests(program: Program) -> Iterator[Order]:
    """Yield the trade requests that MQL5 fills member by member."""
    if not program.has("MqlTradeRequest"):
        return
    for call in program.calls("OrderSend", "OrderSendAsync"):
        if not 2 <= len(call.arguments) <= 3:
            continue
        function = program.function_at(call.offset)
        start = function.start if function else max(0, call.offset - 2_000)
        # What was filled in before a request is emptied belongs to another order.
        start = max(start, program.code.rfind("ZeroMemory", start, call.offset))
        action = _member(program, "action", start, call.offset) or ""
        filled = action or program.code[start : call.offset]
        if "TRADE_ACTION_REMOVE" in filled:
            continue
        changed = "TRADE_ACTION_SLTP" in filled and "TRADE_ACTION_DEAL" not in filled
        position = _member(program, "position", start, call.offset)
        if not changed and position not in {None, "0"}:
            continue
        yield Order(
            call.offset,
            _member(program, "sl", start, call.offset),
            _member(program, "tp", start, call.offset),
            _member(program, "volume", start, call.offset),
            _member(program, "type", start, call.offset),
            "TRADE_ACTION_SLTP" if changed else call.name,
        )


def _member(program: Program, name: str, start: int, end: int) -> str | None:
    """Return what was last assigned to a member in this stretch of the code."""
    value = None
    for offset in program.offsets(name):
        if start <= offset < end and program.code[offset - 1] == ".":
            sign = _WRITTEN.match(program.code, offset + len(name))
            if sign is not None:
                value = program.expression(sign.end())
    return value


def _pine_entries(program: Program) -> Iterator[Order]:
    for call in program.calls("strategy.entry", "strategy.order"):
        named = _by_name(call, ("id", "direction", "qty"))
        yield Order(
            call.offset, None, None, named.get("qty"), named.get("direction"), call.name
        )
    for call in program.calls("strategy.exit"):
        named = _by_name(call, _PINE_EXIT)
        stop = named.get("stop") or named.get("loss")
        target = named.get("limit") or named.get("profit")
        yield Order(call.offset, stop, target, None, None, call.name)


def _by_name(call: Call, places: tuple[str, ...]) -> dict[str, str]:
    """Return a Pine call's arguments by their names."""
    found: dict[str, str] = {}
    for place, argument in enumerate(call.arguments):
        named = _NAMED.fullmatch(argument)
        if named is not None:
            found[named[1]] = named[2]
        elif place < len(places):
            found[places[place]] = argument
    return found
