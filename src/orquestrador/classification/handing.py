"""What is handed to functions that other files define: what it is called counts.

An include that is not there hides what its functions do, but not what they are
given: an input named as a stop that reaches a call which opens positions is one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.actions import branch
from orquestrador.classification.orders import STANDARD_TRADE, is_standard
from orquestrador.classification.program import Program
from orquestrador.classification.values import can_differ_from_zero

_FRONT = 300
"""Characters in which the call begins that takes what stands at a place."""

_MAX_USES = 16
_BRACKETS = re.compile(r"[();{}]")
_NAME_BACKWARDS = re.compile(r"\s{0,3}(\w{0,60}[A-Za-z_])(?=(\s{0,3}(?:\.|>-))?)")
_WORDS = re.compile(r"[A-Za-z_]\w*+")
_STOP = re.compile(
    r"(?<![a-z])stop_?loss|Stop_?[lL]oss|STOP_?LOSS|(?<=[a-z_])(?:SL|Sl)(?![a-z])|(?m:^)(?:SL|Sl|sl)(?![a-z])"
)
_TARGET = re.compile(
    r"[tT]ake_?[pP]rof|(?<=[a-z_])(?:TP|Tp)(?![a-z])|(?m:^)(?:TP|Tp|tp)(?![a-z])"
)
_TRAILING = re.compile(r"[tT]rail|TRAIL")
_EVEN = re.compile(r"[bB]reak_?[eE]ven|BREAK_?EVEN|(?m:^)B[eE][A-Z_]")
_SHARE = re.compile(
    r"[rR]isk_?(?:[pP]er|[iI]n_?[pP]er)|[pP]ercent\w{0,9}[rR]isk|(?m:^MM$)"
)
_GRID = re.compile(r"(?<![a-z])[gG]rid(?!_?[cC]olou?r)|[a-z_]Grid")
_DRAWDOWN = re.compile(
    r"[dD]raw_?[dD]own\w{0,9}(?:[lL]im|[sS]top|[mM]ax|[pP]er)|[mM]ax\w{0,9}[dD]raw_?[dD]own"
)
_RAISED = re.compile(
    r"[gG]rid\w{0,6}(?:[vV]ol|[lL]ot)\w{0,9}(?:[mM]ul|[fF]act|[eE]xp)|[mM]artin"
)
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{0,9})?")
_SPREAD = re.compile(r"[mM]ax\w{0,9}[sS]pread|[sS]pread\w{0,9}(?:[mM]ax|[lL]imit)")
_BOUND = re.compile(
    r"(?:[mM]ax|MAX)_?\w{0,12}(?:[pP]os(?!s)|[oO]rd(?!in[a-z]l)|[tT]rade)(?!.{0,9}[dD]ay)"
)
# Which of what an include defines would open a position or change its stops.
_ACTS = re.compile(
    r"[bB]uy|[sS]ell|BUY|SELL|[oO]pen|[oO]rder|[sS]end|[tT]rade|[pP]osition|[eE]nt(?:er|ry)"
    r"|[mM]odify|[eE]xecut|[pP]lace|[mM]arket|[pP]ending|[mM]anage|[sS]top|[pP]rofit"
)
_MEASURES = re.compile(
    r"[cC]alc|[lL]ot(?!.{0,20}[oO]pen)|[vV]olume|[rR]isk|[sS]ize|[nN]ormal|[dD]raw|[lL]abel|[pP]anel"
    r"|[lL]ine|[cC]heck|[vV]alid|[lL]og|[mM]oney|[dD]isplay|[cC]omment|[cC]olor|[gG]et[A-Z]"
)
_HARMLESS = re.compile(
    r"(?:if|while|for|switch|return|sizeof|Print\w*|Comment|Alert|Math\w+|Normalize\w+|"
    r"\w*To_?Str\w*|StrTo\w+|DoubleTo\w+|Integer\w+|String\w+|f?abs|min|max|Object\w+|Label\w*|"
    r"Array\w+|Symbol\w*|Account\w+|Time\w*|Enum\w+|i[A-Z]\w+|round|floor|ceil|"
    r"Order(?:Send|Modify|Close|Select|Delete|Type|Get|Check|Calc)\w*|OrdersTotal|"
    r"Position(?:Select|Get|Close|Modify)\w*|PositionsTotal|Global\w+|Copy\w+|Chart\w+|"
    r"MarketInfo|Period\w*|Bars|Send\w*(?:Mail|Notification)|Plot\w+|SetIndex\w+|File\w+)$"
)
_CONTROL = frozenset({"if", "while", "for", "switch", "return"})
_CALLED = re.compile(
    r"\s{0,20}\{?\s{0,20}(?:\w{1,40}\s{0,3}(?:\.|->)\s{0,3})?(\w{1,60})\s{0,3}\("
)
_DECIDES = re.compile(r"\b(?:if|return)\b|=|&&|\|\|")


def stop_in_unknown_call(program: Program) -> Iterator[int]:
    """What is named as a stop reaches a call that an include defines."""
    return _value_handed(program, _STOP)


def target_in_unknown_call(program: Program) -> Iterator[int]:
    """What is named as a target reaches a call that an include defines."""
    return _value_handed(program, _TARGET)


def trailing_in_unknown_call(program: Program) -> Iterator[int]:
    """An include is told how to trail, or asked to where an input says so."""
    return _managed(program, _TRAILING)


def even_in_unknown_call(program: Program) -> Iterator[int]:
    """An include is told when to break even, or asked to where an input says so."""
    return _managed(program, _EVEN)


def share_in_unknown_call(program: Program) -> Iterator[int]:
    """An input named as a share at risk is passed to a function of an include."""
    return _input_handed(program, _SHARE)


def bound_in_unknown_call(program: Program) -> Iterator[int]:
    """How many positions may be open is handed to what an include decides."""
    for at in _input_handed(program, _BOUND):
        if _DECIDES.search(program.statement(at)):
            yield at


def spread_in_unknown_call(program: Program) -> Iterator[int]:
    """The spread's bound is handed to what an include decides."""
    for at in _input_handed(program, _SPREAD):
        if _DECIDES.search(program.statement(at)):
            yield at


