"""The backup's actor: the only writer of the snapshot repository."""

import contextlib
import datetime as dt
import logging
import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from orquestrador.actors.bounds import bounded
from orquestrador.catalog import Catalog
from orquestrador.config import BackupSettings
from orquestrador.errors import CatalogError, LibraryInUseError, SnapshotError
from orquestrador.library.rearranging import rearranging
from orquestrador.messages.backup import (
    RestoreFinished,
    RestoreInPlace,
    RestoreResult,
    Snapshot,
    SnapshotFinished,
    TakeSnapshot,
    UndoRestore,
)
from orquestrador.messages.run import RunFinished
from orquestrador.supervisor import ProtocolActor, handles

if TYPE_CHECKING:
    from orquestrador.snapshots import SnapshotOptions, SnapshotRepository
    from orquestrador.snapshots.in_place import InPlace, Restoring

T = TypeVar("T")

logger = logging.getLogger(__name__)

_PATIENCE_S = 20.0
"""For a command that is just pruning or mending the snapshots."""

_MOST_THREADS = 4


class BackupActor(
    ProtocolActor[TakeSnapshot | RunFinished | RestoreInPlace | UndoRestore]
):
    """Takes snapshots, on demand and after a run, and restores into the library.

    Private state: none. A snapshot is listed once all of it is on disk; one that
    was begun by an earlier incarnation left nothing but a file that is cleaned up.
    A restore that was cut short is in its journal until it is finished or undone.
    """

    def __init__(self, library: Path, state: Path, settings: BackupSettings) -> None:
        super().__init__()
        self._library = library
        self._state = state
        self._repository = state / "snapshots"
        self._journal = state / "journal" / "restore"
        self._settings = settings

    @handles(TakeSnapshot)
    def _take_snapshot(self, message: TakeSnapshot) -> None:
        self._answer(message.token, message.reason, None, report=False)

    @handles(RunFinished)
    def _run_finished(self, message: RunFinished) -> None:
        if message.backup and message.problem is None:
            self._answer(
                message.token,
                "after a classification",
                message.run,
                report=message.report,
            )

    def _answer(
        self, token: str, reason: str, run: int | None, *, report: bool
    ) -> None:
        snapshot, problem = None, None
        try:
            snapshot = self._take(reason, run)
        except SnapshotError as error:
            problem = str(error)
        _log(snapshot, problem)
        self.publish(
            SnapshotFinished(
                token=token, snapshot=snapshot, problem=problem, report=report
            )
        )

    def _take(self, reason: str, run: int | None) -> Snapshot | None:
        # Loaded with the first snapshot: most of it is only needed then.
        from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- loaded when it is used

        options = self._options(reason, run)
        with (
            SnapshotRepository(self._repository, wait_s=_PATIENCE_S) as repository,
            ThreadPoolExecutor(_threads(), "orquestrador-compress") as executor,
        ):
            self._mend(repository)
            options["executor"] = executor
            steps = repository.create_steps(self._library, **options)
            snapshot = self._work(steps)
            self._after(repository, snapshot, options["now"])
        return snapshot

    def _mend(self, repository: "SnapshotRepository") -> None:
        """Mend what a check found damaged, while the library still has it."""
        if repository.checks().unsound is None:
            return
        result = self._work(repository.repair_steps(self._library))
        for mended in result.mended:
            logger.warning("Snapshots mended: %s", mended)
        for problem in result.problems:
            logger.error("Snapshots damaged: %s", problem.what)

    def _after(
        self,
        repository: "SnapshotRepository",
        snapshot: Snapshot | None,
        now: dt.datetime,
    ) -> None:
        """Do what follows a snapshot; it is taken, whatever becomes of this."""
        from orquestrador.snapshots import Keep  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.snapshots.restore_journal import needed_snapshots  # noqa: PLC0415 -- likewise

        keep = Keep(**msgspec.structs.asdict(self._settings.keep))
        try:
            repository.note_complete(snapshot, now)
            if snapshot is not None and not keep.is_empty():
                needed = needed_snapshots(self._journal)
                steps = repository.prune_steps(keep, now=now, needed=needed)
                result = self._work(steps)
                if result.removed:
                    logger.info("%d snapshots pruned", len(result.removed))
        except SnapshotError as error:
            logger.warning("After the snapshot: %s", error)

    @handles(RestoreInPlace)
    def _restore_in_place(self, message: RestoreInPlace) -> None:
        self._restore(
            message.token,
            lambda library: library.restore(
                message.snapshot, message.path, force=message.force
            ),
        )

    @handles(UndoRestore)
    def _undo_restore(self, message: UndoRestore) -> None:
        self._restore(message.token, lambda library: library.undo(force=message.force))

    def _restore(self, token: str, steps: "Callable[[InPlace], Restoring]") -> None:
        from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.snapshots.in_place import InPlace  # noqa: PLC0415 -- likewise

        result, problem = None, None
        try:
            with (
                rearranging(self._state),
                SnapshotRepository(self._repository) as repository,
            ):
                # Its snapshot's time is of the moment before the restore begins.
                options = self._options("before a restore", None)
                in_place = InPlace(repository, self._library, self._journal, **options)
                result = self._work(steps(in_place))
        except (LibraryInUseError, SnapshotError) as error:
            problem = str(error)
        _log_restore(result, problem)
        result = None if result is None else bounded(result)
        self.publish(RestoreFinished(token=token, result=result, problem=problem))

    def _options(self, reason: str, run: int | None) -> "SnapshotOptions":
        return {
            "reason": reason,
            "run": run,
            "exclude": self._settings.exclude,
            "exclude_folders": (self._state,),
            "max_file_mb": self._settings.max_file_mb,
            "beside": self._beside(),
            "now": dt.datetime.now(dt.UTC),
        }

    def _work(self, steps: Generator[Any, None, T]) -> T:
        """Do long work, step by step.

        Not one long call: a stop that ran out of patience has fenced this
        incarnation, and its thread ends here without going on.
        """
        with contextlib.closing(steps):
            while True:
                if self.abandoned:
                    raise SnapshotError("given up because the system stops")
                try:
                    next(steps)
                except StopIteration as end:
                    value: T = end.value
                    return value

    def _beside(self) -> dict[str, bytes]:
        """Return what only the user, or the catalog of today, knows."""
        from orquestrador.snapshots.beside import user_files  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.snapshots.labels import CATALOG, encode_labels  # noqa: PLC0415 -- loaded when it is used

        beside: dict[str, bytes] = {}
        try:
            beside |= user_files(self._state)
            with Catalog(self._state / "catalog.sqlite3", read_only=True) as catalog:
                beside[CATALOG] = encode_labels(catalog.content_labels())
        except OSError as error:
            raise SnapshotError(
                f"{error.filename} cannot be kept: {error.strerror}"
            ) from error
        except CatalogError as error:
            # The files are worth more than what is said about them.
            logger.warning(
                "A snapshot is taken without the catalog's labels: %s", error
            )
        return beside


def _threads() -> int:
    """Return how many contents are compressed at a time."""
    return min(_MOST_THREADS, os.cpu_count() or 1)


def _log_restore(result: RestoreResult | None, problem: str | None) -> None:
    if result is None:
        logger.error("The library was not restored: %s", problem)
    else:
        logger.info(
            "Snapshot %s restored into the library: %d files written, %d removed, "
            "%d refused; the state before is snapshot %s",
            result.snapshot,
            result.written,
            result.removed,
            len(result.refused),
            result.before,
        )


def _log(snapshot: Snapshot | None, problem: str | None) -> None:
    if problem is not None:
        logger.error("No snapshot was taken: %s", problem)
    elif snapshot is None:
        logger.info("Nothing changed since the newest snapshot")
    else:
        logger.info("Snapshot %s: %d files", snapshot.id, snapshot.files)
