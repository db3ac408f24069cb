"""Pine Script's statements and expressions, read when they are asked for.

Lines that belong together are joined and nested by their indentation at once; what
stands in one of them is parsed only when something looks at it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

MAX_LINES = 20_000
MAX_DEPTH = 60
"""Brackets and operators nested deeper than this are not followed."""

_TOKEN = re.compile(
    r"(?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"
    r"|(?P<text>\"[^\"\n]*\"?|'[^'\n]*'?)|(?P<color>\#[0-9a-fA-F]{3,8})"
    r"|(?P<sign>=>|:=|==|!=|<=|>=|[-+*/%]=|[-+*/%<>?:=()\[\],.])"
)
_BRACKET = re.compile(r"[()\[\]]")
_LEVELS = {
    "or": 1,
    "and": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_NOT_LEVEL = 7
_GOES_ON = re.compile(
    r"(?:[-+*/%?:,]|[<>=!]=|[<>]|(?<![=:!<>])=|:=|\band|\bor|\bnot)\s*$"
)
_GOES_ON_BEFORE = re.compile(r"\s+(?:[?:*/%,]|and\b|or\b|[<>!=]=|[<>]|[-+]\s?\S)")
_OPENS = re.compile(
    r"\s*(?:if|for|while|switch|else|type|enum|method|export)\b|.*=>\s*$"
)
_DECLARED = re.compile(
    r"\s*(?:(?:export|method|varip|var|const|series|simple)\s+)*"
    r"(?:(?:[^\W\d][\w.]*(?:<[\w.,\s]*>)?(?:\[\])?)\s+)?"
    r"(?:(?P<name>[^\W\d][\w.]*)\s*(?P<sign>:?=(?![=>])|[-+*/%]=)"
    r"|(?P<function>[^\W\d]\w*)\s*\((?P<given>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*=>"
    r"|\[(?P<names>[^\]=\n]*)\]\s*=(?!=))"
)
_KEYWORD = re.compile(
    r"\s*(?:(if|else\s+if|else|for|while|switch)\b(?!\s*[=.:(]\s*=)"
    r"|(?:export\s+)?(type|enum)\s+\w+\s*$)"
)
_COUNTER = re.compile(r"\s*for\s+\[?([^\W\d]\w*)")
_NEXT = re.compile(r",\s*(?=(?:var\s+)?[^\W\d]\w*\s*:?=(?!=))")
_PARAMETER = re.compile(r"([^\W\d]\w*)\s*(?:=.*)?$", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")


class Node(NamedTuple):
    """An expression: what it is, its operator or name, its parts, where it begins."""

    kind: str
    """`number`, `name`, `text`, `call`, `index`, `sign`, `choice`, `tuple`, `named`,
    `member`, `block`, `case` or `none`."""

    name: str
    parts: tuple["Node", ...]
    offset: int


NOTHING = Node("none", "", (), 0)


@dataclass(slots=True)
class Line:
    """One statement, whose lines are joined, and what is indented below it."""

    number: int
    start: int
    level: int
    text: str
    parent: int = -1
    children: list[int] = field(default_factory=list[int])
    keyword: str = ""
    """`if`, `else`, `else if`, `for`, `while`, `switch`, `type` or none."""

    names: tuple[str, ...] = ()
    """What is assigned."""

    sign: str = ""
    function: str = ""
    """The function whose head this is."""

    parameters: tuple[str, ...] = ()
    body: int = 0
    """Where in `text` the expression begins."""


class Script:
    """The statements of one source."""

    def __init__(self, code: str) -> None:
        """Join and nest the lines; `code` has neither comments nor texts."""
        self._code = code
        self.lines: list[Line] = []
        self.counters: set[str] = set()
        """The names that loops count with."""
        open_lines: list[int] = []
        statements = (each for joined in _joined(code) for each in _separate(*joined))
        for number, (start, text) in enumerate(statements):
            line = _line(number, start, text)
            while open_lines and self.lines[open_lines[-1]].level >= line.level:
                open_lines.pop()
            if open_lines:
                line.parent = open_lines[-1]
                self.lines[line.parent].children.append(number)
            if line.keyword == "for" and (counter := _COUNTER.match(text)):
                self.counters.add(counter[1])
            self.lines.append(line)
            open_lines.append(number)
        self._parsed: dict[int, Node] = {}

    @cached_property
    def functions(self) -> dict[str, Line]:
        """The functions that the source defines, the last one of each name."""
        return {line.function: line for line in self.lines if line.function}

    @cached_property
    def definitions(self) -> dict[str, list[Line]]:
        """The lines that assign a name, by its first part before a dot."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.names and not self._in_type(line):
                for name in line.names:
                    found.setdefault(name, []).append(line)
        return found

    @cached_property
    def fields(self) -> dict[str, Line]:
        """The fields of the script's types that have a default, by their names."""
        lines = (line for line in self.lines if line.names and self._in_type(line))
        return {line.names[0]: line for line in lines}

    def _in_type(self, line: Line) -> bool:
        return line.parent >= 0 and self.lines[line.parent].keyword in {"type", "enum"}

    @cached_property
    def _starts(self) -> list[int]:
        return [line.start for line in self.lines]

    def line_at(self, offset: int) -> Line:
        """Return the statement that holds an offset of the code."""
        return self.lines[max(0, bisect_right(self._starts, offset) - 1)]

    def matching(self, pattern: re.Pattern[str]) -> Iterator[Line]:
        """Yield the statements that hold a match, each once, first to last."""
        last = -1
        for found in pattern.finditer(self._code):
            line = self.line_at(found.start())
            if line.number != last:
                last = line.number
                yield line

    def scope(self, line: Line) -> str:
        """Return the function that a line stands in; empty for none."""
        while line.parent >= 0:
            line = self.lines[line.parent]
            if line.function:
                return line.function
        return ""

    def expression(self, line: Line) -> Node:
        """Return what a line assigns, asks or calls."""
        found = self._parsed.get(line.number)
        if found is None:
            parser = _Parser(line.text, line.body, line.start)
            found = self._parsed[line.number] = parser.whole()
        return found


