"""How large positions are and how they add up.

Shares of the account, growing lots, further orders at a distance, opposite positions.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from orquestrador.classification.orders import Order, opens
from orquestrador.classification.program import Program

_ACCOUNT = (
    "AccountBalance",
    "AccountEquity",
    "AccountFreeMargin",
    "ACCOUNT_BALANCE",
    "ACCOUNT_EQUITY",
    "ACCOUNT_MARGIN_FREE",
    "ACCOUNT_FREEMARGIN",
    "strategy.equity",
)
_SIZE = r"[lL]ots?|LOT|[vV]olume|[rR]isk|RISK|[sS]ize|\bmm\b|MM|[qQ]ty|[mM]oney|ercent"
_SIZE_WORD = re.compile(_SIZE)
_ASSIGNS = re.compile(r"([A-Za-z_]\w{0,60})\s{0,3}=(?!=)|\breturn\b|\bqty\s{0,3}=")
_SHARES = re.compile(r"[*/]")
_COMPARES = re.compile(r"(?<![=<>!])[<>]=?(?!=)")
_LESS_OR_MORE = re.compile(r"[<>]")
_KEPT_IN = re.compile(
    r"([A-Za-z_]\w{0,60})\s{0,3}=\s{0,3}(?:\w{1,40}\s{0,3}\(\s{0,3})?$"
)
_PASSED = re.compile(r"\s*+(?:\w{1,40}\s{0,3}\(\s*+)?")
_LOT_WORD = re.compile(r"[lL]ot|LOT|[vV]olume|VOLUME|\b[qQ]ty|OrderLots|[sS]izeCount")
_FACTOR_STEMS = (
    "lot_exp",
    "lots_exp",
    "lot_mult",
    "lots_mult",
    "lot_factor",
    "lot_koef",
    "lot_coef",
    "multiplier",
    "multiplicator",
    "multiply",
    "martin",
    "^mul$",
    "^mult$",
    "exponent",
    "k_lot",
    "koef",
    "coef_lot",
    "booster",
    "double_up",
    "progression",
)
_OLD_LOT = re.compile(
    r"(?:OrderLots\s{0,3}\(\s{0,3}\)|POSITION_VOLUME\s{0,3}\)|DEAL_VOLUME\s{0,3}\)|"
    r"[lL]ast_?[lL]ots?\w{0,12}|[pP]rev\w{0,10}[lL]ots?\w{0,10}|old_?[lL]ots?)"
    r"\s{0,3}\*\s{0,3}(?!-|0|1\.0{0,3}\b|1\b|_?Point|\(?\s{0,3}Order|Market|Symbol"
    r"|\w{0,20}[pP]rice|\(?\s{0,3}\w{0,20}(?:[pP]er|[fF]ract))[\w(]"
)
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


def lot_from_account(program: Program) -> Iterator[int]:
    """A lot is computed from a share of balance, equity or free margin."""
    for name in _ACCOUNT:
        for at in program.offsets(name, 40):
            statement = program.statement(at)
            if not _SHARES.search(statement) or _COMPARES.search(statement):
                continue
            assigned = list(_ASSIGNS.finditer(statement.partition(name)[0]))
            if not assigned:
                continue
            if _SIZE_WORD.search(statement) or (
                assigned[-1][1] and _sizes(program, assigned[-1][1])
            ):
                yield at
        yield from _through_variable(program, name)


def _through_variable(program: Program, name: str) -> Iterator[int]:
    """Follow `balance = AccountBalance();` to where a lot is computed from it."""
    for at in program.offsets(name, 12):
        before = program.before(at, 110)
        tail = before[before.rfind("=") + 1 :]
        target = _KEPT_IN.search(before) if _PASSED.fullmatch(tail) else None
        if target is None:
            continue
        for use in program.uses(target[1]):
            statement = program.statement(use)
            if (
                _SHARES.search(statement)
                and _SIZE_WORD.search(statement.partition("=")[0])
                and not _LESS_OR_MORE.search(statement)
                and "raw" not in statement
            ):
                yield use


def _sizes(program: Program, name: str) -> bool:
    """Whether a name's uses speak of a size."""
    return any(
        _LOT_WORD.search(program.statement(use)) for use in program.uses(name)[1:]
    )


