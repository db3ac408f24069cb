"""Writes the objects of one snapshot as one Git pack.

A pack lies in the repository's own temporary folder until it and its index are
whole and synced; two renames make it Git's. Whatever a dead process left in that
folder names everything there is to clean.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import IO

from dulwich.object_format import SHA1
from dulwich.objects import Blob, Commit, Tree
from dulwich.pack import pack_object_header, write_pack_index_v2

COMPRESSION = 5
"""zlib's level: 6 makes the user's library 2 % smaller and takes half again as long."""

_PIECE = 1 << 20
_TYPES = {Blob: b"blob", Tree: b"tree", Commit: b"commit"}
KINDS = {name: kind.type_num for kind, name in _TYPES.items()}
"""Git's name of a kind of object to its number."""


def object_id(kind: bytes, data: bytes) -> str:
    """Return the name Git gives to an object, 40 hexadecimal digits."""
    digest = hashlib.sha1(b"%s %d\0" % (kind, len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


class PackWriter:
    """Takes objects one after another; `commit` makes them part of the repository.

    Args:
        objects: the repository's `objects` folder.
        temporary: a folder on the same drive that is ours alone.
        existing: names of objects that need not be written again.

    """

    def __init__(
        self, objects: Path, temporary: Path, existing: AbstractSet[str]
    ) -> None:
        self._objects = objects
        self._temporary = temporary
        self._existing = existing
        self._entries: dict[str, tuple[int, int]] = {}
        self._path = temporary / f"writing-{os.getpid()}.pack"
        self._file: IO[bytes] = self._path.open("w+b")
        self._file.write(_header(0))
        self._offset = 12

    def add(self, kind: bytes, data: bytes) -> str:
        """Write an object unless the repository has it; return its name."""
        name = object_id(kind, data)
        if name not in self._existing and name not in self._entries:
            self._entries[name] = (self._offset, self._append(KINDS[kind], data))
        return name

    def commit(self) -> None:
        """Make every object added durable and visible; a pack of none is dropped."""
        if not self._entries:
            self.abort()
            return
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

    def abort(self) -> None:
        """Forget everything that was added."""
        # What could not be written is thrown away: it may fail again here.
        with suppress(OSError):
            self._file.close()
        clean_leftovers(self._objects, self._temporary)

    def _append(self, type_number: int, data: bytes) -> int:
        compressor = zlib.compressobj(COMPRESSION)
        header = bytes(pack_object_header(type_number, None, len(data), SHA1))
        crc = self._write(header, 0)
        view = memoryview(data)
        for start in range(0, len(data), _PIECE):
            crc = self._write(compressor.compress(view[start : start + _PIECE]), crc)
        return self._write(compressor.flush(), crc)

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


def clean_leftovers(objects: Path, temporary: Path) -> None:
    """Remove what a writer that died left behind.

    Only a pack whose index still lies in our folder is ours to remove: a pack
    without index elsewhere may be one that Git is just writing.
    """
    for path in temporary.iterdir():
        if path.name.startswith("pack-") and path.suffix == ".idx":
            pack = objects / "pack" / f"{path.stem}.pack"
            if not pack.with_suffix(".idx").exists():
                pack.unlink(missing_ok=True)
        path.unlink()


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
