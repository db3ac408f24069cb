"""Stands between a program's code and its files, and does harm.

`FaultyFiles(folder, fault)` replaces, while it is entered, the calls of this process
that change something below `folder`: `open` (also by `pathlib`, `tempfile`, `shutil`
and `os.fdopen`), `os.write`, `os.fsync`, `os.replace` and so on. The code under test is
the real code, and its files are real. Every call is an `Operation` in a log; a fault
looks at each before it is done and can

- stop the program there, as SIGKILL or a power cut does: from then on nothing is
  changed any more, not even by `finally` (`Stop`); what a power cut leaves is then
  asked of `FaultyFiles.disk` (see `disk`, which says what is modelled),
- refuse it with an error of the system (`Refuse`), once or from then on,
- write fewer bytes than asked (`Shorten`).

Not seen are writes that do not come through Python's calls: SQLite, memory maps, other
processes. Calls that would get past it (`os.writev`, `os.sendfile` …) are refused.
"""

import builtins
import errno
import io
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self
from unittest import mock

from tests.faults.filesystem.disk import Disk, File, Folder, Link, Node, Truncate, Write

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PAST_IT = ("writev", "pwritev", "sendfile", "copy_file_range", "splice", "dup", "dup2")


class Operation(NamedTuple):
    """One call that changes something, or makes it durable."""

    kind: str
    """`create`, `open` (to write), `write`, `truncate`, `fsync`, `rename`, `link`,
    `symlink`, `unlink`, `mkdir`, `rmdir`, `utime` or `chmod`."""

    path: str
    """Relative to the folder."""


class StoppedError(BaseException):
    """The program is dead: raised by every operation from the stop on."""


class Fault(Protocol):
    """Looks at each operation before it is done."""

    def before(self, number: int, operation: Operation) -> None:
        """Raise instead of letting operation `number`, counted from 0, be done."""

    def most(self, number: int, asked: int) -> int:
        """Return how many of the bytes asked operation `number` writes."""
        ...


class Nothing:
    """No fault: only the log is wanted."""

    def before(self, number: int, operation: Operation) -> None:
        """Let everything be done."""

    def most(self, number: int, asked: int) -> int:
        """Write everything."""
        return asked


class Stop(Nothing):
    """Stops the program before operation `at`."""

    def __init__(self, at: int) -> None:
        self._at = at

    def before(self, number: int, operation: Operation) -> None:
        """Stop when it is time."""
        if number >= self._at:
            raise StoppedError


_REFUSED = {
    errno.ENOSPC: {"create", "write", "mkdir", "link", "symlink", "rename", "fsync"},
    errno.EACCES: {
        *("create", "open", "mkdir", "rmdir", "link", "symlink", "rename", "unlink"),
        *("utime", "chmod"),
    },
    errno.EIO: {
        *("create", "open", "write", "truncate", "fsync", "mkdir", "rmdir"),
        *("link", "symlink", "rename", "unlink", "utime", "chmod"),
    },
}
"""What the system can refuse with an error: a full disk still removes files."""


class Refuse(Nothing):
    """Refuses operation `at` with an error of the system.

    Args:
        at: number of the operation.
        error: ENOSPC, EACCES or EIO.
        lasting: whether all later ones that the error concerns are refused too.

    """

    def __init__(self, at: int, error: int, *, lasting: bool = False) -> None:
        self._at = at
        self.error = error
        self._lasting = lasting
        self.refused = 0

    def before(self, number: int, operation: Operation) -> None:
        """Refuse when it is time."""
        is_time = number >= self._at if self._lasting else number == self._at
        if is_time and operation.kind in _REFUSED[self.error]:
            self.refused += 1
            raise OSError(self.error, os.strerror(self.error), operation.path)


