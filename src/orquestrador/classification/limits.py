"""When a program may trade: bounds on positions, hours, spread and losses."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.orders import exits, opens
from orquestrador.classification.program import Program

_TOTALS = ("OrdersTotal", "PositionsTotal")
_BOUND_AFTER = re.compile(
    r"\s{0,3}\([^()]{0,80}(?:\([^()]{0,40}\)[^()]{0,40}){0,1}\)\s{0,3}"
    r"(?:==\s{0,3}(?:0|false)\b|<=?\s{0,3}[\w(]|>=\s{0,3}[A-Za-z_])"
)
_STOPS_ABOVE = re.compile(
    r"\s{0,3}(?:\([^()]{0,80}\)){0,1}\s{0,3}(?:>=?|!=)\s{0,3}[\w.]{1,40}\s{0,3}\)+\s{0,20}\{?\s{0,20}return\b"
)
_COUNT_BOUND = re.compile(
    r"(?:\[[^\]\n]{0,40}\]){0,1}\s{0,3}(?:==\s{0,3}0\b|<\s{0,3}[1-9A-Za-z_]|<=\s{0,3}[0A-Za-z_])"
)
_NEGATED = re.compile(r"(?:!\s{0,3}|not\s{1,3})$")
_COUNTED = re.compile(r"\s{0,3}(?:\+\+|\+=|=\s{0,3}\w{1,60}\s{0,3}\+\s{0,3}1\b)")
_SELECTS = (
    "OrdersTotal",
    "PositionsTotal",
    "PositionSelect",
    "OrderSelect",
    "PositionGetTicket",
    "PositionGetSymbol",
)
MAX_COUNTER_LENGTH = 6_000
"""Characters of a function that counts orders; a longer one does other things."""

_LOOP = re.compile(r"\b(?:for|while)\s{0,3}\([^{}]{0,120}$")
_HOURS = (
    "Hour",
    "TimeHour",
    "hour",
    "Minute",
    "TimeMinute",
    "DayOfWeek",
    "TimeDayOfWeek",
    "day_of_week",
)
_COMPARED = re.compile(r"[<>]=?|==|!=")
_EQUITY = (
    "AccountEquity",
    "ACCOUNT_EQUITY",
    "AccountProfit",
    "ACCOUNT_PROFIT",
    "strategy.equity",
    "strategy.netprofit",
)
_LESS = re.compile(r"<=?|>=?")


def total_compared(program: Program) -> Iterator[int]:
    """The number of open orders is compared before a further one."""
    for name in _TOTALS:
        for at in program.offsets(name):
            end = at + len(name)
            if (
                _BOUND_AFTER.match(program.code, end)
                or _STOPS_ABOVE.match(program.code, end)
            ) and not _LOOP.search(program.before(at, 130)):
                yield at


def counted_compared(program: Program) -> Iterator[int]:
    """A count of the program's own orders is compared with a bound."""
    for name in dict.fromkeys(_counts(program)):
        for at in program.offsets(name, 40):
            end = at + len(name)
            called = program.code[end : end + 1] == "("
            if (called and _bounded_call(program, at, end)) or (
                not called
                and (
                    _COUNT_BOUND.match(program.code, end)
                    or _STOPS_ABOVE.match(program.code, end)
                )
                and not _LOOP.search(program.before(at, 130))
            ):
                yield at


def _bounded_call(program: Program, at: int, end: int) -> bool:
    function = program.functions.get(program.code[at:end])
    if function is not None and function.start == at:
        return False
    return bool(
        _BOUND_AFTER.match(program.code, end)
        or _STOPS_ABOVE.match(program.code, end)
        or _NEGATED.search(program.before(at, 5))
    )


