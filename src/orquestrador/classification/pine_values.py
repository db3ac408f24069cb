"""What a value in Pine Script is.

A value is told by how it is computed, as a dimension is: an average of prices is
an average, the difference of two of them swings around zero, a highest high is an
extreme of a range. What is compared with what, and from which side, is a finding.
"""

from collections import Counter
from collections.abc import Iterable
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
EXTREMES = ("extreme_low", "extreme_high")
_MERGED = (
    *("tuple", "position", "smc", "trail", "vwap", "volume", "pivot", "band_low"),
    *("band_high", "extreme_low", "extreme_high", "direction", "strength"),
    *("oscillator", "slope", "range", "body", "average", "price", "time", "state"),
    *("const", "ratchet", "itself", ""),
)
_RANK = {kind: rank for rank, kind in enumerate(_MERGED)}
VAGUE = frozenset(("", "const", "state", "itself"))
OPPOSITE = frozenset({"band_low", "band_high"})


def joined(values: Iterable[Value]) -> Value:
    """Return what a name is that gets one of several values."""
    kept, findings = UNKNOWN, list[Finding]()
    values = list(values)
    kinds = Counter(each.kind for each in values if each.kind not in VAGUE)
    common = kinds.most_common(1)
    if common and common[0][1] > max(2, kinds.total() / 2):
        # Of many that can be chosen, the most usual kind speaks for them.
        values = [each for each in values if each.kind in {*VAGUE, common[0][0]}]
    if "ratchet" in kinds and kinds.keys() & {*OPPOSITE, *EXTREMES}:
        return Value("trail", findings=limited(f for v in values for f in v.findings))
    for value in values:
        findings += value.findings
        if kept.kind != value.kind and {kept.kind, value.kind} <= OPPOSITE:
            # A line that is below price at one time and above at another follows it.
            kept = Value("trail")
        elif kept.kind == value.kind == "const":
            kept = kept if kept.number is not None else value
        elif _RANK.get(value.kind, 99) < _RANK.get(kept.kind, 99):
            kept = value
    if any(each.detail == "even" for each in values):
        kept = kept._replace(detail="even")
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
    if value.kind in {"price", "average", "itself", "pivot", *EXTREMES}:
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
        case _:
            swings = value.kind == "oscillator"
            return value._replace(detail="centred" if swings else "")
