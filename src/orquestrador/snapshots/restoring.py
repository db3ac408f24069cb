"""Writes files of a snapshot below a folder, and nothing anywhere else."""

import io
import os
import stat
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.errors import SnapshotDamagedError
from orquestrador.library import os_path, raw_of_shown, shown_name
from orquestrador.messages import BackupProgress, RestoreResult, SkippedFile
from orquestrador.snapshots.manifest import Content, Manifest
from orquestrador.snapshots.names import DRAFTS_PREFIX, is_below, unsafe_reason
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.walking import extended


class _RefusedError(Exception):
    """Why one file is not written."""


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

        self._sound: set[Path] = set()
        """Folders that were found to be real folders inside the target."""

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
        with tempfile.TemporaryDirectory(
            prefix=DRAFTS_PREFIX, dir=self._root
        ) as drafts:
            for content, files in wanted:
                self._restore_content(content, files, Path(drafts))
                yield self._progress()
        for raw in folders:
            self._restore_folder(raw)
        return self._result()

    def _restore_content(
        self, content: Content, files: Iterable[_Wanted], drafts: Path
    ) -> None:
        try:
            data = self._store.read_content(content)
        except SnapshotDamagedError as error:
            for file in files:
                self._refuse(file.raw, str(error))
            return
        for file in files:
            try:
                self._restore_file(file, data, drafts / "draft")
            except _RefusedError as refused:
                self._refuse(file.raw, str(refused))
            except OSError as error:
                self._refuse(file.raw, f"cannot be written: {error.strerror}")

    def _restore_file(self, file: _Wanted, data: bytes, draft: Path) -> None:
        target = self._checked_path(file.raw)
        self._make_folder(target.parent)
        if self._stands_already(target, data):
            os.utime(target, ns=(file.mtime_ns, file.mtime_ns))
            self._unchanged += 1
            return
        _write_checked(draft, data)
        os.utime(draft, ns=(file.mtime_ns, file.mtime_ns))
        self._place(draft, target)
        found = target.lstat()
        self._written.add((found.st_dev, found.st_ino))
        self._written_count += 1
        self._bytes += len(data)

    def _checked_path(self, raw: bytes) -> Path:
        reason = unsafe_reason(raw)
        if reason is not None:
            raise _RefusedError(reason)
        return os_path(self._root, raw)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._sound:
            return
        way = [folder, *folder.parents]
        for each in reversed(way[: way.index(self._root)]):
            try:
                found = each.lstat()
            except FileNotFoundError:
                each.mkdir()
            else:
                # A link here would lead out of the target.
                if not _is_real_folder(found):
                    raise _RefusedError(f"{each.name} there is not a folder")
            self._sound.add(each)

    def _stands_already(self, target: Path, data: bytes) -> bool:
        """Whether the file is there; refuses where it must not be replaced."""
        try:
            found = target.lstat()
        except FileNotFoundError:
            return False
        if (found.st_dev, found.st_ino) in self._written:
            raise _RefusedError("another file of the snapshot has this name here")
        if stat.S_ISREG(found.st_mode):
            if found.st_size == len(data) and target.read_bytes() == data:
                return True
            if self._force:
                return False
            raise _RefusedError("a different file stands there; --force replaces it")
        if stat.S_ISLNK(found.st_mode) and self._force:
            return False
        raise _RefusedError("something that is no file stands there")

    def _place(self, draft: Path, target: Path) -> None:
        """Give a whole file its name, never over a file that came meanwhile."""
        if self._force:
            draft.replace(target)
        elif sys.platform == "win32":
            draft.rename(target)
        else:
            try:
                os.link(draft, target, follow_symlinks=False)
            except FileExistsError as error:
                raise _RefusedError("a file came there meanwhile") from error
            except OSError:
                # No hard links on this file system.
                _rename_unless_there(draft, target)
            else:
                draft.unlink()

    def _restore_folder(self, raw: bytes) -> None:
        try:
            self._make_folder(self._checked_path(raw))
        except _RefusedError as refused:
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


def _is_real_folder(found: os.stat_result) -> bool:
    if sys.platform == "win32" and found.st_reparse_tag in {
        stat.IO_REPARSE_TAG_MOUNT_POINT,
        stat.IO_REPARSE_TAG_SYMLINK,
    }:
        return False
    return stat.S_ISDIR(found.st_mode)


def _write_checked(draft: Path, data: bytes) -> None:
    with draft.open("w+b", buffering=0) as file:
        _write_all(file, data)
        file.seek(0)
        if file.read() != data:
            raise _RefusedError("what was written reads back differently")


def _write_all(file: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _rename_unless_there(draft: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise _RefusedError("a file came there meanwhile")
    draft.rename(target)
