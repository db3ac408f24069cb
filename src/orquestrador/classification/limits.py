"""When a program may trade: hours, spread and losses as limits."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification import losses
from orquestrador.classification.actions import branch
from orquestrador.classification.comparisons import (
    COMPARED,
    compared,
    near,
)
from orquestrador.classification.guards import switched_off
from orquestrador.classification.orders import exits, opens
from orquestrador.classification.program import Program

_HOURS = (
    "Hour",
    "TimeHour",
    "hour",
    "DayOfWeek",
    "TimeDayOfWeek",
    "day_of_week",
)
_EQUITY = (
    "AccountEquity",
    "ACCOUNT_EQUITY",
    "AccountProfit",
    "ACCOUNT_PROFIT",
    "strategy.equity",
    "strategy.netprofit",
)
_LESS = re.compile(r"<=?|>=?")


# The hour of a bar of the past is no hour of trading.
_OF_PAST = re.compile(r"\[\s{0,3}(?!0\b)\w")


def _matters(program: Program, at: int) -> bool:
    """Whether a comparison does more than fill a name that nothing reads or close."""
    name = program.receiver(at)
    if name is not None:
        return program.counts.get(name, 0) > 1
    span = program.answer(branch, at)
    if span is None:
        return True
    start, end = span
    closing = bisect_left(exits(program), start)
    closes = closing < len(exits(program)) and exits(program)[closing] < end
    return not closes or any(start <= order.offset < end for order in opens(program))


def hours_compared(program: Program) -> Iterator[int]:
    """The hour or the day of the week decides whether an order may be sent."""
    for name in _HOURS:
        for at in program.offsets(name, 24):
            here = near(program, at, len(name))
            if _OF_PAST.search(here):
                continue
            if COMPARED.search(here):
                if _matters(program, at):
                    yield at
                continue
            target = program.receiver(at)
            if target is not None and any(
                COMPARED.search(near(program, use, len(target)))
                for use in program.uses(target)
            ):
                yield at


def window_compared(program: Program) -> Iterator[int]:
    """The time is compared with the borders of a trading window."""
    return compared(
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
            here = near(program, at, len(name))
            if re.search(
                r"\)\s{0,3}[*/)\w.\s]{0,30}[<>]|[<>]=?\s{0,3}[\w.]{0,30}\s{0,3}\(", here
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


_WON = re.compile(r"Equity\(\)\s{0,3}>=?\s{0,3}AccountBalance\(\)\s{0,3}[+*]")


def equity_compared(program: Program) -> Iterator[int]:
    """Lost equity is compared with a bound."""
    for name in _EQUITY:
        for at in program.offsets(name, 40):
            here = near(program, at, len(name))
            if (
                _LESS.search(here)
                and not _WON.search(here)
                and re.search(
                    r"[bB]alance|BALANCE|[eE]quity\w|EQUITY_?\w{0,20}STOP|[dD]raw|[lL]oss|[mM]in|"
                    r"[rR]isk|[hH]igh|[pP]eak|[sS]top|\bDD|/\s{0,3}100|-\s{0,3}\w",
                    here.replace(name, " "),
                )
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
    if exits(program) or opens(program):
        for at in compared(program, stems):
            # `if (lost > worst) worst = lost;` looks for the largest.
            behind = program.code[at - 40 : at + 160]
            if (
                not losses.TRACKED.search(behind)
                and "Ask" not in behind[:80]
                and not program.answer(switched_off, at)
            ):
                yield at


def daily_loss_compared(program: Program) -> Iterator[int]:
    """The loss of the day is compared with a bound."""
    return compared(
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
    **losses.CHECKS,
} | {
    each.__name__: each
    for each in (
        hours_compared,
        window_compared,
        spread_compared,
        equity_compared,
        drawdown_compared,
        daily_loss_compared,
    )
}
