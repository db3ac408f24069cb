"""The reference of the REST API, from the OpenAPI document that a system serves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from docs.building.markdown import plain, sentence, table
from orquestrador.interface.web.api.document import openapi
from orquestrador.interface.web.api.routes import PREFIX, endpoints


def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return openapi(endpoints(), PREFIX)


def rest() -> str:
    """Return every address: what it takes, what it answers, and with which types."""
    found = document()
    parts: list[str] = []
    for path, methods in sorted(found["paths"].items()):
        for method, operation in sorted(methods.items()):
            parts += _operation(f"{method.upper()} {path}", operation)
    parts.append("## Types")
    for name, shape in sorted(found["components"]["schemas"].items()):
        parts += _type(name, shape)
    return "\n\n".join(each for each in parts if each) + "\n"


def _operation(title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{title}`"
    yield sentence(operation["summary"])
    yield table(
        ("parameter", "type", ""),
        (
            (f"`{each['name']}`", _shape(each["schema"]), _needed(each))
            for each in operation.get("parameters", ())
        ),
    )
    body = operation.get("requestBody")
    if body:
        (content,) = body["content"].values()
        yield f"Takes {_shape(content['schema'])}."
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield (
                f"Answers {status}: "
                + ", ".join(
                    f"{_shape(each['schema'])} (`{media}`)"
                    for media, each in response["content"].items()
                )
                + "."
            )
    others = [each for each in operation["responses"] if not each.startswith("2")]
    yield f"Else {', '.join(others)} with a [`Problem`](#type-problem)."


def _needed(parameter: Mapping[str, Any]) -> str:
    return "required" if parameter["required"] else ""


def _type(name: str, shape: Mapping[str, Any]) -> Iterator[str]:
    yield f"(type-{name.lower()})=\n### `{name}`"
    yield sentence(str(shape.get("description", "")).split("\n\n")[0])
    yield table(
        ("key", "type"),
        (
            (f"`{field}`", _shape(each))
            for field, each in shape.get("properties", {}).items()
        ),
    )
    if "enum" in shape:
        yield _shape(shape)


def _shape(shape: Mapping[str, Any]) -> str:
    """Return a JSON Schema in words."""
    for key, say in _WORDS.items():
        if shape.get(key):
            return say(shape[key])
    return "anything"


def _reference(ref: str) -> str:
    name = ref.rpartition("/")[2]
    return f"[`{name}`](#type-{name.lower()})"


def _enum(values: Sequence[object]) -> str:
    return "one of " + ", ".join(f"`{each}`" for each in values)


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "$ref": _reference,
    "anyOf": lambda some: " or ".join(map(_shape, some)),
    "enum": _enum,
    "const": lambda value: f"`{value}`",
    "prefixItems": lambda some: f"({', '.join(map(_shape, some))})",
    "items": lambda item: f"list of {_shape(item)}",
    "additionalProperties": lambda item: f"object of {_shape(item)}",
    "type": plain,
}
"""The first key that a schema has says what it is."""
