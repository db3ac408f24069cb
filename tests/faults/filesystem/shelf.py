"""Keeps files while they have no name, so that they come back as the same files.

A program may tell a file by its inode: a power cut changes none, and neither must what
plays one.
"""

import os
import shutil
import tempfile
from pathlib import Path


class Shelf:
    """Files of one folder, by device and inode."""

    def __init__(self, folder: Path) -> None:
        # Beside it: a hard link stays on one drive.
        self._place = Path(tempfile.mkdtemp(prefix="shelf-", dir=folder.parent))
        self._count = 0

    def keep(self, path: Path) -> Path:
        """Keep a file whatever becomes of its name; returns where it is kept."""
        self._count += 1
        kept = self._place / str(self._count)
        os.link(path, kept)
        return kept

    def close(self) -> None:
        """Let all of them go."""
        shutil.rmtree(self._place, ignore_errors=True)


def bring(kept: Path | None, path: Path, data: bytes, mode: int) -> None:
    """Give a file a name again, and bytes; a new file if none was kept."""
    if kept is not None:
        os.link(kept, path)
    path.touch()
    path.chmod(0o600)
    path.write_bytes(data)
    path.chmod(mode)


def clear(folder: Path) -> None:
    """Remove everything in a folder."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()
