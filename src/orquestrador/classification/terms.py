"""What an expression is made of: averages, oscillators, prices, bands, hours.

A name is followed to what it is assigned and to the indicator whose values are
copied into it, a call to what the function returns. Where nothing is known of a
name, what it is called counts.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from orquestrador.classification.expressions import arguments
from orquestrador.classification.program import Program
from orquestrador.classification.term_names import CALLED, CUSTOM, SOURCES

MAX_DEPTH = 6
"""Names that are followed one after the other."""

MAX_FILLED = 3
"""Uses of a name at which it may be handed to a function that fills it."""

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OPENS = re.compile(r"\s{0,3}\(")
_INDEX = re.compile(r"\s{0,3}\[([^\]]{0,120})\]?")
_PLAIN = frozenset(
    [
        "if",
        "else",
        "for",
        "while",
        "switch",
        "case",
        "return",
        "int",
        "double",
        "bool",
        "datetime",
        "string",
        "true",
        "false",
        "NULL",
        "MathAbs",
        "NormalizeDouble",
        "Symbol",
        "_Symbol",
        "Period",
        "_Period",
        "Point",
        "_Point",
        "Digits",
        "static",
        "_Digits",
        "i",
        "j",
        "const",
        "MathMax",
        "MathMin",
    ]
)


_ACTIONS = frozenset(
    [
        "OrderSend",
        "OrderClose",
        "OrderModify",
        "OrderDelete",
        "Print",
        "CopyBuffer",
        "CopyRates",
        "CopyClose",
        "CopyOpen",
        "CopyHigh",
        "CopyLow",
        "CopyTime",
        "BarsCalculated",
        "ArraySize",
        "ArrayResize",
        "Bars",
        "iBars",
        "Comment",
        "PositionClose",
        "PositionOpen",
        "Buy",
        "Sell",
        "Alert",
        "iBarShift",
    ]
)
"""Calls whose result says nothing about their arguments."""


class Terms:
    """Answers what the expressions of one program are made of."""

    def __init__(self, program: Program) -> None:
        """Begin with nothing known."""
        self._program = program
        self._of_name: dict[str, frozenset[str]] = {}
        self._copied = _copied(program)
        self._defaults = {
            each.name: each.default or "" for each in program.facts.inputs
        }

    def of(self, expression: str, depth: int = 0) -> frozenset[str]:
        """Return the kinds of things that an expression holds."""
        found: set[str] = set()
        at = 0
        while (name := _NAME.search(expression, at)) is not None:
            at = name.end()
            word = name[0]
            if word in _PLAIN:
                continue
            called = _OPENS.match(expression, at)
            if called is not None and word in _ACTIONS:
                at = _closing(expression, called.end())
                continue
            if called is not None:
                passed = arguments(expression, called.end())
                found |= self._called(word, passed, depth)
                # What an indicator is computed from is its own matter.
                if word in SOURCES or word == "iCustom":
                    at = _closing(expression, called.end())
                continue
            index = _INDEX.match(expression, at)
            if index is not None:
                if _EXTREME_INDEX.search(index[1]):
                    found |= self._indexed(index[1])
                    word = ""
                at = index.end()
            if word:
                found |= self.of_name(word, depth)
        if "average" in found and _moved(expression):
            found = found - {"average"} | {"band"}
        return frozenset(found)

    def of_name(self, name: str, depth: int = 0) -> frozenset[str]:
        """Return the kinds of things that a name stands for."""
        source = SOURCES.get(name)
        if source is not None:
            return (
                frozenset((source, name))
                if source == "oscillator"
                else frozenset((source,))
            )
        known = self._of_name.get(name)
        if known is not None:
            return known
        # A name that is computed from itself says nothing more.
        self._of_name[name] = frozenset()
        found: set[str] = set()
        if depth < MAX_DEPTH:
            for kind in self._values(name, depth):
                found |= kind
        if name in self._program.inputs and (self._defaults.get(name) or not found):
            # A length, a level or a switch is called after what it is for.
            found = {"hour"} & _by_name(name)
        else:
            called = _by_name(name)
            if "average" in found and called & _LINES:
                # An average moved up or down is a band, and its name says which.
                found = found - {"average"} | called & _LINES
            elif "band" in found and called & _LINES:
                found = found - {"band"} | called & _LINES
            if not found - _WEAK or "deviation" in called:
                found |= called or self._filled(name)
        result = self._of_name[name] = frozenset(found)
        return result

    def _filled(self, name: str) -> frozenset[str]:
        """Return what a function that is not there fills a name with, by its name."""
        program = self._program
        for at in program.offsets(name, MAX_FILLED):
            handed = _HANDED.search(program.before(at, 70))
            if handed is not None and handed[1] not in program.functions:
                return _by_name(handed[1]) & _INDICATED
        return frozenset()

    def _values(self, name: str, depth: int) -> Iterator[frozenset[str]]:
        program = self._program
        for at, value in program.assignments(name)[:8]:
            kinds = self.of(value, depth + 1)
            yield kinds
            if kinds & _BAR:
                extreme = _kept_extreme(program, name, at, value)
                if extreme is not None:
                    yield frozenset((extreme,))
        for handle, place in self._copied.get(name, ())[:4]:
            kinds = self.of(handle, depth + 1)
            if "band" in kinds:
                kinds = (kinds - {"band"}) | {_BUFFERS.get(place, "band")}
            yield kinds
        if name in program.functions:
            yield from self._returned(name, depth)
        for passed in program.answer(_passed, None).get(name, ()):
            yield self.of(passed, depth + 1)
        declared = _class_of(program, name)
        if declared is not None:
            yield frozenset((declared,))

    def _returned(self, name: str, depth: int) -> Iterator[frozenset[str]]:
        body = self._program.functions[name]
        for at in self._program.offsets("return"):
            if body.start <= at < body.end:
                yield self.of(self._program.expression(at + 6), depth + 1)

    def _called(self, name: str, passed: tuple[str, ...], depth: int) -> frozenset[str]:
        if name == "iCustom":
            return self._custom(passed)
        source = SOURCES.get(name)
        if source == "band" and len(passed) > 5:
            mode = self._defaults.get(passed[-2], passed[-2])
            return frozenset((_MODES.get(mode.rpartition("_")[2], "band"),))
        if source == "oscillator":
            return frozenset((source, name))
        if source is not None:
            return frozenset((source,))
        return self.of_name(name, depth)

    def _custom(self, passed: tuple[str, ...]) -> frozenset[str]:
        names = self._program.answer(_custom_names, None).get(passed)
        if names is None:
            names = (*self._program.facts.indicators_used, *passed[2:3])
        found = {
            kind
            for kind, pattern in CUSTOM
            for name in names
            if name not in SOURCES and pattern.search(name)
        }
        return frozenset(found or {"custom"})

    def _indexed(self, index: str) -> frozenset[str]:
        return frozenset(
            ("highest",) if re.search("ighest|axim", index) else ("lowest",)
        )


_HANDED = re.compile(r"[;{}]\s{0,20}(\w{3,60})\(\s{0,3}$")
_INDICATED = frozenset({"average", "trend", "strength", "oscillator", "momentum"})
_BAR = frozenset({"open", "high", "low", "close"})
_EXTREME_INDEX = re.compile(r"ighest|owest|ArrayM[ai][xn]imum")
_WEAK = frozenset({"count", "time", "object"})
_MODES = {"UPPER": "upper", "LOWER": "lower", "MAIN": "average", "0": "average"} | {
    "1": "upper",
    "2": "lower",
}
_BUFFERS = {"0": "average", "1": "upper", "2": "lower"} | {
    "BASE_LINE": "average",
    "UPPER_BAND": "upper",
    "LOWER_BAND": "lower",
    "UPPER_LINE": "upper",
    "LOWER_LINE": "lower",
}


def _kept_extreme(program: Program, name: str, at: int, value: str) -> str | None:
    """Return whether a name is kept the highest or the lowest of what it is given.

    `if (high[i] > top) top = high[i];`
    """
    held = _HELD.search(program.before(at, 120))
    kept = _NAME.match(value.strip())
    if held is None or kept is None or kept[0] not in held[0]:
        return None
    if held[3] == name:
        return "highest" if held[2] == ">" else "lowest"
    if held[1] == name:
        return "highest" if held[2] == "<" else "lowest"
    return None


# The name may be the second or the first of what is compared.
_HELD = re.compile(
    r"\(\s{0,3}(\w{1,60})?[^()<>=;]{0,40}(?:\([^()]{0,40}\))?[^()<>=;]{0,20}([<>])=?"
    r"\s{0,3}(\w{1,60})[^<>=;{}&|]{0,40}\)[\s{]{0,40}$"
)


def _closing(expression: str, start: int) -> int:
    """Return where the parenthesis ends that was opened just before `start`."""
    depth = 1
    for mark in _PARENTHESIS.finditer(expression, start):
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return mark.end()
    return len(expression)


_PARENTHESIS = re.compile(r"[()]")
_LINES = frozenset({"upper", "lower"})
_FACTOR = re.compile(r"[\w)\]]\s{0,3}\*\s{0,3}[\w(]")
_SMALL = re.compile(r"[Pp]oint|[Pp]ip")


def _moved(expression: str) -> bool:
    """Whether an average is moved by more than a few points: it is a band then."""
    return (
        _FACTOR.search(expression) is not None
        and ("+" in expression or "-" in expression)
        and not _SMALL.search(expression)
        and len(expression) < _MAX_MOVED
    )


_MAX_MOVED = 100


# Programs share most of their names: few are held against every pattern.
@lru_cache(maxsize=8_192)
def _by_name(name: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in CALLED if pattern.search(name))


def _custom_names(program: Program, _: None) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the indicators that are not there, by the call's arguments.

    The name's letters are blanked in the code: the text has them. A name that is an
    input is called what its default is.
    """
    defaults = {each.name: each.default or "" for each in program.facts.inputs}
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for call in program.calls("iCustom"):
        if len(call.arguments) < _LEAST_CUSTOM:
            continue
        named = call.arguments[2].strip()
        written = program.source.text[call.offset : call.offset + MAX_NAMED]
        quoted = _QUOTED.search(written) if '"' in named else None
        name = quoted[1] if quoted is not None else defaults.get(named, "")
        if name:
            found[call.arguments] = (*found.get(call.arguments, ()), name)
    return found