def lot_multiplied(program: Program) -> Iterator[int]:
    """A lot is computed from an earlier one by a factor, or by powers of a factor."""
    for at in program.offsets("MathPow"):
        if _LOT_WORD.search(program.statement(at)):
            yield at
    for at in program.offsets("pow"):
        if _LOT_WORD.search(program.statement(at)):
            yield at
    for name in program.vocabulary.all(*_FACTOR_STEMS):
        for at in program.uses(name):
            statement = program.statement(at)
            if "*" in statement and _LOT_WORD.search(statement):
                yield at
                break


def lot_from_last(program: Program) -> Iterator[int]:
    """The last position's lot times a factor is the next one's."""
    for name in ("OrderLots", "POSITION_VOLUME", "DEAL_VOLUME"):
        for at in program.offsets(name):
            text = program.code[at : at + 120]
            if (
                _OLD_LOT.match(text)
                and "Profit" not in program.statement(at)
                and _assigned_to_lot(program, at)
            ):
                yield at
    for name in _sent(program):
        for at, operator, value in program.updates(name):
            if _factor(operator, value):
                yield at
        for at, value in program.assignments(name):
            grows = _GROWS.match(value)
            if grows and grows[1] == name and _factor(grows[2], grows[3]):
                yield at


def _sent(program: Program) -> tuple[str, ...]:
    """Return the names that hold the lot of an order, one step back too."""
    names: dict[str, None] = {}
    for lots in dict.fromkeys(order.lots or "" for order in opens(program)):
        for name in _NAMES.findall(lots)[:4]:
            names[name] = None
            for _, value in program.assignments(name)[:6]:
                names.update(dict.fromkeys(_NAMES.findall(value)[:4]))
    return tuple(name for name in names if _LOT_WORD.search(name))


_GROWS = re.compile(r"\(?\s{0,3}(\w{1,80})\s{0,3}([*+])\s{0,3}(\w{1,60}\.?\d{0,20})")


def _assigned_to_lot(program: Program, at: int) -> bool:
    head = program.statement(at)
    if "lose" in head.partition("=")[0]:
        return False
    return bool(_LOT_WORD.search(head.partition("=")[0])) or "return" in head


def _factor(operator: str, value: str) -> bool:
    """Whether a lot grows by this: a factor over one, or a further lot."""
    if operator == "*":
        return not _NO_FACTOR.search(value)
    return operator == "+" and bool(_LOT_WORD.search(value)) and "(" not in value


_NO_FACTOR = re.compile(
    r"^0?\.\d|^1(?:\.0{0,9})?$|^0$|[pP]oint|[sS]tep|STEP|[pP]rice|[pP]ercent|[iI]nfo|[sS]ize"
)


def lot_in_recovery(program: Program) -> Iterator[int]:
    """An order takes a lot of its own that a loss calls for."""
    for order in opens(program):
        if order.lots and program.answer(_recovers, order.lots):
            yield order.offset


def _recovers(program: Program, lots: str) -> bool:
    values = [value for _, value in program.assignments(lots)[:6]]
    return any(map(_RECOVERY.search, [lots, *values]))


_RECOVERY = re.compile(r"[rR]ecover|[mM]artin")
_LIST = re.compile(r"\s{0,80}\[[^\]\n]{0,9}\]\s{0,80}=\s{0,80}\{([\d.,\s]{3,400})\}")


def rising_lots(program: Program) -> Iterator[int]:
    """A list of lots rises from one to the next."""
    for name in program.vocabulary.all("lot", "volume"):
        for at in program.offsets(name, 1):
            written = _LIST.match(program.code, at + len(name))
            if written is not None:
                lots = [
                    float(each)
                    for each in written[1].split(",")
                    if each.strip(" .\r\n\t")
                ]
                if len(lots) > 2 and lots == sorted(lots) and lots[-1] > lots[0] > 0:
                    yield at


