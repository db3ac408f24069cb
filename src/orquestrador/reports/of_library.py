"""A report of a library as its state folder knows it."""

import datetime as dt
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from orquestrador.catalog import Catalog
from orquestrador.library import folder_size
from orquestrador.messages import Run
from orquestrador.messages.report import ReportKind
from orquestrador.reports.collecting import About, collect, recent_changes
from orquestrador.reports.data import BackupStatus, RecentChanges, ReportData
from orquestrador.reports.earlier import moment_before, note_moment
from orquestrador.reports.writing import write_report
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.pushed import has_second_place
from orquestrador.words import Words


def report_library(  # noqa: PLR0913 -- what is written, and how
    library: Path,
    state: Path,
    words: Words,
    formats: Iterable[str],
    *,
    kind: ReportKind = "executive",
    spreadsheet: bool = False,
) -> tuple[Path, ...]:
    """Write reports into the state folder; returns their files.

    Args:
        library: its folder.
        state: the state folder, with the catalog and perhaps snapshots.
        words: the language of what is for people.
        formats: as in `write_report`.
        kind: what it is about.
        spreadsheet: as in `write_report`.

    Raises:
        CatalogError: if the catalog cannot be read.
        SnapshotError: if there are snapshots that cannot be listed.
        ReportError: if a format needs a library that is not installed.
        OSError: if a report cannot be written.

    """
    folder = state / "reports"
    data, as_of_ns = _read(library, state, kind)
    paths = write_report(data, folder, words, formats, spreadsheet=spreadsheet)
    note_moment(folder, as_of_ns)
    return paths


def library_data(library: Path, state: Path, kind: ReportKind) -> ReportData:
    """Return what a report of a library says; see `report_library`."""
    return _read(library, state, kind)[0]


def _read(library: Path, state: Path, kind: ReportKind) -> tuple[ReportData, int]:
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        run = catalog.last_run()
        as_of_ns = _moment(catalog, run)
        about = About(
            library=_readable(library),
            program=f"orquestrador {version('orquestrador')}",
            as_of=_time(as_of_ns),
            kind=kind,
        )
        data = collect(
            about,
            catalog.summary(),
            catalog.outlines(),
            run=run,
            backup=_backup(library, state / "snapshots"),
            recent=_recent(catalog, state / "reports", as_of_ns),
            groups=catalog.variants(),
            trend=catalog.trend(),
        )
    return data, as_of_ns


def _moment(catalog: Catalog, run: Run | None) -> int:
    """Return when something was stored last: what is known was so then."""
    about = catalog.about()
    moments = [about.created_at_ns, about.saved_at_ns]
    moments += [run.started_at_ns, run.ended_at_ns] if run else []
    return max(filter(None, moments))


def _recent(catalog: Catalog, folder: Path, as_of_ns: int) -> RecentChanges | None:
    since_ns = moment_before(folder, as_of_ns)
    if since_ns is None:
        return None
    return recent_changes(_time(since_ns), catalog.changes(since_ns))


def _readable(path: Path) -> str:
    # A name that is no text in the system's encoding has parts that JSON cannot have.
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _time(moment_ns: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(moment_ns // 10**9, dt.UTC)


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
        folder=_readable(folder),
        only_on_library_disk=not has_second_place(folder, library),
    )
