"""Report files: each appears whole, under its name, or not at all."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import msgspec

from orquestrador.reports.data import ReportData
from orquestrador.words import Words

Render = Callable[[ReportData, Words], bytes]


def write_report(
    data: ReportData,
    folder: Path,
    words: Words,
    formats: Iterable[str] = ("html", "json"),
) -> tuple[Path, ...]:
    """Write a report and return its files, in the order of `formats`.

    Args:
        data: what it says.
        folder: made where it is missing; an older report in it is replaced.
        words: the language of what is for people; the JSON's keys and codes stay.
        formats: `html` (one file that needs no network) and `json`.

    Raises:
        ValueError: if a format is neither.
        OSError: if a file cannot be written; the older one is then still there.

    """
    renders = [(name, _renderer(name)) for name in formats]
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(
        _write(folder / f"report.{name}", render(data, words))
        for name, render in renders
    )


def report_json(data: ReportData) -> bytes:
    """Return a report as indented JSON; `schema_version` tells how to read it."""
    plain = _untagged(msgspec.to_builtins(data))
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"


def _renderer(name: str) -> Render:
    match name:
        case "html":
            from orquestrador.reports.page import report_html  # noqa: PLC0415 -- Jinja2 is loaded only for a page

            return report_html
        case "json":
            return lambda data, _words: report_json(data)
        case _:
            raise ValueError(f"{name!r} is no kind of report; say html or json")


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


def _write(path: Path, content: bytes) -> Path:
    # A reader must never see half a report.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    return path
