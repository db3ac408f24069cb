"""The backup's actor: the only writer of the snapshot repository."""

import contextlib
import datetime as dt
import logging
from pathlib import Path

from orquestrador.catalog import Catalog
from orquestrador.config import BackupSettings
from orquestrador.errors import CatalogError, SnapshotError
from orquestrador.messages.backup import Snapshot, SnapshotFinished, TakeSnapshot
from orquestrador.messages.run import RunFinished
from orquestrador.supervisor import ProtocolActor, handles

logger = logging.getLogger(__name__)


class BackupActor(ProtocolActor[TakeSnapshot | RunFinished]):
    """Takes snapshots, on demand and after a run that asked for one.

    Private state: none. A snapshot is listed once all of it is on disk; one that
    was begun by an earlier incarnation left nothing but a file that is cleaned up.
    """

    def __init__(self, library: Path, state: Path, settings: BackupSettings) -> None:
        super().__init__()
        self._library = library
        self._state = state
        self._repository = state / "snapshots"
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

        with SnapshotRepository(self._repository) as repository:
            steps = repository.create_steps(
                self._library,
                reason=reason,
                run=run,
                exclude=self._settings.exclude,
                exclude_folders=(self._state,),
                max_file_mb=self._settings.max_file_mb,
                beside=self._beside(),
                now=dt.datetime.now(dt.UTC),
            )
            # Not one long call: a stop that ran out of patience has fenced this
            # incarnation, and its thread ends here without listing anything.
            with contextlib.closing(steps):
                while True:
                    if self.abandoned:
                        raise SnapshotError("given up because the system stops")
                    try:
                        next(steps)
                    except StopIteration as end:
                        taken: Snapshot | None = end.value
                        return taken

    def _beside(self) -> dict[str, bytes]:
        """Return what only the user, or the catalog of today, knows."""
        from orquestrador.snapshots.beside import user_files  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.snapshots.labels import CATALOG, encode_labels  # noqa: PLC0415 -- loaded when it is used

        try:
            beside = user_files(self._state)
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


def _log(snapshot: Snapshot | None, problem: str | None) -> None:
    if problem is not None:
        logger.error("No snapshot was taken: %s", problem)
    elif snapshot is None:
        logger.info("Nothing changed since the newest snapshot")
    else:
        logger.info("Snapshot %s: %d files", snapshot.id, snapshot.files)
