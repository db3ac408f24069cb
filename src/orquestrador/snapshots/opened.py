"""What every part of `SnapshotRepository` finds open, and may ask of the others."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.messages import BackupProgress, RestoreResult, Snapshot
from orquestrador.snapshots.manifest import Manifest

if TYPE_CHECKING:
    from orquestrador.snapshots.store import GitStore


class OpenedRepository(ABC):
    """Needs what `SnapshotRepository` opens."""

    _store: "GitStore"
    _path: Path
    _ours: Path

    @abstractmethod
    def manifest(self, snapshot_id: str) -> Manifest:
        """Return what a snapshot holds."""

    @abstractmethod
    def restore_steps(
        self, snapshot_id: str, *, to: Path
    ) -> Generator[BackupProgress, None, RestoreResult]:
        """Write a snapshot below a folder."""

    @abstractmethod
    def _find(self, snapshot_id: str) -> tuple[Snapshot, str]: ...

    @abstractmethod
    def _read_all(self) -> tuple[tuple[Snapshot, str], ...]: ...

    @abstractmethod
    def _require_lock(self) -> None: ...
