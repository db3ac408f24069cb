"""What Pine Script's own names and functions give, as values that can be compared."""

import re
from collections.abc import Mapping, Sequence

from orquestrador.classification.pine_arithmetic import calculated
from orquestrador.classification.pine_values import (
    ITSELF,
    UNKNOWN,
    Finding,
    Value,
    changed,
    joined,
    smoothed,
)

_AVERAGES = frozenset(
    ("sma", "ema", "wma", "hma", "vwma", "rma", "alma", "linreg", "swma", "sum", "cum")
) | frozenset(
    ("dema", "tema", "kama", "median", "mode", "percentile_linear_interpolation")
)
_SAME = frozenset(
    (
        "nz",
        "fixnan",
        "round",
        "round_to_mintick",
        "float",
        "int",
        "ceil",
        "floor",
        "bool",
    )
) | frozenset(("sign", "tostring", "tonumber", "log", "log10", "exp", "todegrees"))
_OSCILLATORS: Mapping[str, str] = {
    "rsi": "percent",
    "stoch": "percent",
    "mfi": "percent",
    "percentrank": "percent",
    "cci": "hundred",
    "cmo": "hundred",
    "wpr": "minus",
    "mom": "centred",
    "roc": "centred",
    "tsi": "centred",
    "cog": "centred",
    "correlation": "centred",
}
_RANGES = frozenset(("atr", "tr", "stdev", "variance", "dev", "bbw", "kcw", "range"))
_VOLUMES = frozenset(("obv", "accdist", "pvt", "nvi", "pvi", "wad", "wvad", "iii"))
_TIMES = frozenset(
    (
        "time",
        "hour",
        "minute",
        "dayofweek",
        "dayofmonth",
        "timenow",
        "weekofyear",
        "month",
    )
) | frozenset(("time_close", "second", "session.ismarket", "session.ispremarket"))
_AVERAGE, _OSCILLATOR = Value("average"), Value("oscillator", "centred")
_CHANNEL = Value("tuple", items=(_AVERAGE, Value("band_high"), Value("band_low")))
_FIXED: Mapping[str, Value] = {
    "macd": Value("tuple", items=(_OSCILLATOR,) * 3),
    "bb": _CHANNEL,
    "kc": _CHANNEL,
    "supertrend": Value("tuple", items=(Value("trail"), Value("direction"))),
    "sar": Value("trail"),
    "dmi": Value(
        "tuple", items=(Value("direction"), Value("direction"), Value("strength"))
    ),
    "pivothigh": Value("pivot"),
    "pivotlow": Value("pivot"),
    "pivot_point_levels": Value("pivot"),
    "vwap": Value("vwap"),
    "highestbars": Value("oscillator", "centred"),
    "lowestbars": Value("oscillator", "centred"),
}
_PRICES = frozenset(("open", "high", "low", "close"))
_RISING = ("green", "lime", "aqua", "teal", "blue")
_FALLING = ("red", "maroon", "fuchsia", "orange", "purple")
_COLORS: Mapping[str, Value] = {
    **{name: Value("const", number=1.0) for name in _RISING},
    **{name: Value("const", number=-1.0) for name in _FALLING},
}
"""States are kept as colours too: green is up, red is down."""

NAMES: Mapping[str, Value] = {
    **_COLORS,
    **{f"color.{name}": value for name, value in _COLORS.items()},
    **{name: Value("price", name) for name in _PRICES},
    **{name: Value("price", "mid") for name in ("hl2", "hlc3", "ohlc4", "hlcc4")},
    "ask": Value("price", "close"),
    "bid": Value("price", "close"),
    "volume": Value("volume"),
    "true": Value("const", number=1.0),
    "false": Value("const", "false", number=0.0),
    "strategy.long": Value("const", number=1.0),
    "strategy.short": Value("const", number=-1.0),
    "tr": Value("range"),
    "strategy.position_avg_price": Value("position", "even"),
    "strategy.position_size": Value("position"),
    "strategy.openprofit": Value("position"),
    "vwap": Value("vwap"),
    **{name: Value("volume") for name in _VOLUMES},
    **{name: Value("time") for name in _TIMES},
}
"""Names that have a value without being called; `ta.` in front is left out."""

_STEMS: tuple[tuple[re.Pattern[str], Value], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), value)
    for pattern, value in (
        (r"vwap", Value("vwap")),
        (r"rsi|stoch|mfi|ultosc|percent_?rank", Value("oscillator", "percent")),
        (r"cci|cmo", Value("oscillator", "hundred")),
        (r"wpr|williams|percent_?r$", Value("oscillator", "minus")),
        (r"volume|^vol$|obv|delta|vzo|adl|accum", Value("volume")),
        (r"atr(?!e)|stdev|std_?dev|volatil|variance|sigma|^tr$", Value("range")),
        (r"super_?trend|trail|chandelier|psar|^sar$", Value("trail")),
        (r"^adx|^dx$", Value("strength")),
        (r"^di[pm]?|plus_?di|minus_?di|vortex|aroon", Value("direction")),
        (r"pivot|swing|fractal|zig_?zag|^[sr]\d$|support|resist", Value("pivot")),
        (r"macd|momentum|^mom|^roc|osc|^cog|trix|^ao$|fisher|zscore|tsi", _OSCILLATOR),
        (r"upper|upp?er_?band", Value("band_high")),
        (r"lower", Value("band_low")),
        (r"[esw]ma(?:_|\d|$)|[a-z]ma$|average|kijun|tenkan|filter|smooth", _AVERAGE),
    )
)


