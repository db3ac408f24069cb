"""Checks for the strategies' rules: what an entry is compared with."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.absent_classes import runs_elsewhere
from orquestrador.classification.averaging import is_rung
from orquestrador.classification.entry_slice import openings
from orquestrador.classification.orders import changes, exits, opens
from orquestrador.classification.plots import buffers
from orquestrador.classification.program import Program

_OSCILLATORS = (
    "iRSI",
    "iStochastic",
    "iWPR",
    "iMFI",
    "iDeMarker",
    "iCCI",
    "iRSIOnArray",
)
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


# --- oscillators ----------------------------------------------------------------


def oscillator_extreme(program: Program) -> Iterator[int]:
    """An oscillator is compared with a level near the end of its scale."""
    return _extremes(program, _OSCILLATORS)


def oscillator_without_extreme(program: Program) -> Iterator[int]:
    """An oscillator is read and never compared with the end of its scale."""
    if not program.checked(oscillator_extreme, 5):
        yield from (call.offset for call in program.calls(*_OSCILLATORS))


def _extremes(program: Program, oscillators: Iterable[str]) -> Iterator[int]:
    seen: set[str] = set()
    for call in program.calls(*oscillators):
        after = program.code[call.offset : call.offset + 200]
        direct = _COMPARED_CALL.search(after.partition(";")[0])
        if direct is not None and is_extreme(program, direct[1], call.name):
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
            if found is not None and is_extreme(program, found[1], oscillator):
                yield at
                break


def is_extreme(program: Program, level: str, oscillator: str) -> bool:
    """Whether a level is near the end of an oscillator's scale."""
    value = level_of(program, level)
    if value is None:
        return bool(_LEVEL_WORD.search(level)) and "[" not in level
    if "WPR" in oscillator or "wpr" in oscillator:
        return value <= -75 or -25 <= value < 0
    if "CCI" in oscillator or "cci" in oscillator:
        return abs(value) >= 80
    if "DeMarker" in oscillator:
        return 0 < value <= 0.35 or 0.65 <= value <= 1
    return 0 < value <= 38 or 62 <= value <= 100


def level_of(program: Program, level: str) -> float | None:
    """Return what a level is: itself, an input's default or what a name is given."""
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


# --- prices ---------------------------------------------------------------------


_STOP_ORDER = re.compile(r"(?:BUY|SELL)_?STOP")
_CASE = re.compile(r"\bcase\b[^:;]{1,60}:[^}]{0,300}$")


def stop_entries(program: Program) -> Iterator[int]:
    """Orders wait above or below the market, to be filled when price passes."""
    program = program.whole
    for order in opens(program):
        called = program.code[order.offset : order.offset + 120]
        waits = order.name in {"BuyStop", "SellStop"} or _STOP_ORDER.search(called)
        # One branch of a function that can send every type says nothing.
        if (
            waits
            and not _CASE.search(program.before(order.offset, 300))
            and not program.answer(is_rung, order.offset)
        ):
            yield order.offset


_NEIGHBOURS = re.compile(
    r"(?:High|Low|high|low)\s{0,3}\[[^\]\n]{1,24}\]\s{0,3}[<>]=?\s{0,3}(?:High|Low|high|low)\s{0,3}\["
)


def local_extremes(program: Program) -> Iterator[int]:
    """Highs or lows are compared with their neighbours."""
    for name in ("High", "Low", "high", "low"):
        for at in program.offsets(name):
            if _NEIGHBOURS.match(program.code, at):
                yield at


# --- targets, hours, management ---------------------------------------------------

_NO_PIPS = re.compile(
    r"percent|money|ratio|rr|atr|mult|factor|dollar|usd|equity|perc|start|reward|risk|dev|plus|use|mode|level|run_?away",
    re.IGNORECASE,
)


def small_target(program: Program) -> Iterator[int]:
    """The target is an input of at most 20 pips, or as much in points or in price."""
    for name in program.vocabulary.all(
        "take_profit", "^tp$", "tp_pips", "target_pips", "tp_points"
    ):
        if name in program.inputs and not _NO_PIPS.search(name):
            value = level_of(program, name)
            most = 200 if "oint" in name else 20
            if value is not None and (1 < value <= most or 0 < value <= _SMALL_MOVE):
                yield from program.uses(name, 1)


_SMALL_MOVE = 0.002
"""Of a price that is quoted with four or five digits: 20 pips."""


def manages_only(program: Program) -> Iterator[int]:
    """Positions are changed or closed and none is opened."""
    if openings(program):
        return
    yield from (order.offset for order in changes(program))
    yield from exits(program)
    yield from (call.offset for call in program.calls("OrderDelete"))


def draws_no_signal(program: Program) -> Iterator[int]:
    """Something is shown and no line is computed; the place is where."""
    lines = buffers(program)
    if len(lines) > 1 or any(lines.values()):
        return
    for name in (
        "OBJ_LABEL",
        "OBJ_RECTANGLE_LABEL",
        "OBJ_BITMAP_LABEL",
        "Comment",
        "CopyBuffer",
        "CCanvas",
        "Alert",
    ):
        yield from program.offsets(name, 2)


_SHOWS = [
    "Comment",
    "Alert",
    "Print",
    "PrintFormat",
    "printf",
    "MessageBox",
    "PlaySound",
    "SendMail",
    "SendNotification",
    "FileOpen",
    "FileWrite",
    "FileWriteString",
    "ObjectCreate",
    "ObjectSetText",
    "WebRequest",
    "SocketCreate",
    "CAppDialog",
    "EventChartCustom",
    "GlobalVariableSet",
    "SymbolSelect",
    "ChartOpen",
    "CCanvas",
    "CopyTicks",
    "CopyTicksRange",
    "OBJ_LABEL",
    "ChartSetInteger",
    "ObjectDelete",
]


def only_shows(program: Program) -> Iterator[int]:
    """A program that opens, changes and closes nothing shows or stores something.

    What an object of another file does with the ticks is not known.
    """
    if (
        not openings(program)
        and not changes(program)
        and not exits(program)
        and not program.calls("OrderDelete")
        and not runs_elsewhere(program)
    ):
        for name in _SHOWS:
            yield from program.offsets(name, 2)


def script_without_orders(program: Program) -> Iterator[int]:
    """A script that runs once and sends no order."""
    if not opens(program) and not exits(program) and not program.calls("OrderDelete"):
        yield from program.offsets("OnStart" if program.has("OnStart") else "start", 1)


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        oscillator_extreme,
        oscillator_without_extreme,
        stop_entries,
        local_extremes,
        small_target,
        manages_only,
        draws_no_signal,
        only_shows,
        script_without_orders,
    )
}
