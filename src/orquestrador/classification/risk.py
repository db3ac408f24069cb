"""What protects or endangers the account: checks that look at the structure.

Each check returns the offsets of its evidence. The rules that name them, with an
example each, are data in `config/rules/risk.toml`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.changing import evens, trails
from orquestrador.classification.expressions import bare
from orquestrador.classification.guards import guard, reached, switched_off
from orquestrador.classification.handing import stop_in_unknown_call
from orquestrador.classification.orders import Order, changes, entries, exits, opens
from orquestrador.classification.pine_risk import stop_by_code_in_pine
from orquestrador.classification.program import Program
from orquestrador.classification.values import can_differ_from_zero

_TRADES = [
    "OrderSend",
    "OrderSendAsync",
    "OrderModify",
    "OrderClose",
    "OrderDelete",
    "PositionClose",
    "PositionModify",
    "PositionOpen",
    "CTrade",
    "MqlTradeRequest",
    "Buy",
    "Sell",
    "BuyStop",
    "SellStop",
    "BuyLimit",
    "SellLimit",
    "strategy.entry",
    "strategy.order",
    "strategy.exit",
    "strategy.close",
]
_OWN_STOP = re.compile(
    r"(?:OrderStopLoss\s{0,3}\(\s{0,3}\)|PositionGetDouble\s{0,3}\(\s{0,3}POSITION_SL\s{0,3}\)"
    r"|\w{1,40}\.StopLoss\s{0,3}\(\s{0,3}\))"
)
_OWN_TARGET = re.compile(
    r"(?:OrderTakeProfit\s{0,3}\(\s{0,3}\)|PositionGetDouble\s{0,3}\(\s{0,3}POSITION_TP\s{0,3}\)"
    r"|\w{1,40}\.TakeProfit\s{0,3}\(\s{0,3}\))"
)
_STOP_WORD = re.compile(
    r"(?<!Order)[sS]top_?[lL]oss|STOP_?LOSS|\bSL\b|\bsl\b|[mM]ax_?[lL]oss|[cC]ut_?[lL]oss|"
    r"[lL]oss_?[cC]ut|[sS]top_?[pP]rice|[lL]oss_?[lL]imit|hard_?stop|_(?:sl|SL)\b|\bsl_|SLQ|(?:Close\[\d\]|Bid|Ask)\s{0,3}[<>]=?\s{0,3}\w{1,40}SL\b"
)
_TARGET_WORD = re.compile(
    r"[tT]ake_?[pP]rofit|TAKE_?PROFIT|\bTP\w{0,12}|\btp\b|[pP]rofit_?[tT]arget|"
    r"[tT]arget|_(?:tp|TP)\b|\btp_|(?:Close\[\d\]|Bid|Ask)\s{0,3}[<>]=?\s{0,3}\w{1,40}TP\b|[mM]in_?[pP]rofit|[pP]rofit_?[lL]evel|[cC]lose\w{0,10}[pP]rofit|"
    r"[sS]ecure_?[pP]rofit"
)
_PROFIT = re.compile(
    r"[pP]rofit\w{0,24}\s{0,3}(?:\([^()]{0,60}\)\s{0,3}){0,1}\)?\s{0,3}>=?\s{0,3}"
    r"(?!=|0(?!\.\d)|-)[\w(]|(?:AccountEquity\(\)|ACCOUNT_EQUITY\))\s{0,3}>=?\s{0,3}"
    r"(?:AccountBalance\(\)|AccountInfoDouble\(ACCOUNT_BALANCE\))\s{0,3}[+*]"
)
_LOSS = re.compile(
    r"[pP]rofit\w{0,24}\s{0,3}(?:\([^()]{0,60}\)\s{0,3}){0,1}\)?\s{0,3}<=?\s{0,3}"
    r"(?:\(?\s{0,3}-|\w{0,20}[lL]oss)"
)
_MORE = re.compile(r">=?(?!=)")
_COMPARISON = re.compile(r"[<>]=?|==|!=")


def trades(program: Program) -> bool:
    """Whether a program can open or manage positions, so that risk is its matter."""
    if program.kind == "indicator":
        return False
    if program.is_pine:
        return program.kind == "strategy"
    return program.kind == "expert" or any(map(program.has, _TRADES))


# --- stops and targets ---------------------------------------------------------


def stop_in_order(program: Program) -> Iterator[int]:
    """A value that can differ from zero stands where an order takes its stop."""
    return _argument_in_orders(program, lambda order: order.stop)


def target_in_order(program: Program) -> Iterator[int]:
    """A value that can differ from zero stands where an order takes its target."""
    return _argument_in_orders(program, lambda order: order.target)


def _argument_in_orders(
    program: Program, part: Callable[[Order], str | None]
) -> Iterator[int]:
    for order in entries(program):
        value = part(order)
        if value is not None and _differs(program, value, order.offset):
            yield order.offset


def _differs(program: Program, value: str, offset: int) -> bool:
    # Of where it stands only the function matters: most orders look alike.
    function = program.function_at(offset)
    place = offset if function is None else function.start
    return program.answer(_can_differ, (value, place))


def _can_differ(program: Program, stands: tuple[str, int]) -> bool:
    return can_differ_from_zero(program, *stands)


def stop_by_change(program: Program) -> Iterator[int]:
    """An open order is given its stop, other than by following the price."""
    for order in changes(program):
        if (
            program.answer(_sets_stop, order)
            and not program.answer(trails, order)
            and not program.answer(evens, order)
        ):
            yield order.offset


def target_by_change(program: Program) -> Iterator[int]:
    """An open order is given its target."""
    for order in changes(program):
        if _sets(program, order, order.target, _OWN_TARGET):
            yield order.offset


def trailing_by_change(program: Program) -> Iterator[int]:
    """The stop of an open order is moved along with the price."""
    for order in changes(program):
        if program.answer(_sets_stop, order) and program.answer(trails, order):
            yield order.offset


def even_by_change(program: Program) -> Iterator[int]:
    """The stop of an open order is moved to its open price."""
    for order in changes(program):
        if program.answer(_sets_stop, order) and program.answer(evens, order):
            yield order.offset


def _sets_stop(program: Program, order: Order) -> bool:
    return _sets(program, order, order.stop, _OWN_STOP)


def _sets(
    program: Program, order: Order, value: str | None, own: re.Pattern[str]
) -> bool:
    """Whether a change brings in a value that the order did not have."""
    if value is None:
        return False
    value = bare(value)
    if own.fullmatch(value) or value == "PositionGetDouble(POSITION_SL)":
        return False
    if program.answer(switched_off, order.offset):
        return False
    written = [each for _, each in program.assignments(value)]
    if written and all(own.search(each) for each in written):
        return False
    return _differs(program, value, order.offset)


# A name that is called is assigned nothing.
_NAME = re.compile(r"[A-Za-z_]\w*+(?!\s{0,3}\()")


def stop_by_code(program: Program) -> Iterator[int]:
    """A position is closed at a loss that the code compares itself."""
    for offset in exits(program):
        conditions = program.answer(guard, offset)
        if (
            _COMPARISON.search(conditions)
            and (
                ("rofit" in conditions and _LOSS.search(conditions))
                or _STOP_WORD.search(conditions)
            )
        ) or "loss" in program.answer(reached, offset):
            yield offset


def target_by_code(program: Program) -> Iterator[int]:
    """A position or a basket is closed at a profit that the code compares itself."""
    for offset in exits(program):
        conditions = program.answer(guard, offset)
        if (
            ">" in conditions
            and (
                _PROFIT.search(conditions)
                or (_TARGET_WORD.search(conditions) and _MORE.search(conditions))
            )
        ) or "profit" in program.answer(reached, offset):
            yield offset


def trailing_by_code(program: Program) -> Iterator[int]:
    """A position or a basket is closed when its profit falls back from its best."""
    for offset in exits(program):
        conditions = program.answer(guard, offset)
        # Searching for text is much faster than the expression, and mostly ends it.
        if (
            any(map(conditions.__contains__, _NAMED_BEST))
            and _FALLS_BACK.search(conditions)
            and not program.answer(switched_off, offset)
        ):
            yield offset


_BEST = r"\w{0,30}(?:[pP]eak|[bB]est|[tT]rail|TRAIL)\w{0,30}"
_NAMED_BEST = ("eak", "est", "rail", "RAIL")
_FALLS_BACK = re.compile(
    rf"[pP]rofit\w{{0,20}}\s{{0,3}}(?:\([^()]{{0,40}}\)\s{{0,3}}){{0,1}}<=?\s{{0,3}}\(?\s{{0,3}}(?:\w{{1,30}}\.)?{_BEST}"
    rf"|\b(?:Bid|Ask|bid|ask)\b\s{{0,3}}[<>]=?\s{{0,3}}(?:\w{{1,30}}\.)?{_BEST}"
    rf"|{_BEST}\s{{0,3}}-\s{{0,3}}\w{{0,30}}[pP]rofit\w{{0,20}}\s{{0,3}}(?:\([^()]{{0,40}}\)\s{{0,3}}){{0,1}}>"
)


def no_stop(program: Program) -> Iterator[int]:
    """Orders are opened and nothing in the program gives any of them a stop.

    The evidence is the orders that lack it.
    """
    if program.kind not in {"expert", "strategy"}:
        return
    opened = [
        order
        for order in opens(program)
        if program.is_pine or order.stop is not None or order.name.startswith("OrderS")
    ]
    if opened and not any(program.checked(check, 1) for check in _STOPS):
        for order in opened:
            yield order.offset


_MAX_FOLLOWED = 24
# What stands at a bar of the past is where the stop was then.
_NOW = re.compile(r"[A-Za-z_]\w*+(?!\s{0,3}(?:\(|\[\s{0,3}[A-Za-z_]))")


def ratchet_in_pine(program: Program) -> Iterator[int]:
    """The stop of a Pine exit is kept in a name that only moves one way."""
    for order in entries(program):
        waiting = _NOW.findall(order.stop or "")[:6]
        known: set[str] = set()
        while waiting and len(known) < _MAX_FOLLOWED:
            name = waiting.pop(0)
            if name in known:
                continue
            known.add(name)
            for at, value in program.assignments(name):
                if _moves_one_way(program, name, at, value):
                    yield at
                waiting += _NAME.findall(value)[:6]


def _moves_one_way(program: Program, name: str, at: int, value: str) -> bool:
    """Whether a value is the further one of the last and a new one."""
    if re.search(rf"(?:max|min)\s{{0,3}}\(.{{0,120}}\b{re.escape(name)}\b", value):
        return True
    guard_ = program.pine_guard(at).partition(";")[2]
    named = re.escape(name)
    new = re.escape(value)
    return bool(
        _NAME.fullmatch(value)
        and re.search(rf"\b{new}\s{{0,3}}[<>]=?\s{{0,3}}{named}\b", guard_)
    )


_STOPS = (
    stop_in_order,
    stop_by_change,
    trailing_by_change,
    trailing_by_code,
    even_by_change,
    stop_by_code,
    stop_in_unknown_call,
    stop_by_code_in_pine,
)
CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        stop_in_order,
        stop_by_change,
        stop_by_code,
        target_in_order,
        target_by_change,
        target_by_code,
        trailing_by_change,
        trailing_by_code,
        even_by_change,
        ratchet_in_pine,
        no_stop,
    )
}
