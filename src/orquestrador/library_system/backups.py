"""Snapshots of a library, and the way back to them."""

from collections.abc import Callable

from orquestrador.errors import RunFailedError
from orquestrador.library_system.access import Access
from orquestrador.messages import Message
from orquestrador.messages.backup import (
    RestoreFinished,
    RestoreInPlace,
    RestoreResult,
    Snapshot,
    SnapshotFinished,
    TakeSnapshot,
    UndoRestore,
)


class Backups(Access):
    """Has snapshots taken, and files of them written into the library."""

    def backup(self, *, timeout: float | None = None) -> Snapshot | None:
        """Take a snapshot now and wait for it; None when nothing changed.

        Raises:
            RunFailedError: if it could not be taken.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        done = self._wait_for(
            SnapshotFinished,
            ("backup", "snapshot"),
            lambda token: TakeSnapshot(token=token, reason="on demand"),
            timeout,
        )
        if done.problem is not None:
            raise RunFailedError(done.problem)
        return done.snapshot

    def restore(
        self,
        snapshot: str = "latest",
        path: str | None = None,
        *,
        force: bool = False,
        timeout: float | None = None,
    ) -> RestoreResult:
        """Write files of a snapshot into the library and wait for it.

        A snapshot of the present is taken first; `undo_restore` brings it back.

        Args:
            snapshot: its id, or `latest`.
            path: the file or folder wanted, as shown; None for everything.
            force: replace files that are different now.
            timeout: seconds.

        Raises:
            RunFailedError: if it failed.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        return self._restore(
            lambda token: RestoreInPlace(
                token=token, snapshot=snapshot, path=path, force=force
            ),
            timeout,
        )

    def undo_restore(
        self, *, force: bool = False, timeout: float | None = None
    ) -> RestoreResult:
        """Take the last restore into the library back, and wait for it.

        Args:
            force: also where a file has changed since; it is in a snapshot then.
            timeout: seconds.

        Raises:
            RunFailedError: if it failed, or there is none to be undone.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        return self._restore(
            lambda token: UndoRestore(token=token, force=force), timeout
        )

    def _restore(
        self, request: Callable[[str], Message], timeout: float | None
    ) -> RestoreResult:
        done = self._wait_for(RestoreFinished, ("backup", "restore"), request, timeout)
        if done.result is None:
            raise RunFailedError(done.problem or "")
        return done.result
