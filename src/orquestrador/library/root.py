"""Whether the library's folder is there, and is still the same one.

A drive that is unplugged, or a share that is away, looks like a library without any
file. It is not: nothing may be called removed because of it.
"""

import os
from pathlib import Path

from orquestrador.errors import LibraryAwayError


class LibraryRoot:
    """The library's folder as it was when this was made."""

    def __init__(self, path: Path) -> None:
        """Remember which folder stands at `path` now."""
        self.path = path
        self.identity = root_identity(path)

    def require(self) -> None:
        """Raise if the folder is not there, or another one stands in its place.

        Raises:
            LibraryAwayError: says which.

        """
        now = root_identity(self.path)
        if now is None:
            raise LibraryAwayError(
                f"the library's folder {self.path} is not there; connect its drive, "
                "or name the folder with --library DIR"
            )
        if now != self.identity:
            raise LibraryAwayError(
                f"another folder stands in the place of {self.path} since a moment "
                "ago: its drive was connected or taken away; it is looked at anew"
            )

    def require_content(self) -> None:
        """Raise also if the folder is entirely empty: the place of a drive is.

        Raises:
            LibraryAwayError: says what to do.

        """
        self.require()
        with os.scandir(self.path) as listing:
            if next(listing, None) is None:
                raise LibraryAwayError(
                    f"the library's folder {self.path} is empty, and the catalog knows "
                    "files in it; connect its drive. Nothing was called removed. If it "
                    "was emptied on purpose, put any file into it"
                )


def root_identity(path: Path) -> tuple[int, int] | None:
    """Return what tells one folder from another: device and number; None: no folder."""
    try:
        with os.scandir(path):
            found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
