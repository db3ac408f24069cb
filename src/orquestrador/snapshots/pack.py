"""Writes the objects of one snapshot as one Git pack.

A pack lies in the repository's own temporary folder until it and its index are
whole and synced; two renames make it Git's. Whatever a dead process left in that
folder names everything there is to clean.
"""

import hashlib
import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from dulwich.object_format import SHA1
from dulwich.objects import Blob, Commit, Tag, Tree
from dulwich.pack import pack_object_header, write_pack_index_v2

COMPRESSION = 5
"""zlib's level: 6 makes the user's library 2 % smaller and takes half again as long."""

_PIECE = 1 << 20
_WAITING_BYTES = 16 << 20
"""So much may wait for its turn to be written; a larger object waits alone."""

_TYPES = {Blob: b"blob", Tree: b"tree", Commit: b"commit", Tag: b"tag"}
KINDS = {name: kind.type_num for kind, name in _TYPES.items()}
"""Git's name of a kind of object to its number."""


def object_id(kind: bytes, data: bytes) -> str:
    """Return the name Git gives to an object, 40 hexadecimal digits."""
    digest = hashlib.sha1(b"%s %d\0" % (kind, len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


class _Waiting(NamedTuple):
    """An object that is being compressed."""

    name: str
    header: bytes
    size: int
    compressed: "Future[list[bytes]]"


class PackWriter:
    """Takes objects one after another; `commit` makes them part of the repository.

    Args:
        objects: the repository's `objects` folder.
        temporary: a folder on the same drive that is ours alone.
        existing: names of objects that need not be written again.
        executor: compresses several objects at a time; they are written in the order
            in which they were added. None compresses each at once.

    """

    def __init__(
        self,
        objects: Path,
        temporary: Path,
        existing: AbstractSet[str],
        executor: Executor | None = None,
    ) -> None:
        self._objects = objects
        self._temporary = temporary
        self._existing = existing
        self._executor = executor
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._entries: dict[str, tuple[int, int]] = {}
        """Name to offset and checksum; both 0 while it waits."""

        self._path = temporary / f"writing-{os.getpid()}.pack"
        self._file: IO[bytes] = self._path.open("w+b")
        self._file.write(_header(0))
        self._offset = 12

    def add(self, kind: bytes, data: bytes) -> str:
        """Write an object unless the repository has it; return its name."""
        name = object_id(kind, data)
        if name in self._existing or name in self._entries:
            return name
        header = _object_header(KINDS[kind], len(data))
        if self._executor is None:
            self._append(name, header, _compressed(data))
        else:
            self._entries[name] = (0, 0)
            future = self._executor.submit(_compressed, data)
            self._waiting.append(_Waiting(name, header, len(data), future))
            self._waiting_bytes += len(data)
            self._write_waiting(_WAITING_BYTES)
        return name

    def add_compressed(
        self, name: str, kind: bytes, size: int, compressed: Iterable[bytes]
    ) -> None:
        """Write an object as another pack has it, unless the repository has it.

        Args:
            name: the object's name; the caller has made sure of it.
            kind: of the object.
            size: of its bytes before they were compressed.
            compressed: by zlib.

        """
        if name not in self._existing and name not in self._entries:
            self._append(name, _object_header(KINDS[kind], size), compressed)

    @property
    def objects(self) -> int:
        """How many objects were added that the repository had not."""
        return len(self._entries)

    def commit(self) -> str | None:
        """Make every object added durable and visible.

        Returns:
            The pack's name; None when there was nothing to write.

        """
        self._write_waiting(0)
        if not self._entries:
            self.abort()
            return None
        self._file.seek(0)
        self._file.write(_header(len(self._entries)))
        checksum = self._checksum()
        self._file.seek(0, os.SEEK_END)
        self._file.write(checksum)
        sync(self._file)
        self._file.close()
        name = f"pack-{checksum.hex()}"
        index = self._temporary / f"{name}.idx"
        with index.open("wb") as file:
            write_pack_index_v2(file, self._sorted(), checksum)
            sync(file)
        folder = self._objects / "pack"
        # The index last: Git sees a pack only through its index.
        self._path.replace(folder / f"{name}.pack")
        sync_folder(folder)
        index.replace(folder / f"{name}.idx")
        sync_folder(folder)
        return name

    def abort(self) -> None:
        """Forget everything that was added."""
        for each in self._waiting:
            each.compressed.cancel()
        self._waiting.clear()
        # What could not be written is thrown away: it may fail again here.
        with suppress(OSError):
            self._file.close()
        clean_leftovers(self._objects, self._temporary)

    def _write_waiting(self, most_bytes: int) -> None:
        """Write what waits, in order, until no more than `most_bytes` wait."""
        while self._waiting and self._waiting_bytes > most_bytes:
            first = self._waiting.popleft()
            self._waiting_bytes -= first.size
            self._append(first.name, first.header, first.compressed.result())

    def _append(self, name: str, header: bytes, compressed: Iterable[bytes]) -> None:
        offset = self._offset
        crc = self._write(header, 0)
        for piece in compressed:
            crc = self._write(piece, crc)
        self._entries[name] = (offset, crc)

    def _write(self, data: bytes, crc: int) -> int:
        self._file.write(data)
        self._offset += len(data)
        return zlib.crc32(data, crc)

    def _checksum(self) -> bytes:
        self._file.seek(0)
        digest = hashlib.sha1(usedforsecurity=False)
        while piece := self._file.read(_PIECE):
            digest.update(piece)
        return digest.digest()

    def _sorted(self) -> list[tuple[bytes, int, int | None]]:
        return sorted(
            (bytes.fromhex(name), offset, crc)
            for name, (offset, crc) in self._entries.items()
        )


def _object_header(type_number: int, size: int) -> bytes:
    return bytes(pack_object_header(type_number, None, size, SHA1))


def _compressed(data: bytes) -> list[bytes]:
    """Return an object's bytes as a pack holds them; lets other threads run."""
    compressor = zlib.compressobj(COMPRESSION)
    view = memoryview(data)
    pieces = [
        compressor.compress(view[start : start + _PIECE])
        for start in range(0, len(data), _PIECE)
    ]
    return [*pieces, compressor.flush()]


def clean_leftovers(objects: Path, temporary: Path) -> None:
    """Remove what a writer that died left behind.

    Only a pack whose index still lies in our folder is ours to remove: a pack
    without index elsewhere may be one that Git is just writing.
    """
    for path in temporary.iterdir():
        if path.name.startswith("pack-") and path.suffix == ".idx":
            pack = objects / "pack" / f"{path.stem}.pack"
            if not pack.with_suffix(".idx").exists() and not _removed(pack):
                continue
        path.unlink()


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing; all of them durable."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def _removed(pack: Path) -> bool:
    """Remove a pack without index; False while another program still reads it."""
    try:
        for path in pack.parent.glob(f"{pack.stem}.*"):
            path.unlink(missing_ok=True)
    except PermissionError:
        if os.name != "nt":
            raise
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable, where the system can be asked to."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync(file: IO[bytes]) -> None:
    """Make what was written to a file durable."""
    file.flush()
    os.fsync(file.fileno())


def _header(objects: int) -> bytes:
    return b"PACK" + struct.pack(">LL", 2, objects)
