"""What rules ask of one source: its live names, its calls, the values that reach them.

A light reading, in linear time: no parser, but calls with their arguments, the
assignments of a name and the bodies of functions, each found when a rule asks for
it and only where the name occurs at all. Functions that nothing calls are blanked
before any rule looks, since dead code is evidence for nothing.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from orquestrador.classification import credentials
from orquestrador.classification.expressions import (
    BRACKETS,
    arguments,
)
from orquestrador.classification.lexing import Source
from orquestrador.classification.vocabulary import Vocabulary
from orquestrador.messages import Evidence, Facts, Kind, Language

MAX_ASSIGNMENTS = 48
"""Occurrences of a name that are looked at for an assignment."""

__all__ = ["Call", "Function", "Program", "arguments"]

MAX_CALLS = 96
"""Calls of one name that are looked at."""


_HANDLERS = frozenset(
    {"init", "deinit", "start", "main"}
    | {f"On{event}" for event in ("Init", "Deinit", "Tick", "Timer", "Trade")}
    | {f"On{event}" for event in ("TradeTransaction", "BookEvent", "ChartEvent")}
    | {f"On{event}" for event in ("Calculate", "Start", "Tester", "TesterInit")}
    | {f"On{event}" for event in ("TesterPass", "TesterDeinit")}
)
_RUNS = frozenset({"expert", "indicator", "script", "service"})
_BRACES = re.compile(r"[{}]")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"\s{0,80}\(")
_ASSIGNMENT = re.compile(r"\s{0,80}(?:\[[^\]\n]{0,60}\]\s{0,80})?(?::=|=(?!=))")
_UPDATE = re.compile(r"\s{0,80}([*/+-])=")
_BODY = re.compile(r"\)\s{0,400}(?:const\s{0,80})?\{")
# The platform's own words, which say nothing about this program.
_CONSTANTS = (
    "OBJ",
    "DRAW_",
    "STYLE_",
    "MODE_",
    "PERIOD_",
    "PRICE_",
    "CHART_",
    "ENUM_",
    "INDICATOR_",
    "SYMBOL_",
    "ACCOUNT_",
    "ORDER_",
    "POSITION_",
    "DEAL_",
)
_NEVER_ASSIGNED = frozenset(
    ("if", "else", "for", "while", "return", "Bid", "Ask", "Point", "Digits", "_Point")
) | frozenset(
    ("_Digits", "Symbol", "_Symbol", "Close", "Open", "High", "Low", "Time", "Period")
)
_NO_TYPE = frozenset({"else", "return", "new", "delete", "case", "define"})
_CLASS = re.compile(r"\b(?:class|struct|interface)\s{1,20}\w{1,80}[^;{}()]{0,200}\{")
_STATEMENT_END = re.compile(r"[;{}]")


class Call(NamedTuple):
    """One call in the live code."""

    name: str
    offset: int
    arguments: tuple[str, ...]


class Function(NamedTuple):
    """A function that the source defines, up to where the next one begins."""

    name: str
    parameters: tuple[str, ...]
    start: int
    end: int


class Program:
    """One source as rules see it.

    Attributes:
        code: live code, comments and the contents of strings blanked; offsets are
            those of the source's text.
        counts: how often each identifier occurs in the live code.

    """

    def __init__(
        self, source: Source, language: Language, kind: Kind, facts: Facts
    ) -> None:
        """Blank the dead functions; everything else waits until it is asked for."""
        self.source = source
        self.language = language
        self.kind = kind
        self.facts = facts
        self.code = source.code
        self.counts: Mapping[str, int] = source.counts
        self.dead: tuple[Function, ...] = ()
        self._forget()
        if kind in _RUNS and language != "pine":
            self._bury()

    def _forget(self) -> None:
        for name in _DERIVED:
            self.__dict__.pop(name, None)
        # What was found of a name so far, and the search for more of it.
        self._offsets: dict[str, tuple[list[int], Iterator[int]]] = {}
        self._assignments: dict[str, tuple[tuple[int, str], ...]] = {}
        self._calls: dict[str, tuple[Call, ...]] = {}
        self._checked: dict[Callable[[Program], Iterable[int]], tuple[int, ...]] = {}

    def checked(
        self, check: Callable[["Program"], Iterable[int]], limit: int
    ) -> tuple[int, ...]:
        """Return what a check finds; several rules may name the same one."""
        found = self._checked.get(check)
        if found is None:
            found = self._checked[check] = tuple(islice(check(self), limit))
        return found

    def narrowed(self, code: str) -> "Program":
        """Return this program with less code: the rest of it blanked."""
        narrow = copy(self)
        narrow.code = code
        narrow.counts = Counter(_DOTTED.findall(code))
        narrow._forget()  # noqa: SLF001 -- the copy is this class's own
        return narrow

    @property
    def is_pine(self) -> bool:
        """Whether the language is Pine Script."""
        return self.language == "pine"

    @cached_property
    def inputs(self) -> frozenset[str]:
        """Names of the program's inputs."""
        return frozenset(each.name for each in self.facts.inputs)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The identifiers that occur at least twice: declared and used."""
        names = (name for name in self.counts if not name.startswith(_CONSTANTS))
        return Vocabulary({name: self.counts[name] for name in names}, least=2)

    @cached_property
    def indicators(self) -> Vocabulary:
        """The names of the indicators used, `iCustom`'s included."""
        return Vocabulary(dict.fromkeys(self.facts.indicators_used, 1))

    @cached_property
    def secrets(self) -> tuple[tuple[int, int], ...]:
        """Where credentials stand in the text."""
        return credentials.literals(self.source)

    def evidence(self, rule: str, offset: int) -> Evidence:
        """Return the line at an offset as evidence, credentials masked."""
        piece = self.source.evidence(rule, offset)
        if not self.secrets:
            return piece
        hidden = [self.source.text[start:end] for start, end in self.secrets]
        return piece.replace(text=credentials.mask(piece.text, hidden))

    def uses(self, name: str) -> tuple[int, ...]:
        """Return where a name is used; of an input, its declaration is no use."""
        found = self.offsets(name, 6)
        return found[1:] if name in self.inputs and len(found) > 1 else found[:5]

    def has(self, name: str) -> bool:
        """Whether the live code holds this identifier."""
        return self.counts.get(name, 0) > 0

    def offsets(self, name: str, limit: int = MAX_CALLS) -> tuple[int, ...]:
        """Return where an identifier stands in the live code, first to last."""
        known = self._offsets.get(name)
        if known is None:
            known = self._offsets[name] = ([], self._find(name))
        found, further = known
        if len(found) < limit:
            found.extend(islice(further, limit - len(found)))
        return tuple(found[:limit])

    def _find(self, name: str) -> Iterator[int]:
        code, size = self.code, len(name)
        left = min(self.counts.get(name, 0), MAX_CALLS)
        at = code.find(name) if left else -1
        while at >= 0:
            before, after = (
                code[at - 1 : at] if at else "",
                code[at + size : at + size + 1],
            )
            # Pine counts `ta.ema` as one name, which is no `ema`.
            if not (
                before == "_"
                or before.isalnum()
                or after == "_"
                or after.isalnum()
                or (self.is_pine and before == ".")
            ):
                yield at
                left -= 1
                if left == 0:
                    return
            at = code.find(name, at + size)

    def calls(self, *names: str) -> tuple[Call, ...]:
        """Return the calls of these functions, in the order of the names.

        A definition of the function looks like a call and is returned too.
        """
        return tuple(call for name in names for call in self._calls_of(name))

    def _calls_of(self, name: str) -> tuple[Call, ...]:
        if name not in self._calls:
            found = (self._call_at(name, at) for at in self.offsets(name))
            self._calls[name] = tuple(call for call in found if call is not None)
        return self._calls[name]

    def _call_at(self, name: str, offset: int) -> Call | None:
        opening = _CALL.match(self.code, offset + len(name))
        if opening is None:
            return None
        return Call(name, offset, arguments(self.code, opening.end()))

    def assignments(self, name: str) -> tuple[tuple[int, str], ...]:
        """Return offset and right side of each assignment to a name."""
        if name not in self._assignments:
            assigned = () if name in _NEVER_ASSIGNED else self._assigned(name)
            self._assignments[name] = tuple(assigned)
        return self._assignments[name]

    def _assigned(self, name: str) -> Iterable[tuple[int, str]]:
        for at in self.offsets(name, MAX_ASSIGNMENTS):
            sign = _ASSIGNMENT.match(self.code, at + len(name))
            if sign is not None:
                yield at, self.expression(sign.end())

    def updates(self, name: str) -> Iterable[tuple[int, str, str]]:
        """Yield offset, operator and right side of `name *= …` and its relatives."""
        for at in self.offsets(name, MAX_ASSIGNMENTS):
            sign = _UPDATE.match(self.code, at + len(name))
            if sign is not None:
                yield at, sign[1], self.expression(sign.end())

    def expression(self, start: int) -> str:
        """Return the expression that begins here, up to its end on this level."""
        depth = 0
        stop = min(len(self.code), start + 400)
        if self.is_pine:
            newline = self.code.find("\n", start, stop)
            return self.code[start : stop if newline < 0 else newline].strip()
        for mark in BRACKETS.finditer(self.code, start, stop):
            sign = mark[0]
            if sign in "([":
                depth += 1
            elif sign in ")]":
                depth -= 1
            if depth < 0 or (sign in ",;{}" and depth == 0):
                return self.code[start : mark.start()].strip()
        return self.code[start:stop].strip()

    def statement(self, offset: int) -> str:
        """Return the statement around an offset: at most 300 characters each way."""
        low = max(0, offset - 300)
        if self.is_pine:
            start = self.code.rfind("\n", low, offset) + 1
            end = self.code.find("\n", offset, offset + 300)
            return self.code[max(start, low) : end if end >= 0 else offset + 300]
        before = max(self.code.rfind(sign, low, offset) for sign in ";{}")
        after = _STATEMENT_END.search(self.code, offset, offset + 300)
        end = after.start() if after else offset + 300
        return self.code[max(before + 1, low) : end]

    def pine_guard(self, offset: int) -> str:
        """Return the conditions under which a line of Pine runs, itself included.

        The names in them are followed one step to what they are assigned.
        """
        start = self.code.rfind("\n", 0, offset) + 1
        line = self.statement(offset)
        conditions = [line]
        level = _indentation(line)
        for _ in range(40):
            if level == 0 or start == 0:
                break
            end, start = start - 1, self.code.rfind("\n", 0, start - 1) + 1
            line = self.code[start : min(end, start + 400)]
            if line.strip() and _indentation(line) < level:
                conditions.append(line)
                level = _indentation(line)
        text = " ; ".join(conditions)
        names = dict.fromkeys(_NAME.findall(text)[:40])
        followed = [value for name in names for _, value in self.assignments(name)[-2:]]
        return " ; ".join([text, *followed])

    def receiver(self, offset: int) -> str | None:
        """Return the name that the expression around an offset is assigned to."""
        text = self.code[max(0, offset - 130) : offset]
        sign = text.rfind("=")
        if (
            sign < 1
            or text[sign - 1] in "=<>!"
            or not _INSIDE.fullmatch(text, sign + 1)
        ):
            return None
        name = _RECEIVER.fullmatch(text[max(0, sign - 100) : sign][::-1])
        return name[1][::-1] if name is not None else None

    def before(self, offset: int, size: int) -> str:
        """Return up to `size` characters of code in front of an offset."""
        return self.code[max(0, offset - size) : offset]

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """The live functions that the source defines, by name."""
        if self.is_pine:
            return {}
        known = {each.rpartition(":")[2] for each in self.facts.functions}
        heads: dict[str, tuple[int, int]] = {}
        for body in _BODY.finditer(self.code):
            opening = self.code.rfind("(", max(0, body.start() - 2_000), body.start())
            # `if (Ready()) {` has a parenthesis in between, a definition has none.
            if opening < 0 or ")" in self.code[opening : body.start()]:
                continue
            words = self.code[max(0, opening - 100) : opening].split()
            if len(words) > 1 and words[-2] not in _NO_TYPE:
                name = words[-1].rpartition(":")[2].lstrip("*&~")
                if name in known and name not in heads:
                    heads[name] = (self.code.rindex(name, 0, opening), opening)
        ends = [*(start for start, _ in heads.values()), len(self.code)][1:]
        return {
            name: Function(name, self._parameters(opening), start, end)
            for (name, (start, opening)), end in zip(heads.items(), ends, strict=True)
        }

    def _parameters(self, opening: int) -> tuple[str, ...]:
        return tuple(map(_last_name, arguments(self.code, opening + 1)))

    def _closing(self, opening: int) -> int:
        depth = 0
        for brace in _BRACES.finditer(self.code, opening):
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                return brace.end()
        return len(self.code)

    @cached_property
    def _spans(self) -> tuple[list[int], list[Function]]:
        spans = sorted(self.functions.values(), key=lambda each: each.start)
        return [each.start for each in spans], spans

    def function_at(self, offset: int) -> Function | None:
        """Return the function whose body holds this offset."""
        starts, spans = self._spans
        place = bisect_right(starts, offset) - 1
        if place >= 0 and offset < spans[place].end:
            return spans[place]
        return None

    def body(self, function: Function) -> str:
        """Return a function's head and body."""
        return self.code[function.start : function.end]

    def _bury(self) -> None:
        """Blank the functions that nothing calls, and those that only they call."""
        counts = dict(self.counts)
        known = {each.rpartition(":")[2] for each in self.facts.functions} - _HANDLERS
        pending = sorted(name for name in known if counts.get(name) == 1)
        if not pending:
            return
        classes = self._classes()
        dead: list[Function] = []
        while pending and len(dead) < MAX_CALLS:
            function = self.functions.get(pending.pop())
            if function is None or any(
                start < function.start < end for start, end in classes
            ):
                continue
            opening = self.code.index("{", function.start)
            function = function._replace(end=self._closing(opening))
            dead.append(function)
            for used in _NAME.findall(self.code, function.start, function.end):
                if used in counts:
                    counts[used] -= 1
                    if counts[used] == 1 and used in known:
                        pending.append(used)
        if dead:
            self.code = _blanked(self.code, dead)
            self.counts = {name: count for name, count in counts.items() if count > 0}
            self.dead = tuple(dead)
            self._forget()

    def _classes(self) -> list[tuple[int, int]]:
        """Return the spans of classes: a method may be called from outside."""
        if not any(map(self.has, ("class", "struct", "interface"))):
            return []
        found = islice(_CLASS.finditer(self.code), MAX_CALLS)
        return [(each.start(), self._closing(each.end() - 1)) for each in found]


_INSIDE = re.compile(r"[^;=<>\n{}]{0,60}")
# Read backwards from the sign: an index perhaps, then the name.
_RECEIVER = re.compile(
    r":?\s{0,60}(?:\][^\[\]\n]{0,30}\[\s{0,3})?(\w{0,60}[A-Za-z_])(?:\W.{0,100})?",
    re.DOTALL,
)
_DERIVED = ("vocabulary", "functions", "_spans")
_DOTTED = re.compile(r"[^\W\d][\w.]*")


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _last_name(parameter: str) -> str:
    names = _NAME.findall(parameter.partition("=")[0])
    return names[-1] if names else ""


def _blanked(code: str, functions: Iterable[Function]) -> str:
    parts: list[str] = []
    done = 0
    for function in sorted(functions, key=lambda each: each.start):
        if function.start < done:
            continue
        parts.append(code[done : function.start])
        parts.append(re.sub(r"[^\n]", " ", code[function.start : function.end]))
        done = function.end
    parts.append(code[done:])
    return "".join(parts)
