"""A settings file's JSON, with errors that say what to write instead."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

from orquestrador.errors import SettingsError

Entry = tuple[str, Any]
"""A dotted key and its value."""


def read_document(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file (UTF-8, with or without BOM).

    Raises:
        SettingsError: if there is no such object; names the file and the place.

    """
    document = _parsed(_text(path), path)
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
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SettingsError(f"{path}: is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}, line {line}: is not UTF-8; save it so") from error


def _parsed(text: str, path: Path) -> object:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in found if keys.count(key) > 1)
            raise SettingsError(f"{path}: {twice} is written twice; leave one out")
        return found

    def no_number(word: str) -> NoReturn:
        raise SettingsError(f"{path}: {word} is no number that can be set")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise SettingsError(_malformed(error, path)) from error
    except RecursionError as error:
        raise SettingsError(f"{path}: objects stand too deep in each other") from error


def _malformed(error: json.JSONDecodeError, path: Path) -> str:
    if not error.doc.strip():
        return f"{path}: is empty; write {{}} to leave every setting as it is"
    line = [*error.doc.splitlines(), ""][error.lineno - 1]
    place = f"{path}, line {error.lineno}, column {error.colno}"
    if "escape" in error.msg:
        return (
            rf"{place}: a \ stands for itself only when doubled: write C:/Users "
            rf"(or C:\\Users) instead of C:\Users: {line.strip()}"
        )
    return f"{place}: is not JSON ({error.msg}): {line.strip()}"
