"""What comparing two values in Pine Script says, and what that means for a signal."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from orquestrador.classification.pine_values import (
    EXTREMES,
    OPPOSITE,
    Finding,
    Value,
    limited,
    turned,
)

_HIGH_WORD = re.compile(r"over_?b|^ob|_ob|upper|high|top|sell|max|short", re.IGNORECASE)
_LOW_WORD = re.compile(r"over_?s|^os|_os|lower|low|bot|buy|min|long", re.IGNORECASE)


class Asked(NamedTuple):
    """How two values are compared."""

    sense: int
    """1 for above or crossing upwards, -1 for the opposite, 0 for neither."""

    offset: int
    trigger: bool = False
    """Whether a crossing is asked for."""

    word: str = ""
    """The name of a level whose number is not known."""


def compared(left: Value, right: Value, asked: Asked) -> tuple[Finding, ...]:
    """Return what a comparison of two values says."""
    sense, offset, trigger, word = asked
    for one, two, way in ((left, right, sense), (right, left, -sense)):
        if one.kind == "state" and two.kind in {"const", "state", ""}:
            return _of_state(one, two, sense=way, trigger=trigger)
        kind = _pair(one, two, word)
        if kind == "time" and sense == 0 and "fixed" not in {one.detail, two.detail}:
            kind = "time_at"
        if kind:
            found = Finding(kind, way, offset, trigger)
            return limited((found, *left.findings, *right.findings))
    return limited((*left.findings, *right.findings))


def _of_state(
    state: Value, other: Value, *, sense: int, trigger: bool
) -> tuple[Finding, ...]:
    way = sense
    if sense == 0:
        number = other.number
        if number == 0 and other.detail == "false":
            number = -1.0
        way = 0 if not number else (1 if number > 0 else -1)
    found = turned(state.findings, way)
    return tuple(each._replace(trigger=each.trigger or trigger) for each in found)


def _pair(one: Value, two: Value, word: str) -> str:  # noqa: C901, PLR0911 -- a table
    kinds = one.kind, two.kind
    if two.kind == "position" and one.kind == "price":
        return f"entry_{two.detail}"
    if "position" in kinds:
        return ""
    if one.kind == "price" and two.kind == "price":
        return _prices(one, two)
    if one.kind == "oscillator":
        return _oscillator(one, two, word)
    if one.kind == "average" and two.kind in OPPOSITE:
        return "averages"
    if one.kind in {"price", "average"}:
        if two.kind in {"band_low", "band_high", "trail", "vwap", "pivot", *EXTREMES}:
            return two.kind
        if kinds == ("price", "average"):
            return "price_average"
    if kinds == ("average", "average"):
        return "averages" if one.past == two.past else "average_slope"
    if one.kind == two.kind and one.kind in EXTREMES:
        return one.kind if one.past != two.past else ""
    if one.kind in OPPOSITE and two.kind in OPPOSITE:
        return "range"
    return _ALONE.get(one.kind, "")


_ALONE = {
    "direction": "direction",
    "strength": "strength",
    "slope": "average_slope",
    "volume": "volume",
    "vwap": "vwap",
    "range": "range",
    "body": "candle",
    "time": "time",
    "pivot": "pivots",
    "trail": "trail",
    "smc": "smc",
}


def _prices(one: Value, two: Value) -> str:
    """Say what comparing two bars' prices means."""
    fields = {one.detail, two.detail}
    apart = abs(one.past - two.past)
    if fields == {"high", "low"} and apart >= 2:
        return "gap"
    if one.past == two.past:
        return "colour" if one.past == 0 else "candle_past"
    if fields == {"open", "close"}:
        return "candle_past"
    if fields <= {"high"} or fields <= {"low"}:
        return "neighbours"
    if fields & {"high", "low"} and fields & {"close", "open"}:
        return "bar_passed"
    return "moved"


_LEVELS = {
    "percent": (40, 60),
    "hundred": (-80, 80),
    "minus": (-75, -25),
    "unit": (0.3, 0.7),
    "ratio": (0.8, 1.2),
}


def _oscillator(one: Value, two: Value, word: str) -> str:  # noqa: PLR0911 -- a table
    if two.kind == "oscillator":
        return "oscillators" if one.past == two.past else "oscillator_turn"
    if two.kind in {"average", "price", "vwap", *OPPOSITE, *EXTREMES}:
        return "oscillators" if two.kind == "average" else ""
    if two.kind == "range":
        return "level_middle"
    number = two.number
    if number is None:
        if _HIGH_WORD.search(word):
            return "level_high"
        return "level_low" if _LOW_WORD.search(word) else "level_middle"
    low, high = _LEVELS.get(one.detail, (-1e-9, 1e-9))
    if one.detail == "percent" and abs(number) <= 1:
        low, high = _LEVELS["unit"]
    if number < low or (number == low and one.detail in _LEVELS):
        return "level_low"
    if number > high or (number == high and one.detail in _LEVELS):
        return "level_high"
    return "level_middle"


def named(findings: Sequence[Finding], side: int) -> dict[str, int]:
    """Return what findings mean for a signal: each meaning and its first offset.

    Args:
        findings: what decides the signal.
        side: 1 where it is to buy, -1 where it is to sell, 0 where that is unknown.

    """
    found: dict[str, int] = {}
    seen: set[tuple[str, int]] = set()
    for each in findings:
        # What is met first stands nearest to the signal.
        if (each.kind, each.offset) in seen:
            continue
        seen.add((each.kind, each.offset))
        name = _meaning(each, side)
        if name:
            found.setdefault(name, each.offset)
    return found


def _meaning(found: Finding, side: int) -> str:  # noqa: PLR0911 -- a table
    along = side * found.sense
    kind, _, end = found.kind.rpartition("_")
    if kind == "entry":
        # How far price is from where the position was opened is no entry.
        return ""
    match found.kind:
        case "level_low" | "level_high" | "band_low" | "band_high":
            name = "oscillator" if kind == "level" else "band"
            return _at_end(found, side, name, 1 if end == "high" else -1)
        case "extreme_low" | "extreme_high":
            outwards = 1 if end == "high" else -1
            if side == -outwards:
                return "range_faded" if found.sense == outwards else ""
            return "" if along < 0 and not found.trigger else "range_broken"
        case "price_average":
            if along < 0:
                return "average_faded"
            return "price_crossed" if found.trigger else "price_beyond"
        case "averages":
            return "averages_crossed" if found.trigger else "averages_ordered"
        case "moved" | "bar_passed" | "pivot":
            return f"{found.kind}_against" if along < 0 else found.kind
        case "colour":
            return ""
        case _:
            return found.kind


def _at_end(found: Finding, side: int, name: str, end: int) -> str:
    """Tell a value at the end of its range that is followed from one that is faded."""
    if side == 0 or found.sense == 0:
        return f"{name}_extreme"
    if side == end:
        # Above the upper end and bought: along the move.
        return f"{name}_followed" if found.sense == end else ""
    return f"{name}_extreme" if found.trigger or found.sense == end else ""
