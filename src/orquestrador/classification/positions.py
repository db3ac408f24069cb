"""How many positions a program lets be open: counts, flags and asked positions."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.actions import (
    branch,
    keeps_away,
    leaves_without,
    next_action,
)
from orquestrador.classification.comparisons import compared, receiver_of
from orquestrador.classification.handing import named, unknown
from orquestrador.classification.program import Function, Program

_TOTALS = ("OrdersTotal", "PositionsTotal")
_BOUND_AFTER = re.compile(
    r"\s{0,3}\([^()]{0,80}(?:\([^()]{0,40}\)[^()]{0,40}){0,1}\)\s{0,3}"
    r"(?:==\s{0,3}(?:0|false)\b|<=?\s{0,3}[\w(]|>=\s{0,3}[A-Za-z_])"
)
_STOPS_ABOVE = re.compile(
    r"\s{0,3}(?:\([^()]{0,80}\)){0,1}\s{0,3}(?:>=?|!=)\s{0,3}[\w.]{1,40}\s{0,3}\)+\s{0,20}\{?\s{0,20}return\b"
)
_SOME_OPEN = re.compile(r"\s{0,3}\(\s{0,3}\)\s{0,3}(?:>=?|!=)\s{0,3}[01]\b")
_COUNT_BOUND = re.compile(
    r"(?:\[[^\]\n]{0,40}\]){0,1}\s{0,3}(?:==\s{0,3}0\b|<\s{0,3}[1-9A-Za-z_]|<=\s{0,3}[0A-Za-z_])"
)
# What ends a loop when nothing is left bounds nothing.
_BREAKS = re.compile(r"[^;{}()]{0,20}\)\s{0,20}\{?\s{0,20}break\b")
_IS_NONE = re.compile(r"\s{0,3}==\s{0,3}0\s{0,3}\)?\s{0,3}")
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

_NEAR_SELECT = 600
_LOOP = re.compile(r"\b(?:for|while)\s{0,3}\([^{}]{0,120}$")


def total_compared(program: Program) -> Iterator[int]:
    """The number of open orders is compared before a further one."""
    for name in _TOTALS:
        for at in program.offsets(name):
            end = at + len(name)
            if (
                _BOUND_AFTER.match(program.code, end)
                or _STOPS_ABOVE.match(program.code, end)
                or (
                    _SOME_OPEN.match(program.code, end)
                    and program.answer(keeps_away, at)
                )
            ) and (not _LOOP.search(program.before(at, 130)) and _matters(program, at)):
                yield at


def counted_compared(program: Program) -> Iterator[int]:
    """A count of the program's own orders is compared with a bound."""
    counts = dict.fromkeys([*_counts(program), *_counts_of_includes(program)])
    # `longs = CountLongs();`: what receives a count is one.
    for name in tuple(counts):
        for at in program.offsets(name, 12):
            counts.setdefault(receiver_of(program, at) or name)
    for name in counts:
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
                and not _BREAKS.match(program.code, end)
                and not _either(program, at, end)
                and _matters(program, at)
            ):
                yield at


def _matters(program: Program, at: int) -> bool:
    """Whether a condition's branch does more than keep a value or show one."""
    if not program.statement(at).lstrip().startswith("if"):
        return True
    span = program.answer(branch, at)
    # The parenthesis in front of the branch is looked at too.
    if span is None or _DECIDED.search(program.code, span[0] - 1, span[1]):
        return True
    action = next_action(program, span[0], span[1] - span[0])
    return (action is not None and action.opens) or keeps_away(program, at)


_DECIDED = re.compile(
    r"\b(?:return|continue)\b|=\s{0,3}(?:true|false|TRUE|FALSE|True|False|-?\d)\b"
    r"|[;{})]\s{0,200}(?:\w{1,40}\s{0,3}(?:\.|->)\s{0,3})?(?!if\b|for\b|while\b|switch\b|Print|Comment|Alert)\w{2,60}\s{0,3}\("
)


