"""Brings records that were written to files into a catalog."""

import itertools
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.catalog import Catalog, import_records
from orquestrador.errors import DatasetError
from orquestrador.library import raw_of_record, suffix_of
from orquestrador.messages.catalog import Batch, ClassifiedContent, FileState, RunCounts
from orquestrador.messages.record import Record
from orquestrador.messages.run import RunOrder
from orquestrador.messages.sameness import Sketch
from orquestrador.shards.manifest import Manifest, read_manifest
from orquestrador.shards.places import folder_at
from orquestrador.shards.row_names import leads_out
from orquestrador.tables import read_rows

Row = tuple[Record, Sketch | None]

_BATCH_ROWS = 500


class Imported(NamedTuple):
    """What came of an import."""

    records: int
    left_out: int
    """Records whose path leads out of the library, or came before."""


class Parts(NamedTuple):
    """An output folder in which all is done."""

    manifest: Manifest
    files: list[Path]


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of an export, or of all parts of an output folder.

    Raises:
        DatasetError: if the folder has no manifest, or parts of it are missing.
        CatalogError: if the file cannot be read.

    """
    files = parts_of(path).files if path.is_dir() else [path]
    for file in files:
        if file.suffix.lower() == ".parquet":
            yield from read_rows(file)
        else:
            yield from ((record, None) for record in import_records(file))


def parts_of(folder: Path) -> Parts:
    """Return the parts of an output folder, in the manifest's order.

    Raises:
        DatasetError: if the folder has no manifest, or parts of it are missing.

    """
    place = folder_at(str(folder))
    manifest = read_manifest(place)
    if manifest is None:
        raise DatasetError(
            f"{folder} has no manifest: it is no output of `orquestrador shards`"
        )
    missing = manifest.missing(place)
    if missing:
        raise DatasetError(
            f"{len(missing)} of {len(manifest.shards)} parts of {folder} are missing: "
            "run `orquestrador shards` again, which goes on"
        )
    files = [folder / manifest.part(each) for each in manifest.shards]
    return Parts(manifest, files)


def import_rows(
    catalog: Catalog, rows: Iterable[Row], sniffed: frozenset[str]
) -> Imported:
    """Store rows in a catalog; what it knows besides stays.

    Done again, it changes nothing. A later run over the library reads the files that
    are there, and classifies none whose content came with a record.

    Args:
        catalog: opened for writing.
        rows: of any order; of one path the first counts.
        sniffed: endings of files that are only ours if their content is.

    """
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return Imported(0, 0)
    order = RunOrder(token=uuid.uuid4().hex)
    run = catalog.begin_run(order, first[0].classifier)
    seen: set[bytes] = set()
    count = 0
    everything = itertools.chain([first], waiting)
    try:
        while some := list(itertools.islice(everything, _BATCH_ROWS)):
            count += len(some)
            catalog.store(_batch(some, seen, sniffed))
    except BaseException as error:
        catalog.end_run(run.id, "failed", f"import: {error}")
        raise
    catalog.end_run(run.id, "done", counts=RunCounts(seen=len(seen)))
    return Imported(len(seen), count - len(seen))


def _batch(rows: list[Row], seen: set[bytes], sniffed: frozenset[str]) -> Batch:
    files: list[FileState] = []
    records: list[ClassifiedContent] = []
    for record, sketch in rows:
        raw = raw_of_record(record.path)
        if leads_out(raw) or raw in seen:
            continue
        seen.add(raw)
        suffix = suffix_of(raw)
        is_read = bool(record.sha256)
        files.append(
            FileState(
                raw=raw,
                size=record.size,
                # Of no time that a file could have: a run that finds it reads it.
                mtime_ns=0,
                inode=None,
                scanned_at_ns=time.time_ns(),
                sha256=record.sha256 if is_read else None,
                suffix=suffix,
                sniffed=suffix in sniffed,
                problem=None if is_read else record.reason or "unknown",
            )
        )
        if is_read:
            bare = record.replace(path="")
            records.append(ClassifiedContent(suffix=suffix, record=bare, sketch=sketch))
    return Batch(files=tuple(files), records=tuple(records))
