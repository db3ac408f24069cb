"""What names say about the account: what it has, what it had, and what lies between.

Names are followed from where balance, equity or profit is read: `start` keeps what the
account had, `lost = start - equity` falls as it rises.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from orquestrador.classification.program import Function, Program

READS = (
    *("ACCOUNT_EQUITY", "AccountEquity", "Equity"),
    *("ACCOUNT_PROFIT", "AccountProfit"),
    *("ACCOUNT_BALANCE", "AccountBalance", "Balance"),
)
_READ = re.compile(
    r"\b(?:(?P<now>ACCOUNT_EQUITY|AccountEquity|ACCOUNT_PROFIT|AccountProfit)"
    r"|(?P<settled>ACCOUNT_BALANCE|AccountBalance))\b"
    r"|(?:\.|->)\s{0,3}(?:(?P<member>Equity)|Balance)\s{0,3}\("
)
_ALONE = re.compile(
    r"(?:AccountInfoDouble\s{0,3}\(\s{0,3}ACCOUNT_(?:EQUITY|BALANCE)\s{0,3}\)"
    r"|Account(?:Equity|Balance)\s{0,3}\(\s{0,3}\)"
    r"|\w{1,40}(?:\.|->)(?:Equity|Balance)\s{0,3}\(\s{0,3}\))"
)
_DEALS = ("DEAL_PROFIT", "OrderProfit")
_HISTORY = ("HistorySelect", "HistoryDealsTotal", "MODE_HISTORY", "OrdersHistoryTotal")
_ADDED = re.compile(
    r"(?:[^=]{0,80}\))?\s{0,80}(?:double\s{1,9})?([A-Za-z_]\w{0,60})\s{0,9}\+?=(?!=)"
)
_DAY = re.compile(
    r"PERIOD_D1|\bTimeDay|\b[dD]ay(?:OfYear|OfWeek)?\s{0,3}\(|\.day\b|day_of|86400"
    r"|[nN]ew_?[dD]ay|[tT]oday|[dD]ay_?[sS]tart|[sS]tart_?[oO]f_?[dD]ay|[lL]ast_?[dD]ay|[dD]aily"
)
_NAMED_DAY = re.compile(r"(?:^|_|[a-z])D(?:ay|ai?ly)|^d(?:ay|aily)|[tT]oday|DAILY|_DAY")
_SIGN = re.compile(r"(?<![<>=!-])[<>]=?(?![<>=])")
_WORDS = re.compile(r"[A-Za-z_]\w*+")
_IN_FRONT = re.compile(r"(?:[A-Za-z_][\w.]{0,60})?(?:->\w{0,60})?\s{0,3}\(?\s{0,3}$")
_NUMBER = re.compile(r"(?<![\w.\[])(?!(?:0|1|100)(?:\.0{0,9})?(?![\w.]))\d[\d.]*")
_SHARED = re.compile(r"[*-]")
_LIMIT = re.compile(
    r"[lL]imit|[mM]ax|MAX|[lL]oss|[dD]raw|[tT]hres|[rR]isk|[pP]erce?n?t|[mM]in|[sS]top"
)
_CALLED = re.compile(
    r"\b(?!(?:Math|f)(?:Abs|abs|Min|Max)|Normalize|Account|Equity|Balance|double|min\b|max\b)"
    r"([A-Za-z_]\w{0,60})\s{0,3}\("
)
_RETURNS = re.compile(r"\breturn\b[^;{}]{0,60}$")
_STEPS = 3
_MAX_USES = 16


class Amount(NamedTuple):
    """What an expression says about the account."""

    direction: int = 0
    """1: it grows with the account; -1: it falls; 0: kept from before, or neither."""

    rank: int = 0
    """How much it is of now: 2 equity or profit, 1 balance."""

    kept: bool = False
    """Whether it holds what the account once had."""

    daily: bool = False
    """Whether what it holds is of this day."""

    bounded: bool = False
    """Whether an input or a number is a part of it."""


def measured(
    program: Program, expression: str, amounts: Mapping[str, Amount]
) -> Amount:
    """Return what an expression says about the account, its latest part first."""
    best = Amount()
    kept = daily = False
    bounded = bool(_NUMBER.search(expression))
    for word in _WORDS.finditer(expression):
        amount = amounts.get(word[0])
        if amount is None:
            bounded |= word[0] in program.inputs or bool(_LIMIT.search(word[0]))
            # A share or a distance that a member keeps: `m_start * (1 - m_lost / 100)`.
            bounded |= word[0].startswith("m_") and bool(_SHARED.search(expression))
            read = _READ.match(expression, word.start()) or _READ.match(
                expression, max(0, word.start() - 1)
            )
            if read is None or read.end() < word.end():
                continue
            amount = Amount(1, 2 if read["now"] or read["member"] else 1)
        kept |= amount.kept
        daily |= amount.daily
        bounded |= amount.bounded
        turned = _turn(expression[: word.start()])
        if turned and amount.rank > best.rank:
            best = amount._replace(direction=amount.direction * turned)
    return best._replace(kept=kept, daily=daily, bounded=bounded)


def _turn(before: str) -> int:
    """Return -1 for what is taken away, 0 for what divides, 1 otherwise."""
    for _ in range(4):
        stripped = _IN_FRONT.sub("", before[-80:]).rstrip()
        if stripped.endswith("-"):
            return -1
        if stripped.endswith("/"):
            return 0
        if not stripped or stripped == before[-80:].rstrip():
            break
        before = stripped
    return 1


def amounts_of(program: Program) -> dict[str, Amount]:
    """Return what the program's names say about the account."""
    amounts: dict[str, Amount] = dict(_of_deals(program))
    fresh = {
        name
        for read in READS
        for at in program.offsets(read, 24)
        for name in _holders(program, at)
    }
    for _ in range(_STEPS):
        found = {
            name: amount
            for name in sorted(fresh - amounts.keys() - program.inputs)
            if (amount := _held(program, name, amounts)) is not None
        }
        amounts |= found
        fresh = {
            name
            for each in found
            for at in program.offsets(each, _MAX_USES)
            for name in _holders(program, at)
        }
    return amounts


