"""What adding and multiplying makes of two values in Pine Script."""

from orquestrador.classification.pine_values import (
    EXTREMES,
    ITSELF,
    LINES,
    OPPOSITE,
    VAGUE,
    Finding,
    Value,
    joined,
    limited,
    smoothed,
)

_TICKS = 0.05
"""A stop this near to a position's open price is at it."""

_PLAIN = frozenset(("", "const", "state"))
_CENTRES = frozenset(("price", "average", "vwap", "pivot", *EXTREMES))


def calculated(sign: str, left: Value, right: Value) -> Value:
    """Return what adding, taking away, multiplying or dividing makes of two values."""
    findings = limited((*left.findings, *right.findings))
    if left.number is not None and right.number is not None and not findings:
        return Value("const", number=_number(sign, left.number, right.number))
    value = _added(sign, left, right) if sign in "+-" else _scaled(sign, left, right)
    # What is made of two bars is as late as the later one.
    alone = left.kind in VAGUE or right.kind in VAGUE
    past = max(left.past, right.past) if alone else min(left.past, right.past)
    if "itself" in {left.kind, right.kind}:
        past = 0
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
        case _:
            return left / right if sign == "/" and right else None


def _added(sign: str, left: Value, right: Value) -> Value:  # noqa: PLR0911 -- a table
    one, two = left.kind, right.kind
    pair = {one, two}
    if "itself" in pair:
        return smoothed(right if one == "itself" else left)
    if "position" in pair:
        return _beside(sign, left, right)
    for strong in ("volume", "time"):
        if strong in pair:
            return Value(strong)
    if pair & _PLAIN:
        return _shifted(left if one not in _PLAIN else right, by_const="const" in pair)
    if "range" in pair and pair & _CENTRES:
        return _banded(sign, one)
    if pair <= set(EXTREMES):
        return Value("range") if sign == "-" else Value("average")
    return _difference(left, right) if sign == "-" else _sum(left, right)


def _shifted(value: Value, *, by_const: bool) -> Value:
    """Return a value moved by a number: a scale to 100 is centred then."""
    if by_const and value.kind == "oscillator" and value.detail == "percent":
        value = value._replace(detail="centred")
    return value._replace(number=None)


def _banded(sign: str, one: str) -> Value:
    if one in EXTREMES:
        return Value("trail")
    if one == "range" and sign == "-":
        return Value("oscillator", "centred")
    return Value("band_low" if sign == "-" else "band_high")


def _sum(left: Value, right: Value) -> Value:
    one = left.kind
    pair = {one, right.kind}
    if pair <= {"price"}:
        return Value("price", "mid")
    if pair == {"oscillator"}:
        return left
    if "oscillator" in pair:
        return right if one == "oscillator" else left
    if "slope" in pair and pair & {"average", "price"}:
        return Value("average")
    return joined((left, right))


def _beside(sign: str, left: Value, right: Value) -> Value:
    """Return the price of a position, moved; a few ticks leave it where it was."""
    held, by = (left, right) if left.kind == "position" else (right, left)
    same = by.kind == "const" and by.number is not None and abs(by.number) <= _TICKS
    if same or held is right:
        return held if same else Value("position")
    return Value("position", "above" if sign == "+" else "below")


def _difference(left: Value, right: Value) -> Value:  # noqa: PLR0911 -- a table
    one, two = left.kind, right.kind
    if one == two == "price":
        return _of_prices(left, right)
    if one == two == "average":
        return _of_averages(left, right)
    if one != two and {one, two} <= OPPOSITE:
        return Value("range")
    if two == "oscillator" and one in LINES:
        return left
    if one == two and one in {"range", "body", "oscillator", "direction"}:
        return left._replace(detail="centred" if one == "oscillator" else left.detail)
    if one != two and {one, two} <= {*LINES, *EXTREMES}:
        away = (one, two) in {("price", "average"), ("price", "vwap")}
        weighed = (Finding("weighed", 0, 0, trigger=False),) if two == "vwap" else ()
        return Value("oscillator", "distance" if away else "centred", findings=weighed)
    swings = one == two or "oscillator" in {one, two}
    return Value("oscillator", "centred") if swings else left


def _of_prices(left: Value, right: Value) -> Value:
    if left.past == right.past and left.detail != right.detail:
        spread = {left.detail, right.detail} == {"high", "low"}
        return Value("range" if spread else "body")
    return Value("oscillator", "centred")


def _of_averages(left: Value, right: Value) -> Value:
    if left.detail == "scaled" and right.detail != "scaled":
        return Value("average")
    return Value("slope" if left.past != right.past else "oscillator", "centred")


def _scaled(sign: str, left: Value, right: Value) -> Value:
    one, two = left.kind, right.kind
    if "position" in {one, two}:
        return _share_of_position(sign, left, right)
    if "volume" in {one, two}:
        return _weighed(sign, left, right)
    if "itself" in {one, two}:
        other = right if one == "itself" else left
        return ITSELF if other.kind in _PLAIN else other
    if two in _PLAIN:
        return _multiple(left, right, sign)
    if one in _PLAIN:
        by = left if sign == "*" else Value("const")
        return _multiple(right, by, sign)
    return _product(sign, left, right)


def _share_of_position(sign: str, left: Value, right: Value) -> Value:
    factor = right.number if left.kind == "position" else left.number
    if sign != "*" or factor is None or factor == 1:
        return Value("position")
    return Value("position", "above" if factor > 1 else "below")


def _weighed(sign: str, left: Value, right: Value) -> Value:
    one, two = left.kind, right.kind
    # Price by volume through volume is their average price.
    if one == two and "priced" in left.detail and sign == "/":
        return Value("vwap")
    priced = {one, two} & {"price", "average"} and sign == "*"
    return Value("volume", "priced" if priced else "")


def _product(sign: str, left: Value, right: Value) -> Value:
    one, two = left.kind, right.kind
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
