"""One value of one setting: reading it, and saying in words what is allowed."""

import contextlib
import json
import typing
from typing import Annotated, Any, Literal

import msgspec

from orquestrador.config.document import parse
from orquestrador.errors import SettingsError


def from_json(value: object, annotation: Any) -> Any:  # noqa: ANN401 -- the setting's type
    """Return a JSON value as the setting's type.

    Args:
        value: what the file or the caller says.
        annotation: the setting's type, `Annotated` included.

    Raises:
        SettingsError: if the setting does not allow it; says what it does allow.

    """
    try:
        converted = msgspec.convert(_lowered(value, annotation), annotation)
        msgspec.json.encode(converted)  # Half a surrogate pair is no text.
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        if is_secret(annotation):
            raise SettingsError(f"expected {allowed(annotation)}") from None
        raise SettingsError(
            f"expected {allowed(annotation)}, got {_shown(value)}{_hint(value)}"
        ) from error
    return converted


def from_text(text: str, annotation: Any) -> Any:  # noqa: ANN401 -- the setting's type
    """Return an environment variable's text as the setting's type.

    A list is written with commas, or as JSON.

    Raises:
        SettingsError: if the setting does not allow it; says what it does allow.

    """
    kind, _ = _bare(annotation)
    value: object = text.strip()
    if typing.get_origin(kind) is tuple:
        value = _list_of(text)
    elif kind in {bool, int, float}:
        # What is no number is refused by `from_json`, in the setting's own words.
        with contextlib.suppress(msgspec.ValidationError):
            value = msgspec.convert(value, kind, strict=False)
    return from_json(value, annotation)


def allowed(annotation: Any) -> str:  # noqa: ANN401 -- the setting's type
    """Return what a setting allows, in words."""
    kind, meta = _bare(annotation)
    if typing.get_origin(kind) is tuple:
        some = "a list with at least one of" if meta.min_length else "a list of"
        return f"{some}: {allowed(typing.get_args(kind)[0])}"
    if typing.get_origin(kind) is Literal:
        return " or ".join(json.dumps(each) for each in typing.get_args(kind))
    if kind is bool:
        return "true or false"
    if kind is str:
        return meta.description or "text"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        names = [each.name for each in msgspec.structs.fields(kind)]
        return f"an object with {', '.join(names)}"
    number = "a whole number" if kind is int else "a number"
    low = f"above {meta.gt:g} and" if meta.gt is not None else f"from {meta.ge:g}"
    return f"{number} {low} up to {meta.le:.15g}"


def is_secret(annotation: Any) -> bool:  # noqa: ANN401 -- the setting's type
    """Return whether a setting's value is never to be shown."""
    _, meta = _bare(annotation)
    return bool((meta.extra or {}).get("secret"))


def _bare(annotation: Any) -> tuple[Any, msgspec.Meta]:  # noqa: ANN401 -- any type
    if typing.get_origin(annotation) is Annotated:
        kind, meta = typing.get_args(annotation)
        return kind, meta
    return annotation, msgspec.Meta()


def _lowered(value: object, annotation: Any) -> object:  # noqa: ANN401 -- any type
    # "INFO" and "info" are one word to a person.
    kind, _ = _bare(annotation)
    if isinstance(value, str) and typing.get_origin(kind) is Literal:
        return value.lower()
    return value


def _list_of(text: str) -> object:
    if text.lstrip().startswith("["):
        return parse(text, "the list")
    return [each.strip() for each in text.split(",")] if text.strip() else []


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."


def _hint(value: object) -> str:
    # In JSON "C:\new" is "C:", a line's end and "ew".
    if isinstance(value, str) and any(each in value for each in "\b\f\n\r\t"):
        return r"; write a path with / instead of \, such as C:/new"
    return ""
