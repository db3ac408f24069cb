"""What a value in Pine Script is, and what it says when two are compared.

A value is told by how it is computed, as a dimension is: an average of prices is
an average, the difference of two of them swings around zero, a highest high is an
extreme of a range. What is compared with what, and from which side, is a finding.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_FINDINGS = 60
"""Findings that one value carries along."""


class Finding(NamedTuple):
    """A comparison that a condition rests on."""

    kind: str
    """What was compared, such as `averages` or `band_low`."""

    sense: int
    """1 where it asks for above or upwards, -1 for below, 0 where that is unknown."""

    offset: int
    trigger: bool
    """Whether it asks for the moment of passing, not for a state."""


class Value(NamedTuple):
    """What is known of a value."""

    kind: str = ""
    """`price`, `average`, `oscillator` … ; empty where nothing is known."""

    detail: str = ""
    """A price's field, an oscillator's scale; `scaled` for a multiple of averages."""

    number: float | None = None
    past: int = 0
    """How many bars ago; 1 where the number is unknown."""

    findings: tuple[Finding, ...] = ()
    """The comparisons that decide it."""

    items: tuple["Value", ...] = ()
    """A tuple's parts."""


UNKNOWN = Value()
ITSELF = Value("itself")
"""A value that is computed from its own last one."""

LINES = ("price", "average", "band_low", "band_high", "trail", "vwap", "pivot")
_EXTREMES = ("extreme_low", "extreme_high")
_MERGED = (
    *("tuple", "position", "smc", "trail", "vwap", "volume", "pivot", "band_low"),
    *("band_high", "extreme_low", "extreme_high", "direction", "strength"),
    *("oscillator", "slope", "range", "body", "average", "price", "time", "state"),
    *("const", "ratchet", "itself", ""),
)
_RANK = {kind: rank for rank, kind in enumerate(_MERGED)}
_VAGUE = frozenset(("", "const", "state", "itself"))
_OPPOSITE = frozenset({"band_low", "band_high"})
_HIGH_WORD = re.compile(r"over_?b|^ob|_ob|upper|high|top|sell|max|short", re.IGNORECASE)
_LOW_WORD = re.compile(r"over_?s|^os|_os|lower|low|bot|buy|min|long", re.IGNORECASE)


def joined(values: Iterable[Value]) -> Value:
    """Return what a name is that gets one of several values."""
    kept, findings = UNKNOWN, list[Finding]()
    values = list(values)
    kinds = Counter(each.kind for each in values if each.kind not in _VAGUE)
    common = kinds.most_common(1)
    if common and common[0][1] > max(2, kinds.total() / 2):
        # Of many that can be chosen, the most usual kind speaks for them.
        values = [each for each in values if each.kind in {*_VAGUE, common[0][0]}]
    if "ratchet" in kinds and kinds.keys() & {*_OPPOSITE, *_EXTREMES}:
        return Value("trail", findings=limited(f for v in values for f in v.findings))
    for value in values:
        findings += value.findings
        if {kept.kind, value.kind} == _OPPOSITE:
            # A line that is below price at one time and above at another follows it.
            kept = Value("trail")
        elif kept.kind == value.kind == "const":
            kept = kept if kept.number is not None else value
        elif _RANK.get(value.kind, 99) < _RANK.get(kept.kind, 99):
            kept = value
    if findings and kept.kind in {"", "const", "itself"}:
        kept = Value("state", number=kept.number)
    return kept._replace(findings=limited(findings))


