"""Divides Parquet files of sources into shards: some row groups each."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.errors import DatasetError
from orquestrador.messages.shards import Shard, Sources
from orquestrador.shards.places import is_uri, opened
from orquestrador.tables import arrow_explained

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MOST_GROUP_BYTES = 2_000_000_000
"""Of a row group, unpacked, as it says itself: it is not read if it claims more."""


def parquet_files(place: str) -> list[str]:
    """Return the Parquet files at or below a place, sorted; none if it has none.

    What begins with `.` or `_` is no part of a data set, by common consent.
    """
    if not is_uri(place):
        path = Path(place)
        found = path.rglob("*.parquet") if path.is_dir() else [path]
        return sorted(str(each) for each in found if _is_part(each.name))
    from pyarrow import fs  # noqa: PLC0415 -- an extra

    system, path_there = opened(place)
    with arrow_explained(place):
        if system.get_file_info(path_there).is_file:
            return [place] if _is_part(place) else []
        asked = fs.FileSelector(path_there, recursive=True)
        below = [each.path for each in system.get_file_info(asked) if each.is_file]
    start = len(path_there.rstrip("/"))
    return sorted(place + each[start:] for each in below if _is_part(each))


def _is_part(name: str) -> bool:
    last = name.replace("\\", "/").rpartition("/")[2]
    return last.endswith(".parquet") and not last.startswith((".", "_"))


def row_shards(
    files: Sequence[str], sources: Sources, shard_bytes: int
) -> Iterator[Shard]:
    """Yield the shards of Parquet files, in the order of files and rows.

    Raises:
        DatasetError: if a file is damaged, lacks a column, or claims too much; names
            the file.

    """
    import pyarrow.parquet as pq  # noqa: PLC0415 -- an extra

    number = 0
    for place in files:
        system, path = opened(place)
        with (
            arrow_explained(place),
            pq.ParquetFile(path, filesystem=system) as file,
        ):
            _require_columns(place, file, sources)
            for groups, first, rows, size in _pieces(place, file, shard_bytes):
                yield Shard(
                    name=f"part-{number:06}",
                    files=(place,),
                    row_groups=groups,
                    first_row=first,
                    count=rows,
                    size=size,
                )
                number += 1


def _require_columns(place: str, file: "pq.ParquetFile", sources: Sources) -> None:
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    texts = {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}
    for name in (*sources.path_columns, sources.content_column):
        if name not in file.schema_arrow.names:
            raise DatasetError(
                f"{place} has no column {name}: say --path-column and "
                f"--content-column, of {', '.join(file.schema_arrow.names)}"
            )
        kind = file.schema_arrow.field(name).type
        if isinstance(kind, pa.DictionaryType):
            kind = kind.value_type
        if kind not in texts:
            raise DatasetError(f"{place}: column {name} is neither text nor bytes")


def _pieces(
    place: str, file: "pq.ParquetFile", shard_bytes: int
) -> Iterator[tuple[tuple[int, ...], int, int, int]]:
    """Yield row groups, their first row, and how many rows and bytes they hold."""
    groups: list[int] = []
    first = rows = total = 0
    for index in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(index)
        columns = [group.column(each) for each in range(group.num_columns)]
        size = sum(each.total_uncompressed_size for each in columns)
        if not 0 <= size <= MOST_GROUP_BYTES:
            raise DatasetError(
                f"{place}: row group {index} claims {size} bytes, and "
                f"{MOST_GROUP_BYTES} are the limit: write it with smaller row groups"
            )
        if groups and total + size > shard_bytes:
            yield tuple(groups), first, rows, total
            groups, first, rows, total = [], first + rows, 0, 0
        groups.append(index)
        rows += group.num_rows
        total += size
    if groups:
        yield tuple(groups), first, rows, total