def by_name(name: str) -> Value:
    """Return what a name says that is computed in a way that is not understood."""
    for pattern, value in _STEMS:
        if pattern.search(name):
            return value
    return UNKNOWN


def called(name: str, given: Sequence[Value]) -> Value | None:  # noqa: PLR0911 -- a table
    """Return what a function of the language gives; None when it is not known.

    Args:
        name: without `ta.` and `math.` in front.
        given: its arguments' values.

    """
    first = given[0] if given else UNKNOWN
    if name in _AVERAGES:
        return smoothed(first)
    if name in _SAME:
        kept = name in {"nz", "float", "int", "fixnan"}
        return first if kept else first._replace(number=None)
    if name in _OSCILLATORS:
        return _oscillator(name, first)
    if name in _RANGES:
        of_scale = first.kind == "oscillator" and first.detail not in {
            "centred",
            "ratio",
        }
        if (of_scale or first.kind == "volume") and name != "atr":
            return first
        return Value("range")
    if name in _FIXED:
        return _FIXED[name]
    if name in _VOLUMES:
        return Value("volume")
    if name in _TIMES or name == "timestamp":
        return Value("time") if name != "timestamp" else Value("time", "fixed")
    return _other(name, given, first)


def _oscillator(name: str, first: Value) -> Value:
    if first.kind == "volume":
        return Value("volume")
    if name == "mfi":
        return Value("oscillator", "percent")
    if first.kind == "range":
        return Value("range")
    return Value("oscillator", _OSCILLATORS[name])


def _other(name: str, given: Sequence[Value], first: Value) -> Value | None:  # noqa: C901, PLR0911, PLR0912 -- a table
    match name:
        case "highest" | "lowest":
            return extreme(name, first)
        case "change":
            return changed(first)
        case "max" | "min":
            return furthest(given)
        case "avg":
            value = first
            for each in given[1:]:
                value = calculated("+", value, each)
            return value
        case "abs":
            swings = first.kind == "oscillator" and first.detail == "centred"
            return Value("range") if swings else first._replace(number=None)
        case "pow":
            swings = first.kind in {"oscillator", "price", "average"}
            return Value("range") if swings else first._replace(number=None)
        case "sqrt":
            swings = first.kind in {"oscillator", "price", "average"}
            return Value("range") if swings else first
        case "rising" | "falling":
            sense = 1 if name == "rising" else -1
            return Value("state", findings=_turns(first, sense))
        case "valuewhen" if len(given) > 1:
            seen = {each.kind for each in first.findings}
            if given[1].kind == "price" and seen & {"pivot", "pivots", "neighbours"}:
                return Value("pivot")
            return given[1]._replace(findings=first.findings)
        case "barssince":
            return Value("state", findings=first.findings)
        case "na":
            kinds = {"pivot": "pivots", "smc": "smc"}
            kind = kinds.get(first.kind)
            found = (Finding(kind, 0, 0, trigger=False),) if kind else ()
            return Value("state", findings=(*found, *first.findings))
        case _:
            return None


def extreme(name: str, first: Value) -> Value:
    """Return the highest or lowest of a value's last ones."""
    if first.kind in {"price", "const", "", "average", "itself"}:
        return Value(f"extreme_{'high' if name == 'highest' else 'low'}")
    return first._replace(number=None)


def furthest(given: Sequence[Value]) -> Value:
    """Return the larger or smaller of several values."""
    kinds = {each.kind for each in given}
    if "itself" in kinds:
        if kinds & {"band_low", "band_high", "trail", "extreme_low", "extreme_high"}:
            return Value("trail")
        if kinds & {"price"}:
            return Value("extreme_high")
        if kinds == {"itself"}:
            return Value("ratchet")
    if kinds == {"price"} and len({each.detail for each in given}) == 1:
        return given[0]
    kept = joined([each for each in given if each != ITSELF])
    return Value("price", "body") if kinds == {"price"} else kept._replace(number=None)


def _turns(value: Value, sense: int) -> tuple[Finding, ...]:
    kinds = {
        "average": "average_slope",
        "trail": "average_slope",
        "oscillator": "oscillator_turn",
        "price": "moved",
        "volume": "volume",
        "vwap": "vwap",
        "range": "range",
    }
    kind = kinds.get(value.kind)
    found = (Finding(kind, sense, 0, trigger=False),) if kind else ()
    return (*found, *value.findings)