def _counts(program: Program) -> Iterator[str]:
    """Yield names that stand for how many orders are open."""
    selecting = {
        function
        for name in _SELECTS
        for at in program.offsets(name)
        if (function := program.function_at(at)) is not None
    }
    for function in sorted(selecting, key=lambda each: each.start):
        if function.end - function.start > MAX_COUNTER_LENGTH:
            continue
        body = program.body(function)
        if not _NO_COUNT.search(function.name) and (
            "++" in body or _COUNTS.search(body)
        ):
            yield function.name
        for sign in _INCREMENTED.finditer(body):
            # What a loop counts is its own steps: `for (…; i++)`.
            if body.startswith(")", sign.end()):
                continue
            words = body[max(0, sign.start() - 60) : sign.start()].rsplit(maxsplit=1)
            yield sign[1] or (words[-1] if words else "")
    for name in _TOTALS:
        for at in program.offsets(name):
            target = _target(program, at)
            if target is not None:
                yield target


_COUNTS = re.compile(
    r"\+\+|\+=\s{0,3}1\b|\+\s{0,3}1\s{0,3};|\breturn\b\s{0,3}\(?\s{0,3}(?:true|false|TRUE|FALSE|"
    r"OrdersTotal|PositionsTotal|PositionSelect)|=\s{0,3}(?:true|false|TRUE|FALSE|-?1\s{0,3};)"
)
_NO_COUNT = re.compile(
    r"[pP]rofit|[pP]rice|[lL]ots?\b|[tT]icket|[sS]ignal|[cC]lose|[mM]odify|[tT]rail|On[A-Z]|"
    r"start|[dD]elete|[tT]ime|[lL]oss|[lL]evel"
)
_INCREMENTED = re.compile(r"\+\+([A-Za-z_]\w{0,60})?")
_TARGET = re.compile(r"([A-Za-z_]\w{0,60})\s{0,3}=\s{0,3}$")


def _target(program: Program, at: int) -> str | None:
    """Return the name to which what stands here is assigned at once."""
    before = program.before(at, 80)
    # Most places are no right side, and a search that is tied to the end is slow.
    found = _TARGET.search(before) if before.rstrip().endswith("=") else None
    return found[1] if found is not None else None


_RETURNS_ON_OWN = re.compile(
    r"(?:OrderMagicNumber|OrderSymbol|POSITION_MAGIC|POSITION_SYMBOL|OrderType)\s{0,3}\(?[^;{}!]{0,160}"
    r"\)\s{0,80}\{?\s{0,80}return\s{0,3}(?:;|\(?\s{0,3}(?:0|-1|false|False|FALSE)\b)"
)
_TRUE = re.compile(r"=\s{0,9}(?:true|TRUE|True|1)\s{0,9};")
_FLAG_ASKED = re.compile(r"\s{0,3}==\s{0,3}(?:false|FALSE|False|0)\b")


def own_found(program: Program) -> Iterator[int]:
    """A look through the open orders ends the work, or sets what forbids an entry."""
    for name in (
        "OrderSelect",
        "PositionSelect",
        "PositionGetTicket",
        "PositionSelectByTicket",
        "PositionGetSymbol",
    ):
        for at in program.offsets(name, 12):
            after = program.code[at : at + 500]
            left = _RETURNS_ON_OWN.search(after) if "return" in after else None
            if left is not None and _forbids(program, at, left[0]):
                yield at
            for flag in _flags(after):
                for use in program.uses(flag):
                    end = use + len(flag)
                    if _NEGATED.search(program.before(use, 5)) or _FLAG_ASKED.match(
                        program.code, end
                    ):
                        yield use


def _flags(code: str) -> list[str]:
    """Return the names that a stretch of code sets to true."""
    found: dict[str, None] = {}
    for sign in _TRUE.finditer(code):
        words = code[max(0, sign.start() - 60) : sign.start()].rsplit(maxsplit=1)
        if words and words[-1].isidentifier():
            found[words[-1]] = None
    return list(found)