def _holders(program: Program, at: int) -> Iterator[str]:
    """Yield what receives what stands here: a name, or the function that returns it."""
    name = program.receiver(at)
    if name is not None:
        yield name
    elif _RETURNS.search(program.before(at, 70)):
        function = program.function_at(at)
        statement = program.statement(at)
        # What returns a comparison returns no amount.
        if function is not None and not _SIGN.search(statement):
            yield function.name


def _held(program: Program, name: str, amounts: Mapping[str, Amount]) -> Amount | None:
    """Return what a name holds; None when that is nothing of the account's."""
    function = program.functions.get(name)
    if function is not None:
        body = program.body(function)
        amount = measured(program, body.rpartition("return")[2][:120], amounts)
        if not (amount.rank or amount.kept):
            return None
        day = bool(_NAMED_DAY.search(name) or _DAY.search(body))
        settled = amount.rank == 1 and day
        return amount._replace(
            daily=amount.daily or day,
            rank=0 if settled else amount.rank,
            kept=amount.kept or settled,
            bounded=False,
        )
    best: Amount | None = None
    for at, value in program.assignments(name)[:8]:
        if any(called[1] not in amounts for called in _CALLED.finditer(value)):
            continue
        amount = measured(program, value, amounts)
        if not (amount.rank or amount.kept):
            continue
        if _ALONE.fullmatch(value) and _outlives(program, name, at):
            of_day = _NAMED_DAY.search(name) or _DAY.search(_guards(program, at))
            amount = Amount(kept=True, daily=bool(of_day))
        if best is None or amount.daily or amount.rank > best.rank:
            best = amount
    return best


def _guards(program: Program, at: int) -> str:
    """Return the code in front of a place, in its function."""
    function = program.function_at(at)
    start = max(at - 350, function.start if function is not None else 0)
    return program.code[max(0, start) : at]


def _outlives(program: Program, name: str, at: int) -> bool:
    """Whether a name is declared elsewhere than in the function that assigns it."""
    function = program.function_at(at)
    return function is None or not any(
        function.start <= first < function.end
        and "static" not in program.before(first, 20)
        for first in program.offsets(name, 1)
    )


def _of_this_day(program: Program, function: Function) -> bool:
    """Whether a function looks at the closed trades of a day."""
    body = program.body(function)
    return ("istory" in body or "HISTORY" in body) and bool(
        _NAMED_DAY.search(function.name) or _DAY.search(body)
    )


def _of_deals(program: Program) -> Iterator[tuple[str, Amount]]:
    """Yield names in which the profits of this day's closed trades are added up."""
    if not any(map(program.has, _HISTORY)):
        return
    for source in _DEALS:
        for at in program.offsets(source, 12):
            function = program.function_at(at)
            added = _ADDED.match(program.statement(at))
            if function is None or added is None:
                continue
            if not program.answer(_of_this_day, function):
                continue
            body = program.body(function)
            amount = Amount(1, 2, daily=True)
            yield added[1], amount
            if re.search(
                rf"\breturn\s{{0,3}}\(?\s{{0,3}}{re.escape(added[1])}\b", body
            ):
                yield function.name, amount
