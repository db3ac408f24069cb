"""Everything this room does to a disk. A test puts another `Disk` in its place.

A rename never replaces: where the system can promise that in one step, it is asked
to (Windows always, `renameat2` on Linux, `renamex_np` on macOS); elsewhere the new
name is made by a hard link, which fails when it is taken, before the old one goes;
only on drives without hard links is it looked whether the name is free, a moment
before the rename.
"""

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO

from orquestrador.library.sharing import patiently

_CANNOT = frozenset(
    {
        errno.ENOSYS,
        errno.EINVAL,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
        errno.EPERM,
        errno.EMLINK,
    }
)
"""What a system or drive says that cannot do it in this way."""

_AT_FDCWD = -100
_NOREPLACE = 1
_EXCL = 4


class Disk:
    """The disk, as it is."""

    def rename(self, source: Path, target: Path) -> None:
        """Give a file another name on the same drive, which must be free.

        Raises:
            FileExistsError: if it is not.
            OSError: as the system says; `EXDEV` for another drive.

        """
        patiently(lambda: _rename(source, target))

    def replace(self, source: Path, target: Path) -> None:
        """Put one file in the place of another."""
        patiently(lambda: source.replace(target))

    def remove(self, path: Path) -> None:
        """Remove a file."""
        try:
            patiently(path.unlink)
        except PermissionError:
            if sys.platform != "win32":
                raise
            # There a file that may not be written may not be removed either.
            path.chmod(stat.S_IWRITE)
            path.unlink()

    def make_folder(self, path: Path) -> None:
        """Make a folder in one that is there."""
        path.mkdir()

    def remove_folder(self, path: Path) -> None:
        """Remove a folder, which must be empty."""
        path.rmdir()

    def write_new(
        self, path: Path, data: bytes, mode: int, mtime_ns: int | None = None
    ) -> None:
        """Write a file that is not there yet; it is on disk when this returns.

        So is its time, where one is given: by it a file is known again.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags, 0o600), "wb") as file:  # noqa: PTH123 -- of a descriptor
            file.write(data)
            file.flush()
            if mtime_ns is not None:
                os.utime(path, ns=(mtime_ns, mtime_ns))
            os.fsync(file.fileno())
        path.chmod(mode)
        if mtime_ns is not None and sys.platform == "win32":
            # Closing what was written to may have set another one.
            os.utime(path, ns=(mtime_ns, mtime_ns))

    def set_mtime(self, path: Path, mtime_ns: int) -> None:
        """Set when a file or folder was changed last."""
        os.utime(path, ns=(mtime_ns, mtime_ns))

    def set_mode(self, path: Path, mode: int) -> None:
        """Set who may do what with a file or folder."""
        path.chmod(mode)

    def sync_folder(self, path: Path) -> None:
        """Have the names in a folder on disk."""
        if sys.platform == "win32":
            return  # NTFS keeps the order of its names by itself.
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network drives have nothing to sync.
            if error.errno not in _CANNOT:
                raise
        finally:
            os.close(descriptor)

    def append(self, file: BinaryIO, data: bytes) -> None:
        """Write to the end of an open file."""
        file.write(data)
        file.flush()

    def sync(self, file: BinaryIO) -> None:
        """Have an open file on disk."""
        os.fsync(file.fileno())


def _rename(source: Path, target: Path) -> None:
    if sys.platform == "win32":
        source.rename(target)
        return
    for way in (_rename_exclusively, _link_and_unlink):
        try:
            way(source, target)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
        else:
            return
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)


def _link_and_unlink(source: Path, target: Path) -> None:
    os.link(source, target, follow_symlinks=False)
    try:
        source.unlink()
    except OSError:
        target.unlink()
        raise


def _rename_exclusively(source: Path, target: Path) -> None:
    call = _system_call()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(os.fsencode(source), os.fsencode(target)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source), None, str(target))


@cache
def _system_call() -> Callable[[bytes, bytes], int] | None:
    """Return the system's rename that replaces nothing, if it has one."""
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        renamex = getattr(library, "renamex_np", None)
        return renamex and (lambda old, new: int(renamex(old, new, _EXCL)))
    renameat2 = getattr(library, "renameat2", None)
    if renameat2 is None:
        return None
    return lambda old, new: int(renameat2(_AT_FDCWD, old, _AT_FDCWD, new, _NOREPLACE))
