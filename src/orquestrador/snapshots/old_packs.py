"""Packs that stand in a repository: what is in them, and how one is let go.

A pack's index is taken away first, into our own folder: without it Git does not see
the pack, and whoever opens the repository next removes what a crash left of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from dulwich.object_format import SHA1
from dulwich.pack import Pack, PackData, UnpackedObject

from orquestrador.errors import SnapshotDamagedError
from orquestrador.snapshots.pack import KINDS, PackWriter, object_id, sync_folder

_CHECKSUM = 20
NAMES = {number: name for name, number in KINDS.items()}
"""Git's number of a kind of object to its name."""

_OF_GIT = ("multi-pack-index*",)
"""What Git makes of all packs together; wrong once one of them is gone."""


class Entry(NamedTuple):
    """An object in a pack, as its index says."""

    name: str
    offset: int
    size: int
    """Bytes in the pack."""


class OldPack:
    """One pack with its index; closed by whoever opened it.

    Raises:
        SnapshotDamagedError: if its index cannot be read.

    """

    def __init__(self, stem: Path) -> None:
        """Open the pack `stem.pack`."""
        self.stem = stem
        self._pack = Pack(str(stem), object_format=SHA1)
        try:
            self.entries = self._read_index()
        except Exception as error:
            self._pack.close()
            raise SnapshotDamagedError(
                f"{stem.name}.idx cannot be read: {type(error).__name__}: {error}"
            ) from error

    @property
    def size(self) -> int:
        """Bytes of the pack's file."""
        return self.stem.with_suffix(".pack").stat().st_size

    def close(self) -> None:
        """Close its files."""
        self._pack.close()

    def copy(self, entry: Entry, writer: PackWriter) -> bool:
        """Write an object to a new pack as it is compressed here.

        Returns:
            Whether that could be done: not for one that is kept as the difference
            from another.

        Raises:
            SnapshotDamagedError: if it is damaged.

        """
        found = self.unpacked(entry)
        if found is None:
            return False
        kind, data = _whole(found)
        writer.add_compressed(entry.name, kind, len(data), found.comp_chunks or ())
        return True

    def unpacked(self, entry: Entry) -> UnpackedObject | None:
        """Return an object with its bytes as they are compressed here.

        Returns:
            None for one that is kept as the difference from another.

        Raises:
            SnapshotDamagedError: if it is damaged.

        """
        found = _unpacked(self._pack.data, entry)
        if found.pack_type_num not in NAMES:
            return None
        if object_id(*_whole(found)) != entry.name:
            raise SnapshotDamagedError(f"object {entry.name} is damaged")
        return found

    def _read_index(self) -> list[Entry]:
        found = sorted(
            (offset, raw.hex()) for raw, offset, _ in self._pack.index.iterentries()
        )
        end = self.size - _CHECKSUM
        offsets = [*(offset for offset, _ in found), end]
        sizes = [after - before for before, after in pairwise(offsets)]
        return [
            Entry(name, offset, size)
            for (offset, name), size in zip(found, sizes, strict=True)
        ]


def salvage(stem: Path, writer: PackWriter) -> set[str]:
    """Write every object that a pack still holds whole, whatever its index says.

    Objects that are kept as differences are left out.

    Returns:
        Their names.

    """
    found: set[str] = set()
    try:
        data = PackData(str(stem.with_suffix(".pack")), object_format=SHA1)
    except FileNotFoundError:
        return found
    except OSError:
        # That it cannot be opened now says nothing about what it holds.
        raise
    except Exception:  # noqa: BLE001 -- damaged bytes may raise anything
        return found
    with data:
        for kind, whole, compressed in _readable(data):
            name = object_id(kind, whole)
            writer.add_compressed(name, kind, len(whole), compressed)
            found.add(name)
    return found


def _readable(data: PackData) -> Iterator[tuple[bytes, bytes, Sequence[bytes]]]:
    """Yield kind, bytes and compressed bytes of what comes before a damaged place."""
    # Of reading alone: what fails in writing them elsewhere is not caught here.
    with suppress(Exception):
        for unpacked in data.iter_unpacked(include_comp=True):
            if unpacked.pack_type_num in NAMES:
                kind, whole = _whole(unpacked)
                yield kind, whole, unpacked.comp_chunks or ()


def stems(objects: Path) -> list[Path]:
    """Return the packs of a repository's `objects` folder, without their suffix."""
    return sorted({each.with_suffix("") for each in (objects / "pack").glob("*.idx")})


def drop(packs: Iterable[Path], objects: Path, temporary: Path) -> int:
    """Let packs go, whose files nobody here has open.

    Returns:
        How many could not be removed now, because another program reads them.

    """
    folder = objects / "pack"
    left = 0
    for pattern in _OF_GIT:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    for graph in (objects / "info").glob("commit-graph*"):
        with suppress(OSError):
            graph.unlink()
    for stem in packs:
        index = temporary / f"{stem.name}.idx"
        try:
            stem.with_suffix(".idx").replace(index)
        except PermissionError:
            left += 1
            continue
        sync_folder(folder)
        try:
            for path in folder.glob(f"{stem.name}.*"):
                path.unlink(missing_ok=True)
        except PermissionError:
            # The index stays in our folder: whoever opens next tries again.
            left += 1
            continue
        sync_folder(folder)
        index.unlink()
    return left


def _whole(found: UnpackedObject) -> tuple[bytes, bytes]:
    return NAMES[found.pack_type_num], b"".join(found.decomp_chunks)


def _unpacked(data: PackData, entry: Entry) -> UnpackedObject:
    """Read an object of a pack.

    Raises:
        SnapshotDamagedError: if it cannot be read.

    """
    try:
        return data.get_unpacked_object_at(entry.offset, include_comp=True)
    except Exception as error:  # noqa: BLE001 -- damaged bytes may raise anything
        problem = f"object {entry.name} cannot be read: {type(error).__name__}: {error}"
    # Not while the error is known: it keeps hold of the file, which is to be closed.
    raise SnapshotDamagedError(problem)
