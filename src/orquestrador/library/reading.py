"""Reads one file of a library without hanging, and hashes what was read."""

import hashlib
import os
import sys
from typing import NamedTuple

from orquestrador.library.listing import kind_problem
from orquestrador.library.sharing import IN_USE, patiently


class Content(NamedTuple):
    """A file's bytes and their name."""

    data: bytes
    sha256: str
    size: int
    mtime_ns: int
    inode: int | None


class Unreadable(NamedTuple):
    """Why a file could not be read."""

    problem: str


def read_content(path: str | os.PathLike[str], max_bytes: int) -> Content | Unreadable:
    """Return the bytes of a regular file and their sha256.

    The size and time belong to the moment before the first byte was read: a file
    that changes meanwhile differs from them at the next listing and is read again.

    Args:
        path: absolute.
        max_bytes: a larger file is not read.

    """
    try:
        return _read(path, max_bytes)
    except OSError as error:
        return Unreadable(_reason(error))
    except ValueError as error:
        return Unreadable(f"name cannot be used: {error}")


def _read(path: str | os.PathLike[str], max_bytes: int) -> Content | Unreadable:
    # O_NONBLOCK: opening a FIFO that took the file's name must not wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_NOFOLLOW", 0)
    # Access denied is for good here, and would cost two seconds a file.
    descriptor = patiently(lambda: os.open(path, flags), IN_USE)
    try:
        found = os.fstat(descriptor)
        problem = kind_problem(found.st_mode)
        if problem is not None:
            return Unreadable(problem)
        if found.st_size > max_bytes:
            return Unreadable(too_large(found.st_size, max_bytes))
        data = _read_all(descriptor, found.st_size, max_bytes)
    finally:
        os.close(descriptor)
    if data is None:
        return Unreadable("grew while it was read; the next run reads it again")
    digest = hashlib.sha256(data).hexdigest()
    inode = found.st_ino if sys.platform != "win32" else None
    return Content(data, digest, found.st_size, found.st_mtime_ns, inode)


def _read_all(descriptor: int, size: int, max_bytes: int) -> bytes | None:
    # One byte more than expected tells the end without another call.
    data = os.read(descriptor, size + 1)
    if len(data) == size:
        return data
    parts = [data]
    total = len(data)
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
        total += len(part)
        if total > max_bytes:
            return None
    return b"".join(parts)


def _reason(error: OSError) -> str:
    words = error.strerror or type(error).__name__
    return {
        "FileNotFoundError": "vanished before it could be read",
        "PermissionError": f"no permission to read: {words}",
        "IsADirectoryError": "is a folder",
    }.get(type(error).__name__, f"cannot be read: {words}")


def too_large(size: int, max_bytes: int) -> str:
    """Return why a file of this size is not read."""
    return f"{size / 1e6:.1f} MB is over the limit of {max_bytes / 1e6:g} MB"
