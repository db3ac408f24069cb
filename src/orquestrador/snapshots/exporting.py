"""A snapshot as a zip file or a folder that needs neither us nor git.

Both hold `library/` with the files, `manifest.jsonl` with their exact names and
hashes, and what the snapshot holds beside. An export appears whole or not at all.
"""

import os
import secrets
import shutil
import struct
import time
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from orquestrador.errors import SnapshotDamagedError, SnapshotError
from orquestrador.library import raw_of_shown, shown_name
from orquestrador.messages import BackupProgress, SkippedFile
from orquestrador.messages.backup import ExportForm, ExportResult
from orquestrador.snapshots.names import unsafe_reason
from orquestrador.snapshots.opening import explained, finish
from orquestrador.snapshots.pack import sync, sync_folder
from orquestrador.snapshots.pulling import Pulled
from orquestrador.snapshots.repository import SnapshotRepository

LIBRARY = "library"
LEVEL = 6
"""zlib's level."""

_LONGEST_NAME = 0xFFFF
_TIMESTAMP = struct.Struct("<HHBl")
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
_FILE_MODE, _FOLDER_MODE = 0o100644 << 16, (0o040755 << 16) | 0x10

Seal = Callable[[Pulled, IO[bytes]], None]
"""Reads all of a stream and writes it, encrypted, to a file."""


class _Entry(NamedTuple):
    """One file of an archive; a folder has no data."""

    name: str
    data: bytes | None
    mtime_ns: int


