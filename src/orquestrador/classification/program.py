"""What rules ask of one source: its live names, its calls, the values that reach them.

A light reading, in linear time: no parser, but calls with their arguments, the
assignments of a name and the bodies of functions, each found when a rule asks for
it and only where the name occurs at all. Functions that nothing calls are blanked
before any rule looks, since dead code is evidence for nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from orquestrador.classification import credentials
from orquestrador.classification.expressions import (
    BRACKETS,
    arguments,
)
from orquestrador.classification.functions import (
    Function,
    Head,
    blanked,
    heads,
    laid_out,
    unused,
)
from orquestrador.classification.lexing import Source, count_names
from orquestrador.classification.vocabulary import Vocabulary
from orquestrador.messages import Evidence, Facts, Kind, Language

MAX_ASSIGNMENTS = 48
"""Occurrences of a name that are looked at for an assignment."""

__all__ = ["Call", "Function", "Program", "arguments"]

MAX_CALLS = 96
"""Calls of one name that are looked at."""


_RUNS = frozenset({"expert", "indicator", "script", "service"})
_NAME = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"\s{0,80}\(")
_ASSIGNMENT = re.compile(r"\s{0,80}(?:\[[^\]\n]{0,60}\]\s{0,80})?(?::=|=(?!=))")
_UPDATE = re.compile(r"\s{0,80}([*/+-])=")
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
_STATEMENT_END = re.compile(r"[;{}]")


About = TypeVar("About", bound=Hashable)
Answer = TypeVar("Answer")


class Call(NamedTuple):
    """One call in the live code."""

    name: str
    offset: int
    arguments: tuple[str, ...]


class Program:
    """One source as rules see it.

    Attributes:
        code: live code, comments and the contents of strings blanked; offsets are
            those of the source's text.
        counts: how often each identifier occurs in the live code.
        is_pine: whether the language is Pine Script.

    """

    def __init__(
        self, source: Source, language: Language, kind: Kind, facts: Facts
    ) -> None:
        """Blank the dead functions; everything else waits until it is asked for."""
        self.source = source
        self.language = language
        self.is_pine = language == "pine"
        self.kind = kind
        self.facts = facts
        self.code = source.code
        self.counts: Mapping[str, int] = source.counts
        self.dead: tuple[Function, ...] = ()
        self._whole: Program | None = None
        self._forget()
        if kind in _RUNS and language != "pine":
            self._bury()

    def _forget(self) -> None:
        for name in _DERIVED:
            self.__dict__.pop(name, None)
        self._offsets: dict[str, tuple[int, ...]] = {}
        self._assignments: dict[str, tuple[tuple[int, str], ...]] = {}
        self._calls: dict[str, tuple[Call, ...]] = {}
        self._answers: dict[tuple[object, object], Any] = {}
        self._checked: dict[
            Callable[[Program], Iterable[int]], tuple[list[int], Iterator[int]]
        ] = {}

    def checked(
        self, check: Callable[["Program"], Iterable[int]], limit: int
    ) -> tuple[int, ...]:
        """Return what a check finds first; it goes on when more is asked for."""
        known = self._checked.get(check)
        if known is None:
            known = self._checked[check] = ([], iter(check(self)))
        found, further = known
        if len(found) < limit:
            found.extend(islice(further, limit - len(found)))
        return tuple(found[:limit])

    def answer(
        self, question: "Callable[[Program, About], Answer]", about: About
    ) -> Answer:
        """Return what a function says about a part of the program; it is asked once."""
        key = question, about
        if key in self._answers:
            known: Answer = self._answers[key]
            return known
        answer = self._answers[key] = question(self, about)
        return answer

    def narrowed(self, code: str, kept: str | None = None) -> "Program":
        """Return this program with less code: the rest of it blanked.

        Args:
            code: as long as before.
            kept: what is left of it, without the blanks, where that is known.

        """
        narrow = copy(self)
        narrow._whole = self.whole  # noqa: SLF001 -- the copy is this class's own
        narrow.code = code
        left = code if kept is None else kept
        narrow.counts = count_names(left, "pine" if self.is_pine else "mql")
        narrow._forget()  # noqa: SLF001 -- the copy is this class's own
        return narrow

    @property
    def whole(self) -> "Program":
        """The program that this one was narrowed from; otherwise itself."""
        return self._whole or self

    @cached_property
    def inputs(self) -> frozenset[str]:
        """Names of the program's inputs."""
        return frozenset(each.name for each in self.facts.inputs)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The identifiers that occur at least twice: declared and used."""
        # A slice may hold the use without the declaration.
        declared: Mapping[str, int] = {} if self.is_pine else self.whole.counts
        return Vocabulary(
            name
            for name, count in self.counts.items()
            if (count > 1 or declared.get(name, 0) > 1)
            and not name.startswith(_CONSTANTS)
        )

    @cached_property
    def indicators(self) -> Vocabulary:
        """The names of the indicators used, `iCustom`'s included."""
        return Vocabulary(self.facts.indicators_used)

    @cached_property
    def secrets(self) -> tuple[tuple[int, int], ...]:
        """Where credentials stand in the text."""
        return credentials.literals(self.source)

    def evidence(self, rule: str, offset: int) -> Evidence:
        """Return the line at an offset as evidence, credentials masked."""
        piece = self.source.evidence(rule, offset)
        if not self.secrets:
            return piece
        return piece.replace(text=credentials.hidden(self.source, piece.text))

    def uses(self, name: str, limit: int = 5) -> tuple[int, ...]:
        """Return where a name is used; of an input, its declaration is no use."""
        if name not in self.inputs:
            return self.offsets(name, limit)
        found = self.offsets(name, limit + 1)
        return found[1:] if len(found) > 1 else found

    def has(self, name: str) -> bool:
        """Whether the live code holds this identifier."""
        return name in self.counts

    def first_of(self, names: Iterable[str]) -> str | None:
        """Return the first of these identifiers that the live code holds."""
        if self.counts.keys().isdisjoint(names):
            return None
        return next(filter(self.has, names), None)

    def first_word(self, stems: Iterable[str]) -> str | None:
        """Return the first of the program's own words that holds one of the stems."""
        return self.vocabulary.first(*stems)

    def first_indicator(self, stems: Iterable[str]) -> str | None:
        """Return the first indicator used whose name holds one of the stems."""
        return self.indicators.first(*stems)

    def offsets(self, name: str, limit: int = MAX_CALLS) -> tuple[int, ...]:
        """Return where an identifier stands in the live code, first to last."""
        if name not in self.counts:
            return ()
        found = self._offsets.get(name)
        if found is None:
            # What is left beside a blank may be no identifier of the whole source.
            places, code = self.source.places.get(name, ()), self.code
            if code is not self.source.code:
                # What was blanked is a space now.
                places = [place for place in places if code[place] != " "]
            found = self._offsets[name] = tuple(places[:MAX_CALLS])
        return found if len(found) <= limit else found[:limit]

    def calls(self, *names: str) -> tuple[Call, ...]:
        """Return the calls of these functions, in the order of the names.

        A definition of the function looks like a call and is returned too.
        """
        found: tuple[Call, ...] = ()
        for name in names:
            if name in self.counts:
                found += self._calls_of(name)
        return found

    def _calls_of(self, name: str) -> tuple[Call, ...]:
        found = self._calls.get(name)
        if found is None:
            at = (self._call_at(name, at) for at in self.offsets(name))
            found = self._calls[name] = tuple(call for call in at if call is not None)
        return found

    def _call_at(self, name: str, offset: int) -> Call | None:
        opening = _CALL.match(self.code, offset + len(name))
        if opening is None:
            return None
        return Call(name, offset, arguments(self.code, opening.end()))

    def assignments(self, name: str) -> tuple[tuple[int, str], ...]:
        """Return offset and right side of each assignment to a name."""
        if name in _NEVER_ASSIGNED or name not in self.counts:
            return ()
        found = self._assignments.get(name)
        if found is None:
            found = self._assignments[name] = tuple(self._assigned(name))
        return found

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
            return self.code[start : self._line_end(start, stop)].strip()
        plain = _PLAIN_END.match(self.code, start, stop)
        if plain is not None:
            return self.code[start : plain.start(1)].strip()
        for mark in BRACKETS.finditer(self.code, start, stop):
            sign = mark[0]
            if sign in "([":
                depth += 1
            elif sign in ")]":
                depth -= 1
            if depth < 0 or (sign in ",;{}" and depth == 0):
                return self.code[start : mark.start()].strip()
        return self.code[start:stop].strip()

    def _line_end(self, start: int, stop: int) -> int:
        """Return where a line of Pine ends with the lines that carry it on."""
        end = self.code.find("\n", start, stop)
        while end >= 0 and (
            _ENDS_OPEN.search(self.code, max(start, end - 60), end)
            or _BEGINS_OPEN.match(self.code, end + 1)
        ):
            end = self.code.find("\n", end + 1, stop)
        return stop if end < 0 else end

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

        The names in them are followed two steps to what they are assigned.
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
        known: dict[str, None] = {}
        given = [text]
        for _ in range(2):
            names = dict.fromkeys(_NAME.findall(given[-1])[:40])
            new = [name for name in names if name not in known]
            known.update(dict.fromkeys(new))
            values = (self.assignments(name)[-2:] for name in new)
            given.append(" ; ".join(value for found in values for _, value in found))
        return " ; ".join(given)

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

    def callee(self, offset: int, size: int) -> str | None:
        """Return the function to which what stands here is passed as it is.

        Its parenthesis opens at most `size` characters in front.
        """
        text = _EMPTY_CALL.sub("  ", self.before(offset, size + 62))
        opening = text.rfind("(", max(0, len(text) - size - 1))
        if opening < 0 or _PASSED_ON.search(text, opening + 1):
            return None
        name = _NAME_BACKWARDS.match(text[:opening][::-1])
        return name[1][::-1] if name is not None else None

    def before(self, offset: int, size: int) -> str:
        """Return up to `size` characters of code in front of an offset."""
        return self.code[max(0, offset - size) : offset]

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """The live functions that the source defines, by name."""
        code = self.code
        # What was blanked is a space now.
        alive = [head for head in self._heads if code[head.start] != " "]
        return laid_out(code, alive)

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

    @property
    def definitions(self) -> Sequence[Head]:
        """Every function that MQL source defines, overloads and dead ones too."""
        return self._heads

    @cached_property
    def _heads(self) -> list[Head]:
        return [] if self.is_pine else heads(self.source.code, self.facts.functions)

    def _bury(self) -> None:
        """Blank the functions that nothing calls, and those that only they call."""
        names = (each.rpartition(":")[2] for each in self.facts.functions)
        if not any(self.counts.get(name) == 1 for name in names):
            return
        counts = dict(self.counts)
        dead = unused(self.code, self.functions, counts)
        if dead:
            self.code = blanked(self.code, dead)
            self.counts = {name: count for name, count in counts.items() if count > 0}
            self.dead = tuple(dead)
            self._forget()


# `Open(Symbol(), StopLoss)` passes its stop to `Open`.
_EMPTY_CALL = re.compile(r"\(\)")
_PASSED_ON = re.compile(r"[);{}]")
_NAME_BACKWARDS = re.compile(r"\s{0,3}(\w{0,60}[A-Za-z_])")
_PLAIN_END = re.compile(r"[^()\[\]{},;]*+([,;{})\]])")
# A line of Pine goes on where it ends, or the next one begins, with an operator.
_ENDS_OPEN = re.compile(r"(?:\b(?:and|or|not)|[?:,(+*/=<>-])[ \t\r]{0,40}$")
_BEGINS_OPEN = re.compile(r"[ \t]{1,60}(?:and\b|or\b|[?:+*/])")
_INSIDE = re.compile(r"[^;=<>\n{}]{0,60}")
# Read backwards from the sign: an index perhaps, then the name.
_RECEIVER = re.compile(
    r":?\s{0,60}(?:\][^\[\]\n]{0,30}\[\s{0,3})?(\w{0,60}[A-Za-z_])(?:\W.{0,100})?",
    re.DOTALL,
)
_DERIVED = ("vocabulary", "functions", "_spans")


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
