"""Looks at a shard's files or rows: what a run over a library would find of them."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.catalog import Comparison, Look
from orquestrador.errors import DatasetError
from orquestrador.library import Entry, list_files, raw_of_shown, suffix_of
from orquestrador.library.names import INSIDE
from orquestrador.library.reading import too_large
from orquestrador.messages.catalog import FileState
from orquestrador.messages.shards import Shard, Sources
from orquestrador.shards.file_shards import EXCLUDED_FOLDERS, is_wanted, selection_of
from orquestrador.shards.places import is_uri, opened
from orquestrador.shards.row_names import LEADS_OUT, leads_out, row_path
from orquestrador.tables import arrow_explained

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_ONCE = 64


def looks(shard: Shard, sources: Sources) -> Iterator[Look]:
    """Yield a look at each source of a shard, in order; each has a state.

    A content that comes again has no bytes the second time. What is not looked at
    because of its name does not come, as in a library.

    Raises:
        DatasetError: if the input cannot be read as a whole.

    """
    selection = selection_of(sources)
    seen: set[tuple[str, str]] = set()
    comparison = Comparison(
        Path(sources.root), selection, {}, seen, max_bytes=sources.max_bytes
    )
    if sources.format == "parquet":
        return _Rows(shard, sources, comparison).looks()
    if is_uri(sources.root):
        return _remote_looks(shard, sources, comparison)
    return _local_looks(shard, sources, comparison)


def _local_looks(
    shard: Shard, sources: Sources, comparison: Comparison
) -> Iterator[Look]:
    selection = selection_of(sources)
    root = Path(sources.root)
    if not root.is_dir():
        raise DatasetError(f"{root} is away")
    for shown in shard.files:
        # A folder that could not be listed then may be listed now.
        found = list_files(
            root, excluded_folders=EXCLUDED_FOLDERS, start=raw_of_shown(shown)
        )
        for entry in found:
            if comparison.is_archive(entry):
                yield from (look for _, look in comparison.members(entry))
            elif entry.problem is not None or is_wanted(entry, selection):
                yield comparison.look(entry)


def _remote_looks(
    shard: Shard, sources: Sources, comparison: Comparison
) -> Iterator[Look]:
    system, root = opened(sources.root)
    one = _Contents(sources, comparison)
    for shown in shard.files:
        raw = raw_of_shown(shown)
        path = f"{root.rstrip('/')}/{raw.decode()}"
        size = system.get_file_info(path).size
        if size is None:
            yield one.problem(raw, 0, "vanished before it could be read")
        elif size > sources.max_bytes:
            yield one.problem(raw, size, too_large(size, sources.max_bytes))
        else:
            with arrow_explained(path), system.open_input_stream(path) as stream:
                data = stream.read()
            yield one.content(raw, data)


class _Contents:
    """Looks at contents that others have read."""

    def __init__(self, sources: Sources, comparison: Comparison) -> None:
        self._sources = sources
        self._comparison = comparison
        self._seen: set[tuple[str, str]] = set()

    def problem(self, raw: bytes, size: int, problem: str | None) -> Look:
        """Look at what cannot be read, by its problem or by its suffix."""
        return self._comparison.look(Entry(raw, size, 0, None, problem))

    def content(self, raw: bytes, data: bytes) -> Look:
        """Look at a content, which need not be one that is read."""
        suffix = suffix_of(raw)
        if suffix in self._sources.counted or suffix == ".zip":
            return self.problem(raw, len(data), _unread(suffix, self._sources))
        if len(data) > self._sources.max_bytes:
            limit = too_large(len(data), self._sources.max_bytes)
            return self.problem(raw, len(data), limit)
        key = (hashlib.sha256(data).hexdigest(), suffix)
        state = FileState(
            raw=raw,
            size=len(data),
            mtime_ns=0,
            inode=None,
            scanned_at_ns=0,
            sha256=key[0],
            suffix=suffix,
            sniffed=suffix in self._sources.sniffed,
        )
        if key in self._seen:
            return Look(state, None)
        self._seen.add(key)
        return Look(state, data)


def _unread(suffix: str, sources: Sources) -> str | None:
    # The comparison itself says so of what is counted.
    return None if suffix in sources.counted else f"archive ({suffix}), not read"


class _Rows:
    """The rows of some row groups."""

    def __init__(self, shard: Shard, sources: Sources, comparison: Comparison) -> None:
        self._shard = shard
        self._sources = sources
        self._wants = selection_of(sources).wants
        self._one = _Contents(sources, comparison)

    def looks(self) -> Iterator[Look]:
        """Yield a look at each row whose path is one of a source."""
        import pyarrow.parquet as pq  # noqa: PLC0415 -- an extra

        (place,) = self._shard.files
        system, path = opened(place)
        names = [*self._sources.path_columns, self._sources.content_column]
        row = self._shard.first_row
        with (
            arrow_explained(place),
            pq.ParquetFile(path, filesystem=system) as file,
        ):
            for batch in file.iter_batches(
                batch_size=_ROWS_AT_ONCE,
                row_groups=self._shard.row_groups,
                columns=list(dict.fromkeys(names)),
                use_threads=False,
            ):
                columns = [_bytes_of(batch.column(name)) for name in names]
                for *parts, content in zip(*columns, strict=True):
                    yield from self._look(row, parts, content)
                    row += 1

    def _look(
        self, row: int, parts: Sequence[bytes | None], content: bytes | None
    ) -> Iterator[Look]:
        raw = row_path(parts)
        if raw is None:
            yield self._one.problem(b"(row %d)" % row, 0, "its path is null")
        elif leads_out(raw) or INSIDE in raw:
            yield self._one.problem(raw, len(content or b""), LEADS_OUT)
        elif not self._wants(raw):
            return
        elif content is None:
            yield self._one.problem(raw, 0, "its content is null")
        else:
            yield self._one.content(raw, content)


def _bytes_of(column: "pa.Array") -> list[bytes | None]:
    """Return a column of text or bytes as bytes, as they stand: text may be damaged."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    is_large = column.type in {pa.large_string(), pa.large_binary()}
    return column.cast(pa.large_binary() if is_large else pa.binary()).to_pylist()
