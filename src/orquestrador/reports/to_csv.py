"""A report as CSV: its figures, or of a full report every file, a row each."""

import csv
import io
from collections.abc import Iterable, Iterator

from orquestrador.reports.data import ContentRow, ReportData
from orquestrador.reports.figures import Figure, figures
from orquestrador.visible import visible

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

FILE_COLUMNS = (
    "path",
    "sha256",
    "size",
    "language",
    "kind",
    "primary",
    "strategies",
    "risk",
    "hygiene",
    "symbols",
    "timeframes",
    "verdict",
    "prop_score",
    "quality",
    "files",
    "reason",
)

Value = str | int | None | tuple[str, ...]


def report_csv(data: ReportData, *, spreadsheet: bool = False) -> bytes:
    """Return a report as UTF-8 CSV with a header; codes are those of records.

    Control characters are written out, and text that a spreadsheet would take for a
    formula begins with an apostrophe.

    Args:
        data: a full report is a row a file, in path order; another one its figures.
        spreadsheet: with a byte-order mark and semicolons, as a spreadsheet set to
            Brazil reads it when it is double-clicked.

    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if spreadsheet else ",")
    rows = _figures(data) if data.contents is None else _files(data.contents)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig" if spreadsheet else "utf-8")


def _figures(data: ReportData) -> Iterator[Iterable[Value]]:
    yield Figure._fields
    yield from figures(data)


def _files(contents: tuple[ContentRow, ...]) -> Iterator[Iterable[Value]]:
    yield FILE_COLUMNS
    files = [(path, content) for content in contents for path in content.paths]
    for path, content in sorted(files, key=lambda each: each[0]):
        yield (
            path,
            content.sha256,
            content.size,
            content.language,
            content.kind,
            content.primary,
            content.strategies,
            content.risk,
            content.hygiene,
            content.symbols,
            content.timeframes,
            content.verdict,
            content.prop_score,
            content.quality,
            len(content.paths),
            content.reason,
        )


def _cell(value: Value) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    text = visible(value if isinstance(value, str) else ", ".join(value))
    # Blanks in front do not keep a spreadsheet from seeing one.
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
