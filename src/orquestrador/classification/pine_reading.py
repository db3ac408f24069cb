"""What decides the signals of a Pine script: its values, followed through the code.

From an entry, an alert or a drawn arrow the conditions are followed backwards, through
names, functions of the script, branches and arrays, down to what is compared.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from orquestrador.classification.pine_arithmetic import calculated
from orquestrador.classification.pine_builtins import NAMES, by_name, called
from orquestrador.classification.pine_comparing import Asked, compared
from orquestrador.classification.pine_syntax import NOTHING, Line, Node, Script
from orquestrador.classification.pine_values import (
    ITSELF,
    UNKNOWN,
    Finding,
    Value,
    joined,
    limited,
    truth,
    turned,
)
from orquestrador.classification.program import Program

MAX_STEPS = 12_000
"""Expressions that are looked at in one source."""

MAX_DEPTH = 40
"""Names and functions that are followed into one another."""

_MAX_DEFINITIONS = 24
_MAX_TRIES = 3
_SENSES = {">": 1, ">=": 1, "<": -1, "<=": -1, "==": 0, "!=": 0}
_CROSSES = {"crossover": 1, "crossunder": -1, "cross": 0}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FILLED = re.compile(
    r"\barray\.(?:push|unshift|set|insert)\s*\(\s*(\w+)\s*,"
    r"|\b(?!array\b)(\w+)\.(?:push|unshift|set|insert)\s*\("
)
_TAKEN = frozenset(
    (
        "get",
        "first",
        "last",
        "pop",
        "shift",
        "max",
        "min",
        "avg",
        "sum",
        "median",
        "copy",
    )
)
_BOOLEAN = frozenset(("", "const", "state", "itself"))
_TOLD = frozenset(("strength", "direction"))
"""What is computed as any oscillator is and told from it by its name alone."""

_STRUCTURE = frozenset(("pivot", "pivots", "neighbours"))


@dataclass(eq=False)
class Frame:
    """The names inside one call of a function, or those of the whole script."""

    function: str = ""
    given: dict[str, Value] = field(default_factory=dict[str, Value])
    known: dict[str, Value] = field(default_factory=dict[str, Value])
    active: set[str] = field(default_factory=set[str])
    tries: Counter[str] = field(default_factory=Counter[str])


class Reading:
    """The values of one script."""

    def __init__(self, program: Program, *, default: bool = True) -> None:
        """Take the script apart; nothing is followed yet.

        Args:
            program: the source, a strategy or an indicator.
            default: whether what inputs switch off by default is left out.

        """
        self._default = default
        # A program that was narrowed for words is read whole.
        self.script = Script(program.source.code)
        self.whole = Frame()
        self._defaults = {
            each.name: each.default for each in program.facts.inputs if each.default
        }
        self._calls: dict[tuple[object, ...], Value] = {}
        self._places = program.source.places
        self._steps = 0
        self._depth = 0
        self._scopes: dict[int, str] = {}
        self._filled: dict[str, list[Line]] = {}
        self._frames: dict[str, Frame] = {}
        self._unfinished: set[tuple[int, str]] = set()
        for found in _FILLED.finditer(program.source.code):
            line = self.script.line_at(found.start())
            self._filled.setdefault(found[1] or found[2], []).append(line)

    # --- expressions ----------------------------------------------------------------

    def value(self, node: Node, frame: Frame) -> Value:
        """Return what an expression gives."""
        self._steps += 1
        if self._steps > MAX_STEPS or self._depth > MAX_DEPTH:
            return UNKNOWN
        self._depth += 1
        try:
            return self._value(node, frame)
        finally:
            self._depth -= 1

    def _value(self, node: Node, frame: Frame) -> Value:  # noqa: C901, PLR0911 -- a table
        match node.kind:
            case "number":
                return Value("const", number=float(node.name.replace("_", "")))
            case "text":
                return Value("const")
            case "name":
                return self._name(node.name, frame)
            case "call":
                return self._call(node, frame)
            case "index":
                return self._earlier(node, frame)
            case "sign" if len(node.parts) == 1:
                return self._signed(node, frame)
            case "sign":
                return self._operated(node, frame)
            case "choice":
                return self._chosen(node, frame)
            case "tuple":
                items = tuple(self.value(each, frame) for each in node.parts)
                return Value("tuple", items=items)
            case "named" | "case":
                return self.value(node.parts[-1], frame)
            case "member":
                return self.value(node.parts[0], frame)
            case _:
                return UNKNOWN

    def _earlier(self, node: Node, frame: Frame) -> Value:
        value = self.value(node.parts[0], frame)
        bars = self.value(node.parts[1], frame)
        if bars.number == 0:
            return value
        past = int(bars.number) if bars.number and abs(bars.number) < 1e6 else 1
        return value._replace(past=value.past + past)

    def _signed(self, node: Node, frame: Frame) -> Value:
        inner = node.parts[0]
        value = self.value(inner, frame)
        if node.name == "- ":
            number = -value.number if value.number is not None else None
            return value._replace(number=number)
        # What was not so on the bar before says when, not what.
        gone = inner.kind == "index" or value.past > 0
        found = () if gone else turned(value.findings, -1)
        return Value("state", findings=found)

    def _operated(self, node: Node, frame: Frame) -> Value:
        left, right = (self.value(each, frame) for each in node.parts)
        if (
            node.name == "and"
            and self._default
            and (_is_false(left) or _is_false(right))
        ):
            return Value("state")
        if node.name in {"and", "or"}:
            found = limited((*truth(left), *truth(right)))
            return _placed(Value("state", findings=found), node.offset)
        if node.name not in _SENSES:
            return _placed(calculated(node.name, left, right), node.offset)
        if "state" in {left.kind, right.kind} and left.past + right.past:
            return Value("state")
        sense = _SENSES[node.name]
        found = compared(left, right, Asked(sense, node.offset, word=_word(node.parts)))
        if node.name == "!=":
            found = turned(found, -1)
        return Value("state", findings=found)

    def _chosen(self, node: Node, frame: Frame) -> Value:
        asked, *branches = node.parts
        decided = self.value(asked, frame)
        if self._default and decided.kind == "const" and decided.number is not None:
            return self.value(branches[0 if decided.number else 1], frame)
        values = [self.value(each, frame) for each in branches]
        empty = [_is_nothing(each) for each in branches]
        if all(each.kind in _BOOLEAN for each in values) or any(empty):
            sense = _branch_sense(values, empty)
            found = turned(decided.findings, sense)
            return joined((*values, Value("state", findings=found)))
        value = joined(self.value(each, frame) for each in _leaves(branches))
        seen = {each.kind for each in decided.findings}
        if value.kind == "price" and seen & _STRUCTURE:
            return Value("pivot")
        if {each.kind for each in values} == {"price"} and seen <= {"colour"}:
            return values[0]
        return value

    # --- names ----------------------------------------------------------------------

    def _name(self, name: str, frame: Frame) -> Value:
        if name in frame.given:
            return frame.given[name]
        own = self._own(name, frame)
        if own is not None:
            return own
        known = NAMES.get(name.removeprefix("ta."))
        if known is not None:
            return known
        if name in self.script.counters:
            return Value("const", number=1.0)
        base, _, last = name.partition(".")
        if base in frame.given:
            return frame.given[base]
        return self._field(last) if last and base not in _SPACES else UNKNOWN

    def _field(self, last: str) -> Value:
        """Return what a field of one of the script's types holds by default."""
        last = last.rpartition(".")[2]
        field_ = self.script.fields.get(last)
        value = UNKNOWN
        if field_ is not None:
            value = self.value(self.script.expression(field_), self.whole)
        return value if value.kind not in _BOOLEAN else by_name(last)

    def _own(self, name: str, frame: Frame) -> Value | None:
        """Return the value of one of the script's own names; None for others."""
        lines = self.script.definitions.get(name, ())
        inside = [line for line in lines if self._scope(line) == frame.function]
        if not inside:
            if frame is not self.whole and lines:
                return self._own(name, self.whole)
            return None
        if name in frame.known:
            return frame.known[name]
        if name in frame.active:
            self._unfinished.add((id(frame), name))
            return ITSELF
        frame.active.add(name)
        values = [
            self._assigned(name, line, frame) for line in inside[:_MAX_DEFINITIONS]
        ]
        if name in self._filled:
            values += [self._put_in(line, frame) for line in self._filled[name][:8]]
        value = joined(values)
        frame.active.discard(name)
        self._unfinished.discard((id(frame), name))
        if value.kind == "itself" and self._unfinished:
            return value
        if value.kind in {"", "itself"}:
            value = by_name(name)._replace(findings=value.findings)
        if value.kind == "const" and len(inside) > 1:
            value = value._replace(number=None)
        frame.tries[name] += 1
        if not self._unfinished or frame.tries[name] >= _MAX_TRIES:
            frame.known[name] = value
        return value

    def _scope(self, line: Line) -> str:
        if line.number not in self._scopes:
            self._scopes[line.number] = self.script.scope(line)
        return self._scopes[line.number]

    def _assigned(self, name: str, line: Line, frame: Frame) -> Value:
        node = self.script.expression(line)
        if node.kind == "block":
            value = self._block(line, node, frame)
        elif _is_input(node):
            value = self._input(name, node, frame)
        else:
            value = self.value(node, frame)
        if len(line.names) > 1 or value.kind == "tuple":
            place = line.names.index(name)
            value = value.items[place] if place < len(value.items) else by_name(name)
        if line.sign[0] in "+-*/%":
            value = calculated(line.sign[0], ITSELF, value)
        if _is_nothing(node):
            return UNKNOWN
        guards = self.guards(line, frame) if line.sign != "=" else ()
        if not guards:
            return value
        if value.kind not in _BOOLEAN:
            seen = {each.kind for each in guards}
            moved = value.kind == "price" and seen & _STRUCTURE
            return Value("pivot") if moved else value
        sense = 0 if value.number is None else (1 if value.number > 0 else -1)
        found = limited((*value.findings, *turned(guards, sense)))
        return Value("state", findings=found)

    def _put_in(self, line: Line, frame: Frame) -> Value:
        node = self.script.expression(line)
        is_call = node.kind == "call" and node.parts
        return self.value(node.parts[-1], frame) if is_call else UNKNOWN

    def _input(self, name: str, node: Node, frame: Frame) -> Value:
        """Return an input's default: a source, or a number."""
        first = next((each for each in node.parts if each.name != "title"), NOTHING)
        first = next((each for each in node.parts if each.name == "defval"), first)
        value = self.value(first, frame)
        if value.kind != "const" or value.number is not None:
            return value
        number = _NUMBER.match(self._defaults.get(name, ""))
        return Value("const", number=float(number[0]) if number else None)

    # --- blocks and conditions ------------------------------------------------------

    def _block(self, line: Line, node: Node, frame: Frame) -> Value:
        """Return what `if`, `switch` or a loop gives to the name in front of it."""
        if node.name == "if":
            return self._branches([line, *self._else_lines(line)], frame)
        if node.name == "switch":
            cases = (self.script.lines[number] for number in line.children)
            return joined([self._case(each, frame) for each in cases])
        return self._last(line.children, frame)

    def _case(self, line: Line, frame: Frame) -> Value:
        node = self.script.expression(line)
        if node.kind != "case":
            return self.value(node, frame)
        asked, given = node.parts
        value = (
            self._last(line.children, frame)
            if given.kind == "none" and line.children
            else self.value(given, frame)
        )
        if value.kind in _BOOLEAN and asked.kind not in {"none", "text"}:
            found = turned(
                self.value(asked, frame).findings, -1 if _is_off(value) else 1
            )
            return value._replace(kind="state", findings=(*value.findings, *found))
        return value

    def _branches(self, lines: Sequence[Line], frame: Frame) -> Value:
        values: list[Value] = []
        for line in lines:
            value = self._last(line.children, frame)
            if value.kind in _BOOLEAN and line.keyword != "else":
                found = self._asked(line, frame)
                found = turned(found, -1 if _is_off(value) else 1)
                value = Value("state", findings=limited((*value.findings, *found)))
            values.append(value)
        return joined(values)

    def _last(self, children: Sequence[int], frame: Frame) -> Value:
        """Return what the last statement of a block gives."""
        if not children:
            return UNKNOWN
        line = self.script.lines[children[-1]]
        chain = [line]
        if line.keyword.startswith("else"):
            for number in reversed(children[:-1]):
                chain.insert(0, self.script.lines[number])
                if chain[0].keyword == "if":
                    break
        if chain[0].keyword == "if":
            return self._branches(chain, frame)
        if line.keyword == "switch":
            cases = [self.script.lines[number] for number in line.children]
            return joined([self._case(each, frame) for each in cases])
        if line.keyword:
            return self._last(line.children, frame)
        if line.names:
            values = [self._name(name, frame) for name in line.names]
            return (
                values[0] if len(values) == 1 else Value("tuple", items=tuple(values))
            )
        return self.value(self.script.expression(line), frame)

    def _else_lines(self, line: Line) -> list[Line]:
        found: list[Line] = []
        for other in self._following(line):
            if not other.keyword.startswith("else"):
                break
            found.append(other)
        return found

    def _following(self, line: Line) -> Iterator[Line]:
        for other in self.script.lines[line.number + 1 :]:
            if other.level < line.level:
                return
            if other.parent == line.parent:
                yield other

    def _asked(self, line: Line, frame: Frame) -> tuple[Finding, ...]:
        """Return what the condition of an `if` line compares."""
        node = self.script.expression(line)
        if node.kind == "block":
            node = node.parts[0]
        return truth(_placed(self.value(node, frame), line.start), line.start)

    def guards(self, line: Line, frame: Frame) -> tuple[Finding, ...]:
        """Return what the conditions compare under which a line runs."""
        found: list[Finding] = []
        while line.parent >= 0:
            last, line = line, self.script.lines[line.parent]
            if line.function:
                break
            node = self.script.expression(line)
            if line.keyword == "else":
                before = self._if_before(line)
                if before is not None:
                    found += turned(self._asked(before, frame), -1)
            elif line.keyword in {"if", "else if"} or node.kind == "block":
                found += self._asked(line, frame)
            elif line.keyword == "switch":
                found += turned(self.value(node, frame).findings, 0)
            elif node.kind == "case" and last is not line:
                found += self.value(node.parts[0], frame).findings
        return limited(found)

    def _if_before(self, line: Line) -> Line | None:
        for number in range(line.number - 1, -1, -1):
            other = self.script.lines[number]
            if other.level < line.level:
                return None
            if other.parent == line.parent and other.keyword in {"if", "else if"}:
                return other
        return None

    def frame(self, line: Line) -> Frame:
        """Return the names that a line sees, a function's parameters unknown."""
        scope = self._scope(line)
        if not scope:
            return self.whole
        if scope not in self._frames:
            parameters = self.script.functions[scope].parameters
            self._frames[scope] = Frame(scope, dict.fromkeys(parameters, UNKNOWN))
        return self._frames[scope]

    def conditions(self, line: Line, frame: Frame) -> tuple[Finding, ...]:
        """Return what decides that a line runs, also where its function is called."""
        found = [*self.guards(line, frame)]
        for offset in self._places.get(frame.function, ())[:_MAX_DEFINITIONS]:
            other = self.script.line_at(offset)
            inside = self._scope(other) == frame.function
            if other.function != frame.function and not inside:
                found += self.guards(other, self.frame(other))
        return limited(found)

    # --- calls ----------------------------------------------------------------------

    def _call(self, node: Node, frame: Frame) -> Value:
        name = node.name
        base, _, last = name.rpartition(".")
        if last in _CROSSES and base in {"", "ta"} and len(node.parts) > 1:
            left, right = (self.value(each, frame) for each in node.parts[:2])
            asked = Asked(
                _CROSSES[last], node.offset, trigger=True, word=_word(node.parts)
            )
            found = compared(left, right, asked)
            return Value("state", findings=found)
        function = self.script.functions.get(last)
        if function is not None and base not in _SPACES:
            target = (Node("name", base, (), node.offset),) if base else ()
            return self._called(function, (*target, *node.parts), frame)
        if last == "security":
            return self._requested(node, frame)
        if _is_input(node):
            return self._input("", node, frame)
        if last in _TAKEN and base and (base == "array" or base not in _SPACES):
            taken = node.parts[0] if base == "array" and node.parts else None
            return self.value(taken, frame) if taken else self._name(base, frame)
        return self._built_in(node, frame)

    def _built_in(self, node: Node, frame: Frame) -> Value:
        given = [self.value(each, frame) for each in node.parts]
        base, _, last = node.name.rpartition(".")
        if last == "iff" and len(node.parts) == 3:
            return self._chosen(Node("choice", "?", node.parts, node.offset), frame)
        if base in {"", "ta", "math"}:
            value = called(last, _in_order(node, given))
            if value is not None:
                return _placed(value, node.offset)
        return by_name(last) if base not in _SPACES else UNKNOWN

    def _requested(self, node: Node, frame: Frame) -> Value:
        """Return the expression that `request.security` asks for."""
        named = {each.name: each for each in node.parts if each.kind == "named"}
        asked = named.get("expression")
        if asked is None and len(node.parts) > 2:
            asked = node.parts[2]
        return self.value(asked, frame) if asked is not None else UNKNOWN

    def _called(self, function: Line, parts: Iterable[Node], frame: Frame) -> Value:
        given: dict[str, Value] = {}
        for place, part in enumerate(parts):
            if part.kind == "named":
                given[part.name] = self.value(part, frame)
            elif place < len(function.parameters):
                given[function.parameters[place]] = self.value(part, frame)
        key = function.function, tuple(given.items())
        found = self._calls.get(key)
        if found is None:
            # A function that calls itself gives nothing.
            self._calls[key] = UNKNOWN
            found = self._calls[key] = self._given_back(function, given)
        return found

    def _given_back(self, function: Line, given: dict[str, Value]) -> Value:
        inner = Frame(
            function.function, {**dict.fromkeys(function.parameters, UNKNOWN), **given}
        )
        node = self.script.expression(function)
        value = (
            self._last(function.children, inner)
            if node.kind == "none"
            else self.value(node, inner)
        )
        told = by_name(function.function)
        if value.kind in {"", "const", "itself"}:
            return told._replace(findings=value.findings)
        if value.kind == told.kind == "oscillator":
            return value._replace(detail=told.detail)
        if told.kind in _TOLD and value.kind != "state":
            return _told(value, told)
        return value


