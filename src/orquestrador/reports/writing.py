"""Report files: each appears whole, under its name, or not at all."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import get_args

from orquestrador.messages.report import ReportFormat, ReportKind
from orquestrador.reports.data import ReportData
from orquestrador.words import Words

Render = Callable[[ReportData, Words], bytes]

FORMATS: tuple[str, ...] = get_args(ReportFormat)
KINDS: tuple[str, ...] = get_args(ReportKind)


def write_report(
    data: ReportData,
    folder: Path,
    words: Words,
    formats: Iterable[str] = ("html", "json"),
    *,
    spreadsheet: bool = False,
) -> tuple[Path, ...]:
    """Write a report and return its files, in the order of `formats`.

    Args:
        data: what it says.
        folder: made where it is missing; an older report in it is replaced.
        words: the language of what is for people; keys and codes of JSON and CSV stay.
        formats: some of `FORMATS`.
        spreadsheet: whether CSV is written for a Brazilian spreadsheet.

    Raises:
        ValueError: if a format is none.
        ReportError: if a format needs a library that is not installed.
        OSError: if a file cannot be written; the older one is then still there.

    """
    renders = [(name, _renderer(name, spreadsheet=spreadsheet)) for name in formats]
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(
        _write(folder / f"{stem(data.kind)}.{name}", render(data, words))
        for name, render in renders
    )


def stem(kind: ReportKind) -> str:
    """Return the name of a report's files, without the format's ending."""
    return "report" if kind == "executive" else f"report-{kind}"


def _renderer(name: str, *, spreadsheet: bool) -> Render:
    # Each is loaded when it is used: a template engine for a page, fonts for a PDF.
    match name:
        case "html":
            from orquestrador.reports.to_html import report_html  # noqa: PLC0415

            return report_html
        case "json":
            from orquestrador.reports.to_json import report_json  # noqa: PLC0415

            return lambda data, _words: report_json(data)
        case "csv":
            from orquestrador.reports.to_csv import report_csv  # noqa: PLC0415

            return lambda data, _words: report_csv(data, spreadsheet=spreadsheet)
        case "md":
            from orquestrador.reports.to_markdown import report_markdown  # noqa: PLC0415

            return report_markdown
        case "pdf":
            from orquestrador.reports.to_pdf import report_pdf  # noqa: PLC0415

            return report_pdf
        case _:
            raise ValueError(f"{name!r} is no kind of report; say {', '.join(FORMATS)}")


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
