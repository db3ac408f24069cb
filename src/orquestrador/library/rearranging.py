"""One at a time changes where the files of a library stand, or what they hold."""

import contextlib
from collections.abc import Generator
from pathlib import Path

from orquestrador.errors import LibraryInUseError


@contextlib.contextmanager
def rearranging(state: Path) -> Generator[None]:
    """Hold the library for a restore in place, an `organize`, or the undo of one.

    Each checks a file before it touches it; between the check and the touch the other
    must not come. Nobody waits: a second order is given knowing what the first did.

    Args:
        state: the library's state folder; the lock in it dies with this process.

    Raises:
        LibraryInUseError: if another of them is under way.

    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 -- takes a while to load

    lock = FileLock(state / "rearranging.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise LibraryInUseError(
            "files of the library are being restored or moved; wait until that has "
            "ended, and look at what it did, before you order more"
        ) from None
    try:
        yield
    finally:
        lock.release()
