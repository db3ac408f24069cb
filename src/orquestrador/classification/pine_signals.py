"""Checks for the rules of Pine Script: what its signals compare."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.program import Program

_PINE_OSCILLATORS = [
    "ta.rsi",
    "ta.stoch",
    "ta.cci",
    "ta.wpr",
    "ta.mfi",
    "ta.cmo",
    "rsi",
    "stoch",
    "cci",
    "wpr",
    "mfi",
]
_COMPARED_AFTER = re.compile(
    r"(?:\[[^\]\n]{0,30}\]){0,1}\s{0,3}\)?\s{0,3}[<>]=?\s{0,3}(-?[\w.]{1,60})"
)
_COMPARED_CALL = re.compile(r"\)\s{0,3}[<>]=?\s{0,3}(-?[\w.]{1,60})")
_COMPARED_BEFORE = re.compile(r"(-?[\w.]{1,60})\s{0,3}[<>]=?\s{0,3}$")
_COMPARES = ("<", ">", "=")
_CROSSED = re.compile(r"\s{0,3},\s{0,3}(-?[\w.]{1,60})\s{0,3}\)")
_CROSSES = re.compile(r"cross(?:over|under)?\s{0,3}\(\s{0,3}$")
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{0,9})?")
_LEVEL_WORD = re.compile(
    r"[oO]ver|OVER|^(?:ob|os|OB|OS)$|[uU]pper|[lL]ower|[tT]op|[bB]ottom|[lL]evel|[zZ]one|"
    r"[tT]rigger|[bB]uy|[sS]ell|[lL]imit|[hH]igh|[lL]ow|[mM]ax|[mM]in"
)


def pine_averages_crossed(program: Program) -> Iterator[int]:
    """Two averages, or price and an average, cross."""
    for call in program.calls(
        "ta.crossover", "ta.crossunder", "ta.cross", "crossover", "crossunder", "cross"
    ):
        if len(call.arguments) == 2 and all(
            _is_average(program, each) for each in call.arguments
        ):
            yield call.offset


_AVERAGE = re.compile(
    r"(?:ta\.)?(?:ema|sma|wma|hma|vwma|rma|alma|linreg|dema|tema|kama)\s{0,3}\("
)


def _is_average(program: Program, expression: str) -> bool:
    if expression in {"close", "open", "high", "low", "hl2", "hlc3", "src"}:
        return True
    return bool(_AVERAGE.search(expression)) or any(
        _AVERAGE.search(value) for _, value in program.assignments(expression)[:4]
    )


def pine_extreme(program: Program) -> Iterator[int]:
    """An oscillator is compared with a level near the end of its scale."""
    return _extremes(program, _PINE_OSCILLATORS)


def pine_without_extreme(program: Program) -> Iterator[int]:
    """An oscillator is read and never compared with the end of its scale."""
    if not program.checked(pine_extreme, 5):
        yield from (call.offset for call in program.calls(*_PINE_OSCILLATORS))


def _extremes(program: Program, oscillators: Iterable[str]) -> Iterator[int]:
    seen: set[str] = set()
    for call in program.calls(*oscillators):
        after = program.code[call.offset : call.offset + 200]
        direct = _COMPARED_CALL.search(after.partition(";")[0])
        if direct is not None and _is_extreme(program, direct[1], call.name):
            yield call.offset
        for name in _receivers(program, call.offset):
            if name not in seen:
                seen.add(name)
                yield from _extreme_uses(program, name, call.name)
    for name, oscillator in _named_oscillators(program):
        if name not in seen:
            seen.add(name)
            yield from _extreme_uses(program, name, oscillator)


def _named_oscillators(program: Program) -> Iterator[tuple[str, str]]:
    """Yield names that say they hold an oscillator that the code computes itself."""
    for stem, oscillator in (
        ("rsi", "RSI"),
        ("stoch", "Stoch"),
        ("cci", "CCI"),
        ("wpr", "WPR"),
        ("williams", "WPR"),
    ):
        for name in program.vocabulary.all(stem):
            if "version" not in name.lower() and "." not in name:
                yield name, oscillator


def _receivers(program: Program, offset: int) -> tuple[str, ...]:
    """Return the names that get an indicator's value, also by `CopyBuffer`."""
    target = program.receiver(offset)
    if target is None:
        return ()
    names = [target]
    names += [
        call.arguments[4]
        for call in program.calls("CopyBuffer")
        if len(call.arguments) == 5 and target in call.arguments[0]
    ]
    for name in tuple(names):
        for at in program.uses(name):
            further = program.receiver(at)
            if further is not None and further not in names and len(names) < 12:
                names.append(further)
    return tuple(names)


def _extreme_uses(program: Program, name: str, oscillator: str) -> Iterator[int]:
    for at in program.offsets(name, 40):
        end = at + len(name)
        after = _COMPARED_AFTER.match(program.code, end)
        text = program.before(at, 70)
        # A search that is tied to the end is slow: its last character is asked first.
        last = text.rstrip()[-1:]
        before = _COMPARED_BEFORE.search(text) if last in _COMPARES else None
        crossed = (
            _CROSSED.match(program.code, end)
            if last == "(" and _CROSSES.search(text[-20:])
            else None
        )
        for found in (after, before, crossed):
            if found is not None and _is_extreme(program, found[1], oscillator):
                yield at
                break


def _is_extreme(program: Program, level: str, oscillator: str) -> bool:
    value = _value(program, level)
    if value is None:
        return bool(_LEVEL_WORD.search(level)) and "[" not in level
    if "WPR" in oscillator or "wpr" in oscillator:
        return value <= -75 or -25 <= value < 0
    if "CCI" in oscillator or "cci" in oscillator:
        return abs(value) >= 80
    if "DeMarker" in oscillator:
        return 0 < value <= 0.35 or 0.65 <= value <= 1
    return 0 < value <= 38 or 62 <= value <= 100


def _value(program: Program, level: str) -> float | None:
    if _NUMBER.fullmatch(level):
        return float(level)
    for each in program.facts.inputs:
        if each.name == level and each.default is not None:
            number = _NUMBER.search(each.default)
            return float(number[0]) if number else None
    for _, value in program.assignments(level)[:2]:
        if _NUMBER.fullmatch(value):
            return float(value)
    return None


_PINE_PASSED = re.compile(
    r"\b(?:close|high|low|open)\b(?:\[\d\])?\s{0,3}[<>]"
    r"|[<>]=?\s{0,3}(?:close|high|low|open)\b"
    r"|cross(?:over|under)?\s{0,3}\(\s{0,3}(?:close|high|low|src)"
)


def pine_breakout(program: Program) -> Iterator[int]:
    """Price is compared with the highest or lowest of earlier bars."""
    for call in program.calls("ta.highest", "ta.lowest", "highest", "lowest"):
        name = program.receiver(call.offset)
        for at in program.offsets(name, 12) if name is not None else ():
            if _PINE_PASSED.search(program.statement(at)):
                yield at


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        pine_averages_crossed,
        pine_extreme,
        pine_without_extreme,
        pine_breakout,
    )
}
