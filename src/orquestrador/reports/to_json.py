"""A report as JSON, and the JSON Schema that describes it."""

from typing import Any, cast

import msgspec

from orquestrador.reports.data import ReportData

SCHEMA_NAME = "report.schema.json"
"""The published schema's file, in docs/."""


def report_json(data: ReportData) -> bytes:
    """Return a report as indented JSON; `schema_version` tells how to read it."""
    plain = _untagged(msgspec.to_builtins(data))
    return msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n"


def report_schema() -> bytes:
    """Return the JSON Schema of `report_json`, made from the types."""
    schema = msgspec.json.schema(ReportData)
    for part in schema["$defs"].values():
        # The names of message types are left out of a report, and a later version
        # of the same number may say more.
        part.pop("additionalProperties", None)
        if "enum" in part.get("properties", {}).get("type", {}):
            del part["properties"]["type"]
            part["required"].remove("type")
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "orquestrador report",
    }
    encoded = msgspec.json.encode(whole | schema, order="sorted")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def _untagged(plain: Any) -> Any:  # noqa: ANN401 -- any JSON value
    """Leave out the names of message types: a report's reader has its schema."""
    match plain:
        case dict():
            items = cast("dict[str, Any]", plain).items()
            return {key: _untagged(value) for key, value in items if key != "type"}
        case list() | tuple():
            return [_untagged(value) for value in cast("list[Any]", plain)]
        case _:
            return plain
