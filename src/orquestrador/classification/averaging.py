"""Further orders at a distance from the open ones, and opposite ones against them."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.actions import next_action
from orquestrador.classification.comparisons import near
from orquestrador.classification.orders import opens
from orquestrador.classification.pine_risk import pyramids
from orquestrador.classification.program import Program

_LESS_OR_MORE = re.compile(r"[<>]")
_LAST_PRICE = re.compile(
    r"[lL]ast\w{0,16}[pP]rice|[pP]rice\w{0,10}[lL]ast|OrderOpenPrice|POSITION_PRICE_OPEN|"
    r"[lL]ast_?[bB]uy|[lL]ast_?[sS]ell|[lL]ast_?[oO]pen|[oO]pen_?[pP]rice|[lL]owest\w{0,12}|"
    r"[hH]ighest\w{0,12}|[aA]v(?:g|erage)_?[pP]rice|position_avg_price|PriceOpen|[fF]ind\w{0,10}Last\w{0,12}"
)
_PRICE = re.compile(
    r"\b(?:Ask|Bid|ask|bid|close|MODE_ASK|MODE_BID|SYMBOL_ASK|SYMBOL_BID|_ask|_bid|"
    r"current_?[pP]rice|[pP]rice)\b"
)
_DISTANCE_STEMS = (
    "pip_step",
    "pips_step",
    "step_pip",
    "grid_step",
    "grid_size",
    "grid_dist",
    "grid_gap",
    "grid_space",
    "grid_pips",
    "grid_points",
    "order_distance",
    "orders_distance",
    "order_step",
    "distance_multiplier",
    "^step$",
    "^distance$",
    "trade_distance",
    "min_distance",
    "distance_pips",
    "zone_size",
    "next_buy",
    "next_sell",
    "layer_dist",
    "spacing",
    "^pips$",
    "step_orders",
    "shag",
    "interval_pips",
    "average_step",
    "add_distance",
    "entry_distance",
)


_MANAGED = re.compile(r"rail|Modify|StopLoss|\bsl\b|TakeProfit")


def distance_guards_order(program: Program) -> Iterator[int]:
    """A further order waits until price is a distance away from the last one."""
    if not opens(program):
        return
    for name in program.vocabulary.all(*_DISTANCE_STEMS):
        for at in program.uses(name):
            here = program.statement(at)
            if (
                _LESS_OR_MORE.search(here)
                and not _MANAGED.search(here)
                and not switched_off(program, here)
                and _LAST_PRICE.search(_followed(program, here))
            ):
                yield at
                break


def switched_off(program: Program, statement: str) -> bool:
    """Whether a distance is one of several conditions, and off unless asked for.

    `(UseDistance == false || MathAbs(Ask - last) > Distance)`
    """
    return any(
        each.name == switch[1] and each.default == "false"
        for switch in _SWITCHED.finditer(statement)
        for each in program.facts.inputs
    )


_SWITCHED = re.compile(
    r"(?:!|(?=\w{1,60}\s{0,3}==))\s{0,3}(\w{1,60})(?:\s{0,3}==\s{0,3}false)?\s{0,3}\|\|"
    r"[^;|]{0,120}(?:Last|last|Open|open)\w{0,20}[pP]rice"
)


def keeps_level(program: Program, condition: str) -> bool:
    """Whether the distance is the least that a broker lets a price be away."""
    return _LEAST_LEVEL.search(_followed(program, condition)) is not None


_LEAST_LEVEL = re.compile(r"STOPLEVEL|STOPS_LEVEL|FREEZE|[Ss]tops?_?[Ll]evel")


def _followed(program: Program, statement: str) -> str:
    """Return a statement with what its names are assigned."""
    parts = [statement]
    for name in dict.fromkeys(_NAMES.findall(statement)[:16]):
        if name not in program.inputs:
            parts += [value[:160] for _, value in program.assignments(name)[:3]]
    return " ; ".join(parts)


# A name that is called is assigned nothing.
_NAMES = re.compile(r"[A-Za-z_]\w*+(?!\s{0,3}\()")


_FOLLOWS = re.compile(r"rail|Modify|StopLoss")


def price_beyond_last(program: Program) -> Iterator[int]:
    """A further order is sent when price has moved against the last one."""
    for name in program.vocabulary.all(
        "last_buy_price",
        "last_sell_price",
        "last_price",
        "last_open_price",
        "last_order_price",
        "last_buy_limit",
        "last_sell_limit",
        "lowest_buy",
        "highest_sell",
        "open_price_last",
        "last_entry_price",
        "buy_price_last",
        "last_buy_open",
        "last_sell_open",
        "find_last_buy",
        "find_last_sell",
        "^next_buy$",
        "^next_sell$",
    ):
        for at in program.uses(name):
            here = program.statement(at)
            if (
                _LESS_OR_MORE.search(here)
                and _PRICE.search(here)
                and not _FOLLOWS.search(here)
                and not switched_off(program, here)
            ):
                yield at
                break


def distance_from_open(program: Program) -> Iterator[int]:
    """The distance of price from an open order is compared before a further one."""
    if not opens(program):
        return
    for call in program.calls("MathAbs", "fabs"):
        inside = call.arguments[0] if call.arguments else ""
        if not _LAST_PRICE.search(inside) or not _PRICE.search(inside):
            continue
        statement = program.statement(call.offset)
        if (
            _LESS_OR_MORE.search(statement)
            and not _MANAGES.search(statement)
            and not switched_off(program, statement)
        ):
            yield call.offset


_OPEN_PRICES = ("OrderOpenPrice", "POSITION_PRICE_OPEN", "PriceOpen")
_RETURNS = re.compile(r"\breturn\s{0,3}\(?\s{0,3}$")
_AT_MARKET = re.compile(
    r"\b(?:(?:Ask|Bid|ask|bid|MODE_ASK|MODE_BID|SYMBOL_ASK|SYMBOL_BID|PriceCurrent)\b"
    r"|(?:Close|Open)\[)"
)
_SIGN = re.compile(r"(?<![<>=!-])[<>](?![<>])")
_BUYS = re.compile(r"[aA]sk|ASK")
_SUM = re.compile(r"[+*/]")


def price_against_open(program: Program) -> Iterator[int]:
    """An order follows where price has left an open one's price on the losing side.

    Whatever they are called, names are followed from the open price of a selected
    order, through a function that returns it, to the comparison with the price.
    """
    if not opens(program):
        return
    for name in (*program.answer(_open_prices, None), "PriceOpen"):
        for at in program.offsets(name, 24):
            condition = near(program, at, 0)
            below = _below(condition, name)
            if below is None:
                continue
            action = next_action(program, _acted_on(program, at))
            if action is None or not action.opens:
                continue
            market = _AT_MARKET.search(condition)
            side = action.side or _side_of(market[0] if market else "")
            nearer = side == ("buy" if below else "sell")
            if nearer and not keeps_level(program, condition):
                yield at


_SETS_FLAG = re.compile(
    r"\)\s{0,40}\{?\s{0,40}([A-Za-z_]\w{0,60})\s{0,9}=\s{0,9}(?:true|TRUE|True|1)\s{0,9};"
)


def _acted_on(program: Program, at: int) -> int:
    """Return where a condition is acted on: where the flag is read that it sets."""
    flag = _SETS_FLAG.search(program.code, at, at + 200)
    if flag is None or ";" in program.code[at : flag.start()]:
        return at
    later = (use for use in program.offsets(flag[1]) if use > flag.end())
    return next(later, at)


def _side_of(price: str) -> str | None:
    if "lose" in price or "Open" in price:
        return None
    return "buy" if _BUYS.search(price) else "sell"


def _open_prices(program: Program, _: None) -> tuple[str, ...]:
    """Return the names that hold the open price of a selected order."""
    names: dict[str, None] = {}
    for source in _OPEN_PRICES:
        for at in program.offsets(source, 40):
            name = program.receiver(at)
            if name is not None and not _SUM.search(program.statement(at)):
                names[name] = None
    names |= _kept_at_entry(program)
    for name in tuple(names):
        for at in program.offsets(name, 24):
            if _RETURNS.search(program.before(at, 12)) is None:
                continue
            function = program.function_at(at)
            if function is not None:
                names[function.name] = None
                names |= _receivers(program, function.name)
        names |= _receivers(program, name)
    return tuple(names)


def _kept_at_entry(program: Program) -> dict[str, None]:
    """Return the names in which the market's price is kept right behind an order."""
    found: dict[str, None] = {}
    orders = [order.offset for order in opens(program)]
    for price in ("Ask", "Bid", "ask", "bid"):
        for at in program.offsets(price, 40):
            name = program.receiver(at)
            last = bisect_left(orders, at) - 1
            if (
                name is not None
                and last >= 0
                and at - orders[last] < _KEPT_NEAR
                and _ALONE.fullmatch(program.code, at + len(price), at + len(price) + 1)
                and _same_block(program.code[orders[last] : at])
            ):
                found[name] = None
    return found


