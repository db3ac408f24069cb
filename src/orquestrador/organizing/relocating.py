"""Takes one step, forward or back: a rename that is harmless when it is done twice.

Which file is meant is known by its inode; where the system has none that lasts, or a
copy took the place of the file, by its size, time and hash.
"""

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from orquestrador.library import Unreadable, os_path, read_content, shown_name
from orquestrador.organizing.disk import Disk
from orquestrador.organizing.records import Step
from orquestrador.organizing.tree import parent, parents
from orquestrador.snapshots.names import DRAFTS_PREFIX

_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_LARGEST = 1 << 40

Announce = Callable[[int, int], None]
"""Told the step's number and the copy's inode, before a copy gets its name."""


class RefusedError(Exception):
    """Why a file is not moved; nothing of it was changed."""


class Way(NamedTuple):
    """One rename: a step as it was planned, or the way back."""

    step: Step
    source: bytes
    target: bytes


def forward(step: Step) -> Way:
    """Return the way of an apply."""
    return Way(step, step.source, step.target)


def back(step: Step) -> Way:
    """Return the way of an undo."""
    return Way(step, step.target, step.source)


class Relocator:
    """Moves files below one folder.

    Args:
        root: the library, as `extended` gives it.
        disk: what is written with.
        journal: its id, for names of ours that nobody else has.
        announce: called before a copy from another drive gets its name.

    """

    def __init__(
        self, root: Path, disk: Disk, journal: str, announce: Announce
    ) -> None:
        self._journal = journal
        self._root = root
        self._disk = disk
        self._announce = announce
        self._sound: set[bytes] = {b""}
        """Folders that were found to be real folders in the library."""

        self.touched: set[bytes] = set()
        """Folders whose names changed since `settle`."""

    def take(self, way: Way, copied: int | None = None) -> bool:
        """Move a file, unless it has been moved already; return whether it was not.

        Args:
            way: from where to where.
            copied: inode of a copy that was announced before a crash.

        Raises:
            RefusedError: if that cannot be done; says why.

        """
        try:
            return self._take(way, copied)
        except OSError as error:
            raise RefusedError(_reason(error)) from error

    def is_beyond(self, way: Way, raw: bytes) -> bool:
        """Whether a file has the name `raw` that a later step gives it.

        Another file may have a name of this step by now. Where no inode tells, the
        file must have neither of them: its copies look the same.
        """
        try:
            if _is_certain(way.step, self._found(raw)):
                return True
            return self._holds(way.step, raw) and not any(
                self._holds(way.step, each) for each in (way.source, way.target)
            )
        except (RefusedError, OSError):
            return False

    def settle(self) -> None:
        """Have all names on disk that were changed since the last time."""
        for raw in sorted(self.touched):
            folder = os_path(self._root, raw)
            if folder.is_dir():
                self._disk.sync_folder(folder)
        self.touched.clear()

    def make_folder(self, raw: bytes) -> None:
        """Make a folder and those above it.

        Raises:
            RefusedError: if something else stands in the way, such as a link, which
                would lead out of the library.
            OSError: as the system says.

        """
        for each in (*parents(raw), raw):
            if each in self._sound:
                continue
            path = os_path(self._root, each)
            try:
                found = path.lstat()
            except FileNotFoundError:
                self._disk.make_folder(path)
                self.touched.add(parent(each))
            else:
                if not is_real_folder(found):
                    raise RefusedError(
                        f"{shown_name(each)} is no folder of the library"
                    )
            self._sound.add(each)

    def require_real(self, raw: bytes) -> None:
        """Refuse a folder that is reached through a link.

        Raises:
            RefusedError: if one on the way is a link, or is not there.

        """
        for each in (*parents(raw), raw) if raw else ():
            if each in self._sound:
                continue
            try:
                found = os_path(self._root, each).lstat()
            except (FileNotFoundError, NotADirectoryError):
                raise RefusedError("it is no longer there") from None
            if not is_real_folder(found):
                raise RefusedError(f"{shown_name(each)} is no folder of the library")
            self._sound.add(each)

    def forget_folders(self) -> None:
        """Look at every folder again: some have been removed."""
        self._sound = {b""}

    def _take(self, way: Way, copied: int | None) -> bool:
        source = os_path(self._root, way.source)
        target = os_path(self._root, way.target)
        here, there = self._found(way.source), self._found(way.target)
        if here is not None and there is not None and _is_one(here, there):
            # Cut short between a link and its unlink.
            self._remove(way.source, source)
        elif there is not None and copied is not None and there.st_ino == copied:
            self._finish_copy(way, source)
        elif _is_certain(way.step, there) and not _is_certain(way.step, here):
            return False
        elif self._is_meant(way.step, here, source):
            self._move(way, source, target, there)
        elif self._is_meant(way.step, there, target):
            return False
        elif here is None:
            raise RefusedError("it is no longer there")
        else:
            raise RefusedError("it was changed since")
        return True

    def _move(
        self, way: Way, source: Path, target: Path, there: os.stat_result | None
    ) -> None:
        if there is not None:
            raise RefusedError(f"{shown_name(way.target)} stands there already")
        self.make_folder(parent(way.target))
        try:
            self._disk.rename(source, target)
        except FileExistsError:
            raise RefusedError(
                f"{shown_name(way.target)} stands there already"
            ) from None
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(way, source, target)
        self.touched |= {parent(way.source), parent(way.target)}

    def _copy(self, way: Way, source: Path, target: Path) -> None:
        """Move a file to another drive: copy, compare, name, and only then remove."""
        read = read_content(source, _LARGEST)
        if isinstance(read, Unreadable) or read.sha256 != way.step.sha256:
            raise RefusedError("it was changed since")
        draft = target.with_name(draft_name(self._journal, f"{way.step.number}-copy"))
        if os.path.lexists(draft):
            self._disk.remove(draft)  # Of an attempt that was cut short.
        try:
            mode = stat.S_IMODE(source.lstat().st_mode)
            self._disk.write_new(draft, read.data, mode, way.step.mtime_ns)
            self._announce(way.step.number, draft.lstat().st_ino)
            self._disk.rename(draft, target)
        except FileExistsError:
            self._disk.remove(draft)
            raise RefusedError(
                f"{shown_name(way.target)} stands there already"
            ) from None
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self._disk.sync_folder(target.parent)
        try:
            self._disk.remove(source)
        except OSError:
            self._disk.remove(target)
            raise

    def _finish_copy(self, way: Way, source: Path) -> None:
        here = self._found(way.source)
        if here is not None and self._is_meant(way.step, here, source):
            self._remove(way.source, source)

    def _remove(self, raw: bytes, path: Path) -> None:
        self._disk.remove(path)
        self.touched.add(parent(raw))

    def _found(self, raw: bytes) -> os.stat_result | None:
        """Look at a file, but at none that stands behind a link."""
        folder = parent(raw)
        try:
            self.require_real(folder)
            return os_path(self._root, raw).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except RefusedError:
            if os.path.lexists(os_path(self._root, folder)):
                raise
            return None

    def _holds(self, step: Step, raw: bytes) -> bool:
        return self._is_meant(step, self._found(raw), os_path(self._root, raw))

    def _is_meant(self, step: Step, found: os.stat_result | None, path: Path) -> bool:
        if found is None or not _looks_like(step, found):
            return False
        if _is_certain(step, found):
            return True
        read = read_content(path, _LARGEST)
        return not isinstance(read, Unreadable) and read.sha256 == step.sha256


