"""Writes and reads records as Parquet; nothing of a record is lost."""

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from orquestrador.errors import DatasetError
from orquestrador.messages.record import Record
from orquestrador.messages.sameness import Sketch
from orquestrador.tables.arrow import arrow_explained
from orquestrador.tables.schema import SKETCH, schema

Row = tuple[Record, Sketch | None]

_GROUP_ROWS = 1000
"""Held in memory at a time; some 20 kB each."""

_VERSION_KEY = b"orquestrador.schema_version"


def write_rows(rows: Iterable[Row], stream: IO[bytes], metadata: dict[str, str]) -> int:
    """Write rows as Parquet, compressed by zstd; the same rows make the same bytes.

    Args:
        rows: records, each with its code's sketch if it has one.
        stream: is left open.
        metadata: what is said of all rows; kept under `orquestrador.<key>`.

    Returns:
        How many rows were written.

    Raises:
        DatasetError: if pyarrow is not installed or cannot write.

    """
    waiting = iter(rows)
    count = 0
    with arrow_explained("the table of records"):
        import pyarrow as pa  # noqa: PLC0415 -- an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 -- an extra

        columns = schema(metadata)
        with pq.ParquetWriter(stream, columns, compression="zstd") as writer:
            while group := list(itertools.islice(waiting, _GROUP_ROWS)):
                plain = [_plain(*row) for row in group]
                writer.write_table(pa.Table.from_pylist(plain, schema=columns))
                count += len(group)
    return count


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows that `write_rows` wrote, in their order.

    Raises:
        DatasetError: if the file is damaged, or of another program or version.

    """
    yield from map(_row, read_columns(path, None))


def read_columns(path: Path, columns: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """Yield some columns of the rows that `write_rows` wrote; None asks for all.

    Args:
        path: of the file.
        columns: their names, or those of parts of them, such as `facts.version`.

    Raises:
        DatasetError: if the file is damaged, or of another program or version.

    """
    with arrow_explained(str(path)):
        import pyarrow.parquet as pq  # noqa: PLC0415 -- an extra

        with pq.ParquetFile(path) as file:
            said = file.schema_arrow.metadata or {}
            if said.get(_VERSION_KEY) != schema({}).metadata[_VERSION_KEY]:
                raise DatasetError(
                    f"{path} holds no records of this version: only what "
                    "`orquestrador export` or `orquestrador shards` wrote can be read"
                )
            for batch in file.iter_batches(
                batch_size=100, columns=columns, use_threads=False
            ):
                yield from batch.to_pylist()


def common_metadata(metadata: dict[str, str]) -> bytes:
    """Return the file `_common_metadata`: what is true of every part of a data set."""
    stream = io.BytesIO()
    with arrow_explained("_common_metadata"):
        import pyarrow.parquet as pq  # noqa: PLC0415 -- an extra

        pq.write_metadata(schema(metadata), stream)
    return stream.getvalue()


def _plain(record: Record, sketch: Sketch | None) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(record)
    del plain["type"]
    plain[SKETCH] = msgspec.to_builtins(sketch, builtin_types=(bytes,))
    return plain


def _row(plain: dict[str, Any]) -> Row:
    sketch = plain.pop(SKETCH, None)
    try:
        return msgspec.convert(plain, Record), msgspec.convert(sketch, Sketch | None)
    except msgspec.ValidationError as error:
        raise DatasetError(f"no record: {error}") from error
