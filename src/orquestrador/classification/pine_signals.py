"""Checks for the rules of Pine Script: what its signals compare.

A strategy's signals are the conditions of its entries; an indicator's are those of its
alerts and marks and, where there are none, what it plots.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice

from orquestrador.classification.pine_comparing import named
from orquestrador.classification.pine_reading import (
    Frame,
    Reading,
    read_by_default,
    read_whole,
)
from orquestrador.classification.pine_syntax import Line, Node
from orquestrador.classification.pine_values import Finding, Value, limited
from orquestrador.classification.program import Program

MAX_SIGNALS = 60
"""Entries or marks that are followed."""

_ENTRY = re.compile(r"\bstrategy\.(?:entry|order)\s*\(")
_MARK = re.compile(r"\b(?:plotshape|plotchar|plotarrow|alertcondition|alert)\s*\(")
_LABEL = re.compile(r"\blabel\.new\s*\(")
_PLOT = re.compile(r"\b(?:plot|plotcandle|plotbar|fill)\s*\(")
_PAINT = re.compile(r"\b(?:barcolor|bgcolor)\s*\(")
_DRAWN = re.compile(r"\b(?:line|box|linefill|polyline)\.new\s*\(")
_LEVEL = re.compile(r"\bhline\s*\(")
_OVERLAY = re.compile(r"\boverlay\s*=\s*true\b")
_SHOWING = ("table.new", "label.new", "bgcolor", "box.new", "line.new", "str.tostring")
_UP = re.compile(r"(?:belowbar|triangleup|arrowup|label_?up)\b")
_DOWN = re.compile(r"(?:abovebar|triangledown|arrowdown|label_?down)\b")
_UP_NAME = re.compile(r"buy|long|bull|_?up$", re.IGNORECASE)
_DOWN_NAME = re.compile(r"sell|short|bear|_?down$|_?dn$", re.IGNORECASE)
_WAITS = {
    "extreme_low": "range_broken",
    "extreme_high": "range_broken",
    "pivot": "range_broken",
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
        return _helping(program) if program.kind == "library" else {}
    found = _meanings(program, program.answer(read_by_default, None))
    return found or _meanings(program, program.answer(read_whole, None))


def _helping(program: Program) -> Meanings:
    """Return what only shows something: texts, tables, colours of days."""
    for name in _SHOWING:
        for at in program.offsets(name, 1):
            return {"showing": at}
    return {}


def _meanings(program: Program, reading: Reading) -> Meanings:
    if program.kind == "strategy":
        return _weightiest(_first(_entries(reading)))
    found = _first(_marks(reading, _MARK, _LABEL))
    if not found:
        shown = (*_marks(reading, _PAINT), *_plots(reading), *_drawn(reading))
        found = _first(shown)
    if "plotted_band" in found:
        # What the bands are around is their middle.
        found.pop("plotted_average", None)
    if not found:
        found = _first((*_unknown(reading), *_lines_drawn(program)))
    if not _PIVOTS.isdisjoint(found):
        found = _without_divergences(reading, found)
    if found.keys() <= {"time", "time_at"}:
        # Sessions and days that are coloured are no signals.
        return _helping(program)
    return _weightiest(found, confirms=False)


def _without_divergences(reading: Reading, found: dict[str, int]) -> dict[str, int]:
    """Drop turns of price where volume, which is what is plotted, is held to them."""
    plotted = {value.kind for value, _ in _plotted_values(reading)}
    if "volume" not in found or plotted != {"volume"}:
        return found
    return {name: at for name, at in found.items() if name not in _PIVOTS}


def _weightiest(found: Meanings, *, confirms: bool = True) -> Meanings:
    """Return what counts where a signal rests on several comparisons.

    Args:
        found: what it rests on.
        confirms: whether they all decide one thing, an entry.

    """
    known = {name for family in _FAMILIES for name in family}
    kept = {name: found[name] for name in found if name not in known}
    for family in _FAMILIES:
        name = next(filter(found.__contains__, family), None)
        if name is not None:
            kept[name] = found[name]
    if confirms and "oscillator_extreme" in found:
        # Where an oscillator has to be at its end, its turn only confirms.
        for name in ("oscillators", "level_middle", "oscillator_turn", "moved"):
            kept.pop(name, None)
    if {"moved", "moved_against"} <= found.keys():
        # Bars that rise and bars that fall are a shape.
        kept.pop("moved", None)
        kept.pop("moved_against", None)
        kept["candle_past"] = found["moved"]
    if confirms and not _DECIDING.isdisjoint(kept):
        # Much volume, or the hours, only let through what something else decides.
        kept.pop("volume", None)
        if "time" in found:
            kept.pop("time_at", None)
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
            yield named(limited(found), _side(line))


def _side(line: Line) -> int:
    """Return which way a mark points, by its place and shape or by what it names."""
    up, down = bool(_UP.search(line.text)), bool(_DOWN.search(line.text))
    if up != down:
        return 1 if up else -1
    text = line.text
    up, down = bool(_UP_NAME.search(text)), bool(_DOWN_NAME.search(text))
    return 0 if up == down else (1 if up else -1)


def _plots(reading: Reading) -> Iterator[Meanings]:
    levels = _levels(reading)
    for value, offset in _plotted_values(reading):
        yield _plotted(value, offset, levels)
        yield named(value.findings, 0)


def _plotted_values(reading: Reading) -> Iterator[tuple[Value, int]]:
    for line in _lines(reading, _PLOT):
        frame = reading.frame(line)
        for call in _calls(reading.script.expression(line), ("plot", "plotcandle")):
            if call.parts:
                yield reading.value(call.parts[0], frame), call.offset


def _levels(reading: Reading) -> list[float]:
    """Return the levels that are drawn across the pane."""
    found: list[float] = []
    for line in _lines(reading, _LEVEL):
        frame = reading.frame(line)
        for call in _calls(reading.script.expression(line), ("hline",)):
            if call.parts:
                number = reading.value(call.parts[0], frame).number
                found += [number] if number is not None else []
    return found


def _plotted(value: Value, offset: int, levels: list[float]) -> Meanings:
    if value.kind == "price" and value.past:
        return {"plotted_pivot": offset}
    if value.kind == "price" and value.detail == "mid":
        return {"plotted_average": offset}
    if value.kind in {"", "const", "state", "itself", "tuple", "price"}:
        return {}
    if value.kind == "oscillator":
        if value.detail == "stretch":
            return {"plotted_stretch": offset}
        middle = 50 if value.detail == "percent" else 0
        if value.detail == "minus":
            middle = -50
        if levels and min(levels) < middle < max(levels):
            return {"plotted_levels": offset}
    kind = value.kind.removesuffix("_low").removesuffix("_high")
    return {f"plotted_{kind}": offset}


def _drawn(reading: Reading) -> Iterator[Meanings]:
    """Yield what decides where lines and boxes are drawn."""
    for line in _lines(reading, _DRAWN):
        frame = reading.frame(line)
        yield named(reading.conditions(line, frame), 0)
        for call in _calls(reading.script.expression(line), ("new",)):
            for part in call.parts[1:4:2]:
                value = reading.value(part, frame)
                yield _plotted(value, call.offset, [])


def _unknown(reading: Reading) -> Iterator[Meanings]:
    """Yield what is plotted and not understood: a line on the price, or below it."""
    overlay = any(reading.script.matching(_OVERLAY))
    for value, offset in _plotted_values(reading):
        if value.kind in {"", "itself"}:
            yield {"plotted_average" if overlay else "plotted_oscillator": offset}


def _lines_drawn(program: Program) -> Iterator[Meanings]:
    """Yield where lines are drawn between points that are not understood."""
    for at in program.offsets("line.new", 1):
        yield {"plotted_pivot": at}


# --- what is looked at ------------------------------------------------------------


def _lines(reading: Reading, pattern: re.Pattern[str]) -> Iterator[Line]:
    return islice(reading.script.matching(pattern), MAX_SIGNALS)


def _calls(node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    """Yield the calls of these functions in an expression; of any for no names."""
    if node.kind == "call" and (not names or node.name.rpartition(".")[2] in names):
        yield node
        return
    for part in node.parts:
        yield from _calls(part, names)


_TYPE = re.compile(r"\btype[ \t]{1,9}(\w{1,60})")
_BLOCK = re.compile(
    r"(?:^|_)obs?(?:$|_)|order_?block|fvg|fair_?value|imbalance|liquidity|bos$|choch",
    re.IGNORECASE,
)


def pine_blocks_kept(program: Program) -> Iterator[int]:
    """A type of the script keeps order blocks, gaps or breaks of structure."""
    for found in _TYPE.finditer(program.source.code):
        if _BLOCK.search(found[1]):
            yield found.start()


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
    (
        *("band_extreme", "oscillator_extreme", "average_faded", "range_faded"),
        "moved_against",
    ),
    ("oscillators", "oscillator_followed", "level_middle", "oscillator_turn", "moved"),
    ("range_broken", "band_followed", "stop_entry", "bar_passed"),
    ("neighbours", "pivot", "pivot_against", "pivots", "candle_past"),
    ("candle",),
    ("gap", "smc"),
    ("vwap", "weighed", "volume"),
    ("time_at",),
    ("range",),
    ("time",),
)
"""Meanings by what they speak for; of each group the first that is found counts."""

_PIVOTS = frozenset({"pivot", "pivots", "pivot_against"})
_DECIDING = frozenset(name for place in (0, 1, 6) for name in _FAMILIES[place])
"""Meanings that decide an entry where a filter stands beside them."""

_SHOWN = (
    *("average", "trail", "direction", "strength", "slope", "oscillator", "levels"),
    *("range", "band", "extreme", "pivot", "body", "volume", "vwap", "stretch"),
)
_ALONE = ("range", "time", "bar_passed", "candle")
CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    pine_blocks_kept.__name__: pine_blocks_kept,
} | {
    f"pine_{name}": partial(_check, name)
    for name in (
        *(name for family in _FAMILIES for name in family),
        "showing",
        *(f"{name}_alone" for name in _ALONE),
        *(f"plotted_{name}" for name in _SHOWN),
    )
}
