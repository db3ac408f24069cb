"""A restore for a trial: everything written out, compared, and removed again."""

import hashlib
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Protocol

from orquestrador.errors import SnapshotError
from orquestrador.library import os_path, shown_name
from orquestrador.messages import BackupProgress, RestoreResult, Snapshot
from orquestrador.snapshots.manifest import Manifest
from orquestrador.snapshots.walking import extended

_SPARE = 1.1
_PIECE = 1 << 20


class Source(Protocol):
    """What is tried: the repository."""

    def manifest(self, snapshot_id: str) -> Manifest:
        """Return what a snapshot holds."""
        ...

    def restore_steps(
        self, snapshot_id: str, *, to: Path
    ) -> Generator[BackupProgress, None, RestoreResult]:
        """Write a snapshot out."""
        ...


class TryingRestore:
    """One trial.

    Args:
        source: the repository.
        snapshot: what is restored.
        folder: an empty folder of the caller's; it is emptied again.

    """

    def __init__(self, source: Source, snapshot: Snapshot, folder: Path) -> None:
        self._source = source
        self._snapshot = snapshot
        self._folder = folder

    def steps(self) -> Generator[BackupProgress, None, str | None]:
        """Try it; returns what went wrong, or None."""
        free = shutil.disk_usage(self._folder).free
        if free < self._snapshot.bytes * _SPARE:
            return (
                f"no room to try it: {self._folder} has {free / 1e6:.0f} MB free, the "
                f"library needs {self._snapshot.bytes / 1e6:.0f} MB"
            )
        place = self._folder / "restored"
        try:
            result = yield from self._source.restore_steps(self._snapshot.id, to=place)
            if result.refused:
                first = result.refused[0]
                return f"{first.path}: {first.reason}"
            return (yield from self._compare(place))
        except (SnapshotError, OSError) as error:
            return str(error)
        finally:
            shutil.rmtree(extended(place), ignore_errors=True)

    def _compare(self, place: Path) -> Generator[BackupProgress, None, str | None]:
        """Read everything back, by the manifest's names and hashes."""
        root = extended(place)
        files = size = 0
        for row in self._source.manifest(self._snapshot.id).rows():
            path = os_path(root, row.raw)
            if _sha256(path) != row.sha256 or path.stat().st_mtime_ns != row.mtime_ns:
                return f"{shown_name(row.raw)} came back differently"
            files += 1
            size += row.size
            yield BackupProgress(files=files, bytes=size)
        there = sum(not path.is_dir() for path in root.rglob("*"))
        if there != files or files != self._snapshot.files:
            return f"{there} files came back, of {self._snapshot.files}"
        return None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