class Shorten(Nothing):
    """Lets operation `at`, if it is a write, write half of what was asked."""

    def __init__(self, at: int) -> None:
        self._at = at

    def most(self, number: int, asked: int) -> int:
        """Return half of it when it is time."""
        return max(1, asked // 2) if number == self._at else asked


class FaultyFiles:
    """Watches and disturbs what this process does to the files below `folder`.

    Used as a context manager, by one thread.

    Args:
        folder: what is watched; it must exist. What stands there is durable.
        fault: what goes wrong, if anything.

    """

    def __init__(self, folder: Path, fault: Fault | None = None) -> None:
        self.disk = Disk(folder)
        self.operations: list[Operation] = []
        self.is_stopped = False
        self._fault = fault or Nothing()
        self._open_files: dict[int, Node] = {}
        self._real = {name: getattr(os, name) for name in _OS if hasattr(os, name)}
        self._real_open = io.open
        self._raw_file = type("FileIO", (_RawFile,), {"files": self})
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(mock.patch.object(io, "FileIO", self._raw_file))
        for name in self._real:
            replaced = getattr(self, f"_{_OS[name]}")
            self._stack.enter_context(mock.patch.object(os, name, replaced))
        for name in _PAST_IT:
            if hasattr(os, name):
                refusing = self._refusing(getattr(os, name))
                self._stack.enter_context(mock.patch.object(os, name, refusing))
        for module in (builtins, io):
            self._stack.enter_context(mock.patch.object(module, "open", self._open))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._stack.close()
        self.disk.adopt()
        # Python's own cleaning up may have put another error on top of it.
        return self.is_stopped and error is not None

    # -- the log ----------------------------------------------------------------------

    def _begin(self, kind: str, path: str) -> int:
        if self.is_stopped:
            raise StoppedError
        number = len(self.operations)
        operation = Operation(kind, path)
        try:
            self._fault.before(number, operation)
        except StoppedError:
            self.is_stopped = True
            raise
        finally:
            if not self.is_stopped:
                self.operations.append(operation)
        return number

    # -- places -----------------------------------------------------------------------

    def _parts(self, path: Any, dir_fd: int | None = None) -> tuple[str, ...] | None:
        """Return the names below the folder that a path means; None: not ours."""
        if isinstance(path, int):
            return None
        text = os.fsdecode(path).rstrip(os.sep) or os.sep
        if dir_fd is not None:
            folder = self._open_files.get(dir_fd)
            if folder is None:
                return None
            text = str(self.disk.root / self._shown(folder) / text)
        way, name = os.path.split(text)
        if name in {"", os.curdir, os.pardir}:
            place = Path(os.path.realpath(text))
        else:
            # Only the way is followed: what is meant may be a link itself.
            place = Path(os.path.realpath(way or os.curdir), name)
        if not place.is_relative_to(self.disk.root):
            return None
        return place.relative_to(self.disk.root).parts

    def _entry(self, parts: tuple[str, ...]) -> tuple[Folder, str, Node | None]:
        """Return folder, name and what it names; asked before it is changed."""
        folder = self.disk.find(parts[:-1])
        assert isinstance(folder, Folder), f"{parts}: not in a folder"
        return folder, parts[-1], self.disk.find(parts)

    # -- files ------------------------------------------------------------------------

    def _os_open(
        self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None
    ) -> int:
        parts = self._parts(path, dir_fd)
        if parts is None:
            descriptor = self._real["open"](path, flags, mode, dir_fd=dir_fd)
            self._open_files.pop(descriptor, None)
            return int(descriptor)
        node = self.disk.find(parts)
        is_new = node is None and flags & os.O_CREAT
        if flags & _WRITES:
            self._begin("create" if is_new else "open", "/".join(parts))
        descriptor = self._real["open"](path, flags, mode, dir_fd=dir_fd)
        if is_new:
            node = File(mode=os.fstat(descriptor).st_mode & 0o7777)
            folder = self.disk.find(parts[:-1])
            assert isinstance(folder, Folder)
            self.disk.change_names((folder, parts[-1], node))
            self.disk.keep(node, self.disk.root.joinpath(*parts))
        elif isinstance(node, File) and flags & os.O_TRUNC and _writable(flags):
            node.changes.append(Truncate(0))
        if node is None:
            self._open_files.pop(descriptor, None)
        else:
            self._open_files[descriptor] = node
        return int(descriptor)

    def _os_close(self, descriptor: int) -> None:
        self._open_files.pop(descriptor, None)
        self._real["close"](descriptor)

    def _open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,  # noqa: FBT001, FBT002 -- as open has it
        opener: Callable[[str, int], int] | None = None,
    ) -> Any:
        if isinstance(file, int):
            may_be_ours = file in self._open_files
        else:
            # An opener may put the name into any folder.
            may_be_ours = opener is not None or self._parts(file) is not None
        if not may_be_ours or not set(mode) & set("wax+"):
            return self._real_open(
                file, mode, buffering, encoding, errors, newline, closefd, opener
            )
        text = "b" not in mode
        plain = mode.replace("b", "").replace("t", "")
        raw = self._raw_file(file, plain, closefd, opener)
        if buffering == 0:
            return raw
        size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
        kind = io.BufferedRandom if "+" in mode else io.BufferedWriter
        buffered = kind(raw, size)
        if not text:
            return buffered
        return io.TextIOWrapper(
            buffered, encoding, errors, newline, line_buffering=buffering == 1
        )

    def _os_write(self, descriptor: int, data: Any) -> int:
        node = self._open_files.get(descriptor)
        if not isinstance(node, File):
            return int(self._real["write"](descriptor, data))
        number = self._begin("write", self._shown(node))
        asked = memoryview(data).cast("B")
        asked = asked[: self._fault.most(number, len(asked))]
        written = int(self._real["write"](descriptor, asked))
        # The place is known afterwards: appending sets it.
        end = os.lseek(descriptor, 0, os.SEEK_CUR)
        node.changes.append(Write(end - written, bytes(asked[:written])))
        node.new_mtime_ns = None
        return written

    def forget(self, descriptor: int) -> None:
        """Note that a file of ours was closed."""
        self._open_files.pop(descriptor, None)

    def _os_ftruncate(self, descriptor: int, length: int) -> None:
        node = self._open_files.get(descriptor)
        if isinstance(node, File):
            self._begin("truncate", self._shown(node))
            node.changes.append(Truncate(length))
        self._real["ftruncate"](descriptor, length)

    def _os_truncate(self, path: Any, length: int) -> None:
        parts = self._parts(path)
        node = None if parts is None else self.disk.find(parts)
        if isinstance(node, File):
            self._begin("truncate", "/".join(parts or ()))
            node.changes.append(Truncate(length))
        self._real["truncate"](path, length)

    def _os_fsync(self, descriptor: int) -> None:
        node = self._open_files.get(descriptor)
        if node is not None:
            self._begin("fsync", self._shown(node))
        # Not the real one: what counts is what the model remembers, and it is slow.
        if isinstance(node, Folder):
            self.disk.sync_folder(node)
        elif isinstance(node, File):
            node.sync()

    # -- names ------------------------------------------------------------------------

    def _os_rename(
        self,
        src: Any,
        dst: Any,
        *,
        src_dir_fd: int | None = None,
        dst_dir_fd: int | None = None,
    ) -> None:
        old, new = self._parts(src, src_dir_fd), self._parts(dst, dst_dir_fd)
        assert (old is None) == (new is None), f"{src} to {dst}: into or out of it"
        entries: list[tuple[Folder, str, Node | None]] = []
        if old and new and self.disk.find(old) and self.disk.find(new[:-1]):
            self._begin("rename", f"{'/'.join(old)} to {'/'.join(new)}")
            folder, name, node = self._entry(old)
            target, new_name, there = self._entry(new)
            # Of two names of one file the system leaves both.
            if node is not there:
                entries = [(folder, name, None), (target, new_name, node)]
        self._real["replace"](src, dst, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        if entries:
            self.disk.change_names(*entries)

    def _os_link(self, src: Any, dst: Any, **options: Any) -> None:
        old = self._parts(src, options.get("src_dir_fd"))
        new = self._parts(dst, options.get("dst_dir_fd"))
        folder = self.disk.find(new[:-1]) if new else None
        if new:
            self._begin("link", "/".join(new))
        self._real["link"](src, dst, **options)
        if old and new and isinstance(folder, Folder):
            self.disk.change_names((folder, new[-1], self.disk.find(old)))

    def _os_symlink(self, src: Any, dst: Any, *arguments: Any, **options: Any) -> None:
        parts = self._parts(dst)
        if parts:
            self._begin("symlink", "/".join(parts))
        self._real["symlink"](src, dst, *arguments, **options)
        if parts:
            folder, name = self.disk.find(parts[:-1]), parts[-1]
            assert isinstance(folder, Folder)
            self.disk.change_names((folder, name, Link(os.fsdecode(src))))

    def _os_mkdir(
        self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None
    ) -> None:
        parts = self._parts(path, dir_fd)
        if not parts or os.path.lexists(self.disk.root.joinpath(*parts)):
            self._real["mkdir"](path, mode, dir_fd=dir_fd)
            return
        folder = self.disk.find(parts[:-1])
        if isinstance(folder, Folder):
            self._begin("mkdir", "/".join(parts))
        self._real["mkdir"](path, mode, dir_fd=dir_fd)
        assert isinstance(folder, Folder)
        self.disk.change_names((folder, parts[-1], Folder()))

    def _os_unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._remove("unlink", path, dir_fd)

    def _os_rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._remove("rmdir", path, dir_fd)

    def _remove(self, kind: str, path: Any, dir_fd: int | None) -> None:
        parts = self._parts(path, dir_fd)
        is_there = parts and self.disk.find(parts) is not None
        if is_there:
            self._begin(kind, "/".join(parts or ()))
        self._real[kind](path, dir_fd=dir_fd)
        if parts and is_there:
            folder, name, _ = self._entry(parts)
            self.disk.change_names((folder, name, None))

    # -- what is about a file ---------------------------------------------------------

    def _os_utime(self, path: Any, times: Any = None, **options: Any) -> None:
        node = self._about("utime", path, options)
        self._real["utime"](path, times, **options)
        if isinstance(node, File):
            ns = options.get("ns")
            if ns is None:
                ns = None if times is None else [int(each * 10**9) for each in times]
            node.new_mtime_ns = time.time_ns() if ns is None else ns[1]

    def _os_chmod(self, path: Any, mode: int, **options: Any) -> None:
        node = self._about("chmod", path, options)
        self._real["chmod"](path, mode, **options)
        if isinstance(node, File):
            node.mode = mode

    def _about(self, kind: str, path: Any, options: dict[str, Any]) -> Node | None:
        if isinstance(path, int):
            node = self._open_files.get(path)
        else:
            parts = self._parts(path, options.get("dir_fd"))
            node = None if parts is None else self.disk.find(parts)
        if node is not None:
            self._begin(kind, self._shown(node))
        return node

    # -- help -------------------------------------------------------------------------

    def _refusing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*arguments: Any, **options: Any) -> Any:
            if any(isinstance(a, int) and a in self._open_files for a in arguments):
                # What `shutil` takes as: not here, use the plain way.
                raise OSError(errno.EINVAL, "not seen by the tests' layer")
            return real(*arguments, **options)

        return refuse

    def _shown(self, wanted: Node) -> str:
        def below(folder: Folder, path: str) -> str | None:
            for name, node in folder.names.items():
                if node is wanted:
                    return path + name
                if isinstance(node, Folder):
                    found = below(node, f"{path}{name}/")
                    if found is not None:
                        return found
            return None

        return "." if wanted is self.disk.top else below(self.disk.top, "") or "(gone)"