_LOST = re.compile(
    r"\w{1,20}\s{0,3}(?:\(\s{0,3}\)|\))?\s{0,3}\)?\s{0,3}<=?\s{0,3}0(?:\.0)?\s{0,3}\)[^;]{0,60}"
    r"[lL]ots?\w{0,20}\s{0,3}(?:\*=|\+=|=[^;]{0,60}[*+])"
)


def lot_after_loss(program: Program) -> Iterator[int]:
    """A losing trade changes the next lot to a larger one."""
    for name in ("OrderProfit", "DEAL_PROFIT"):
        for at in program.offsets(name):
            if _LOST.match(program.code, at, at + 220):
                yield at


_MANAGED = re.compile(r"rail|Modify|StopLoss|\bsl\b|TakeProfit")


def distance_guards_order(program: Program) -> Iterator[int]:
    """A further order waits until price is a distance away from the last one."""
    if not opens(program):
        return
    for name in program.vocabulary.all(*_DISTANCE_STEMS):
        for at in program.uses(name):
            near = program.statement(at)
            if (
                _LESS_OR_MORE.search(near)
                and not _MANAGED.search(near)
                and _LAST_PRICE.search(_followed(program, near))
            ):
                yield at
                break


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
            near = program.statement(at)
            if (
                _LESS_OR_MORE.search(near)
                and _PRICE.search(near)
                and not _FOLLOWS.search(near)
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
        if _LESS_OR_MORE.search(statement) and not _MANAGES.search(statement):
            yield call.offset


_MANAGES = re.compile(
    r"rail|Changed|Modify|StopLoss|\bsl\b|TakeProfit|Close\w{0,9}\s{0,3}\("
)


_PENDING = re.compile(
    r"[BS](?:(?:UY|ELL)_?(?:LIMIT|STOP)|(?:uy|ell)(?:Limit|Stop)\s{0,3}\()"
)
_LOOPS = re.compile(r"\b(?:for|while)\s{0,3}\(")
_STEPS = re.compile(
    r"[*+]\s{0,3}(?:i|j|k|n|cnt|level|step\w{0,10})\b"
    r"|\b(?:i|j|k|n|cnt|level)\s{0,3}\*|[sS]tep"
)


def ladder_of_orders(program: Program) -> Iterator[int]:
    """A loop places pending orders at growing distances."""
    for order in opens(program):
        call = program.code[order.offset : order.offset + 300]
        if (
            _PENDING.search(call)
            and _STEPS.search(call)
            and _LOOPS.search(program.before(order.offset, 500))
        ):
            yield order.offset


def averages_in_pine(program: Program) -> Iterator[int]:
    """An entry is repeated below (above) the average price of the position."""
    for order in opens(program):
        guard = program.pine_guard(order.offset)
        if re.search(
            r"strategy\.position_avg_price\s{0,3}(?:\*[^<>]{0,40}|-[^<>]{0,40})?>|"
            r"<\s{0,3}strategy\.position_avg_price|"
            r"[<>]\s{0,3}\(?\s{0,3}strategy\.position_avg_price\s{0,3}[*-]",
            guard,
        ):
            yield order.offset


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
    sides = [(order.offset, _direction(program, order)) for order in opens(program)]
    known = [(offset, side) for offset, side in sides if side is not None]
    for (first, side), (second, other) in pairwise(known):
        if (
            side != other
            and second - first < _MAX_BETWEEN
            and not _BRANCHES.search(program.code, first, second)
        ):
            yield second


_MAX_BETWEEN = 400
_BRANCHES = re.compile(r"[{}]|\bif\b|\belse\b|\breturn\b")
_SIDE = re.compile(r"\b(?:OP_|ORDER_TYPE_)?(BUY|SELL|Buy|Sell)\b")


def _direction(program: Program, order: Order) -> str | None:
    call = program.code[order.offset : order.offset + 120].partition(";")[0]
    market = _SIDE.search(call)
    return market[1].lower() if market else None


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        lot_from_account,
        lot_multiplied,
        lot_from_last,
        lot_after_loss,
        lot_in_recovery,
        rising_lots,
        distance_guards_order,
        price_beyond_last,
        distance_from_open,
        ladder_of_orders,
        averages_in_pine,
        opposite_opened,
        both_sides_at_once,
    )
}
