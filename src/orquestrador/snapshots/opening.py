"""What opening a repository needs: the lock, and errors that say what to do."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from orquestrador.errors import SnapshotError

if TYPE_CHECKING:
    from filelock import BaseFileLock

T = TypeVar("T")

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def finish(steps: Generator[Any, None, T]) -> T:
    """Run a generator to its end and return its value."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            value: T = stop.value
            return value


@contextmanager
def explained(place: Path, option: str = "--state") -> Generator[None]:
    """Turn errors of the system into a `SnapshotError` that says what to do.

    Args:
        place: the folder that is written to.
        option: the command line's way to choose another.

    """
    try:
        yield
    except OSError as error:
        raise SnapshotError(_explanation(place, option, error)) from error


def is_full(error: OSError) -> bool:
    """Whether there is no room left, so that trying on is no use."""
    return error.errno in _FULL


def lock_file(path: Path, wait_s: float = 0.0) -> "BaseFileLock":
    """Hold a lock that dies with this process.

    Args:
        path: the lock's file.
        wait_s: how long to wait for whoever holds it; seconds.

    Raises:
        SnapshotError: if another program, or another part of this one, holds it.

    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 -- takes a while to load

    # Not per thread: an actor may be opened in one thread and closed in another.
    lock = FileLock(path, timeout=wait_s, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, NotImplementedError) as error:
        if isinstance(error, Timeout):
            raise SnapshotError(
                f"another program is writing snapshots to {path.parent.parent}; wait "
                "until it has ended, or ask it for the snapshot"
            ) from error
        raise SnapshotError(
            f"{path} cannot be locked on this drive: keep the state elsewhere with "
            "--state"
        ) from error
    return lock


def refuse_foreign(path: Path, ours: str) -> None:
    """Refuse a folder that holds something else.

    Raises:
        SnapshotError: if it is not empty and no snapshot repository.

    """
    if not path.exists():
        return
    if not path.is_dir():
        raise SnapshotError(f"{path} is a file; name a folder for the snapshots")
    if any(path.iterdir()) and not (path / ours).is_dir():
        raise SnapshotError(
            f"{path} holds other files; name an empty folder for the snapshots"
        )


def _explanation(place: Path, option: str, error: OSError) -> str:
    words = error.strerror or type(error).__name__
    where = error.filename or place
    if error.errno in _FULL:
        return (
            f"the drive of {place} is full ({words}); what was kept before is whole: "
            "make room and try again"
        )
    if error.errno in _FORBIDDEN:
        return (
            f"no permission to write {where} ({words}); choose another place with "
            f"{option}"
        )
    return f"{where}: {words}"
