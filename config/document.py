"""A settings file's JSON, with errors that say what to write instead."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

from orquestrador.errors import SettingsError

MOST_LEVELS = 30
MOST_DIGITS = 30

Entry = tuple[str, Any]
"""A dotted key and its value."""


def read_document(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file (UTF-8, with or without BOM).

    Raises:
        SettingsError: if there is no such object; names the file and the place.

    """
    document = parse(_text(path), str(path))
    if not isinstance(document, dict):
        raise SettingsError(f"{path}: the file must hold one object: {{ ... }}")
    return cast("dict[str, Any]", document)


def flattened(document: Mapping[str, Any], prefix: str = "") -> Iterator[Entry]:
    """Yield every value with its dotted key; an empty object says nothing."""
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from flattened(cast("Mapping[str, Any]", value), f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except TimeoutError:
        # The caller's signal handler has raised it while this was read.
        raise
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SettingsError(f"{path}: is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}, line {line}: is not UTF-8; save it so") from error


def parse(text: str, place: str) -> object:
    """Return the value that a JSON text stands for.

    Args:
        text: the JSON.
        place: where it stands, for errors.

    Raises:
        SettingsError: if it is no JSON, or more than anybody writes.

    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in found if keys.count(key) > 1)
            raise SettingsError(f"{place}: {twice} is written twice; leave one out")
        return found

    def whole_number(digits: str) -> int:
        if len(digits) > MOST_DIGITS:
            raise SettingsError(f"{place}: {digits[:9]}... is too long a number")
        return int(digits)

    def no_number(word: str) -> NoReturn:
        raise SettingsError(f"{place}: {word} is no number that can be set")

    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=whole_number,
            parse_constant=no_number,
        )
    except json.JSONDecodeError as error:
        raise SettingsError(_malformed(error, place)) from error
    except RecursionError:
        value, deep = None, True
    else:
        deep = _is_deeper(value, MOST_LEVELS)
    if deep:
        raise SettingsError(f"{place}: lists or objects stand too deep in each other")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    inner: list[object] = [value]
    for _ in range(levels):
        inner = [part for each in inner for part in _parts(each)]
    return bool(inner)


def _parts(value: object) -> list[object]:
    match value:
        case dict():
            return list(cast("dict[str, Any]", value).values())
        case list():
            return list(cast("Iterable[object]", value))
        case _:
            return []


def _malformed(error: json.JSONDecodeError, place: str) -> str:
    if not error.doc.strip():
        return f"{place}: is empty; write {{}} to leave every setting as it is"
    line = [*error.doc.splitlines(), ""][error.lineno - 1]
    place = f"{place}, line {error.lineno}, column {error.colno}"
    if "escape" in error.msg:
        return (
            rf"{place}: a \ stands for itself only when doubled: write C:/Users "
            rf"(or C:\\Users) instead of C:\Users: {line.strip()}"
        )
    return f"{place}: is not JSON ({error.msg}): {line.strip()}"