_KEPT_NEAR = 700
"""Characters behind an order in which its price is kept."""

_ALONE = re.compile(";")


def _same_block(between: str) -> bool:
    """Whether what stands in between never closes a block that it did not open."""
    depth = 0
    for brace in _BRACES.findall(between):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return True


_BRACES = re.compile(r"[{}]")


def _receivers(program: Program, name: str) -> dict[str, None]:
    found = (program.receiver(at) for at in program.offsets(name, 24))
    return dict.fromkeys(each for each in found if each is not None)


def _below(condition: str, name: str) -> bool | None:
    """Whether a condition holds for a price below a name; None when it says nothing."""
    sign, price = _SIGN.search(condition), _AT_MARKET.search(condition)
    held = condition.find(name)
    if sign is None or price is None:
        return None
    more = sign[0] == ">"
    left = price.start() < sign.start()
    if left == (held < sign.start()):
        # A distance: `last - Ask > step`.
        between = condition[min(held, price.start()) : max(held, price.start())]
        return (held < price.start()) == (more == left) if "-" in between else None
    return more != left


_MANAGES = re.compile(
    r"rail|Changed|Modify|StopLoss|\bsl\b|TakeProfit|Close\w{0,9}\s{0,3}\("
)


_PENDING = re.compile(
    r"[BS](?:(?:UY|ELL)_?(?:LIMIT|STOP)|(?:uy|ell)(?:Limit|Stop)\s{0,3}\()"
)
_LOOPS = re.compile(
    r"\b(?:for\s{0,3}\(\s{0,3}(?:u?int\s{1,3})?(\w{1,40})\s{0,3}=|while\s{0,3}\()"
)
_PRICE_NAME = re.compile(r"\b[A-Za-z_]\w{0,40}\b(?!\s{0,3}\()")
_STEPS = re.compile(
    r"[*+]\s{0,3}(?:i|j|k|n|cnt|level|step\w{0,10})\b"
    r"|\b(?:i|j|k|n|cnt|level)\s{0,3}\*|[sS]tep"
)


