"""Inputs handed to functions that other files define: what they are called counts."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.program import Program


def stop_in_unknown_call(program: Program) -> Iterator[int]:
    """An input named as a stop is passed to a function that an include defines."""
    return _input_passed(program, ("stop_loss", "^sl$", "sl_pips", "sl_points"))


def target_in_unknown_call(program: Program) -> Iterator[int]:
    """An input named as a target is passed to a function that an include defines."""
    return _input_passed(program, ("take_profit", "^tp$", "tp_pips", "tp_points"))


def trailing_in_unknown_call(program: Program) -> Iterator[int]:
    """An input named as a trailing stop is passed to a function of an include."""
    return _input_passed(
        program, ("trailing_stop", "trail_stop", "^trailing", "^trail_")
    )


def even_in_unknown_call(program: Program) -> Iterator[int]:
    """An input named as break-even is passed to a function of an include."""
    return _input_passed(program, ("break_even",))


def hours_in_call(program: Program) -> Iterator[int]:
    """Inputs named as hours of a window are handed to a function that decides."""
    stems = ("start_hour", "end_hour", "hour_start", "hour_end", "from_hour", "to_hour")
    for name in program.vocabulary.all(*stems):
        for offset in program.uses(name) if name in program.inputs else ():
            callee = program.callee(offset, 200)
            if (
                callee is not None
                and len(callee) > 1
                and not _HARMLESS.match(callee)
                and _DECIDES.search(program.statement(offset))
            ):
                yield offset


def share_in_unknown_call(program: Program) -> Iterator[int]:
    """An input named as a share at risk is passed to a function of an include."""
    return _input_passed(program, ("risk_percent", "risk_per_trade", "percent_risk"))


_DECIDES = re.compile(r"\b(?:if|return)\b|=")
_HARMLESS = re.compile(
    r"(?:if|while|for|switch|return|Print\w*|Comment|Alert|Math\w+|Normalize\w+|"
    r"DoubleTo\w+|Integer\w+|String\w+|f?abs|min|max|Object\w+|Label\w*|DoubleToStr)$"
)


def _input_passed(program: Program, stems: tuple[str, ...]) -> Iterator[int]:
    if program.is_pine or not program.facts.includes:
        return
    for name in program.vocabulary.all(*stems):
        if name not in program.inputs:
            continue
        for offset in program.uses(name):
            callee = program.callee(offset, 200)
            if (
                callee is not None
                and len(callee) > 1
                and not _HARMLESS.match(callee)
                and callee not in program.functions
                and not callee.startswith(("Order", "Position", "i"))
            ):
                yield offset


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (
        stop_in_unknown_call,
        target_in_unknown_call,
        trailing_in_unknown_call,
        even_in_unknown_call,
        share_in_unknown_call,
        hours_in_call,
    )
}
