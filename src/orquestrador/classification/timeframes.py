"""The timeframes a source asks for."""

import re
from collections.abc import Iterator, Mapping

from orquestrador.classification.program import Program

_ORDER = [
    "M1",
    "M2",
    "M3",
    "M4",
    "M5",
    "M6",
    "M10",
    "M12",
    "M15",
    "M20",
    "M30",
    "M45",
    "H1",
    "H2",
    "H3",
    "H4",
    "H6",
    "H8",
    "H12",
    "D1",
    "W1",
    "MN1",
]
_CONSTANTS: Mapping[str, str] = {each: f"PERIOD_{each}" for each in _ORDER}
_MINUTES: Mapping[str, str] = {
    **{
        minutes: f"M{minutes}"
        for minutes in [
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "10",
            "12",
            "15",
            "20",
            "30",
            "45",
        ]
    },
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
_SERIES = [
    "iMA",
    "iRSI",
    "iCCI",
    "iATR",
    "iBands",
    "iStochastic",
    "iMACD",
    "iADX",
    "iSAR",
    "iIchimoku",
    "iOpen",
    "iHigh",
    "iLow",
    "iClose",
    "iTime",
    "iVolume",
    "iBarShift",
    "iHighest",
    "iLowest",
    "iCustom",
    "iFractals",
    "iMomentum",
    "iWPR",
    "iDeMarker",
    "iEnvelopes",
    "iStdDev",
    "iAO",
    "iAC",
    "iAlligator",
    "iForce",
    "iOsMA",
    "iMFI",
    "iOBV",
    "iBars",
]
_LIST = 12


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
    for timeframe in _ORDER:
        for at in program.offsets(_CONSTANTS[timeframe], 12):
            if not _lists(program, at):
                yield timeframe, at
                break
    yield from _in_inputs(program)
    if program.language != "mql5":
        yield from _in_minutes(program)


def _in_minutes(program: Program) -> Iterator[tuple[str, int]]:
    """Yield MQL4's timeframes written as minutes: `iMA(NULL, 60, …)`."""
    for name in _SERIES:
        for at in program.offsets(name, 24):
            minutes = _SECOND.match(program.code, at + len(name))
            if minutes is not None and minutes[1] in _MINUTES:
                yield _MINUTES[minutes[1]], at


_SECOND = re.compile(
    r"\s{0,9}\(\s{0,9}\w{1,40}\s{0,9}(?:\(\s{0,9}\)\s{0,9})?,\s{0,9}(\d{1,5})\s{0,9}[,)]"
)


def _lists(program: Program, at: int) -> bool:
    """Whether a timeframe is one of a table, a switch or a row of comparisons."""
    if _SWITCHED.search(program.before(at, 30)):
        return True
    table = program.code.rfind("{", max(0, at - 200), at)
    return (
        table >= 0
        and program.before(table, 20).rstrip().endswith("=")
        and program.code.count(",", table, at + 60) > 4
    )


_SWITCHED = re.compile(
    r"\bcase\s{0,3}\(?$|[=!]=\s{0,3}$|PeriodSeconds\s{0,3}\(\s{0,3}$"
)


def _in_inputs(program: Program) -> Iterator[tuple[str, int]]:
    """Yield timeframes that an input has by default: `TimeFrame = H4`, `tf = 240`."""
    for each in program.facts.inputs:
        default = each.default or ""
        timeframe = default if default in _CONSTANTS else None
        if default in _MINUTES and _TIMEFRAME_NAME.search(each.name):
            timeframe = _MINUTES[default]
        if timeframe is not None and program.counts.get(each.name, 0) > 1:
            yield timeframe, program.offsets(each.name, 1)[0]


_TIMEFRAME_NAME = re.compile(r"(?i:time_?frame)|(?:^|_)(?:tf|TF)(?:_|\d|$)|TF\d?$")


def _in_pine(program: Program) -> Iterator[tuple[str, int]]:
    source = program.source
    for start, end in source.strings:
        if end - start > 5:
            continue
        timeframe = _PINE.get(source.text[start:end])
        if timeframe is not None and _PINE_ASKS.search(
            program.code[max(0, start - 130) : start - 1]
        ):
            yield timeframe, start
