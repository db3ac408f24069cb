"""The functions that a source defines, where each ends, and which nothing calls.

A light reading, in linear time: a definition is a known name in front of parameters
and a brace. Code that nothing calls is evidence for nothing, so it is blanked before
any rule looks.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from orquestrador.classification.expressions import arguments

MAX_DEAD = 96
"""Functions that are blanked, and classes that are looked at."""

_HANDLERS = frozenset(
    {"init", "deinit", "start", "main"}
    | {f"On{event}" for event in ("Init", "Deinit", "Tick", "Timer", "Trade")}
    | {f"On{event}" for event in ("TradeTransaction", "BookEvent", "ChartEvent")}
    | {f"On{event}" for event in ("Calculate", "Start", "Tester", "TesterInit")}
    | {f"On{event}" for event in ("TesterPass", "TesterDeinit")}
)
_CALLED_BACK = re.compile(r"on[A-Z]")
_BODY = re.compile(r"\)\s{0,400}+(?:\{|(?:const|export|override)\b\s{0,80}+\{)")
_BRACES = re.compile(r"[{}]")
_NAME = re.compile(r"[A-Za-z_]\w*")
_NO_TYPE = frozenset({"else", "return", "new", "delete", "case", "define"})
_CLASS = re.compile(r"\b(?:class|struct|interface)\s{1,20}\w{1,80}[^;{}()]{0,200}\{")
_NOT_LINE_END = re.compile(r"[^\n]+")


class Head(NamedTuple):
    """Where a definition begins: its name, and its parameters' parenthesis."""

    name: str
    start: int
    opening: int


class Function:
    """A function that the source defines, up to where the next one begins."""

    def __init__(self, code: str, head: Head, end: int) -> None:
        """Take the head and where the function ends in `code`."""
        self.name = head.name
        self.start = head.start
        self.end = end
        self._code = code
        self._opening = head.opening

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return tuple(map(_last_name, arguments(self._code, self._opening + 1)))


def heads(code: str, names: Collection[str]) -> list[Head]:
    """Return every definition of a function of these names, in order."""
    known = {name.rpartition(":")[2] for name in names}
    found: list[Head] = []
    for body in _BODY.finditer(code):
        closing = body.start()
        opening = code.rfind("(", max(0, closing - 2_000), closing)
        # `if (Ready()) {` has a parenthesis in between, a definition has none.
        if opening < 0 or code.find(")", opening, closing) >= 0:
            continue
        words = code[max(0, opening - 100) : opening].rsplit(maxsplit=2)
        if len(words) > 1 and words[-2] not in _NO_TYPE:
            name = words[-1].rpartition(":")[2].lstrip("*&~")
            if name in known:
                found.append(Head(name, code.rindex(name, 0, opening), opening))
    return found


def laid_out(code: str, found: Iterable[Head]) -> dict[str, Function]:
    """Return the functions by name, the first of each name, each up to the next."""
    first: dict[str, Head] = {}
    for head in found:
        first.setdefault(head.name, head)
    ends = [*(head.start for head in first.values()), len(code)][1:]
    return {
        name: Function(code, head, end)
        for (name, head), end in zip(first.items(), ends, strict=True)
    }


def unused(
    code: str, functions: Mapping[str, Function], counts: dict[str, int]
) -> list[Function]:
    """Return the functions that nothing calls, and those that only they call.

    Args:
        code: the whole source; each function returned ends with its brace.
        functions: what it defines, by name.
        counts: how often each name occurs; what dies is taken off.

    """
    names = functions.keys() - _HANDLERS
    if len(names) == len(functions):
        # An include has the handlers: it calls this source's `onTick`.
        names = {name for name in names if not _CALLED_BACK.match(name)}
        if len(names) == len(functions):
            # A fragment: whoever includes it calls what nothing here calls.
            return []
    pending = sorted(name for name in names if counts.get(name) == 1)
    classes = _classes(code, counts) if pending else []
    dead: list[Function] = []
    while pending and len(dead) < MAX_DEAD:
        function = functions[pending.pop()]
        # A method may be called from outside.
        if any(start < function.start < end for start, end in classes):
            continue
        function.end = _closing(code, code.index("{", function.start))
        dead.append(function)
        for used in _NAME.findall(code, function.start, function.end):
            if used in counts:
                counts[used] -= 1
                if counts[used] == 1 and used in names:
                    pending.append(used)
    return dead


def blanked(code: str, functions: Iterable[Function]) -> str:
    """Return the code with spaces where these functions stand."""
    parts: list[str] = []
    done = 0
    for function in sorted(functions, key=lambda each: each.start):
        if function.start < done:
            continue
        body = code[function.start : function.end]
        parts.append(code[done : function.start])
        parts.append(_NOT_LINE_END.sub(lambda line: " " * len(line[0]), body))
        done = function.end
    parts.append(code[done:])
    return "".join(parts)


def _closing(code: str, opening: int) -> int:
    depth = 0
    for brace in _BRACES.finditer(code, opening):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    return len(code)


def _classes(code: str, counts: Mapping[str, int]) -> list[tuple[int, int]]:
    """Return the spans of the classes."""
    spans: list[tuple[int, int]] = []
    for word in ("class", "struct", "interface"):
        # A search for a word alone is ten times faster than one for its context.
        at = code.find(word) if word in counts else -1
        while at >= 0 and len(spans) < MAX_DEAD:
            found = _CLASS.match(code, at)
            if found is not None:
                spans.append((at, _closing(code, found.end() - 1)))
            at = code.find(word, at + 1)
    return spans


def _last_name(parameter: str) -> str:
    names = _NAME.findall(parameter.partition("=")[0])
    return names[-1] if names else ""