def _forbids(program: Program, at: int, code: str) -> bool:
    """Whether leaving a function at an own order keeps a further one away."""
    function = program.function_at(at)
    if function is None or "OP_" in code or "HISTORY" in code:
        return False
    if function.name.startswith(("On", "start")):
        return True
    opened = (order.offset for order in opens(program))
    return "alse" in code or any(
        function.start <= offset < function.end for offset in opened
    )


def limit_compared(program: Program) -> Iterator[int]:
    """An input that says how many orders may be open is compared with a count."""
    return _compared(
        program,
        (
            "max_trades",
            "max_orders",
            "max_positions",
            "max_pos$",
            "max_open",
            "max_num",
            "max_count",
            "max_deals",
            "max_buy",
            "max_sell",
            "max_long",
            "max_short",
            "max_grid",
            "max_level",
            "max_step",
            "max_concurrent",
            "max_simultan",
            "max_entries",
            "trades_max",
            "orders_max",
            "limit_orders",
            "max_lay",
            "max_total",
            "max_allowed_trades",
            "max_allowed_pos",
            "one_trade",
            "one_order",
            "only_one",
        ),
    )


def position_asked(program: Program) -> Iterator[int]:
    """An order is only sent when no position is open on the symbol."""
    for name in ("PositionSelect",):
        for at in program.offsets(name):
            if _NEGATED.search(program.before(at, 5)) or re.match(
                r"\s{0,3}\([^()]{0,60}(?:\(\s{0,3}\)){0,1}\)\s{0,3}(?:==\s{0,3}false|\)\s{0,9}\{?\s{0,20}return)",
                program.code[at + len(name) : at + len(name) + 160],
            ):
                yield at


_PINE_FLAT = re.compile(
    r"strategy\.position_size\s{0,3}(?:==\s{0,3}0\b(?!\s{0,3}\?)|<=\s{0,3}0\b(?!\s{0,3}\?))"
    r"|strategy\.opentrades\s{0,3}(?:==\s{0,3}0\b|<=?\s{0,3}\w)"
    r"|\bnot\s{1,3}\w{0,20}(?:[pP]osition|[tT]rade)\w{0,20}"
    r"|\w{0,20}(?:[pP]osition|[tT]rade)\w{0,20}\s{0,3}==\s{0,3}false"
)


def flat_in_pine(program: Program) -> Iterator[int]:
    """Every entry waits until no position is open."""
    found: list[int] = []
    for order in opens(program):
        guard = program.pine_guard(order.offset)
        if not _PINE_FLAT.search(guard):
            return
        found.append(order.offset)
    yield from found


def _compared(program: Program, stems: tuple[str, ...]) -> Iterator[int]:
    """Yield uses of names with these stems in statements that compare."""
    for name in program.vocabulary.all(*stems):
        for at in program.uses(name):
            if _COMPARED.search(_near(program, at, len(name))):
                yield at
                break


def _near(program: Program, at: int, size: int) -> str:
    """Return what stands around a name, up to the ends of its condition."""
    ends = _PINE_ENDS if program.is_pine else _ENDS
    before = ends.split(program.before(at, 90))[-1]
    after = ends.split(program.code[at + size : at + size + 90], maxsplit=1)[0]
    return f"{before} {after}"


_ENDS = re.compile(r"[;{}]|&&|\|\|")
_PINE_ENDS = re.compile(r"[\r\n?]| and | or ")


def hours_compared(program: Program) -> Iterator[int]:
    """The hour or the day of the week decides whether an order may be sent."""
    for name in _HOURS:
        for at in program.offsets(name, 24):
            near = _near(program, at, len(name))
            if _COMPARED.search(near):
                yield at
                continue
            target = _target(program, at)
            if target is not None and any(
                _COMPARED.search(_near(program, use, len(target)))
                for use in program.uses(target)
            ):
                yield at


