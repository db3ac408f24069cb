"""Any value as a short text that is safe to show: bounded, harmless, without secrets.

No code of the value's own runs: neither `__repr__`, which may wait, raise or build a
text of many megabytes, nor properties. What is no plain data is shown by its class.
"""

import dataclasses
import datetime as dt
import enum
import itertools
import re
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

import msgspec
import pykka

MAX_ITEMS = 8
"""Parts shown of a collection."""

MAX_DEPTH = 3
"""Collections shown inside each other."""

MAX_TEXT = 120
"""Characters shown of a text, or bytes of bytes."""

MAX_ALL = 600
"""Characters in all."""

HIDDEN = "<hidden>"

_SECRET_NAME = re.compile(
    r"passw|passphrase|pwd|secret|token|credential|api_?key|private_?key|authori[sz]"
    r"|cookie|signature|session_?(id|key)",
    re.IGNORECASE,
)
_SECRET_IN_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]*@")

_PLAIN = (
    type(None),
    bool,
    int,
    float,
    complex,
    Decimal,
    dt.date,
    dt.time,
    dt.timedelta,
    uuid.UUID,
    range,
)

_COLLECTIONS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
}


def render(value: object, *, limit: int = MAX_ALL) -> str:
    """Return a value as text of at most `limit` characters.

    The value of a field, an attribute or a key whose name speaks of a secret is
    hidden at every depth; so is a password in an address. What a secret looks like
    under another name nobody can know: a class that has such an attribute overrides
    `inspect_state`.
    """
    try:
        return _cut(_shown(value, 0), limit)
    except RuntimeError:
        # Another thread adds to it, or takes away, right now.
        return f"<{type(value).__name__} that changes>"


def render_named(name: str, value: object) -> str:
    """Return a value as text; hidden where its name speaks of a secret."""
    return HIDDEN if is_secret(name) else render(value)


def is_secret(name: object) -> bool:
    """Return whether a name speaks of a secret."""
    return isinstance(name, str) and _SECRET_NAME.search(name) is not None


def _shown(value: Any, depth: int) -> str:  # noqa: ANN401, C901, PLR0911 -- any object; one line a kind
    kind = _class_of(value)
    if kind is str:
        return _text(value)
    if kind in {bytes, bytearray}:
        return _bytes(bytes(value[: MAX_TEXT + 1]), len(value))
    if isinstance(value, enum.Enum):
        return f"{kind.__name__}.{value.name}"
    if kind in _PLAIN or _is_path(kind):
        return _number(cast("int", value)) if kind is int else _text_of(value)
    if isinstance(value, type):
        return f"<class {value.__name__}>"
    if isinstance(value, pykka.ActorRef):
        return f"<{_text_of(cast('object', value))}>"
    if isinstance(value, BaseException):
        return f"{kind.__name__}({_parts(value.args, depth)})"
    if kind in _COLLECTIONS:
        opening, closing = _COLLECTIONS[kind]
        return f"{opening}{_parts(value, depth)}{closing}"
    if kind is dict:
        return f"{{{_pairs(value.items(), ': ', depth)}}}"
    fields = _fields(value)
    if fields is not None:
        return f"{kind.__name__}({_pairs(fields, '=', depth)})"
    return f"<{kind.__name__}>"


def _is_path(kind: type) -> bool:
    # By name: a path that exists has loaded its module, this one need not.
    return any(
        each.__name__ == "PurePath" and each.__module__.startswith("pathlib")
        for each in kind.__mro__
    )


def _class_of(value: object) -> type:
    return type(value)


def _fields(value: object) -> Iterator[tuple[str, object]] | None:
    if isinstance(value, msgspec.Struct):
        names: Iterable[str] = value.__struct_fields__
    elif dataclasses.is_dataclass(value):
        names = (field.name for field in dataclasses.fields(value))
    else:
        return None
    return ((name, getattr(value, name, None)) for name in names)


def _parts(values: Iterable[object], depth: int) -> str:
    if depth >= MAX_DEPTH:
        return "..."
    shown = [_shown(each, depth + 1) for each in itertools.islice(values, MAX_ITEMS)]
    return ", ".join(shown) + _more(values, len(shown))


def _pairs(pairs: Iterable[tuple[object, object]], between: str, depth: int) -> str:
    if depth >= MAX_DEPTH:
        return "..."
    shown: list[str] = []
    for name, value in itertools.islice(pairs, MAX_ITEMS):
        text = HIDDEN if is_secret(name) else _shown(value, depth + 1)
        key = name if between == "=" else _shown(name, depth + 1)
        shown.append(f"{key}{between}{text}")
    return ", ".join(shown) + _more(pairs, len(shown))


def _more(values: Iterable[object], shown: int) -> str:
    size = getattr(values, "__len__", None)
    if size is None:
        # An iterator: what is left of it.
        return ", ..." if next(iter(values), None) is not None else ""
    more = size() - shown
    return f", ... {more} more" if more > 0 else ""


def _text(value: str) -> str:
    masked = _SECRET_IN_URL.sub(rf"\1{HIDDEN}@", value[: 2 * MAX_TEXT])
    shown = repr(masked[:MAX_TEXT])
    return shown if len(value) <= MAX_TEXT else f"{shown}... {len(value)} characters"


def _bytes(start: bytes, size: int) -> str:
    shown = repr(start[:MAX_TEXT])
    return shown if size <= MAX_TEXT else f"{shown}... {size} bytes"


def _number(value: int) -> str:
    # A number of many digits takes long to write, and may be refused.
    bits = value.bit_length()
    return str(value) if bits <= 256 else f"<int of {bits} bits>"


def _text_of(value: object) -> str:
    return _cut(str(value), MAX_TEXT)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def render_all(state: Mapping[str, object], limit: int) -> Iterator[tuple[str, str]]:
    """Yield at most `limit` names with their values as text."""
    for name, value in itertools.islice(tuple(state.items()), limit):
        yield name, render_named(name, value)
