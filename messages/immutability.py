"""Which types are immutable data, and whether a value is of such a type.

`checker` reads one annotation and returns a function that says whether a value is of
it. Reading happens once, when a message type is defined; checking happens at every
construction, so the returned functions are small closures without any look-up.
"""

import datetime as dt
import enum
import operator
import re
import types
import typing
import uuid
from collections.abc import Callable, Sized
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, Union, cast

import msgspec

from orquestrador.errors import MessageDefinitionError

Items = tuple[object, ...]
Allows = Callable[[object], bool]
"""Whether a value is of the field's type."""

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


class Check(NamedTuple):
    """What a type allows, as a function and in words."""

    allows: Allows
    expected: str
    """Completes "expected …"."""


class FieldCheck:
    """The check of one field of a message type."""

    __slots__ = ("_expected", "allows", "name", "settled_by")

    def __init__(self, owner: str, name: str, annotation: object) -> None:
        """Read the field's annotation.

        Raises:
            MessageDefinitionError: if the type is not immutable data.

        """
        self.name = name
        self.allows, self._expected = checker(f"{owner}.{name}", annotation)
        self.settled_by = _plain(annotation)
        """A value of exactly one of these types is allowed without calling `allows`."""

    def problem(self, value: object) -> str:
        """Say what is wrong with a value that is not allowed."""
        return f"{self.name}: expected {self._expected}, got {_shown(value)}"


def _plain(annotation: object) -> frozenset[type]:
    """Return the types whose every value is allowed: of `str | None`, both."""
    if typing.get_origin(annotation) in {Union, types.UnionType}:
        parts = map(_plain, typing.get_args(annotation))
        return frozenset[type]().union(*parts)
    return frozenset(atom for atom in ATOMS if annotation is atom)


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
    exact = {float: (float, int), int: (int,)}.get(kind)

    def is_exactly(value: object) -> bool:
        return type(value) in cast("Items", exact)

    def is_instance(value: object) -> bool:
        return isinstance(value, kind)

    return Check(is_exactly if exact else is_instance, kind.__name__)


def _one_of(choices: tuple[object, ...]) -> Check:
    def allows(value: object) -> bool:
        return value in choices

    return Check(allows, f"one of {list(choices)}")


def _any_of(checks: list[Check]) -> Check:
    alternatives = [each.allows for each in checks]

    def allows(value: object) -> bool:
        for alternative in alternatives:  # noqa: SIM110 -- faster than a generator
            if alternative(value):
                return True
        return False

    return Check(allows, " or ".join(each.expected for each in checks))


def _each_of(kind: type, inner: Check) -> Check:
    inner_allows = inner.allows

    def allows(value: object) -> bool:
        if type(value) is not kind:
            return False
        for item in cast("Items", value):  # noqa: SIM110 -- faster than a generator
            if not inner_allows(item):
                return False
        return True

    return Check(allows, f"{kind.__name__} of {inner.expected}")


def _tuple_of(where: str, arguments: tuple[object, ...]) -> Check:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return _each_of(tuple, checker(where, arguments[0]))
    inner = [checker(where, argument) for argument in arguments]

    def allows(value: object) -> bool:
        if type(value) is not tuple:
            return False
        items = cast("Items", value)
        return len(items) == len(inner) and all(
            each.allows(item) for each, item in zip(inner, items, strict=True)
        )

    return Check(allows, f"({', '.join(each.expected for each in inner)})")


def _is_as_long(value: Sized, limit: int) -> bool:
    return len(value) >= limit


def _is_no_longer(value: Sized, limit: int) -> bool:
    return len(value) <= limit


def _matches(value: str, pattern: str) -> bool:
    return re.search(pattern, value) is not None


_LIMITS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "ge": ("at least", operator.ge),
    "gt": ("more than", operator.gt),
    "le": ("at most", operator.le),
    "lt": ("less than", operator.lt),
    "min_length": ("of length at least", _is_as_long),
    "max_length": ("of length at most", _is_no_longer),
    "pattern": ("matching", _matches),
}
"""By msgspec's name for a limit: in words, and whether a value keeps it."""


def _limited(inner: Check, metas: list[msgspec.Meta]) -> Check:
    limits = [
        (words, keeps, limit)
        for meta in metas
        for name, (words, keeps) in _LIMITS.items()
        if (limit := getattr(meta, name)) is not None
    ]
    inner_allows = inner.allows

    def allows(value: object) -> bool:
        if not inner_allows(value):
            return False
        for _, keeps, limit in limits:  # noqa: SIM110 -- faster than a generator
            if not keeps(value, limit):
                return False
        return True

    words = "".join(f" {words} {limit}" for words, _, limit in limits)
    return Check(allows, f"{inner.expected}{words}")


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
