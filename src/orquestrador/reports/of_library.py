"""A report of a library as its state folder knows it."""

import datetime as dt
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from orquestrador.catalog import Catalog
from orquestrador.library import folder_size
from orquestrador.reports.collecting import (
    About,
    alike_files,
    collect,
    recent_changes,
)
from orquestrador.reports.data import BackupStatus, RecentChanges
from orquestrador.reports.writing import write_report
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.pushed import has_second_place
from orquestrador.words import Words


def report_library(
    library: Path, state: Path, words: Words, formats: Iterable[str]
) -> tuple[Path, ...]:
    """Write reports into the state folder; returns their files.

    Args:
        library: its folder.
        state: the state folder, with the catalog and perhaps snapshots.
        words: the language of what is for people.
        formats: as in `write_report`.

    Raises:
        CatalogError: if the catalog cannot be read.
        SnapshotError: if there are snapshots that cannot be listed.
        OSError: if a report cannot be written.

    """
    about = About(
        library=str(library),
        program=f"orquestrador {version('orquestrador')}",
        written_at=dt.datetime.now(dt.UTC),
    )
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        data = collect(
            about,
            catalog.summary(),
            catalog.records(),
            run=catalog.last_run(),
            backup=_backup(library, state / "snapshots"),
            recent=_recent(catalog, state / "reports"),
            alike=alike_files(catalog.copies("near")),
        )
    return write_report(data, state / "reports", words, formats)


def _recent(catalog: Catalog, folder: Path) -> RecentChanges | None:
    """Return what changed since the newest of the reports there."""
    written_ns = [path.stat().st_mtime_ns for path in folder.glob("report.*")]
    if not written_ns:
        return None
    since_ns = max(written_ns)
    since = dt.datetime.fromtimestamp(since_ns // 10**9, dt.UTC)
    return recent_changes(since, catalog.changes(since_ns))


def _backup(library: Path, folder: Path) -> BackupStatus | None:
    if not (folder / "HEAD").exists():
        return None
    with SnapshotRepository(folder, read_only=True) as repository:
        snapshots = repository.list()
    newest = snapshots[0] if snapshots else None
    return BackupStatus(
        snapshots=len(snapshots),
        newest=newest.time if newest else None,
        files=newest.files if newest else 0,
        bytes=folder_size(folder),
        folder=str(folder),
        only_on_library_disk=not has_second_place(folder, library),
    )
