"""Which values can reach a place in the code: the beginning of a data flow.

A name is followed to what is assigned to it, a parameter to what the callers pass,
a call to what the function returns; a few steps far, since programs that go round in
circles exist.
"""

import re

from orquestrador.classification.expressions import arguments, bare, branches, number
from orquestrador.classification.program import Function, Program

_MAX_DEPTH = 6
_NAME = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(r"([A-Za-z_]\w*)\s{0,9}\((.*)\)", re.DOTALL)
_RETURN = re.compile(r"\breturn\b")
_ZERO_FOR_ZERO = re.compile(
    r"([A-Za-z_]\w{0,80})\s{0,9}==\s{0,9}0[.0]{0,3}\s{0,9}\)"
    r"\s{0,80}\{?\s{0,80}return\s{0,9}\(?\s{0,9}0"
)


def can_differ_from_zero(
    program: Program, expression: str, offset: int = 0, depth: int = 0
) -> bool:
    """Whether a value other than zero can come out of an expression.

    Follows a name to what is assigned to it, a parameter to what the callers
    pass, a call to what the function returns. What cannot be followed counts
    as a value.

    Args:
        program: the program that the expression is a part of.
        expression: the code of an argument or of a right side.
        offset: where it stands, to know whose parameters are meant.
        depth: how many names were followed on the way here.

    """
    expression = bare(expression)
    if not expression or expression in {"NULL", "na", "EMPTY", "false"}:
        return False
    literal = number(expression)
    if literal is not None:
        return literal != 0
    if depth >= _MAX_DEPTH:
        return True
    if _NAME.fullmatch(expression):
        return _name_can_differ(program, expression, offset, depth + 1)
    choice = branches(expression)
    if choice is not None:
        return any(
            can_differ_from_zero(program, each, offset, depth + 1) for each in choice
        )
    return _call_can_differ(program, expression, offset, depth + 1)


def _call_can_differ(
    program: Program, expression: str, offset: int, depth: int
) -> bool:
    called = _CALLED.fullmatch(expression)
    function = program.functions.get(called[1]) if called is not None else None
    if called is None or function is None:
        return True
    passed = arguments(expression, called.start(2))
    return not _passed_through(
        program, function, passed, offset, depth
    ) and _returns_value(program, function, depth)


def _passed_through(
    program: Program,
    function: Function,
    passed: tuple[str, ...],
    offset: int,
    depth: int,
) -> bool:
    """Whether a function is given a zero for which it returns zero at once."""
    zeros = program.answer(_zeros_for_zero, function)
    return any(
        name in zeros and not can_differ_from_zero(program, value, offset, depth)
        for name, value in zip(function.parameters, passed, strict=False)
    )


def _zeros_for_zero(program: Program, function: Function) -> set[str]:
    body = program.body(function)
    if "return" not in body:
        return set()
    return {each[1] for each in _ZERO_FOR_ZERO.finditer(body)}


def _name_can_differ(program: Program, name: str, offset: int, depth: int) -> bool:
    if name in program.inputs:
        return True
    assigned = program.assignments(name)
    function = program.function_at(offset)
    passed: list[tuple[int, str]] = []
    if function is not None:
        inside = [each for each in assigned if function.start <= each[0] < function.end]
        if name in function.parameters:
            position = function.parameters.index(name)
            passed = _passed(program, function, position)
        assigned = tuple(inside) or (() if passed else assigned)
    # What a caller passes under the same name is another variable.
    if any(can_differ_from_zero(program, value, at, depth) for at, value in passed):
        return True
    if not assigned:
        if passed:
            return False
        return program.counts.get(name, 0) < 2 or any(
            True for _ in program.updates(name)
        )
    return (
        any(
            ((where != offset and value == name) or name not in _NAME.findall(each))
            and can_differ_from_zero(program, each, where, depth)
            for where, value in assigned
            for each in _ways(program, name, value)
        )
        or any(True for _ in program.updates(name))
        or _filled(program, name)
    )


def _ways(program: Program, name: str, value: str) -> tuple[str, ...]:
    """Return what a name may become, apart: `a > s[1] ? max(b, s[1]) : b` in Pine."""
    if program.is_pine and f"{name}[" in value:
        return branches(value) or (value,)
    return (value,)


def _filled(program: Program, name: str) -> bool:
    """Whether a function of the program is handed the name as a reference."""
    for at in program.uses(name):
        callee = program.callee(at, 80)
        function = program.functions.get(callee) if callee is not None else None
        if function is not None and function.start != at:
            head = program.code[function.start : function.start + 200]
            if "&" in head.partition(")")[0]:
                return True
    return False


def _passed(
    program: Program, function: Function, position: int
) -> list[tuple[int, str]]:
    return [
        (call.offset, call.arguments[position])
        for call in program.calls(function.name)
        if call.offset != function.start and len(call.arguments) > position
    ]


def _returns_value(program: Program, function: Function, depth: int) -> bool:
    returned = _RETURN.finditer(program.code, function.start, function.end)
    values = [(each.end(), program.expression(each.end())) for each in returned]
    return any(can_differ_from_zero(program, value, at, depth) for at, value in values)