def none_found(program: Program) -> Iterator[int]:
    """What a look through the open orders found is asked for: none, then one opens."""
    states = dict.fromkeys(_states(program))
    for name in tuple(states):
        for at in program.offsets(name, 12):
            states.setdefault(receiver_of(program, at) or name)
    for name in states:
        for at in program.offsets(name, 24):
            end = at + len(name)
            negated = _NEGATED.search(program.before(at, 5))
            if (negated or _NONE_FOUND.match(program.code, end)) and _IN_IF.search(
                program.before(at, 160)
            ):
                action = next_action(program, at, 1_500)
                if (
                    action is not None
                    and action.opens
                    and not _either(program, at, end)
                ):
                    yield at


def _states(program: Program) -> Iterator[str]:
    """Yield functions that say which position is open, and names that keep it."""
    for name in ("PositionSelect", "PositionSelectByTicket"):
        for at in program.offsets(name, 12):
            kept = receiver_of(program, at)
            if kept is not None:
                yield kept
    for function in program.answer(_selecting_functions, None):
        if function.end - function.start > MAX_COUNTER_LENGTH or _NO_COUNT.search(
            function.name
        ):
            continue
        if _SAYS_WHICH.search(program.code, function.start, function.end):
            yield function.name


_IN_IF = re.compile(r"\bif\s{0,3}\([^;{}]{0,140}$")
_NONE_FOUND = re.compile(
    r"\s{0,3}(?:\([^()]{0,80}\)){0,1}\s{0,3}(?:==\s{0,3}(?:0\b|-\s{0,3}1\b|false\b|FALSE\b|NULL\b"
    r"|WRONG_VALUE|EMPTY\b|\w{0,20}(?:NONE|FLAT|_NO_)\w{0,20})|<\s{0,3}[01]\b|<=\s{0,3}0\b)"
)
_SAYS_WHICH = re.compile(
    r"\breturn\b\s{0,3}\(?[^;{}]{0,60}(?:\?|true|TRUE|[tT]icket|PositionGet|OrderType|[tT]ype\b|[tT]k\b"
    r"|(?<![\w-])-?[12]\b)"
)


def _either(program: Program, at: int, end: int) -> bool:
    """Whether "none is open" is but one of two reasons to go on."""
    none = _IS_NONE.match(program.code, end)
    return none is not None and (
        program.code.startswith("||", none.end())
        or program.before(at, 6).rstrip(" \n\r\t(").endswith("||")
    )


def _bounded_call(program: Program, at: int, end: int) -> bool:
    function = program.functions.get(program.code[at:end])
    if function is not None and function.start == at:
        return False
    return bool(
        _BOUND_AFTER.match(program.code, end)
        or _STOPS_ABOVE.match(program.code, end)
        or _NEGATED.search(program.before(at, 5))
        or leaves_without(program, at)
    )


def _counts(program: Program) -> Iterator[str]:
    """Yield names that stand for how many orders are open."""
    for function in program.answer(_selecting_functions, None):
        short = function.end - function.start <= MAX_COUNTER_LENGTH
        body = program.body(function) if short else _selecting(program, function)
        if (
            short
            and not _NO_COUNT.search(function.name)
            and ("++" in body or _COUNTS.search(body))
        ):
            yield function.name
        for sign in _INCREMENTED.finditer(body):
            # What a loop counts is its own steps: `for (…; i++)`.
            if body.startswith(")", sign.end()):
                continue
            words = body[max(0, sign.start() - 60) : sign.start()].rsplit(maxsplit=1)
            name = sign[1] or (words[-1] if words else "")
            yield name
            yield from _handed_back(program, function, name)
        for sign in _ONE_MORE.finditer(body):
            words = _WORDS.findall(body, max(0, sign.start() - 90), sign.start())
            if words and (sign[1] or words[-1] in words[:-1]):
                yield words[-1]
    for name in _TOTALS:
        for at in program.offsets(name):
            target = receiver_of(program, at)
            if target is not None:
                yield target


