"""Which types are immutable data, and whether a value is of such a type.

`checker` reads one annotation and returns a function that checks a value against
it. Reading happens once, when a message type is defined; checking happens at every
construction, so the returned functions are small closures without any look-up.
"""

import datetime as dt
import enum
import re
import types
import typing
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, cast

import msgspec

from orquestrador.errors import MessageDefinitionError

Items = tuple[object, ...]
Check = Callable[[Any], str | None]
"""Takes a value; returns None when it is allowed, else what is wrong with it."""

ATOMS: tuple[type, ...] = (
    bool,
    bytes,
    dt.date,
    dt.datetime,
    dt.time,
    dt.timedelta,
    Decimal,
    float,
    int,
    str,
    types.NoneType,
    uuid.UUID,
)


class FieldCheck:
    """The check of one field of a message type."""

    __slots__ = ("check", "name", "settled_by")

    def __init__(self, owner: str, name: str, annotation: object) -> None:
        """Read the field's annotation.

        Raises:
            MessageDefinitionError: if the type is not immutable data.

        """
        self.name = name
        self.check = checker(f"{owner}.{name}", annotation)
        plain = any(annotation is atom for atom in ATOMS)
        self.settled_by: Any = annotation if plain else None
        """A value of exactly this type is allowed without calling `check`."""


def checker(where: str, annotation: object) -> Check:
    """Return the check for one annotated field.

    Args:
        where: the field, as `Type.field`, for the error's text.
        annotation: the resolved annotation, `Annotated` included.

    Raises:
        MessageDefinitionError: if the type is not immutable data.

    """
    annotation = _unaliased(annotation)
    if isinstance(annotation, typing.ForwardRef):
        raise MessageDefinitionError(f"{where}: define {annotation} before its use")
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        limits = [each for each in arguments[1:] if isinstance(each, msgspec.Meta)]
        return _limited(checker(where, arguments[0]), limits)
    if origin in {Union, types.UnionType}:
        return _any_of([checker(where, argument) for argument in arguments])
    if origin is Literal:
        return _one_of(arguments)
    if origin is tuple:
        return _tuple_of(where, arguments)
    if origin is frozenset:
        return _each_of(frozenset, checker(where, arguments[0]))
    if isinstance(annotation, type) and _is_immutable(annotation):
        return _instance_of(annotation)
    raise MessageDefinitionError(
        f"{where} is {annotation!r}, which can change after it was sent; use "
        "numbers, text, bytes, enums, dates, messages, and tuples or frozensets "
        "of these (a tuple of messages instead of a mapping)"
    )


def _unaliased(annotation: object) -> object:
    """Look through `type X = ...` aliases and `NewType`."""
    while True:
        inner = getattr(annotation, "__value__", None) or getattr(
            annotation, "__supertype__", None
        )
        if inner is None:
            return annotation
        annotation = inner


def _is_immutable(kind: type) -> bool:
    if issubclass(kind, msgspec.Struct):
        return bool(kind.__struct_config__.frozen) and hasattr(
            kind, "__message_checks__"
        )
    return kind in ATOMS or issubclass(kind, enum.Enum)


def _instance_of(kind: type) -> Check:
    # As in msgspec: True is no number, and an int may stand for a float.
    allowed = (float, int) if kind is float else (kind,)
    no_bool = kind in {int, float}

    def check(value: object) -> str | None:
        if isinstance(value, allowed) and not (no_bool and value is (value == 1)):
            return None
        return f"expected {kind.__name__}, got {_shown(value)}"

    return check


def _one_of(choices: tuple[object, ...]) -> Check:
    def check(value: object) -> str | None:
        if value in choices:
            return None
        return f"expected one of {list(choices)}, got {_shown(value)}"

    return check


def _any_of(checks: list[Check]) -> Check:
    def check(value: object) -> str | None:
        problems: list[str] = []
        for each in checks:
            problem = each(value)
            if problem is None:
                return None
            problems.append(problem)
        return "; or ".join(problems)

    return check


def _each_of(kind: type, inner: Check) -> Check:
    def check(value: object) -> str | None:
        if type(value) is not kind:
            return f"expected {kind.__name__}, got {_shown(value)}"
        for item in cast("Items", value):
            problem = inner(item)
            if problem is not None:
                return f"in {kind.__name__}: {problem}"
        return None

    return check


def _tuple_of(where: str, arguments: tuple[object, ...]) -> Check:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return _each_of(tuple, checker(where, arguments[0]))
    inner = [checker(where, argument) for argument in arguments]

    def check(value: object) -> str | None:
        items = cast("Items", value)
        if type(value) is not tuple or len(items) != len(inner):
            return f"expected a tuple of {len(inner)}, got {_shown(items)}"
        for each, item in zip(inner, items, strict=True):
            problem = each(item)
            if problem is not None:
                return problem
        return None

    return check


def _limited(inner: Check, limits: list[msgspec.Meta]) -> Check:
    def check(value: object) -> str | None:
        problem = inner(value)
        if problem is not None or value is None:
            return problem
        for meta in limits:
            problem = _limit_broken(value, meta)
            if problem is not None:
                return problem
        return None

    return check


_LIMITS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "ge": ("at least", lambda value, limit: value >= limit),
    "gt": ("more than", lambda value, limit: value > limit),
    "le": ("at most", lambda value, limit: value <= limit),
    "lt": ("less than", lambda value, limit: value < limit),
    "min_length": ("a length of at least", lambda value, limit: len(value) >= limit),
    "max_length": ("a length of at most", lambda value, limit: len(value) <= limit),
    "pattern": (
        "text matching",
        lambda value, limit: re.search(limit, value) is not None,
    ),
}


def _limit_broken(value: object, meta: msgspec.Meta) -> str | None:
    for name, (words, allows) in _LIMITS.items():
        limit = getattr(meta, name)
        if limit is not None and not allows(value, limit):
            return f"expected {words} {limit}, got {_shown(value)}"
    return None


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