def ladder_of_orders(program: Program) -> Iterator[int]:
    """A loop places pending orders at growing distances."""
    for order in opens(program):
        if program.answer(is_rung, order.offset):
            yield order.offset


def is_rung(program: Program, offset: int) -> bool:
    """Whether an order is one of those that a loop places at growing distances."""
    call = program.code[offset : offset + 300].partition(";")[0]
    if not _PENDING.search(call):
        return False
    before = program.before(offset, 600)
    return any(
        _climbs(program, call, loop[1], before[loop.end() :])
        for loop in _LOOPS.finditer(before)
    )


def _climbs(program: Program, call: str, counter: str | None, inside: str) -> bool:
    """Whether a call's price is a multiple of a loop's counter away, or a list's."""
    if _STEPS.search(call):
        return True
    if counter is None:
        return False
    stepped = re.compile(rf"[*\[]\s{{0,3}}{counter}\b|\b{counter}\s{{0,3}}\*")
    values = (
        value[:160]
        for name in dict.fromkeys(_PRICE_NAME.findall(call)[:16])
        if name in inside and name != counter
        for _, value in program.assignments(name)[:3]
    )
    return any(stepped.search(part) for part in (call, *values))


_KEPT_IN_PINE = re.compile(
    r"^([ \t]+)(\w{1,60})\s{0,9}:=\s{0,9}close\s*$", re.MULTILINE
)
_BEYOND_OPEN = re.compile(
    r"strategy\.position_avg_price\s{0,3}(?:\*[^<>]{0,40}|-[^<>]{0,40})?>|"
    r"<\s{0,3}strategy\.position_avg_price|"
    r"[<>]\s{0,3}\(?\s{0,3}strategy\.position_avg_price\s{0,3}[*-]"
)


def averages_in_pine(program: Program) -> Iterator[int]:
    """An entry is repeated beyond the average or the last price of the position."""
    may_add = pyramids(program)
    last = program.answer(_last_price, None)
    for order in opens(program):
        if order.name == "strategy.entry" and not may_add:
            # A second entry in the same direction is ignored.
            continue
        guard = program.pine_guard(order.offset)
        if _BEYOND_OPEN.search(guard) or (last is not None and last.search(guard)):
            yield order.offset


def _last_price(program: Program, _: None) -> "re.Pattern[str] | None":
    """Return a pattern for prices a step beyond where an entry was made last."""
    names: dict[str, None] = {}
    for kept in _KEPT_IN_PINE.finditer(program.code):
        near = program.code[max(0, kept.start() - 300) : kept.end() + 300]
        if re.search(rf"^{kept[1]}strategy\.(?:entry|order)\b", near, re.MULTILINE):
            names[kept[2]] = None
    if not names:
        return None
    return re.compile(
        r"\b(?:close|low|high)\s{0,3}[<>]=?\s{0,3}\(?\s{0,3}"
        rf"(?:{'|'.join(names)})\s{{0,3}}[*+-]"
    )


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        distance_guards_order,
        price_beyond_last,
        distance_from_open,
        price_against_open,
        ladder_of_orders,
        averages_in_pine,
    )
}