def _selecting_functions(program: Program, _: None) -> tuple[Function, ...]:
    """Return the functions that look at open orders, in the order of the code."""
    found = {
        function
        for name in _SELECTS
        for at in program.offsets(name)
        if (function := program.function_at(at)) is not None
    }
    return tuple(sorted(found, key=lambda each: each.start))


def _counts_of_includes(program: Program) -> Iterator[str]:
    """Yield functions of an include whose names say that they look for positions."""
    for name in program.answer(named, _LOOKS):
        if (
            name not in program.inputs
            and unknown(program, name)
            and not _NO_LOOK.search(name)
            and program.calls(name)
        ):
            yield name


_LOOKS = re.compile(
    r"(?:[tT]otal|[cC]ount|[nN]um|[hH]as|(?m:^)is|Is(?=[A-Z])|[eE]xist|[aA]ny|[qQ]ty|[qQ]uant)[a-zA-Z]{0,20}"
    r"(?:[pP]os|[oO]rd|[tT]rade|[dD]eal|[bB]uy|[sS]ell)"
    r"|(?:[pP]osition|[oO]rder|[tT]rade)s?[a-zA-Z]{0,12}(?:[tT]otal|[cC]ount|[eE]xist|[oO]pened)"
)
_NO_LOOK = re.compile(
    r"[pP]rofit|[pP]rice|[lL]ot|[tT]icket|[sS]ignal|[cC]lose|[aA]llowed|[tT]ime|[lL]oss|[mM]agic"
    r"|[aA]ccount|[cC]ontext|[oO]peration|[mM]arket|[hH]istory|[eE]nabled|[vV]olume|[mM]ode|[nN]ew|[dD]isabled|[sS]ession"
)
_WORDS = re.compile(r"[A-Za-z_]\w*+")
_ONE_MORE = re.compile(r"\+(=?)\s{0,3}1\s{0,3};")


def _selecting(program: Program, function: Function) -> str:
    """Return the parts of a long function in which it looks at open orders."""
    starts = [
        at
        for name in _SELECTS
        for at in program.offsets(name)
        if function.start <= at < function.end
    ]
    return " ".join(
        program.code[at : min(at + _NEAR_SELECT, function.end)] for at in starts[:8]
    )


def _handed_back(program: Program, function: Function, name: str) -> Iterator[str]:
    """Yield what callers pass for a parameter in which a function counts."""
    head = program.code[function.start : function.start + 400].partition("{")[0]
    if f"&{name}" not in head.replace("& ", "&") or name not in function.parameters:
        return
    place = function.parameters.index(name)
    for call in program.calls(function.name):
        if call.offset != function.start and place < len(call.arguments):
            yield call.arguments[place]


_COUNTS = re.compile(
    r"\+\+|\+=\s{0,3}1\b|\+\s{0,3}1\s{0,3};|\breturn\b\s{0,3}\(?\s{0,3}(?:true|false|TRUE|FALSE|"
    r"OrdersTotal|PositionsTotal|PositionSelect)|=\s{0,3}(?:true|false|TRUE|FALSE|-?1\s{0,3};)"
)
_NO_COUNT = re.compile(
    r"[pP]rofit|[pP]rice|[lL]ots?\b|[tT]icket|[sS]ignal|[cC]lose|[mM]odify|[tT]rail|On[A-Z]|"
    r"start|[dD]elete|[tT]ime|[lL]oss|[lL]evel"
)
_INCREMENTED = re.compile(r"\+\+([A-Za-z_]\w{0,60})?")


def limit_compared(program: Program) -> Iterator[int]:
    """An input that says how many orders may be open is compared with a count."""
    found = compared(
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
            "order_max",
            "positions_max",
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
    # `if (level > max_level) max_level = level;` looks for the largest.
    yield from (at for at in found if not _LARGEST.search(program.statement(at)))


_LARGEST = re.compile(r"\b(\w{2,60})\s{0,3}\)\s{0,20}\{?\s{0,20}\1\s{0,3}=(?!=)")


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        total_compared,
        counted_compared,
        none_found,
        limit_compared,
    )
}