def draft_name(journal: str, what: str) -> str:
    """Return the name of a file of ours that is not whole yet."""
    return f"{DRAFTS_PREFIX}{journal}-{what}"


def is_real_folder(found: os.stat_result) -> bool:
    """Whether it is a folder of its own, and no link or junction to another one."""
    if sys.platform == "win32" and found.st_reparse_tag in {
        stat.IO_REPARSE_TAG_MOUNT_POINT,
        stat.IO_REPARSE_TAG_SYMLINK,
    }:
        return False
    return stat.S_ISDIR(found.st_mode)


def _is_one(one: os.stat_result, other: os.stat_result) -> bool:
    return one.st_ino != 0 and (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _looks_like(step: Step, found: os.stat_result) -> bool:
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_size == step.size
        and found.st_mtime_ns == step.mtime_ns
    )


def _is_certain(step: Step, found: os.stat_result | None) -> bool:
    """Whether it is that file itself, unchanged."""
    return (
        found is not None
        and step.inode != 0
        and (found.st_dev, found.st_ino) == (step.device, step.inode)
        and _looks_like(step, found)
    )


def _reason(error: OSError) -> str:
    words = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return f"the drive is full ({words})"
    if isinstance(error, PermissionError):
        return f"no permission, or another program has it open ({words})"
    return f"it cannot be moved: {words}"
