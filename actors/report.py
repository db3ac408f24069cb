"""The report's actor: writes reports from the catalog."""

import datetime as dt
import os
from pathlib import Path
from typing import assert_never

from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError, SnapshotError
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.report import ReportFinished, WriteReport
from orquestrador.messages.run import RunFinished
from orquestrador.reports import About, BackupStatus, Words, collect, write_report
from orquestrador.snapshots import SnapshotRepository
from orquestrador.supervisor import Actor


class ReportPlace:
    """What reports are about, where they go and in which language."""

    def __init__(
        self, library: Path, state: Path, formats: tuple[str, ...], words: Words
    ) -> None:
        """All folders are absolute; `formats` are those of `write_report`."""
        self.library = library
        self.catalog = state / "catalog.sqlite3"
        self.snapshots = state / "snapshots"
        self.folder = state / "reports"
        self.formats = formats
        self.words = words


class ReportActor(Actor):
    """Writes reports, on demand and after a run, and its snapshot, that asked for one.

    Private state: none; everything is read from the catalog.
    """

    def __init__(self, place: ReportPlace) -> None:
        super().__init__()
        self._place = place

    def on_receive(self, message: WriteReport | RunFinished | SnapshotFinished) -> None:
        """Route one message to its handler."""
        match message:
            case WriteReport():
                self._write(message.token, message.formats or self._place.formats)
            case RunFinished():
                # Where a snapshot follows, the report waits for it and tells of it.
                if message.report and not message.backup and message.problem is None:
                    self._write(message.token, self._place.formats)
            case SnapshotFinished():
                if message.report:
                    self._write(message.token, self._place.formats)
            case _:
                assert_never(message)

    def _write(self, token: str, formats: tuple[str, ...]) -> None:
        paths: tuple[Path, ...] = ()
        problem = None
        try:
            paths = self._written(formats)
        except (CatalogError, SnapshotError, OSError) as error:
            problem = f"the report could not be written: {error}"
        self.publish(
            ReportFinished(token=token, paths=tuple(map(str, paths)), problem=problem)
        )

    def _written(self, formats: tuple[str, ...]) -> tuple[Path, ...]:
        from importlib.metadata import version  # noqa: PLC0415 -- takes a while

        place = self._place
        about = About(
            library=str(place.library),
            program=f"orquestrador {version('orquestrador')}",
            written_at=dt.datetime.now(dt.UTC),
        )
        with Catalog(place.catalog, read_only=True) as catalog:
            data = collect(
                about,
                catalog.summary(),
                catalog.records(),
                run=catalog.last_run(),
                backup=self._backup(),
            )
        return write_report(data, place.folder, place.words, formats)

    def _backup(self) -> BackupStatus | None:
        folder = self._place.snapshots
        if not (folder / "HEAD").exists():
            return None
        with SnapshotRepository(folder, read_only=True) as repository:
            snapshots = repository.list()
        newest = snapshots[0] if snapshots else None
        return BackupStatus(
            snapshots=len(snapshots),
            newest=newest.time if newest else None,
            files=newest.files if newest else 0,
            bytes=_size(folder),
            folder=str(folder),
            only_on_library_disk=(
                folder.stat().st_dev == self._place.library.stat().st_dev
            ),
        )


def _size(folder: Path) -> int:
    return sum(
        (Path(place) / name).stat().st_size
        for place, _folders, names in os.walk(folder)
        for name in names
    )
