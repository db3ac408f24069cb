"""The timeframes a source asks for."""

import re
from collections.abc import Iterable, Iterator, Mapping

from orquestrador.classification.program import Function, Program

_ORDER = (
    *("M1", "M2", "M3", "M4", "M5", "M6", "M10", "M12", "M15", "M20", "M30", "M45"),
    *("H1", "H2", "H3", "H4", "H6", "H8", "H12", "D1", "W1", "MN1"),
)
_CONSTANTS: Mapping[str, str] = {each: f"PERIOD_{each}" for each in _ORDER}
_MINUTES: Mapping[str, str] = {
    **{each[1:]: each for each in _ORDER if each[0] == "M" and each != "MN1"},
    **{str(60 * hours): f"H{hours}" for hours in (1, 2, 3, 4, 6, 8, 12)},
    "1440": "D1",
    "10080": "W1",
    "43200": "MN1",
}
_PINE: Mapping[str, str] = {
    **_MINUTES,
    **{f"{hours}H": f"H{hours}" for hours in (1, 2, 3, 4, 6, 8, 12)},
    **dict.fromkeys(("D", "1D"), "D1"),
    **dict.fromkeys(("W", "1W"), "W1"),
    **dict.fromkeys(("M", "1M"), "MN1"),
}
_PINE_ASKS = re.compile(
    r"(?:\w{0,40}[sS]ecurity\w{0,40}\s{0,3}\([^()]{0,60}(?:\([^()]{0,60}\)){0,1},"
    r"|input\.timeframe\s{0,3}\(|\b(?:res|tf|resolution|timeframe)\w{0,12}\s{0,3}="
    r"|input\s{0,3}\((?:[^()]{0,60},)?|defval\s{0,3}=|timeframe\.period\s{0,3}[=!]=|time\s{0,3}\()\s{0,3}$"
)
_PINE_MAPPED = re.compile(
    r"timeframe\.period\s{0,3}==\s{0,3}(['\"])\s{1,5}\1\s{0,3}\?\s{0,3}$"
)
_PINE_MAPS = re.compile(r"['\"]\s{0,3}\?")
_PINE_NAMED = re.compile(r"(?:(?:str\.)?tostring\s{0,3}\(\s{0,3})?([A-Za-z_]\w*)\s?\)?")
_SEVERAL_DAYS = re.compile(r"[2-9]\d?[DWM]")
_SERIES = (
    *("iMA", "iRSI", "iCCI", "iATR", "iBands", "iStochastic", "iMACD", "iADX", "iSAR"),
    *("iIchimoku", "iOpen", "iHigh", "iLow", "iClose", "iTime", "iVolume", "iBarShift"),
    *("iHighest", "iLowest", "iCustom", "iFractals", "iMomentum", "iWPR", "iDeMarker"),
    *("iEnvelopes", "iStdDev", "iAO", "iAC", "iAlligator", "iForce", "iOsMA", "iMFI"),
    *("iOBV", "iBars", "iBearsPower", "iBullsPower", "iRVI", "iAD", "iBWMFI", "iGator"),
)
"""Functions whose second argument is a timeframe."""

MAX_MAPPED = 3
"""More results than these, each under a condition, are a table of timeframes."""

_STEPS = 3
"""Variables and functions through which a timeframe is followed."""


def found(program: Program) -> dict[str, int]:
    """Return each timeframe asked for and where, from M1 to MN1.

    A switch or a table over all of them asks for none.
    """
    named: dict[str, int] = {}
    asked = _in_pine(program) if program.is_pine else _in_mql(program)
    for timeframe, offset in asked:
        named.setdefault(timeframe, offset)
    return {each: named[each] for each in sorted(named, key=_rank)}


def _rank(timeframe: str) -> tuple[int, str]:
    known = timeframe in _ORDER
    return (_ORDER.index(timeframe) if known else len(_ORDER), timeframe)


