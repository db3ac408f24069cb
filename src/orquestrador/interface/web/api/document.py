"""The OpenAPI document, made from the types that endpoints take and answer with."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from orquestrador.interface.web.api.endpoint import Document, Endpoint, Nothing, Problem

_REF = "#/components/schemas/{name}"
_BEYOND = {
    "GET": (400, 401, 403, 404, 421, 503),
    "POST": (400, 401, 403, 404, 413, 415, 421, 422, 503),
}
"""What else than success an address may answer with."""


def openapi(found: Iterable[Endpoint], prefix: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of some endpoints.

    Args:
        found: the endpoints.
        prefix: what stands before their paths.

    """
    endpoints = tuple(found)
    types = [each.answer if each.answer is not Document else Any for each in endpoints]
    types += [each.takes for each in endpoints if each.method == "POST"]
    shapes, components = msgspec.json.schema_components(
        [*types, Problem], ref_template=_REF
    )
    by_type = {id(kind): shape for kind, shape in zip(types, shapes, strict=False)}
    paths: dict[str, dict[str, Any]] = {}
    for each in endpoints:
        operation: dict[str, Any] = {
            "operationId": each.path.strip("/").replace("/", "_")
            + ("" if each.method == "GET" else "_order"),
            "summary": each.summary,
            "responses": _responses(each, by_type.get(id(each.answer), {}), shapes[-1]),
        }
        if each.method == "GET":
            operation["parameters"] = _parameters(each)
        else:
            content = {"application/json": {"schema": by_type[id(each.takes)]}}
            operation["requestBody"] = {"required": True, "content": content}
        paths.setdefault(prefix + each.path, {})[each.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "orquestrador",
            "version": "1",
            "description": "A library of trading source code, as its system knows it.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _responses(
    endpoint: Endpoint, answer: Mapping[str, Any], trouble: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        str(endpoint.success): {
            "description": "Done" if endpoint.method == "GET" else "Taken",
            "content": {
                each.partition(";")[0]: {"schema": answer} for each in endpoint.media
            },
        }
    }
    for status in _BEYOND[endpoint.method]:
        found[str(status)] = {
            "description": "Why not",
            "content": {"application/problem+json": {"schema": trouble}},
        }
    return found


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Return the query parameters: the fields of what the endpoint takes."""
    if endpoint.takes is Nothing:
        return []
    _, components = msgspec.json.schema_components([endpoint.takes])
    shape = cast("dict[str, Any]", components[endpoint.takes.__name__])
    required = set(shape.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            # style form, exploded: `?risk=stop_loss&risk=take_profit`.
            "schema": _said(field),
            **({"description": field["description"]} if "description" in field else {}),
        }
        for name, field in shape["properties"].items()
    ]


def _said(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field's schema as a query can say it."""
    return {name: each for name, each in field.items() if name != "description"}
