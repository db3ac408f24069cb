"""How large positions are: shares of the account, and lots that grow."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.expressions import bare, number
from orquestrador.classification.orders import opens
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
_NAMES = re.compile(r"[A-Za-z_]\w*+(?!\s{0,3}\()")


def lot_from_account(program: Program) -> Iterator[int]:
    """A lot is computed from a share of balance, equity or free margin."""
    if program.is_pine:
        return
    for name in _ACCOUNT:
        for at in program.offsets(name, 40):
            statement = program.statement(at)
            if not _SHARES.search(statement) or _COMPARES.search(statement):
                continue
            assigned = list(_ASSIGNS.finditer(statement.partition(name)[0]))
            if not assigned or _unread(program, assigned[-1][1]):
                continue
            if (
                _SIZE_WORD.search(statement)
                or (assigned[-1][1] and _sizes(program, assigned[-1][1]))
                or _in_sizing(program, at)
            ):
                yield at
        yield from _through_variable(program, name)
    for call in program.calls("Balance", "Equity", "FreeMargin"):
        # Members of the standard library's account.
        statement = program.statement(call.offset)
        if (
            program.code[call.offset - 1] in ".>"
            and _SHARES.search(statement)
            and not _COMPARES.search(statement)
            and _ASSIGNS.search(statement)
            and (_SIZE_WORD.search(statement) or _in_sizing(program, call.offset))
        ):
            yield call.offset


def _unread(program: Program, name: str | None) -> bool:
    """Whether a name is only ever declared and written."""
    return name is not None and all(
        _WRITTEN.match(program.code, at + len(name))
        or _DECLARED.search(program.before(at, 30))
        for at in program.offsets(name, 12)
    )


# Declared, `double lots;`, or written, and not `return lots;`.
_WRITTEN = re.compile(r"\s{0,20}=(?!=)")
_DECLARED = re.compile(r"\b(?:double|float)\s{1,20}$")


def _in_sizing(program: Program, at: int) -> bool:
    """Whether a place is in a function that returns a lot."""
    function = program.function_at(at)
    return function is not None and bool(_LOT_WORD.search(function.name))


def _through_variable(program: Program, name: str) -> Iterator[int]:
    """Follow `balance = AccountBalance();` to where a lot is computed from it."""
    for at in program.offsets(name, 12):
        before = program.before(at, 110)
        tail = before[before.rfind("=") + 1 :]
        target = _KEPT_IN.search(before) if _PASSED.fullmatch(tail) else None
        if target is None or _unread(program, target[1]):
            continue
        for use in program.uses(target[1]):
            if _unread(program, program.receiver(use)):
                continue
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
            if _factor(operator, value) or (operator == "+" and _OPEN_LOT.match(value)):
                yield at
        for at, value in program.assignments(name):
            grows = _GROWS.match(bare(value))
            if grows and grows[1] == name and _factor(grows[2], grows[3]):
                yield at


def lot_times_factor(program: Program) -> Iterator[int]:
    """What an open position's lot was kept in is sent again times a factor."""
    kept = {
        name: None
        for source in ("OrderLots", "POSITION_VOLUME", "DEAL_VOLUME")
        for at in program.offsets(source, 24)
        if (name := program.receiver(at)) is not None
    }
    sent = [order.lots or "" for order in opens(program)]
    senders = {
        function.name
        for order in opens(program)
        if (function := program.function_at(order.offset)) is not None
    }
    for name in kept:
        product = re.compile(
            rf"\b{re.escape(name)}\s{{0,3}}\*\s{{0,3}}([\w.]{{1,40}})"
            rf"|([\w.]{{1,40}})\s{{0,3}}\*\s{{0,3}}{re.escape(name)}\b"
        )
        for at in program.offsets(name, 24):
            found = product.search(program.statement(at))
            if found is None:
                continue
            factor = found[1] or found[2]
            value = number(factor)
            if not (value > 1 if value is not None else factor in program.inputs):
                continue
            target = program.receiver(at)
            if not _NO_FACTOR.search(factor) and (
                program.callee(at, 120) in senders
                or any(
                    found[0] in lots or (target is not None and target in lots)
                    for lots in sent
                )
            ):
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


# The sum of what is open, ordered anew, doubles it.
_OPEN_LOT = re.compile(r"\(?\s{0,3}(?:OrderLots\s{0,3}\(|\w{0,20}\(?POSITION_VOLUME\b)")
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
                if _rises(lots):
                    yield at
    yield from _numbered(program)


def _numbered(program: Program) -> Iterator[int]:
    """Yield where the last of a row of inputs is taken: `Lots1`, `Lots2`, `Lots3`."""
    rows: dict[str, list[tuple[str, float]]] = {}
    for each in program.facts.inputs:
        stem = _DIGITS.sub("#", each.name)
        if stem != each.name and _LOT_ROW.search(stem) and _is_number(each.default):
            rows.setdefault(stem, []).append((each.name, float(each.default or 0)))
    for row in rows.values():
        # What is 0 is not opened.
        taken = [each for each in row if each[1] > 0]
        lots = [lot for _, lot in taken]
        if _rises(lots) and lots[-1] >= _TWICE * lots[0]:
            yield from _lot_uses(program, taken[-1][0])


def _lot_uses(program: Program, name: str) -> Iterator[int]:
    """Yield where a lot is ordered, or becomes the lot that is."""
    ordered = {program.statement(order.offset) for order in opens(program)}
    for at in program.uses(name):
        target = program.receiver(at)
        if (target is not None and _LOT.search(target)) or program.statement(
            at
        ) in ordered:
            yield at


def _is_number(text: str | None) -> bool:
    return text is not None and _NUMBER_ALONE.fullmatch(text) is not None


def _rises(lots: list[float]) -> bool:
    return len(lots) > 2 and lots == sorted(lots) and lots[-1] > lots[0] > 0


_LOT_ROW = re.compile(r"[lL]ots?_?#?$|LOTS?_?#?$|[vV]olume_?#?$")
_LOT = re.compile(r"[lL]ot|LOT|[vV]ol")
_DIGITS = re.compile(r"\d{1,3}")
_NUMBER_ALONE = re.compile(r"\d{1,6}(?:\.\d{0,6})?")
_TWICE = 2.0


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


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        lot_from_account,
        lot_multiplied,
        lot_from_last,
        lot_times_factor,
        lot_after_loss,
        lot_in_recovery,
        rising_lots,
    )
}
