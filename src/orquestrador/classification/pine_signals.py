"""Checks for the rules of Pine Script: what its signals compare.

A strategy's signals are the conditions of its entries; an indicator's are those of its
alerts and marks and, where there are none, what it plots.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from orquestrador.classification.pine_reading import Frame, Reading
from orquestrador.classification.pine_syntax import Line, Node
from orquestrador.classification.pine_values import Finding, Value, limited, named
from orquestrador.classification.program import Program

MAX_SIGNALS = 60
"""Entries or marks that are followed."""

_ENTRY = re.compile(r"\bstrategy\.(?:entry|order)\s*\(")
_MARK = re.compile(r"\b(?:plotshape|plotchar|plotarrow|alertcondition|alert)\s*\(")
_LABEL = re.compile(r"\blabel\.new\s*\(")
_PLOT = re.compile(r"\b(?:plot|plotcandle|plotbar|fill)\s*\(")
_PAINT = re.compile(r"\b(?:barcolor|bgcolor)\s*\(")
_UP = re.compile(r"(?:belowbar|triangleup|arrowup|label_?up)\b")
_DOWN = re.compile(r"(?:abovebar|triangledown|arrowdown|label_?down)\b")
_UP_NAME = re.compile(r"buy|long|bull|_?up$", re.IGNORECASE)
_DOWN_NAME = re.compile(r"sell|short|bear|_?down$|_?dn$", re.IGNORECASE)
_WAITS = {
    "extreme_low": "range_broken",
    "extreme_high": "range_broken",
    "pivot": "pivot",
    "price": "stop_entry",
    "band_high": "stop_entry",
    "band_low": "stop_entry",
}
_MARKED = ("plotshape", "plotchar", "plotarrow", "alertcondition", "alert", "label.new")

Meanings = Mapping[str, int]
"""What signals rest on, each with the offset of its first comparison."""


def meanings(program: Program, _: None = None) -> Meanings:
    """Return what the program's signals rest on."""
    if program.kind not in {"strategy", "indicator"}:
        return {}
    found = _meanings(program, Reading(program))
    return found or _meanings(program, Reading(program, default=False))


def _meanings(program: Program, reading: Reading) -> Meanings:
    if program.kind == "strategy":
        return _weightiest(_first(_entries(reading)))
    found = _first(_marks(reading, _MARK, _LABEL))
    if not found:
        found = _first((*_marks(reading, _PAINT), *_plots(reading)))
    return _weightiest(found)


def _weightiest(found: Meanings) -> Meanings:
    """Return what counts where a signal rests on several comparisons."""
    known = {name for family in _FAMILIES for name in family}
    kept = {name: found[name] for name in found if name not in known}
    for family in _FAMILIES:
        name = next(filter(found.__contains__, family), None)
        if name is not None:
            kept[name] = found[name]
    if "oscillator_extreme" in kept:
        # Where an oscillator has to be at its end, its turn only confirms.
        for name in ("oscillators", "level_middle", "oscillator_turn", "moved"):
            kept.pop(name, None)
    for name in _ALONE:
        if name in kept and len(kept) == 1:
            kept[f"{name}_alone"] = kept[name]
    return kept