def _joined(code: str) -> Iterator[tuple[int, str]]:
    """Yield where each statement begins and its text."""
    start, depth, offset = -1, 0, 0
    parts: list[str] = []
    for count, text in enumerate(code.splitlines(keepends=True)):
        if count >= MAX_LINES:
            break
        if text.isspace():
            if start >= 0:
                parts.append(text)
            offset += len(text)
            continue
        goes_on = (
            start >= 0
            and len(parts) < 400
            and (
                (depth > 0 and not _new_at_left(text))
                or _continues("".join(parts[-2:]), text)
            )
        )
        if not goes_on:
            if start >= 0:
                yield start, "".join(parts)
            start, parts, depth = offset, [], 0
        parts.append(text)
        for bracket in _BRACKET.findall(text):
            depth += 1 if bracket in "([" else -1
        offset += len(text)
    if start >= 0:
        yield start, "".join(parts)


def _separate(start: int, text: str) -> Iterator[tuple[int, str]]:
    """Yield the statements of a line that holds several: `a = 1, b = 2`."""
    indent = text[: len(text) - len(text.lstrip())].replace("\n", "")
    last = 0
    for found in _NEXT.finditer(text) if _DECLARED.match(text) else ():
        part = text[last : found.start()]
        if part.count("(") == part.count(")") and part.count("[") == part.count("]"):
            yield start + last, part if last == 0 else indent + part
            last = found.end()
    yield start + last, text if last == 0 else indent + text[last:]


def _new_at_left(text: str) -> bool:
    """Whether a line is a statement of its own although a bracket is open."""
    return not text[0].isspace() and bool(_DECLARED.match(text))


def _continues(last: str, text: str) -> bool:
    if not text[0].isspace():
        return False
    if _GOES_ON.search(last[-80:].rstrip()) and not last.rstrip().endswith("=>"):
        return True
    if text.lstrip().startswith("=>"):
        return False
    return bool(_GOES_ON_BEFORE.match(text))


def _line(number: int, start: int, text: str) -> Line:
    indent = len(text) - len(text.lstrip())
    level = len(text[:indent].expandtabs(4))
    line = Line(number, start, level, text)
    keyword = _KEYWORD.match(text)
    if keyword is not None:
        line.keyword = " ".join((keyword[1] or keyword[2]).split())
        line.body = keyword.end()
        return line
    found = _DECLARED.match(text)
    if found is None:
        line.body = indent
        return line
    line.body = found.end()
    if found["function"]:
        line.function = found["function"]
        given = (_PARAMETER.search(each.strip()) for each in _split(found["given"]))
        line.parameters = tuple(each[1] for each in given if each)
        return line
    line.sign = found["sign"] or "="
    line.names = (
        (found["name"],) if found["name"] else tuple(_NAME.findall(found["names"]))
    )
    return line


