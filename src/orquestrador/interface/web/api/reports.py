"""The reports that were written: listed, and served where they can do no harm."""

import datetime as dt
from pathlib import Path
from typing import get_args

import msgspec

from orquestrador.interface.web.api.endpoint import ApiError, Document, Endpoint
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.messages.report import ReportFormat, ReportKind
from orquestrador.reports.writing import stem

TYPES: dict[ReportFormat, str] = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
}

POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of an HTML report: its own scripts run, in an origin of its own that knows nothing
of this page, and may ask nobody for anything."""


class WrittenReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report's file."""

    kind: ReportKind
    format: ReportFormat
    name: str
    """Of its file, in the folder `reports` of the state folder."""

    size: int
    """Bytes."""

    at: dt.datetime
    """When it was written, UTC."""


class OneReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which report is wanted."""

    kind: ReportKind
    format: ReportFormat
    download: bool = False
    """Whether a browser is to save it in any case."""


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    return (
        Endpoint(
            path="/reports",
            summary="List the reports that were written, the newest first",
            answer=tuple[WrittenReport, ...],
            call=_list,
        ),
        Endpoint(
            path="/reports/file",
            summary="Open a report; 404 where there is none of this kind and format",
            takes=OneReport,
            answer=Document,
            media=tuple(TYPES.values()),
            call=_open,
        ),
    )


def _list(library: PageLibrary, _nothing: object) -> tuple[WrittenReport, ...]:
    found: list[WrittenReport] = []
    for kind in get_args(ReportKind):
        for form in get_args(ReportFormat):
            path = _path(library, kind, form)
            try:
                stat = path.stat()
            except OSError:
                continue
            at = dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC)
            found.append(
                WrittenReport(
                    kind=kind, format=form, name=path.name, size=stat.st_size, at=at
                )
            )
    return tuple(sorted(found, key=lambda each: each.at, reverse=True))


def _open(library: PageLibrary, wanted: OneReport) -> Document:
    path = _path(library, wanted.kind, wanted.format)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ApiError(404, f"{path.name} was not written yet") from error
    shown = "inline" if wanted.format == "html" and not wanted.download else None
    return Document(
        data=data,
        media=TYPES[wanted.format],
        headers={
            "Content-Disposition": shown or f'attachment; filename="{path.name}"',
            "Content-Security-Policy": POLICY,
            # Browsers refuse a sandbox together with an opener policy.
            "Cross-Origin-Opener-Policy": "unsafe-none",
        },
    )


def _path(library: PageLibrary, kind: ReportKind, form: ReportFormat) -> Path:
    # Of both there are a few, known by name: nothing else can be asked for.
    return library.state / "reports" / f"{stem(kind)}.{form}"