def _first(signals: Iterable[Meanings]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in signals:
        for name, offset in each.items():
            found.setdefault(name, offset)
    return found


# --- strategies -------------------------------------------------------------------


def _entries(reading: Reading) -> Iterator[Meanings]:
    for line in _lines(reading, _ENTRY):
        for call in _calls(reading.script.expression(line), ("entry", "order")):
            yield _entry(reading, line, call)


def _entry(reading: Reading, line: Line, call: Node) -> Meanings:
    places = ("id", "direction", "qty", "limit", "stop")
    given = dict(zip(places, call.parts, strict=False))
    given |= {part.name: part.parts[0] for part in call.parts if part.kind == "named"}
    frame = reading.frame(line)
    side = 0
    direction = given.get("direction", given.get("long"))
    if direction is not None:
        number = reading.value(direction, frame).number
        side = 0 if number is None else (1 if number > 0 else -1)
    found = [*reading.conditions(line, frame)]
    if "when" in given:
        found += reading.value(given["when"], frame).findings
    found += _chosen(reading, line, frame)
    waits: dict[str, int] = {}
    for place in ("stop", "limit"):
        if place in given and given[place].kind != "named":
            value = reading.value(given[place], frame)
            if place == "stop" and value.kind in _WAITS:
                waits[_WAITS[value.kind]] = call.offset
            elif place == "limit" and value.kind in {"band_low", "band_high"}:
                waits["band_extreme"] = call.offset
    return {**named(limited(found), side), **waits}


def _chosen(reading: Reading, line: Line, frame: Frame) -> tuple[Finding, ...]:
    node = reading.script.expression(line)
    if node.kind == "choice":
        return reading.value(node.parts[0], frame).findings
    return ()


# --- indicators -------------------------------------------------------------------


def _marks(reading: Reading, *patterns: re.Pattern[str]) -> Iterator[Meanings]:
    for pattern in patterns:
        for line in _lines(reading, pattern):
            frame = reading.frame(line)
            found = [*reading.conditions(line, frame)]
            for call in _calls(reading.script.expression(line), ()):
                last = call.name.rpartition(".")[2]
                if last not in {"alert", "new"} and call.parts:
                    found += reading.value(call.parts[0], frame).findings
            yield named(limited(found), _side(reading, line))


def _side(reading: Reading, line: Line) -> int:
    """Return which way a mark points, by its place and shape or by what it names."""
    up, down = bool(_UP.search(line.text)), bool(_DOWN.search(line.text))
    if up != down:
        return 1 if up else -1
    text = line.text
    up, down = bool(_UP_NAME.search(text)), bool(_DOWN_NAME.search(text))
    return 0 if up == down else (1 if up else -1)


def _plots(reading: Reading) -> Iterator[Meanings]:
    levels = bool(
        re.search(r"\bhline\s*\(", "".join(x.text for x in reading.script.lines))
    )
    for line in _lines(reading, _PLOT):
        frame = reading.frame(line)
        for call in _calls(reading.script.expression(line), ("plot", "plotcandle")):
            if call.parts:
                value = reading.value(call.parts[0], frame)
                yield _plotted(value, call.offset, levels=levels)
                yield named(value.findings, 0)


def _plotted(value: Value, offset: int, *, levels: bool) -> Meanings:
    if value.kind in {"", "const", "state", "itself", "tuple", "price"}:
        return {}
    if value.kind == "oscillator" and levels and value.detail != "centred":
        return {"plotted_levels": offset}
    kind = value.kind.removesuffix("_low").removesuffix("_high")
    return {f"plotted_{kind}": offset}


# --- what is looked at ------------------------------------------------------------


def _lines(reading: Reading, pattern: re.Pattern[str]) -> Iterator[Line]:
    count = 0
    for line in reading.script.lines:
        if pattern.search(line.text):
            count += 1
            if count > MAX_SIGNALS:
                return
            yield line


def _calls(node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    """Yield the calls of these functions in an expression; of any for no names."""
    if node.kind == "call" and (not names or node.name.rpartition(".")[2] in names):
        yield node
        return
    for part in node.parts:
        yield from _calls(part, names)


def _check(name: str, program: Program) -> Iterator[int]:
    found = program.answer(meanings, None)
    if name in found:
        yield found[name]


_FAMILIES = (
    (
        *(
            "averages_crossed",
            "trail",
            "direction",
            "price_crossed",
            "averages_ordered",
        ),
        *("price_beyond", "average_slope", "strength"),
    ),
    ("oscillator_extreme",),
    ("band_extreme",),
    ("average_faded", "range_faded", "moved_against"),
    ("oscillators", "oscillator_followed", "level_middle", "oscillator_turn", "moved"),
    ("range_broken", "band_followed", "stop_entry", "bar_passed"),
    ("neighbours", "pivot", "pivot_against", "pivots"),
    ("candle_past",),
    ("candle",),
    ("gap",),
    ("vwap", "volume"),
    ("time_at",),
    ("range",),
    ("time",),
)
"""Meanings by what they speak for; of each group the first that is found counts."""

_SHOWN = (
    *("average", "trail", "direction", "strength", "slope", "oscillator", "levels"),
    *("range", "band", "extreme", "pivot", "body", "volume", "vwap"),
)
_ALONE = ("range", "time")
CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    f"pine_{name}": partial(_check, name)
    for name in (
        *(name for family in _FAMILIES for name in family),
        *(f"{name}_alone" for name in _ALONE),
        *(f"plotted_{name}" for name in _SHOWN),
    )
}