def _in_mql(program: Program) -> Iterator[tuple[str, int]]:
    mapped: dict[str, int] = {}
    for timeframe in _ORDER:
        for at in program.offsets(_CONSTANTS[timeframe], 12):
            if _lists(program, at) or _unused(program, at):
                continue
            if _MAPPED.search(program.before(at, 80)):
                mapped.setdefault(timeframe, at)
                continue
            yield timeframe, at
            break
    if len(mapped) <= MAX_MAPPED:
        yield from mapped.items()
    yield from _in_inputs(program)
    yield from _in_series(program)


def _in_series(program: Program) -> Iterator[tuple[str, int]]:
    """Yield what reaches the timeframe of a price or an indicator, or is the chart's.

    MQL4 takes minutes there: `iMA(NULL, 60, …)`, `if (Period() != 60)`.
    """
    seen: set[tuple[str, str]] = set()
    for name in _SERIES:
        for at in program.offsets(name, 48):
            second = _SECOND.match(program.code, at + len(name))
            if second is not None and second[1] not in _CHART:
                yield from _reaching(program, second[1], at, seen)
    for at in program.offsets("Period", 24):
        compared = _WITH_CHART.match(program.code, at)
        if compared is not None and (compared[1] == "!=" or not compared[2].isdigit()):
            yield from _reaching(program, compared[2], at, seen)


def _reaching(
    program: Program,
    value: str,
    at: int,
    seen: set[tuple[str, str]],
    steps: int = _STEPS,
) -> Iterator[tuple[str, int]]:
    """Yield the timeframes that a value stands for, at the place where it is used."""
    if value in _MINUTES:
        if program.language != "mql5":
            yield _MINUTES[value], at
        return
    name = _ELEMENT.fullmatch(value)
    if name is None or value.startswith("PERIOD_") or not steps:
        return
    function = program.function_at(at)
    place = name[1], function.name if function else ""
    if place in seen:
        return
    seen.add(place)
    if name[2]:
        yield from _in_array(program, name[1])
        return
    for where, each in _given(program, name[1], function):
        yield from _reaching(program, each, where, seen, steps - 1)


def _given(
    program: Program, name: str, function: Function | None
) -> Iterable[tuple[int, str]]:
    """Return what a name is given: a parameter by the calls, others by assignments."""
    if function is not None and name in function.parameters:
        place = function.parameters.index(name)
        return [
            (call.offset, call.arguments[place])
            for call in program.calls(function.name)
            if call.offset != function.start and place < len(call.arguments)
        ]
    assigned = program.assignments(name)
    table = len({each for _, each in assigned if each in _MINUTES}) > MAX_MAPPED
    return () if table else assigned


def _in_array(program: Program, name: str) -> Iterator[tuple[str, int]]:
    """Yield the timeframes of an array: `int all[] = {15, 60, PERIOD_D1};`."""
    for at in program.offsets(name, 4):
        array = _ARRAY.match(program.code, at + len(name))
        for each in array[1].split(",") if array is not None else ():
            value = each.strip()
            timeframe = value.removeprefix("PERIOD_")
            if timeframe in _CONSTANTS and timeframe != value:
                yield timeframe, at
            elif value in _MINUTES and program.language != "mql5":
                yield _MINUTES[value], at


_ELEMENT = re.compile(r"([A-Za-z_]\w{0,80})\s{0,3}(\[[^\[\]]{1,60}\])?")
_ARRAY = re.compile(r"\s{0,9}\[[^\]\n]{0,20}\]\s{0,9}=\s{0,9}\{([^{}]{1,400})\}")


def _lists(program: Program, at: int) -> bool:
    """Whether a timeframe is one of a table, a switch or a row of comparisons."""
    before = program.before(at, 40)
    if _SWITCHED.search(before):
        return not _DEMANDED.search(before)
    table = program.code.rfind("{", max(0, at - 200), at)
    return (
        table >= 0
        and program.before(table, 20).rstrip().endswith("=")
        and program.code.count(",", table, at + 60) > 4
    )


