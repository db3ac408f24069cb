"""A file that one process at a time holds, and that dies with it."""

import os
import sys
import time
from pathlib import Path
from typing import Self

from orquestrador.errors import PeerRefusedError

_PAUSE_S = 0.02


class HeldFile:
    """An exclusive lock on a file; whoever holds it owns the name beside it."""

    def __init__(self, descriptor: int) -> None:
        """Hold an open, locked file; see `hold`."""
        self._descriptor: int | None = descriptor

    @classmethod
    def hold(cls, path: Path, *, patience_s: float) -> Self:
        """Take the lock, at most `patience_s` seconds from now.

        The file stays when it is let go: removing it would let two processes hold
        two files of one name.

        Raises:
            PeerRefusedError: if somebody else holds it.
            OSError: if the file cannot be made.

        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
        until = time.monotonic() + patience_s
        while not _locked(descriptor):
            if time.monotonic() >= until:
                os.close(descriptor)
                raise PeerRefusedError(f"{path} is held by a system that runs")
            time.sleep(_PAUSE_S)
        return cls(descriptor)

    def release(self) -> None:
        """Let somebody else have it; harmless when done twice."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