MAX_NAMED = 300
"""Characters of a call in which an indicator's name is looked for."""

_LEAST_CUSTOM = 3
_QUOTED = re.compile(r'"([^"\n]{1,120})"')


def _passed(program: Program, _: None) -> dict[str, tuple[str, ...]]:
    """Return what each parameter is called with that is the only one of its name."""
    found: dict[str, tuple[str, ...]] = {}
    shared: set[str] = set()
    for name, function in program.functions.items():
        parameters = function.parameters
        shared.update(found.keys() & set(parameters))
        if not parameters or len(parameters) > MAX_PARAMETERS:
            continue
        calls = [
            call.arguments
            for call in program.calls(name)[:MAX_CALLS]
            if call.offset > function.end or call.offset < function.start
        ]
        found |= {
            parameter: tuple(each[place] for each in calls if len(each) > place)
            for place, parameter in enumerate(parameters)
        }
    return {name: passed for name, passed in found.items() if name not in shared}


MAX_CALLS = 5
MAX_PARAMETERS = 8
"""Parameters of a function whose arguments are followed."""


def _class_of(program: Program, name: str) -> str | None:
    """Return what an object of the standard library's indicators gives."""
    for at in program.offsets(name, 2):
        words = program.before(at, 40).split()
        if words:
            kind = SOURCES.get(words[-1].rstrip("*"))
            if kind is not None and words[-1].startswith("Ci"):
                return kind
    return None


def _copied(program: Program) -> dict[str, list[tuple[str, str]]]:
    """Return from which handle and buffer each array gets its values."""
    found: dict[str, list[tuple[str, str]]] = {}
    for call in program.calls("CopyBuffer"):
        if len(call.arguments) == 5:
            name = _NAME.match(call.arguments[4])
            if name is not None:
                each = (call.arguments[0], call.arguments[1])
                found.setdefault(name[0], []).append(each)
    for function, source in _SERIES:
        for call in program.calls(function):
            if len(call.arguments) == 5:
                name = _NAME.match(call.arguments[4])
                if name is not None:
                    found.setdefault(name[0], []).append((source, ""))
    return found


_SERIES = (
    ("CopyClose", "Close"),
    ("CopyOpen", "Open"),
    ("CopyHigh", "High"),
    ("CopyLow", "Low"),
    ("CopyTickVolume", "tick_volume"),
    ("CopyRealVolume", "real_volume"),
    ("CopyTime", "Time"),
)