def grid_in_unknown_call(program: Program) -> Iterator[int]:
    """An include is asked for a grid where an input says so, or told its steps."""
    return _managed(program, _GRID)


def drawdown_in_unknown_call(program: Program) -> Iterator[int]:
    """An include is told how much of the account may be lost, or asked to look."""
    return _managed(program, _DRAWDOWN)


def lots_raised_elsewhere(program: Program) -> Iterator[int]:
    """The include that makes the grid is given a factor over 1 for its lots."""
    for each in program.facts.inputs:
        if (
            _RAISED.search(each.name)
            and _over_one(each.default or "")
            and program.checked(grid_in_unknown_call, 1)
        ):
            yield from program.uses(each.name, 1)


def _over_one(text: str) -> bool:
    number = _NUMBER.fullmatch(text.strip())
    return number is not None and float(number[0]) > 1


def hours_in_call(program: Program) -> Iterator[int]:
    """Inputs named as hours of a window are handed to a function that decides."""
    stems = ("start_hour", "end_hour", "hour_start", "hour_end", "from_hour", "to_hour")
    for name in program.vocabulary.all(*stems):
        for offset in program.uses(name) if name in program.inputs else ():
            callee = program.callee(offset, 200)
            if (
                callee is not None
                and len(callee) > 1
                and not _HARMLESS.match(callee)
                and _DECIDES.search(program.statement(offset))
            ):
                yield offset


def unknown(program: Program, name: str) -> bool:
    """Whether a function is neither defined here nor one of the platform's own."""
    return len(name) > 1 and name not in program.functions and not _HARMLESS.match(name)


def callees(program: Program, at: int) -> Iterator[str]:
    """Yield the functions that take what stands here, the innermost first.

    A method of the standard library's trade class is left out: its places are known.
    """
    before = program.before(at, _FRONT)
    opened: list[int] = []
    for mark in _BRACKETS.finditer(before):
        if mark[0] == "(":
            opened.append(mark.start())
        elif mark[0] != ")":
            opened.clear()
        elif opened:
            opened.pop()
    for opening in reversed(opened):
        name = _NAME_BACKWARDS.match(before[:opening][::-1])
        if name is None:
            continue
        callee = name[1][::-1]
        if callee in STANDARD_TRADE and name[2] and is_standard(program):
            return
        yield callee


def named(program: Program, word: re.Pattern[str]) -> tuple[str, ...]:
    """Return the identifiers that hold a word."""
    if program.is_pine or not program.facts.includes:
        return ()
    text = program.answer(_identifiers, None)
    # Most programs hold none: one search of all names is faster than one of each.
    return tuple(filter(word.search, program.counts)) if word.search(text) else ()


def _identifiers(program: Program, _: None) -> str:
    return "\n".join(program.counts)


def _handed(program: Program, name: str) -> Iterator[tuple[int, str]]:
    """Yield where a name stands in a call that an include defines, and which."""
    for at in program.offsets(name, _MAX_USES):
        for callee in callees(program, at):
            if callee in program.functions or callee in _CONTROL:
                break
            if unknown(program, callee):
                yield at, callee
                break


def _value_handed(program: Program, word: re.Pattern[str]) -> Iterator[int]:
    for name in program.answer(named, word):
        for at, callee in _handed(program, name):
            if _MEASURES.search(callee):
                continue
            if name in program.inputs or (
                _ACTS.search(callee)
                and can_differ_from_zero(program, _own(program, name), at)
            ):
                yield at


def _own(program: Program, name: str) -> str:
    """Return the expression that a name stands for; none when it is not followed."""
    if name in program.functions:
        return f"{name}()"
    return name if program.assignments(name) else ""


def _input_handed(program: Program, word: re.Pattern[str]) -> Iterator[int]:
    for name in program.answer(named, word):
        if name in program.inputs:
            yield from (at for at, _ in _handed(program, name))


def _managed(program: Program, word: re.Pattern[str]) -> Iterator[int]:
    for name in program.answer(named, word):
        if name in program.inputs:
            yield from (at for at, _ in _handed(program, name))
            for at in program.offsets(name, _MAX_USES):
                if _asks_include(program, at):
                    yield at
        elif unknown(program, name):
            for call in program.calls(name):
                words = _WORDS.findall(" ".join(call.arguments))
                if not program.inputs.isdisjoint(words):
                    yield call.offset


def _asks_include(program: Program, at: int) -> bool:
    """Whether a condition's branch begins with a call that an include defines."""
    if "if" not in callees(program, at):
        return False
    span = program.answer(branch, at)
    called = _CALLED.match(program.code, span[0]) if span is not None else None
    return called is not None and unknown(program, called[1])


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        stop_in_unknown_call,
        target_in_unknown_call,
        trailing_in_unknown_call,
        even_in_unknown_call,
        share_in_unknown_call,
        bound_in_unknown_call,
        spread_in_unknown_call,
        grid_in_unknown_call,
        drawdown_in_unknown_call,
        lots_raised_elsewhere,
        hours_in_call,
    )
}
