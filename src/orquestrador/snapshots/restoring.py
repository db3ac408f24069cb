"""Writes files of a snapshot below a folder, and nothing anywhere else."""

import stat
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.errors import SnapshotDamagedError
from orquestrador.library import raw_of_shown, shown_name
from orquestrador.messages import BackupProgress, RestoreResult, SkippedFile
from orquestrador.snapshots.manifest import Content, Manifest
from orquestrador.snapshots.names import is_below
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.target import RefusedError, Target
from orquestrador.snapshots.walking import extended


class _Wanted(NamedTuple):
    """One file to be written."""

    raw: bytes
    mtime_ns: int


class Restoring:
    """One restore in the making.

    Args:
        store: where the contents are.
        snapshot: the snapshot's id.
        manifest: the snapshot's manifest.
        to: the folder to write to; made when it is missing.
        force: whether different files are replaced.

    """

    def __init__(
        self,
        store: GitStore,
        snapshot: str,
        manifest: Manifest,
        *,
        to: Path,
        force: bool,
    ) -> None:
        self._store = store
        self._snapshot = snapshot
        self._manifest = manifest
        self._to = to
        self._root = extended(to)
        self._force = force
        self._refused: list[SkippedFile] = []
        self._written: set[tuple[int, int]] = set()
        """Device and inode of each file written: two names can mean one file."""

        self._total_files = self._written_count = self._unchanged = 0
        self._bytes = self._folders = 0

    def steps(
        self, below: bytes | None
    ) -> Generator[BackupProgress, None, RestoreResult]:
        """Restore everything, or the file or folder whose raw name is `below`."""
        wanted = [
            (content, files)
            for content in self._manifest.contents
            if (files := [*_files_below(content, below)])
        ]
        self._total_files = sum(len(files) for _, files in wanted)
        folders = [raw for raw in self._manifest.folders if is_below(raw, below)]
        self._root.mkdir(parents=True, exist_ok=True)
        with Target(self._root) as target:
            for content, files in wanted:
                self._restore_content(content, files, target)
                yield self._progress()
            for raw in folders:
                self._restore_folder(raw, target)
        return self._result()

    def _restore_content(
        self, content: Content, files: Iterable[_Wanted], target: Target
    ) -> None:
        try:
            data = self._store.read_content(content)
        except SnapshotDamagedError as error:
            for file in files:
                self._refuse(file.raw, str(error))
            return
        for file in files:
            try:
                self._restore_file(file, data, target)
            except RefusedError as refused:
                self._refuse(file.raw, str(refused))
            except OSError as error:
                self._refuse(file.raw, f"cannot be written: {error.strerror}")

    def _restore_file(self, file: _Wanted, data: bytes, target: Target) -> None:
        if self._stands_already(file.raw, data, target):
            target.set_time(file.raw, file.mtime_ns)
            self._unchanged += 1
            return
        found = target.write(file.raw, data, file.mtime_ns, replace=self._force)
        self._written.add((found.st_dev, found.st_ino))
        self._written_count += 1
        self._bytes += len(data)

    def _stands_already(self, raw: bytes, data: bytes, target: Target) -> bool:
        """Whether the file is there; refuses where it must not be replaced."""
        found = target.look(raw)
        if found is None:
            return False
        if (found.st_dev, found.st_ino) in self._written:
            raise RefusedError("another file of the snapshot has this name here")
        if stat.S_ISREG(found.st_mode):
            if found.st_size == len(data) and target.read(raw) == data:
                return True
            if self._force:
                return False
            raise RefusedError("a different file stands there; --force replaces it")
        if stat.S_ISLNK(found.st_mode) and self._force:
            return False
        raise RefusedError("something that is no file stands there")

    def _restore_folder(self, raw: bytes, target: Target) -> None:
        try:
            target.make_folder(raw)
        except RefusedError as refused:
            self._refuse(raw, str(refused))
        except OSError as error:
            self._refuse(raw, f"cannot be made: {error.strerror}")
        else:
            self._folders += 1

    def _refuse(self, raw: bytes, reason: str) -> None:
        self._refused.append(SkippedFile(path=shown_name(raw), reason=reason))

    def _progress(self) -> BackupProgress:
        return BackupProgress(
            files=self._written_count + self._unchanged + len(self._refused),
            bytes=self._bytes,
            total_files=self._total_files,
        )

    def _result(self) -> RestoreResult:
        return RestoreResult(
            snapshot=self._snapshot,
            to=str(self._to),
            written=self._written_count,
            unchanged=self._unchanged,
            bytes=self._bytes,
            folders=self._folders,
            refused=tuple(self._refused),
        )


def _files_below(content: Content, below: bytes | None) -> Iterator[_Wanted]:
    for path, mtime_ns in content.files:
        raw = raw_of_shown(path)
        if is_below(raw, below):
            yield _Wanted(raw, mtime_ns)
