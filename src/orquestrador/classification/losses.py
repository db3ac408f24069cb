"""What the account has lost, compared with a bound: drawdowns and losses of a day.

A comparison says that the account has lost when it holds the more, the less the
account has.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from orquestrador.classification.account import READS, Amount, amounts_of, measured
from orquestrador.classification.actions import branch, next_action
from orquestrador.classification.expressions import first_clause, last_clause
from orquestrador.classification.guards import switched_off
from orquestrador.classification.orders import exits, opens
from orquestrador.classification.program import Program

_SIGN = re.compile(r"(?<![<>=!-])[<>]=?(?![<>=])")
_BRACKETS = re.compile(r"[()]")
_IF = re.compile(r"\b(?:if|while|return)\s{0,3}\($")
_ENDS_WORK = re.compile(
    r"\breturn\b|\bbreak\b|[cC]lose|[sS]top|Remove|[dD]elete|[eE]xit|[eE]nd[A-Z]|[cC]errar"
    r"|=\s{0,3}(?:true|false|TRUE|FALSE|True|False)\b|[sS]et[A-Z]?\w{0,20}\s{0,3}\("
)
_LIMIT_OF_DAY = re.compile(
    r"(?i:dai?ly_?(?:loss|dd|draw|limit|max)|day_?loss|loss_?(?:per_?)?day|max_?dai?ly)"
)
_WON = re.compile(r"rofit|PROFIT|[pP]nl|PnL|[fF]loat|[gG]anan|\bpl\b")
_LOST = re.compile(
    r"(?:MathAbs|fabs)\s{0,3}\(|-\s{0,3}\(?\s{0,3}\w{0,30}rofit|[lL]oss|[pP]erdi"
)
_ELSE = re.compile(
    r"OpenPrice|PRICE_|PriceOpen|\b(?:Bid|Ask)\b|StopLoss\s{0,3}\(|POSITION_SL|[lL]ots?\b|[mM]argin|MARGIN"
)
_NOTHING = re.compile(r"[\s(=]*0?(?:\.0{0,9})?[\s)]*")
_DECIDES = re.compile(r"\b(?:if|return|while)\b|=")
TRACKED = re.compile(
    r"\b(\w{2,60})\s{0,3}\)\s{0,20}\{?\s{0,20}(?:\w{1,60}\s{0,3}=\s{0,3}\1|\1\s{0,3}=(?!=))"
)
_AROUND = 160
_MAX_USES = 16


class Told(NamedTuple):
    """What a comparison says: that the account has lost, or has not yet."""

    lost: bool
    daily: bool


def drawdown_in_account(program: Program) -> Iterator[int]:
    """Lost equity is compared with a bound."""
    return (at for at, daily in program.answer(_limits, None) if not daily)


def daily_loss_in_account(program: Program) -> Iterator[int]:
    """What the account has lost since the day began is compared with a bound."""
    return (at for at, daily in program.answer(_limits, None) if daily)


def _limits(program: Program, _: None) -> tuple[tuple[int, bool], ...]:
    """Return where a loss is compared, and whether it is the day's."""
    if program.is_pine:
        return ()
    # What an include limits is opened and closed by another file.
    part = program.kind in {"include", "library"}
    if not (part or opens(program) or exits(program)):
        return ()
    amounts = amounts_of(program)
    places = {at for name in READS for at in program.offsets(name, 40)}
    for name in amounts:
        places.update(program.offsets(name, _MAX_USES))
    found: dict[int, bool] = {}
    for at in sorted(places):
        told = _told(program, _clause(program, at), amounts)
        if (
            told is not None
            and _DECIDES.search(program.statement(at))
            and not TRACKED.search(program.code, at, at + _AROUND)
            and _limits_trade(program, at, lost=told.lost)
            and not program.answer(switched_off, at)
        ):
            found[at] = told.daily
    return tuple(found.items())


def _clause(program: Program, at: int) -> str:
    """Return the comparison around a place, up to the brackets that hold it."""
    before = last_clause(program.before(at, _AROUND))
    after = first_clause(program.code, at, at + _AROUND)
    clause, depth, low = before + after, 0, 0
    for mark in _BRACKETS.finditer(clause):
        depth += 1 if mark[0] == "(" else -1
        if depth < 0 and mark.start() >= len(before):
            return clause[low : mark.start()]
        depth = max(depth, 0)
        if depth == 1 and _IF.search(clause, 0, mark.end()) and mark[0] == "(":
            low, depth = mark.end(), 0
    return clause[low:]


def _limits_trade(program: Program, at: int, *, lost: bool) -> bool:
    """Whether the lost account keeps from trading: no branch that only draws."""
    statement = program.statement(at).lstrip()
    if not statement.startswith(("if", "else")):
        return lost
    span = program.answer(branch, at)
    if span is None:
        return lost
    action = next_action(program, span[0], span[1] - span[0])
    if action is not None and action.opens:
        return not lost
    return lost and (action is not None or bool(_ENDS_WORK.search(program.code, *span)))


def _told(
    program: Program, condition: str, amounts: Mapping[str, Amount]
) -> Told | None:
    """Return what a comparison says; None when it bounds nothing of the account."""
    sign = _SIGN.search(condition)
    if sign is None:
        return None
    sides = condition[: sign.start()], condition[sign.end() :]
    if _ELSE.search(condition) or any(map(_NOTHING.fullmatch, sides)):
        return None
    left, right = (measured(program, side, amounts) for side in sides)
    if left.rank == right.rank:
        return None
    now, other = (left, sides[1]) if left.rank > right.rank else (right, sides[0])
    more = (sign[0][0] == ">") == (now is left)
    kept = left.kept or right.kept
    if now.rank == 1 and not kept:
        # A profit that is held against a share of the balance.
        beyond = not more and _WON.search(other) and _LOST.search(other)
        return Told(lost=True, daily=False) if beyond else None
    if not now.direction or not (left.bounded or right.bounded):
        return None
    daily = left.daily or right.daily or bool(_LIMIT_OF_DAY.search(condition))
    return Told(lost=more == (now.direction < 0), daily=daily)


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each for each in (drawdown_in_account, daily_loss_in_account)
}