class _RawFile(io.FileIO):
    """A file whose writes go through the layer `files`."""

    files: FaultyFiles

    def __init__(
        self,
        file: Any,
        mode: str = "r",
        closefd: bool = True,  # noqa: FBT001, FBT002 -- as FileIO has it
        opener: Callable[[str, int], int] | None = None,
    ) -> None:
        super().__init__(file, mode, closefd, opener or _opened)

    def write(self, data: Any) -> int:
        if self.files.is_stopped:
            # What stood in a buffer when the program died is gone.
            return len(data)
        return os.write(self.fileno(), data)

    def truncate(self, size: int | None = None) -> int:
        wanted = self.tell() if size is None else size
        os.ftruncate(self.fileno(), wanted)
        return wanted

    def close(self) -> None:
        if not self.closed:
            self.files.forget(self.fileno())
        super().close()


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags, 0o666)


def _writable(flags: int) -> bool:
    return bool(flags & (os.O_WRONLY | os.O_RDWR))


_OS = {
    "open": "os_open",
    "close": "os_close",
    "write": "os_write",
    "ftruncate": "os_ftruncate",
    "truncate": "os_truncate",
    "fsync": "os_fsync",
    "fdatasync": "os_fsync",
    "rename": "os_rename",
    "replace": "os_rename",
    "link": "os_link",
    "symlink": "os_symlink",
    "mkdir": "os_mkdir",
    "unlink": "os_unlink",
    "remove": "os_unlink",
    "rmdir": "os_rmdir",
    "utime": "os_utime",
    "chmod": "os_chmod",
}
"""The calls of `os` that are replaced, and by which method."""
