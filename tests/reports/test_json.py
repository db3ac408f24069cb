"""A report as JSON is what its published schema says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador.reports import ReportData, report_json
from orquestrador.reports.collecting import alike_files
from orquestrador.reports.to_json import SCHEMA_NAME, report_schema

ROOT = Path(__file__).parents[2]
ReportOf = Callable[..., ReportData]


def test_the_published_schema_is_the_one_of_the_types() -> None:
    published = ROOT / "docs" / SCHEMA_NAME

    assert published.read_bytes() == report_schema(), (
        "write it anew: python -c 'import sys; from orquestrador.reports.to_json "
        f"import report_schema; sys.stdout.buffer.write(report_schema())' > {published}"
    )


@pytest.mark.parametrize("kind", ["executive", "full", "statistics"])
def test_a_report_is_what_the_schema_says(kind: str, report_of: ReportOf) -> None:
    schema = json.loads(report_schema())
    data = report_of(kind=kind, alike=alike_files(())[0])

    _check(json.loads(report_json(data)), schema, schema["$defs"], "report")


def test_the_check_finds_what_is_not_in_the_schema(data: ReportData) -> None:
    schema = json.loads(report_schema())
    plain = json.loads(report_json(data))
    plain["summary"]["files"] = "many"

    with pytest.raises(AssertionError, match=r"report\.summary\.files"):
        _check(plain, schema, schema["$defs"], "report")


def _check(value: Any, schema: Any, parts: Any, place: str) -> None:
    """Fail where a value is not what a schema of this kind allows."""
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        nothing = {"type": "null"}
        chosen = [each for each in schema["anyOf"] if each != nothing]
        if value is None:
            assert nothing in schema["anyOf"], place
        else:
            _check(value, chosen[0], parts, place)
        return
    if "enum" in schema:
        assert value in schema["enum"], place
        return
    python = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    wanted: Any = python[schema["type"]]
    assert isinstance(value, wanted), place
    _check_inside(value, schema, parts, place)


def _check_inside(value: Any, schema: Any, parts: Any, place: str) -> None:
    if schema["type"] == "object":
        assert set(schema["required"]) <= set(value) == set(schema["properties"]), place
        for name, each in value.items():
            _check(each, schema["properties"][name], parts, f"{place}.{name}")
    if schema["type"] == "array":
        for each in value:
            _check(each, schema["items"], parts, f"{place}[]")


def test_only_a_full_report_has_every_file(
    report_of: ReportOf, data: ReportData
) -> None:
    full = json.loads(report_json(report_of(kind="full")))

    assert json.loads(report_json(data))["contents"] is None
    paths = [path for each in full["contents"] for path in each["paths"]]
    assert len(paths) == len(set(paths)) == 8
