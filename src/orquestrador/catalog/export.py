"""Records as a file for other programs, and back."""

import csv
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import IO, Any

import msgspec

from orquestrador.errors import CatalogError, MessageDecodeError
from orquestrador.messages import (
    Label,
    Record,
    WeightedLabel,
    record_from_json,
    record_json_line,
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""

Cell = str | int | float | Sequence[str | int] | None
"""What a column says of a record."""


def _fact(name: str) -> Callable[[Record], Cell]:
    return lambda record: getattr(record.facts, name, None)


COLUMNS: dict[str, Callable[[Record], Cell]] = {
    "path": lambda record: record.path,
    "sha256": lambda record: record.sha256,
    "size": lambda record: record.size,
    "encoding": lambda record: record.encoding,
    "language": lambda record: record.language,
    "language_version": lambda record: record.language_version,
    "kind": lambda record: record.kind,
    "primary": lambda record: record.primary,
    "strategies": lambda record: _labels(record.strategies),
    "risk": lambda record: _labels(record.risk),
    "hygiene": lambda record: _labels(record.hygiene),
    "prop_firm": lambda record: getattr(record.prop_firm, "profile", None),
    "prop_firm_level": lambda record: getattr(record.prop_firm, "level", None),
    "prop_firm_score": lambda record: getattr(record.prop_firm, "score", None),
    "symbols": lambda record: record.symbols,
    "timeframes": lambda record: record.timeframes,
    "name": _fact("name"),
    "version": _fact("version"),
    "author": _fact("author"),
    "link": _fact("link"),
    "description": _fact("description"),
    "inputs": lambda record: (
        None if record.facts is None else [each.name for each in record.facts.inputs]
    ),
    "includes": _fact("includes"),
    "imports": _fact("imports"),
    "indicators_used": _fact("indicators_used"),
    "functions": _fact("functions"),
    "magic_numbers": _fact("magic_numbers"),
    "quality": lambda record: getattr(record.quality, "score", None),
    "confidence": lambda record: record.confidence,
    "reason": lambda record: record.reason,
    "level": lambda record: record.level,
    "classifier": lambda record: record.classifier,
}
"""The columns of a table of records, each with its value of one record."""


def export_records(records: Iterable[Record], path: Path) -> int:
    """Write records to a file, in the format that its ending names.

    `.jsonl` is one INTERFACE.md record a line and loses nothing. `.csv` is UTF-8
    with a header, without evidence; the items of a list are joined by `;` (an
    item's own `;` becomes `,`), and text that a spreadsheet would take for a formula
    begins with an apostrophe. `.parquet` loses nothing (docs/shards.md); it needs the
    extra `orquestrador[parquet]`.

    The file appears, or is replaced, when all of it is written.

    Returns:
        How many records were written.

    Raises:
        CatalogError: if the ending names no format, or the file cannot be written.
        DatasetError: if it is to be Parquet, and pyarrow is not installed.

    """
    write = writer_of(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            with temporary.open("xb") as stream:
                count = write(records, stream)
                # Its name must not be older than its bytes when the power fails.
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CatalogError(
            f"cannot write {path}: {error.strerror or error}; nothing there was "
            "changed: check the folder, its permissions and the free space"
        ) from error
    return count


def import_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file that `export_records` wrote, in its order.

    Args:
        path: ends in `.jsonl` or `.parquet`; a table of text has lost too much.

    Raises:
        CatalogError: if the file cannot be read, or a line is no record; names the
            line.
        DatasetError: if it is Parquet, and cannot be read.

    """
    if path.suffix.lower() == ".parquet":
        from orquestrador.tables import read_rows  # noqa: PLC0415 -- seldom needed

        yield from (record for record, _ in read_rows(path))
        return
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                yield _record(path, number, line)
    except OSError as error:
        raise CatalogError(f"cannot read {path}: {error.strerror or error}") from error


def writer_of(path: PurePath) -> Callable[[Iterable[Record], IO[bytes]], int]:
    """Return what writes records in the format that a name's ending says.

    Raises:
        CatalogError: if it says none.

    """
    match path.suffix.lower():
        case ".jsonl":
            return _write_jsonl
        case ".csv":
            return _write_csv
        case ".parquet":
            return _write_parquet
        case suffix:
            raise CatalogError(
                f"{path.name}: {suffix or 'a name without ending'} is no format of an "
                "export; end the name in .jsonl, .csv or .parquet"
            )


def _write_jsonl(records: Iterable[Record], stream: IO[bytes]) -> int:
    count = 0
    for record in records:
        stream.write(record_json_line(record) + b"\n")
        count += 1
    return count


def _write_parquet(records: Iterable[Record], stream: IO[bytes]) -> int:
    from orquestrador.tables import write_rows  # noqa: PLC0415 -- seldom needed

    return write_rows(((record, None) for record in records), stream, {})


def _write_csv(records: Iterable[Record], stream: IO[bytes]) -> int:
    lines = _Lines(stream)
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    count = 0
    for record in records:
        writer.writerow([_cell(value(record)) for value in COLUMNS.values()])
        count += 1
    return count


class _Lines:
    """Gives `csv` a place to write text to; a text layer would close the stream."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.encode("utf-8"))


def _labels(labels: Iterable[Label | WeightedLabel] | None) -> list[str] | None:
    return None if labels is None else [each.label for each in labels]


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        value = ";".join(str(item).replace(";", ",") for item in value)
    return "'" + value if value.startswith(_FORMULA) else value


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        return record_from_json(msgspec.json.decode(line, type=dict[str, Any]))
    except (msgspec.DecodeError, MessageDecodeError) as error:
        raise CatalogError(
            f"{path}, line {number} is no record: {error}; only a .jsonl file that "
            "`orquestrador export` wrote can be imported"
        ) from error