def window_compared(program: Program) -> Iterator[int]:
    """The time is compared with the borders of a trading window."""
    return _compared(
        program,
        (
            "start_hour",
            "end_hour",
            "hour_start",
            "hour_end",
            "begin_hour",
            "stop_hour",
            "from_hour",
            "to_hour",
            "hour_from",
            "hour_to",
            "^start_time",
            "^end_time",
            "inp_start_time",
            "time_start",
            "time_begin",
            "trading_time",
            "session_start",
            "session_end",
            "start_trading",
            "time_to_open",
            "market_close",
        ),
    )


def spread_compared(program: Program) -> Iterator[int]:
    """The spread is compared with a bound before an order is sent."""
    for name in ("MODE_SPREAD", "SYMBOL_SPREAD"):
        for at in program.offsets(name):
            near = _near(program, at, len(name))
            if re.search(
                r"\)\s{0,3}[*/)\w.\s]{0,30}[<>]|[<>]=?\s{0,3}[\w.]{0,30}\s{0,3}\(", near
            ):
                yield at
    stems = (
        "max_spread",
        "spread_limit",
        "spread_max",
        "max_allowed_spread",
        "minimal_spread",
        "spread_filter",
        "allowed_spread",
        "limit_spread",
        "^spread$",
        "current_spread",
        "avg_spread",
        "spread_threshold",
    )
    for name in program.vocabulary.all(*stems):
        for at in program.uses(name):
            before = program.before(at, 40).rstrip()
            after = program.code[at + len(name) : at + len(name) + 30].lstrip(" )")
            if (
                (
                    re.search(r"[<>]=?$", before)
                    or re.match(r"[<>]=?\s{0,3}[A-Za-z_0-9]", after)
                )
                and "pread" in program.statement(at)
                and not _zero(after)
            ):
                yield at
                break


def _zero(after: str) -> bool:
    return bool(re.match(r"[<>]=?\s{0,3}0(?:\.0{0,3})?\s{0,3}(?:\)|&&|;|$)", after))


def equity_compared(program: Program) -> Iterator[int]:
    """Lost equity is compared with a bound."""
    for name in _EQUITY:
        for at in program.offsets(name, 40):
            near = _near(program, at, len(name))
            if _LESS.search(near) and re.search(
                r"[bB]alance|BALANCE|[eE]quity\w|EQUITY_?\w{0,20}STOP|[dD]raw|[lL]oss|[mM]in|"
                r"[rR]isk|[hH]igh|[pP]eak|[sS]top|\bDD|/\s{0,3}100|-\s{0,3}\w",
                near.replace(name, " "),
            ):
                yield at


def drawdown_compared(program: Program) -> Iterator[int]:
    """A measured drawdown is compared with a bound."""
    if not any(
        map(
            program.has,
            (
                *_EQUITY,
                "AccountBalance",
                "ACCOUNT_BALANCE",
                "OrderProfit",
                "POSITION_PROFIT",
            ),
        )
    ):
        return
    stems = (
        "drawdown",
        "max_dd",
        "dd_limit",
        "equity_stop",
        "equity_risk",
        "max_risk_equity",
        "stop_equity",
        "equity_min",
        "min_equity",
        "total_equity_risk",
        "loss_percent",
        "max_loss_per",
        "close_all_loss",
    )
    found = tuple(_compared(program, stems))
    if found and exits(program):
        yield from found


def daily_loss_compared(program: Program) -> Iterator[int]:
    """The loss of the day is compared with a bound."""
    return _compared(
        program,
        (
            "daily_loss",
            "max_daily",
            "day_loss",
            "daily_dd",
            "daily_drawdown",
            "loss_per_day",
            "daily_limit",
            "loss_today",
            "today_loss",
            "max_day_loss",
        ),
    )


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        total_compared,
        counted_compared,
        limit_compared,
        own_found,
        position_asked,
        flat_in_pine,
        hours_compared,
        window_compared,
        spread_compared,
        equity_compared,
        drawdown_compared,
        daily_loss_compared,
    )
}