class Exporting:
    """One export in the making.

    Args:
        repository: open, for reading at least.
        snapshot_id: as in `SnapshotRepository.find`.
        force: whether a file that stands at the target is replaced.

    Raises:
        SnapshotError: if there is no such snapshot.

    """

    def __init__(
        self, repository: SnapshotRepository, snapshot_id: str, *, force: bool
    ) -> None:
        self._repository = repository
        self._snapshot = repository.find(snapshot_id)
        self._force = force
        self._refused: list[SkippedFile] = []
        self._files = self._bytes = 0
        self._names: set[str] = set()

    def to_zip(self, target: Path) -> ExportResult:
        """Write a zip file: deflated, with exact names and times.

        Raises:
            SnapshotError: if the file is there, or cannot be written.

        """
        with self._whole_file(target) as file:
            finish(self._zip(file))
        return self._result(target, "zip")

    def to_sealed_zip(self, target: Path, seal: Seal) -> ExportResult:
        """Write an encrypted zip file; nothing of it is ever on the disk in clear.

        Args:
            target: the file.
            seal: encrypts; reads a stream that is made while it is read.

        Raises:
            SnapshotError: if the file is there, or cannot be written.

        """
        with self._whole_file(target) as file:
            seal(Pulled(self._zip), file)
        return self._result(target, "age")

    def to_folder(self, target: Path) -> ExportResult:
        """Write a folder, which must be missing or empty.

        Raises:
            SnapshotError: if it holds something, or cannot be written.

        """
        with explained(target, "TARGET"):
            if target.exists() and (not target.is_dir() or any(target.iterdir())):
                raise SnapshotError(
                    f"{target} is there and not empty: name a new folder"
                )
            draft = _draft(target)
            draft.mkdir(parents=True)
            try:
                self._write_folder(draft)
                with suppress(FileNotFoundError):
                    target.rmdir()
                draft.rename(target)
                sync_folder(target.parent)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise
        return self._result(target, "folder")

    def _write_folder(self, draft: Path) -> None:
        restored = self._repository.restore(self._snapshot.id, to=draft / LIBRARY)
        self._files, self._bytes = restored.written, restored.bytes
        self._refused = list(restored.refused)
        for name, data in self._beside():
            with (draft / name).open("xb") as file:
                file.write(data)
                sync(file)

    def _beside(self) -> Iterator[tuple[str, bytes]]:
        for name, data in self._repository.beside(self._snapshot.id).items():
            # Written by us as plain names; a repository may be somebody else's.
            if unsafe_reason(name.encode(), windows=True) or "/" in name:
                self._refuse(name, "its name leads out of the folder")
            elif name.casefold() != LIBRARY:
                yield name, data

    # -- zip --------------------------------------------------------------------------

    def _zip(self, file: IO[bytes]) -> Generator[BackupProgress]:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry in self._entries():
                archive.writestr(_info(entry), entry.data or b"", compresslevel=LEVEL)
                yield BackupProgress(
                    files=self._files,
                    bytes=self._bytes,
                    total_files=self._snapshot.files,
                    total_bytes=self._snapshot.bytes,
                )

    def _entries(self) -> Iterator[_Entry]:
        taken_ns = int(self._snapshot.time.timestamp()) * 1_000_000_000
        for name, data in self._beside():
            yield _Entry(name, data, taken_ns)
        manifest = self._repository.manifest(self._snapshot.id)
        for content in manifest.contents:
            try:
                data = self._repository.read(content)
            except SnapshotDamagedError as error:
                for path, _ in content.files:
                    self._refuse(path, str(error))
                continue
            for path, mtime_ns in content.files:
                file = self._name(path)
                if file is not None:
                    self._files += 1
                    self._bytes += len(data)
                    yield _Entry(file, data, mtime_ns)
        for raw in manifest.folders:
            folder = self._name(shown_name(raw))
            if folder is not None:
                yield _Entry(f"{folder}/", None, taken_ns)

    def _name(self, shown: str) -> str | None:
        """Return a file's name in the archive, or None where it gets none.

        Names are exact. Only a byte that is no text stands as `%XX`, as in the
        manifest: archives know no other than text.
        """
        raw = raw_of_shown(shown)
        reason = unsafe_reason(raw, windows=False) or _hostile(raw)
        try:
            name = f"{LIBRARY}/{raw.decode('utf-8')}"
        except UnicodeDecodeError:
            name = f"{LIBRARY}/{shown}"
        if reason is None and name in self._names:
            reason = "another file has this name in the archive"
        if reason is not None:
            self._refuse(shown, reason)
            return None
        self._names.add(name)
        return name

    # -- files that appear whole ------------------------------------------------------

    @contextmanager
    def _whole_file(self, target: Path) -> Generator[IO[bytes]]:
        """Give a file to write to that takes its name when all of it is there."""
        with explained(target, "TARGET"):
            self._refuse_existing(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = _draft(target)
            try:
                with draft.open("xb") as file:
                    yield file
                    sync(file)
                self._refuse_existing(target)
                draft.replace(target)
                sync_folder(target.parent)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise

    def _refuse_existing(self, target: Path) -> None:
        if target.is_dir() or (os.path.lexists(target) and not self._force):
            raise SnapshotError(
                f"{target} is there already; name another file, or replace it with "
                "--force"
            )

    def _refuse(self, path: str, reason: str) -> None:
        self._refused.append(SkippedFile(path=path, reason=reason))

    def _result(self, target: Path, form: ExportForm) -> ExportResult:
        return ExportResult(
            snapshot=self._snapshot.id,
            to=str(target),
            form=form,
            files=self._files,
            bytes=self._bytes,
            size=target.stat().st_size if target.is_file() else None,
            refused=tuple(self._refused),
        )


def _draft(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")


def _hostile(raw: bytes) -> str | None:
    """Return why a name is dangerous in an archive that Windows may unpack."""
    if b".." in raw.replace(b"\\", b"/").split(b"/"):
        return "its name leads out of the folder"
    if len(raw) + len(LIBRARY) + 2 > _LONGEST_NAME:
        return "its name is too long for an archive"
    return None


def _info(entry: _Entry) -> zipfile.ZipInfo:
    seconds = entry.mtime_ns // 1_000_000_000
    info = zipfile.ZipInfo(entry.name, _dos_time(seconds))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = _FILE_MODE if entry.data is not None else _FOLDER_MODE
    if -(2**31) <= seconds < 2**31:
        # DOS times are local and even; this one is UTC, to the second.
        info.extra = _TIMESTAMP.pack(0x5455, 5, 1, seconds)
    return info


def _dos_time(seconds: int) -> tuple[int, int, int, int, int, int]:
    try:
        local = time.localtime(seconds)
    except (OverflowError, OSError, ValueError):
        return (_FIRST_YEAR, 1, 1, 0, 0, 0)
    if local.tm_year < _FIRST_YEAR:
        return (_FIRST_YEAR, 1, 1, 0, 0, 0)
    if local.tm_year > _LAST_YEAR:
        return (_LAST_YEAR, 12, 31, 23, 59, 58)
    return local[:6]