def read_by_default(program: Program, _: None) -> Reading:
    """Return a program's reading; ask by `program.answer`, which keeps it."""
    return Reading(program)


def read_whole(program: Program, _: None) -> Reading:
    """Return the reading of all that inputs can switch on."""
    return Reading(program, default=False)


_SPACES = frozenset(
    (
        "ta",
        "math",
        "str",
        "color",
        "array",
        "matrix",
        "map",
        "line",
        "label",
        "box",
        "table",
    )
) | frozenset(
    (
        "request",
        "ticker",
        "input",
        "strategy",
        "timeframe",
        "syminfo",
        "barstate",
        "chart",
    )
)


def _placed(value: Value, offset: int) -> Value:
    """Return a value whose findings all say where they stand."""
    if all(each.offset for each in value.findings):
        return value
    found = (each._replace(offset=each.offset or offset) for each in value.findings)
    return value._replace(findings=tuple(found))


def _word(parts: Sequence[Node]) -> str:
    """Return the name of a level that something is compared with."""
    return parts[1].name if len(parts) > 1 and parts[1].kind == "name" else ""


def _in_order(node: Node, given: Sequence[Value]) -> list[Value]:
    """Return a built-in's arguments, the source first where it is named."""
    for part, value in zip(node.parts, given, strict=True):
        if part.kind == "named" and part.name in {"source", "src", "x"}:
            return [value, *given]
    return list(given)


