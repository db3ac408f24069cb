"""Files of our own that prove how far the observer has heard.

What the system tells, it tells in order: once it has told of a file that we wrote,
it has told of everything that was written before it.
"""

import contextlib
import itertools
import os
from pathlib import Path

PREFIX = ".orquestrador-cookie-"
SUFFIX = ".tmp"
"""No ending of a source: no run ever looks at one."""


class Cookies:
    """Our files in one folder, for one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Begin, without any that an earlier process left.

        Args:
            folder: is watched; made if it is not there.

        """
        self.folder = folder
        self._numbers = itertools.count(1)
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
                left.unlink(missing_ok=True)

    def write(self) -> str:
        """Write the next file; return its name.

        Raises:
            OSError: if the folder cannot be written to.

        """
        name = f"{PREFIX}{os.getpid()}-{next(self._numbers)}{SUFFIX}"
        (self.folder / name).write_bytes(b"")
        return name

    def remove(self, name: str) -> None:
        """Remove a file that was seen, or is no longer waited for."""
        with contextlib.suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)


def is_cookie(name: bytes) -> bool:
    """Whether a file's name is that of one of ours."""
    return name.startswith(PREFIX.encode()) and name.endswith(SUFFIX.encode())
