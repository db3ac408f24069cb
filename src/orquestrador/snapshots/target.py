"""A folder that files are written below, and nowhere else.

Where the system can, each folder on the way is opened without following links and
held open: something else that is put in its place meanwhile is never written to.
Windows cannot; there the way is looked at again before each step.
"""

import io
import os
import secrets
import stat
import sys
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from orquestrador.library import os_name
from orquestrador.library.sharing import patiently
from orquestrador.snapshots.names import DRAFTS_PREFIX, unsafe_reason
from orquestrador.snapshots.walking import extended

_HAS_HANDLES = {os.open, os.stat, os.mkdir, os.rename, os.unlink, os.rmdir} <= (
    os.supports_dir_fd
)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_DRAFT = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_DRAFT_SUFFIX = ".part"
_MOST_HELD = 64


class RefusedError(Exception):
    """Why one thing is not written, read or removed."""


class _Folder(NamedTuple):
    """A folder that was reached from the root without following a link."""

    path: str
    descriptor: int | None
    """An open handle; None where the system takes none."""

    def at(self, name: str) -> str:
        """Return what to call something in it, beside `dir_fd=descriptor`."""
        return name if self.descriptor is not None else f"{self.path}{os.sep}{name}"


class Target:
    """Writes, reads and removes below `root`, by raw names.

    Every method raises `RefusedError` for a name that leads elsewhere, and `OSError`
    for what the system refuses.

    Args:
        root: a folder that is there.

    """

    def __init__(self, root: Path) -> None:
        self._root = str(extended(root))
        self._held: OrderedDict[bytes, _Folder] = OrderedDict()
        descriptor = os.open(self._root, _FOLDER) if _HAS_HANDLES else None
        self._top = _Folder(self._root, descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._let_go(0)
        if self._top.descriptor is not None:
            os.close(self._top.descriptor)

    def look(self, raw: bytes) -> os.stat_result | None:
        """Return what stands there, a link itself; None when nothing does."""
        try:
            folder, name = self._parent(raw, make=False)
            return os.stat(
                folder.at(name), dir_fd=folder.descriptor, follow_symlinks=False
            )
        except FileNotFoundError:
            return None

    def read(self, raw: bytes) -> bytes:
        """Return the bytes of a regular file."""
        folder, name = self._parent(raw, make=False)
        path, handle = folder.at(name), folder.descriptor
        if not _NO_FOLLOW and stat.S_ISLNK(os.lstat(path).st_mode):
            raise RefusedError("a link stands there")
        descriptor = os.open(path, _READ | _NO_FOLLOW, dir_fd=handle)
        with io.FileIO(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RefusedError("something that is no file stands there")
            return file.readall()

    def write(  # noqa: PLR0913 -- what a file is, and how it is written
        self,
        raw: bytes,
        data: bytes,
        mtime_ns: int,
        *,
        replace: bool,
        durable: bool = False,
        mode: int | None = None,
        confirm: Callable[[], None] | None = None,
    ) -> os.stat_result:
        """Give a file these bytes: whole, or not at all.

        Args:
            raw: its name; folders on the way are made.
            data: its bytes; what was written is read back and compared.
            mtime_ns: its time of modification.
            replace: whether what stands there gives way; a folder never does.
            durable: whether its bytes are on the disk before its name is.
            mode: its permissions; None for those of any new file.
            confirm: called in the last moment; what it raises leaves all as it is.

        Returns:
            What stands there then.

        """
        folder, name = self._parent(raw, make=True)
        draft = f"{DRAFTS_PREFIX}{secrets.token_hex(6)}{_DRAFT_SUFFIX}"
        path, handle = folder.at(draft), folder.descriptor
        descriptor = os.open(path, _DRAFT | _NO_FOLLOW, 0o666, dir_fd=handle)
        try:
            with io.FileIO(descriptor, "r+b") as file:
                _write_checked(file, data, durable=durable)
                if mode is not None and sys.platform != "win32":
                    os.fchmod(descriptor, stat.S_IMODE(mode))
            os.utime(path, ns=(mtime_ns, mtime_ns), dir_fd=handle)
            if confirm is not None:
                confirm()
            _place(folder, draft, name, replace=replace)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(path, dir_fd=handle)
            raise
        return os.stat(folder.at(name), dir_fd=handle, follow_symlinks=False)

    def set_time(self, raw: bytes, mtime_ns: int) -> None:
        """Set a file's time of modification; a link's own."""
        folder, name = self._parent(raw, make=False)
        follow = os.utime not in os.supports_follow_symlinks
        os.utime(
            folder.at(name),
            ns=(mtime_ns, mtime_ns),
            dir_fd=folder.descriptor,
            follow_symlinks=follow,
        )

    def make_folder(self, raw: bytes) -> None:
        """Make a folder, and those on the way, unless it is there."""
        self._refuse_unsafe(raw)
        self._folder(raw, make=True)

    def remove(self, raw: bytes) -> None:
        """Remove a file or link."""
        folder, name = self._parent(raw, make=False)
        path, handle = folder.at(name), folder.descriptor
        patiently(lambda: os.unlink(path, dir_fd=handle))

    def remove_folder(self, raw: bytes) -> None:
        """Remove a folder if it is empty; one that is not stays."""
        held = self._held.pop(raw, None)
        if held is not None and held.descriptor is not None:
            os.close(held.descriptor)
        # Not empty, or gone.
        with suppress(OSError):
            folder, name = self._parent(raw, make=False)
            os.rmdir(folder.at(name), dir_fd=folder.descriptor)

    def clean(self, raw_folder: bytes) -> None:
        """Remove drafts that a program left in a folder when it was killed.

        Only for a target that nobody else writes to at the same time.
        """
        try:
            folder = self._folder(raw_folder, make=False)
        except FileNotFoundError:
            return
        place = folder.path if folder.descriptor is None else folder.descriptor
        for name in os.listdir(place):  # noqa: PTH208 -- of an open folder
            if name.startswith(DRAFTS_PREFIX) and name.endswith(_DRAFT_SUFFIX):
                os.unlink(folder.at(name), dir_fd=folder.descriptor)

    def sync_folder(self, raw_folder: bytes) -> None:
        """Make the names in a folder durable, where the system can be asked to."""
        try:
            folder = self._folder(raw_folder, make=False)
        except FileNotFoundError:
            return
        if folder.descriptor is not None:
            os.fsync(folder.descriptor)

    # -- the way there ----------------------------------------------------------------

    def _parent(self, raw: bytes, *, make: bool) -> tuple[_Folder, str]:
        self._refuse_unsafe(raw)
        folder, _, name = raw.rpartition(b"/")
        return self._folder(folder, make=make), os_name(name)

    def _refuse_unsafe(self, raw: bytes) -> None:
        reason = unsafe_reason(raw)
        if reason is not None:
            raise RefusedError(reason)

    def _folder(self, raw: bytes, *, make: bool) -> _Folder:
        """Return a folder; raises `FileNotFoundError` if it is not to be made."""
        folder, parts = self._nearest(raw)
        way = raw[: len(raw) - len(b"/".join(parts))].rstrip(b"/")
        for part in parts:
            folder = self._enter(folder, os_name(part), make=make)
            way = way + b"/" + part if way else part
            if folder.descriptor is not None:
                self._held[way] = folder
                self._let_go(_MOST_HELD)
        return folder

    def _nearest(self, raw: bytes) -> tuple[_Folder, list[bytes]]:
        """Return the last folder of a way that is held, and the rest of the way."""
        way, rest = raw, list[bytes]()
        while way:
            held = self._held.get(way)
            if held is not None:
                self._held.move_to_end(way)
                return held, rest
            way, _, part = way.rpartition(b"/")
            rest.insert(0, part)
        return self._top, rest

    def _enter(self, folder: _Folder, name: str, *, make: bool) -> _Folder:
        try:
            return _opened(folder, name)
        except FileNotFoundError:
            if not make:
                raise
        with suppress(FileExistsError):
            os.mkdir(folder.at(name), dir_fd=folder.descriptor)
        return _opened(folder, name)

    def _let_go(self, most: int) -> None:
        while len(self._held) > most:
            _, folder = self._held.popitem(last=False)
            if folder.descriptor is not None:
                os.close(folder.descriptor)


def _opened(folder: _Folder, name: str) -> _Folder:
    path = f"{folder.path}{os.sep}{name}"
    found = os.stat(folder.at(name), dir_fd=folder.descriptor, follow_symlinks=False)
    # A link here would lead out of the target.
    if not is_real_folder(found):
        raise RefusedError(f"{name} there is not a folder")
    if folder.descriptor is None:
        return _Folder(path, None)
    try:
        descriptor = os.open(name, _FOLDER | _NO_FOLLOW, dir_fd=folder.descriptor)
    except FileNotFoundError:
        raise
    except OSError as error:
        # It has become something else since it was looked at.
        raise RefusedError(f"{name} cannot be entered: {error.strerror}") from error
    return _Folder(path, descriptor)


def is_real_folder(found: os.stat_result) -> bool:
    """Whether it is a folder, and no link or junction to one."""
    if sys.platform == "win32" and found.st_reparse_tag in {
        stat.IO_REPARSE_TAG_MOUNT_POINT,
        stat.IO_REPARSE_TAG_SYMLINK,
    }:
        return False
    return stat.S_ISDIR(found.st_mode)


def _write_checked(file: io.FileIO, data: bytes, *, durable: bool) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    if durable:
        os.fsync(file.fileno())
    file.seek(0)
    if file.readall() != data:
        raise RefusedError("what was written reads back differently")


def _place(folder: _Folder, draft: str, name: str, *, replace: bool) -> None:
    """Give a whole file its name, never over a file that came meanwhile."""
    source, target, handle = folder.at(draft), folder.at(name), folder.descriptor
    if replace:
        patiently(
            lambda: os.replace(source, target, src_dir_fd=handle, dst_dir_fd=handle)
        )
        return
    try:
        if sys.platform == "win32":
            os.rename(source, target)  # noqa: PTH104 -- never replaces there
            return
        try:
            os.link(
                source,
                target,
                src_dir_fd=handle,
                dst_dir_fd=handle,
                follow_symlinks=False,
            )
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):
            # No hard links on this file system.
            _rename_unless_there(folder, draft, name)
        else:
            os.unlink(source, dir_fd=handle)
    except FileExistsError as error:
        raise RefusedError("a file came there meanwhile") from error


def _rename_unless_there(folder: _Folder, draft: str, name: str) -> None:
    handle = folder.descriptor
    try:
        os.stat(folder.at(name), dir_fd=handle, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(
            folder.at(draft), folder.at(name), src_dir_fd=handle, dst_dir_fd=handle
        )
    else:
        raise FileExistsError(name)