def _leaves(branches: Iterable[Node]) -> Iterator[Node]:
    """Yield what a choice among several gives."""
    for each in branches:
        if each.kind == "choice":
            yield from _leaves(each.parts[1:])
        else:
            yield each


def _is_false(value: Value) -> bool:
    return value.kind == "const" and value.number == 0


def _told(value: Value, told: Value) -> Value:
    """Return a value as its function's name calls it, each part of a tuple too."""
    if value.kind == "tuple":
        items = tuple(_told(each, told) for each in value.items)
        return value._replace(items=items)
    return told if value.kind in {*_BOOLEAN, "oscillator", "range"} else value


def _branch_sense(values: Sequence[Value], empty: Sequence[bool]) -> int:
    """Return whether a choice is on where its condition holds (1) or fails (-1)."""
    yes, no = values
    if empty[0] or (_is_off(yes) and not empty[1]):
        return -1
    if empty[1] or yes.kind == "const" or _is_off(no):
        return 1
    return 0


def _is_nothing(node: Node) -> bool:
    return node.kind == "none" or (node.kind == "name" and node.name == "na")


def _is_off(value: Value) -> bool:
    return value.kind == "const" and value.number is not None and value.number <= 0


def _is_input(node: Node) -> bool:
    return node.kind == "call" and (
        node.name == "input" or node.name.startswith("input.")
    )
