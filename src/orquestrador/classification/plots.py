"""What an indicator draws: its buffers, and what they are computed from."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.program import Program
from orquestrador.classification.terms import Terms

MAX_BUFFERS = 24
"""Buffers that are looked at."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_HIDDEN = ("INDICATOR_CALCULATIONS", "INDICATOR_COLOR_INDEX")


def buffers(program: Program) -> Mapping[str, frozenset[str]]:
    """Return the drawn buffers by name, with what each is made of."""
    return program.answer(_buffers, None)


def _buffers(program: Program, _: None) -> Mapping[str, frozenset[str]]:
    terms = Terms(program)
    found: dict[str, frozenset[str]] = {}
    for call in program.calls("SetIndexBuffer")[:MAX_BUFFERS]:
        if len(call.arguments) > 1 and call.arguments[-1] not in _HIDDEN:
            name = _NAME.match(call.arguments[1])
            if name is not None:
                found[name[0]] = terms.of_name(name[0])
    return found


def range_plotted(program: Program) -> Iterator[int]:
    """A buffer is made of a range or a deviation, not moved by one from a bar's end."""
    for name, kinds in buffers(program).items():
        if "range" in kinds and not kinds & _ENDS:
            yield from program.uses(name, 1)


def trend_plotted(program: Program) -> Iterator[int]:
    """A buffer is made of a trend's direction or strength."""
    for name, kinds in buffers(program).items():
        if kinds & {"trend", "strength"}:
            yield from program.uses(name, 1)


def own_oscillator(program: Program) -> Iterator[int]:
    """Lines in a window of their own, which no trend and no range explains."""
    found = buffers(program)
    made = frozenset[str]().union(*found.values())
    if (
        program.has("indicator_separate_window")
        and len(found) > 1
        and not made & {"trend", "strength", "range", "volume", "pattern"}
    ):
        for name in found:
            yield from program.uses(name, 1)


def bar_ends_plotted(program: Program) -> Iterator[int]:
    """What is drawn on the chart stands at bars' highs and lows, and is no average."""
    found = buffers(program)
    made = frozenset[str]().union(*found.values())
    if made & _ENDS and made <= _PRICES and program.has("indicator_chart_window"):
        for name in found:
            yield from program.uses(name, 1)


_ENDS = frozenset({"high", "low"})
_PRICES = frozenset({"high", "low", "custom"})


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (range_plotted, trend_plotted, own_oscillator, bar_ends_plotted)
}
