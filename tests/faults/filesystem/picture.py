"""A folder as it was, to begin from again."""

import os
import stat
from pathlib import Path

from tests.faults.filesystem.shelf import Shelf, bring, clear


class Picture:
    """Everything below a folder: files, bytes, times, rights, links."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders: list[Path] = []
        self._links: dict[Path, Path] = {}
        self._files: dict[Path, tuple[Path, bytes, int, int]] = {}
        self._shelf = Shelf(folder)
        for path in sorted(folder.rglob("*")):
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode):
                self._links[path] = path.readlink()
            elif stat.S_ISDIR(found.st_mode):
                self._folders.append(path)
            elif stat.S_ISREG(found.st_mode):
                mode = stat.S_IMODE(found.st_mode)
                kept = self._shelf.keep(path)
                self._files[path] = kept, path.read_bytes(), found.st_mtime_ns, mode

    def write(self) -> None:
        """Make the folder what it was."""
        clear(self.folder)
        for path in self._folders:
            path.mkdir()
        for path, target in self._links.items():
            path.symlink_to(target)
        for path, (kept, data, mtime_ns, mode) in self._files.items():
            bring(kept, path, data, mode)
            os.utime(path, ns=(mtime_ns, mtime_ns))


def contents(folder: Path, *, without: Path | None = None) -> dict[bytes, bytes]:
    """Return every regular file below a folder: raw name to bytes.

    Args:
        folder: may be missing: then there is nothing.
        without: a folder below that is left out.

    """
    root = os.fsencode(folder)
    found: dict[bytes, bytes] = {}
    for base, folders, names in os.walk(root):
        if without is not None:
            left_out = os.fsencode(without)
            folders[:] = [n for n in folders if os.path.join(base, n) != left_out]  # noqa: PTH118 -- of bytes
        for name in names:
            path = os.path.join(base, name)  # noqa: PTH118 -- of bytes
            if stat.S_ISREG(os.lstat(path).st_mode):
                with open(path, "rb") as file:  # noqa: PTH123 -- of bytes
                    found[path[len(root) + 1 :]] = file.read()
    return found