def limited(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, each once and not too many."""
    return tuple(dict.fromkeys(findings))[:MAX_FINDINGS]


def turned(findings: Iterable[Finding], sense: int) -> tuple[Finding, ...]:
    """Return findings as they are (1), the other way round (-1) or undirected (0)."""
    if sense == 1:
        return tuple(findings)
    return tuple(each._replace(sense=each.sense * sense) for each in findings)


def truth(value: Value, offset: int = 0) -> tuple[Finding, ...]:
    """Return what a value says that stands where a condition is asked for."""
    if value.kind in {"pivot", "smc"}:
        kind = "pivots" if value.kind == "pivot" else "smc"
        return (Finding(kind, 0, offset, trigger=False), *value.findings)
    return value.findings


def smoothed(value: Value) -> Value:
    """Return the average of a value's last ones."""
    if value.kind in {"price", "average", "itself", "pivot", *_EXTREMES}:
        return Value("average", findings=value.findings)
    if value.kind in {"const", "state"}:
        return Value("state", findings=value.findings)
    return value._replace(number=None)


def changed(value: Value) -> Value:
    """Return the difference of a value and its last one."""
    match value.kind:
        case "price":
            return Value("oscillator", "centred")
        case "average" | "trail":
            return Value("slope")
        case "state" | "const" | "":
            return value._replace(number=None)
    return value._replace(detail="centred" if value.kind == "oscillator" else "")


# --- arithmetic -------------------------------------------------------------------


def calculated(sign: str, left: Value, right: Value) -> Value:
    """Return what adding, taking away, multiplying or dividing makes of two values."""
    findings = limited((*left.findings, *right.findings))
    if left.number is not None and right.number is not None and not findings:
        return Value("const", number=_number(sign, left.number, right.number))
    value = _added(sign, left, right) if sign in "+-" else _scaled(sign, left, right)
    # What is made of two bars is as late as the later one.
    alone = left.kind in _VAGUE or right.kind in _VAGUE
    past = max(left.past, right.past) if alone else min(left.past, right.past)
    findings = limited((*value.findings, *findings))
    return value._replace(findings=findings, past=past)


def _number(sign: str, left: float, right: float) -> float | None:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right if sign == "/" and right else None


def _added(sign: str, left: Value, right: Value) -> Value:  # noqa: PLR0911 -- a table
    one, two = left.kind, right.kind
    pair = {one, two}
    if "itself" in pair:
        return smoothed(right if one == "itself" else left)
    for strong in ("position", "volume", "time"):
        if strong in pair:
            return Value(strong)
    if one in {"", "const", "state"} or two in {"", "const", "state"}:
        kept = left if one not in {"", "const", "state"} else right
        shifted = kept.kind == "oscillator" and kept.detail == "percent"
        if shifted and "const" in pair:
            kept = kept._replace(detail="centred")
        return kept._replace(number=None)
    if "range" in pair and (pair & {"price", "average", "vwap", "pivot", *_EXTREMES}):
        if one in _EXTREMES:
            return Value("trail")
        if one == "range" and sign == "-":
            return Value("oscillator", "centred")
        return Value("band_low" if sign == "-" else "band_high")
    if pair <= set(_EXTREMES):
        return Value("range") if sign == "-" else Value("average")
    if sign == "-":
        return _difference(left, right)
    if pair <= {"price"}:
        return Value("price", "mid")
    if pair == {"oscillator"}:
        return left
    if "oscillator" in pair:
        return right if one == "oscillator" else left
    if "slope" in pair and pair & {"average", "price"}:
        return Value("average")
    return joined((left, right))


def _difference(left: Value, right: Value) -> Value:
    one, two = left.kind, right.kind
    if one == two == "price":
        if left.past != right.past:
            return Value("oscillator", "centred")
        if {left.detail, right.detail} == {"high", "low"}:
            return Value("range")
        if left.detail == right.detail:
            return Value("oscillator", "centred")
        return Value("body")
    if one == two == "average":
        if left.detail == "scaled" and right.detail != "scaled":
            return Value("average")
        return Value("slope" if left.past != right.past else "oscillator", "centred")
    if {one, two} == _OPPOSITE:
        return Value("range")
    if two == "oscillator" and one in LINES:
        return left
    if one == two and one in {"range", "body", "oscillator", "direction"}:
        return left._replace(detail="centred" if one == "oscillator" else left.detail)
    if {one, two} <= {*LINES, *_EXTREMES}:
        away = (one, two) in {("price", "average"), ("price", "vwap")}
        weighed = (Finding("weighed", 0, 0, trigger=False),) if two == "vwap" else ()
        return Value("oscillator", "distance" if away else "centred", findings=weighed)
    if one == "oscillator" or two == "oscillator":
        return Value("oscillator", "centred")
    return left


def _scaled(sign: str, left: Value, right: Value) -> Value:
    one, two = left.kind, right.kind
    if "position" in {one, two}:
        return Value("position")
    if "volume" in {one, two}:
        # Price by volume through volume is their average price.
        if one == two == "volume" and "priced" in left.detail and sign == "/":
            return Value("vwap")
        priced = {one, two} & {"price", "average"} and sign == "*"
        return Value("volume", "priced" if priced else "")
    if one == "itself" or two == "itself":
        return right if one == "itself" and two not in {"", "const"} else left
    if two in {"", "const", "state"}:
        return _multiple(left, right, sign)
    if one in {"", "const", "state"}:
        return (
            _multiple(right, left, sign) if sign == "*" else right._replace(number=None)
        )
    if sign == "/" and {one, two} <= {"price", "average"}:
        return Value("oscillator", "ratio")
    if sign == "/" and one == "oscillator":
        away = left.detail == "distance" and two == "range"
        return Value("oscillator", "stretch" if away else "centred")
    if sign == "*" and one == two and one in {"price", "oscillator"}:
        return Value("range")
    return left


def _multiple(value: Value, by: Value, sign: str) -> Value:
    if value.kind in {"average", "price", "vwap"} and by.number is not None:
        factor = by.number if sign == "*" else 1 / (by.number or 1)
        if 1 < factor <= 1.1:
            return Value("band_high")
        if 0.9 <= factor < 1 and sign == "*":
            return Value("band_low")
        if value.kind == "average" and factor >= 1.5:
            return Value("average", "scaled")
    return value._replace(number=None)


# --- comparisons ------------------------------------------------------------------


def compared(
    left: Value, right: Value, sense: int, offset: int, *, trigger: bool, word: str = ""
) -> tuple[Finding, ...]:
    """Return what a comparison of two values says.

    Args:
        left: what stands on the left.
        right: what it is compared with.
        sense: 1 for above or crossing upwards, -1 for the opposite, 0 for neither.
        offset: where the comparison stands.
        trigger: whether it asks for a crossing.
        word: the name of a level whose number is not known.

    """
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


def _pair(one: Value, two: Value, word: str) -> str:  # noqa: PLR0911 -- a table
    kinds = one.kind, two.kind
    if "position" in kinds:
        return ""
    if one.kind == "price" and two.kind == "price":
        return _prices(one, two)
    if one.kind == "oscillator":
        return _oscillator(one, two, word)
    if one.kind == "average" and two.kind in _OPPOSITE:
        return "averages"
    if one.kind in {"price", "average"}:
        if two.kind in {"band_low", "band_high", "trail", "vwap", "pivot", *_EXTREMES}:
            return two.kind
        if kinds == ("price", "average"):
            return "price_average"
    if kinds == ("average", "average"):
        return "averages" if one.past == two.past else "average_slope"
    if one.kind == two.kind and one.kind in _EXTREMES:
        return one.kind if one.past != two.past else ""
    if one.kind in _OPPOSITE and two.kind in _OPPOSITE:
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


def _oscillator(one: Value, two: Value, word: str) -> str:
    if two.kind == "oscillator":
        return "oscillators" if one.past == two.past else "oscillator_turn"
    if two.kind in {"average", "price", "vwap", *_OPPOSITE, *_EXTREMES}:
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


def _meaning(found: Finding, side: int) -> str:
    along = side * found.sense
    kind, _, end = found.kind.rpartition("_")
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
    return found.kind


def _at_end(found: Finding, side: int, name: str, end: int) -> str:
    """Tell a value at the end of its range that is followed from one that is faded."""
    if side == 0 or found.sense == 0:
        return f"{name}_extreme"
    if side == end:
        # Above the upper end and bought: along the move.
        return f"{name}_followed" if found.sense == end else ""
    return f"{name}_extreme" if found.trigger or found.sense == end else ""
