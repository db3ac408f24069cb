"""What is used of pyarrow's Parquet."""

import os
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Self

from pyarrow import RecordBatch, Schema, Table
from pyarrow.fs import FileSystem

class ColumnChunkMetaData:
    path_in_schema: str
    total_uncompressed_size: int
    dictionary_page_offset: int | None
    data_page_offset: int

class RowGroupMetaData:
    num_rows: int
    num_columns: int
    def column(self, index: int) -> ColumnChunkMetaData: ...

class FileMetaData:
    num_rows: int
    num_row_groups: int
    def row_group(self, index: int) -> RowGroupMetaData: ...

class ParquetFile:
    metadata: FileMetaData
    schema_arrow: Schema
    def __init__(
        self,
        source: str | os.PathLike[str] | IO[bytes],
        *,
        filesystem: FileSystem | None = None,
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def iter_batches(
        self,
        batch_size: int = ...,
        *,
        row_groups: Sequence[int] | None = None,
        columns: Sequence[str] | None = None,
        use_threads: bool = ...,
    ) -> Iterator[RecordBatch]: ...

class ParquetWriter:
    def __init__(
        self, where: IO[bytes], schema: Schema, *, compression: str
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def write_table(self, table: Table) -> None: ...

def write_metadata(schema: Schema, where: IO[bytes]) -> None: ...
def write_table(
    table: Table, where: str | os.PathLike[str] | IO[bytes], **options: object
) -> None: ...
def read_table(source: str | os.PathLike[str]) -> Table: ...
def read_metadata(source: str | os.PathLike[str]) -> FileMetaData: ...
def read_schema(source: str | os.PathLike[str]) -> Schema: ...