def _split(given: str) -> list[str]:
    parts: list[str] = []
    depth, last = 0, 0
    for at, sign in enumerate(given):
        if sign in "(<[":
            depth += 1
        elif sign in ")>]":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append(given[last:at])
            last = at + 1
    return [*parts, given[last:]]


class _Parser:
    """Reads one expression by precedence; what it does not know it leaves out."""

    def __init__(self, text: str, begin: int, start: int) -> None:
        self._tokens = [
            (each.lastgroup or "", each[0], start + each.start())
            for each in _TOKEN.finditer(text, begin)
        ]
        self._at = 0

    def whole(self) -> Node:
        """Return the expression; one with a keyword in front is a `block`."""
        kind, word, offset = self._peek()
        if kind == "name" and word in {"if", "switch", "for", "while"}:
            self._at += 1
            return Node("block", word, (self._choice(0),), offset)
        asked = NOTHING if self._peek()[1] == "=>" else self._choice(0)
        if self._takes("=>"):
            return Node("case", "", (asked, self._choice(0)), offset)
        return asked

    def _peek(self) -> tuple[str, str, int]:
        if self._at < len(self._tokens):
            return self._tokens[self._at]
        return "", "", 0

    def _takes(self, sign: str) -> bool:
        if self._peek()[1] == sign and self._peek()[0] != "text":
            self._at += 1
            return True
        return False

    def _choice(self, depth: int) -> Node:
        left = self._binary(0, depth)
        if depth < MAX_DEPTH and self._takes("?"):
            yes = self._choice(depth + 1)
            no = self._choice(depth + 1) if self._takes(":") else NOTHING
            return Node("choice", "?", (left, yes, no), left.offset)
        return left

    def _binary(self, least: int, depth: int) -> Node:
        left = self._unary(depth)
        while depth < MAX_DEPTH:
            kind, sign, offset = self._peek()
            level = _LEVELS.get(sign, 0) if kind in {"sign", "name"} else 0
            if level <= least:
                break
            self._at += 1
            right = self._binary(level, depth + 1)
            left = Node("sign", sign, (left, right), left.offset or offset)
        return left

    def _unary(self, depth: int) -> Node:
        kind, word, offset = self._peek()
        if depth < MAX_DEPTH and (
            word in {"-", "+"} or (kind == "name" and word == "not")
        ):
            self._at += 1
            level = _NOT_LEVEL - 1 if word != "not" else _LEVELS["and"]
            inner = self._binary(level, depth + 1)
            return inner if word == "+" else Node("sign", f"{word} ", (inner,), offset)
        return self._postfix(self._atom(depth), depth)

    def _atom(self, depth: int) -> Node:
        kind, word, offset = self._peek()
        self._at += 1
        if kind in {"number", "text", "color", "name"}:
            return Node(kind, word, (), offset)
        if word == "(" and depth < MAX_DEPTH:
            inner = self._choice(depth + 1)
            self._takes(")")
            return inner
        if word == "[" and depth < MAX_DEPTH:
            return Node("tuple", "", self._list("]", depth), offset)
        return NOTHING

    def _postfix(self, node: Node, depth: int) -> Node:
        while depth < MAX_DEPTH:
            if self._peek()[1] == "<" and node.kind == "name":
                self._skip_type()
            if self._takes("("):
                name = node.name if node.kind in {"name", "member"} else ""
                target = node.parts if node.kind == "member" else ()
                parts = self._list(")", depth)
                node = Node("call", name, (*target, *parts), node.offset)
            elif self._takes("["):
                index = self._choice(depth + 1)
                self._takes("]")
                node = Node("index", "", (node, index), node.offset)
            elif node.kind in {"call", "index", "member"} and self._takes("."):
                _, word, _ = self._peek()
                self._at += 1
                node = Node("member", word, (node,), node.offset)
            else:
                break
        return node

    def _skip_type(self) -> None:
        """Step over `<float>` of `array.new<float>(`."""
        at = self._at + 1
        if [each[1] for each in self._tokens[at + 1 : at + 3]] == [">", "("]:
            self._at = at + 2

    def _list(self, closing: str, depth: int) -> tuple[Node, ...]:
        found: list[Node] = []
        while self._at < len(self._tokens) and not self._takes(closing):
            before = self._at
            named = self._tokens[self._at : self._at + 2]
            if len(named) == 2 and named[0][0] == "name" and named[1][1] == "=":
                self._at += 2
                value = self._choice(depth + 1)
                found.append(Node("named", named[0][1], (value,), named[0][2]))
            else:
                found.append(self._choice(depth + 1))
            self._takes(",")
            if self._at == before:
                self._at += 1
        return tuple(found)