def _unused(program: Program, at: int) -> bool:
    """Whether a name is given a timeframe that nothing asks it for.

    An input may reach an include.
    """
    given = _GIVEN.search(program.before(at, 80))
    if given is None or program.counts.get(given[1]) != 1:
        return False
    return given[1] not in program.inputs or not program.facts.includes


_SWITCHED = re.compile(
    r"\bcase\s{0,3}\(?$|(?:[=!]=|[<>]=?)\s{0,3}$|PeriodSeconds\s{0,3}\(\s{0,3}$"
)
_DEMANDED = re.compile(r"(?:Period\s{0,3}\(\s{0,3}\)|\b_Period)\s{0,3}!=\s{0,3}$")
_MAPPED = re.compile(
    r"(?:(?:\)|:|\belse)\s{0,20}(?:\{\s{0,20})?\w{1,40}\s{0,9}=|\breturn)\s{0,9}\(?"
    r"\s{0,3}$"
)
_SECOND = re.compile(
    r"\s{0,9}\(\s{0,9}[^,()]{1,80}(?:\([^()]{0,40}\)\s{0,9})?,\s{0,9}"
    r"(\w{1,60}(?:\[[^\[\]]{1,60}\])?)\s{0,9}[,)]"
)
_CHART = frozenset({"0", "NULL", "PERIOD_CURRENT", "_Period"})
_WITH_CHART = re.compile(
    r"Period\s?\(\s?\)\s{0,3}([!<>]=?)\s{0,3}(\w{1,60})\b(?!\s?\()"
)
_GIVEN = re.compile(r"([^\W\d]\w{0,60})\s{0,9}=\s{0,9}$")


def _in_inputs(program: Program) -> Iterator[tuple[str, int]]:
    """Yield timeframes that an input has by default: `TimeFrame = H4`, `tf = 240`."""
    for each in program.facts.inputs:
        default = (each.default or "").strip('"')
        timeframe = default if default in _CONSTANTS else None
        if default in _MINUTES and _TIMEFRAME_NAME.search(each.name):
            timeframe = _MINUTES[default]
        if timeframe is not None and program.counts.get(each.name, 0) > 1:
            for at in program.offsets(each.name, 1):
                yield timeframe, at


_TIMEFRAME_NAME = re.compile(r"(?i:time_?frame)|(?:^|_)(?:tf|TF|Tf)(?:_|\d|$)|TF\d?$")


def _in_pine(program: Program) -> Iterator[tuple[str, int]]:
    source = program.source
    for start, end in source.strings:
        if end - start > 5:
            continue
        literal = source.text[start:end]
        timeframe = _PINE.get(literal)
        if timeframe is None and _SEVERAL_DAYS.fullmatch(literal):
            timeframe = literal
        if timeframe is not None and _asked_in_pine(program, start, end):
            yield timeframe, start
    yield from _in_pine_inputs(program)


def _asked_in_pine(program: Program, start: int, end: int) -> bool:
    """Whether a timeframe is asked for; what a map is asked for is its result."""
    before = program.before(start - 1, 130)
    if _PINE_MAPPED.search(before):
        return True
    asked = _PINE_ASKS.search(before)
    if asked is None:
        return False
    compared = asked[0].startswith("timeframe.period")
    return not (compared and _PINE_MAPS.match(program.code, end))


def _in_pine_inputs(program: Program) -> Iterator[tuple[str, int]]:
    """Yield inputs in minutes that reach a request: `tostring(minutes)`."""
    defaults = {
        each.name: (each.default or "").strip("\"'") for each in program.facts.inputs
    }
    for call in program.calls("request.security", "security"):
        if len(call.arguments) > 1:
            named = _PINE_NAMED.fullmatch(call.arguments[1])
            default = defaults.get(named[1], "") if named is not None else ""
            if default in _PINE:
                yield _PINE[default], call.offset
