"""Takes one snapshot, in slices.

Listing, reading, the manifest, the trees, the commit, the pack, the references: a
kill between any two of these leaves a repository as it was before.
"""

import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orquestrador.library import Content, Unreadable, os_path, read_content
from orquestrador.messages import BackupProgress, Snapshot
from orquestrador.snapshots.cache import Seen, load_cache, save_cache
from orquestrador.snapshots.manifest import (
    FileRow,
    Manifest,
    encode_manifest,
    manifest_of,
)
from orquestrador.snapshots.names import tree_path
from orquestrador.snapshots.options import SnapshotOptions
from orquestrador.snapshots.pack import PackWriter, object_id
from orquestrador.snapshots.previous import Previous, read_previous
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.trees import (
    LIBRARY,
    MANIFEST,
    add_library,
    add_root,
    commit_bytes,
    snapshot_id,
)
from orquestrador.snapshots.walking import (
    Exclusion,
    extended,
    walk,
)

SLICE_S = 0.02
"""Work between two looks at the mailbox, unless one file takes longer."""

_MB = 1024 * 1024
_READS = 3
"""A file that changes while it is read is read this often."""

Steps = Generator[BackupProgress, None, Snapshot | None]


class Building:
    """One snapshot in the making."""

    def __init__(
        self, store: GitStore, ours: Path, library: Path, options: SnapshotOptions
    ) -> None:
        self._store = store
        self._cache = ours / "cache"
        self._root = extended(library)
        self._options = options
        self._exclusion = Exclusion(
            options.get("exclude", ()), options.get("exclude_folders", ())
        )
        self._max_bytes = int(options.get("max_file_mb", 50) * _MB)
        self._known = options.get("known", {})
        self._beside = options.get("beside", {})
        self._writer: PackWriter | None = None
        self._existing: set[str] = set()
        self._previous = Previous()
        self._blobs: dict[str, str] = {}
        """sha256 to blob, of contents that the repository has or this pack gets."""

        self._files: list[tuple[bytes, Seen]] = []
        self._folders: list[bytes] = []
        self._skipped: list[tuple[bytes, str]] = []
        self._rows: list[FileRow] = []
        self._cached: dict[bytes, Seen] = {}
        self._seen: dict[bytes, Seen] = {}
        self._bytes = 0
        self._total_bytes = 0
        self._started_ns = 0
        self._slice_ends = 0.0

    def steps(self) -> Steps:
        """Take the snapshot; returns None when nothing changed since the newest."""
        yield from self._list()
        self._recall()
        yield from self._read_all()
        manifest = self._manifest()
        data = encode_manifest(manifest)
        yield self._progress()
        # A content to be written, and nothing changed: the repository had lost it.
        if self._writer is None and self._is_unchanged(data):
            self._keep_cache(self._previous.commit)
            return None
        return (yield from self._finish(manifest, data))

    def close(self) -> None:
        """Forget what was not finished."""
        if self._writer is not None:
            self._writer.abort()

    def _list(self) -> Generator[BackupProgress]:
        self._started_ns = time.time_ns()
        for listed in walk(self._root, self._exclusion):
            for raw, found in listed.files:
                self._list_file(raw, found)
            self._skipped += listed.skipped
            if listed.raw:
                self._folders.append(listed.raw)
            if self._is_due():
                yield BackupProgress(files=0, bytes=0)

        self._total_bytes = sum(found.size for _, found in self._files)
        yield self._progress()

    def _list_file(self, raw: bytes, found: Seen) -> None:
        limit = self._max_bytes
        if found.size <= limit:
            self._files.append((raw, found))
            return
        # Not the size: it would make a snapshot of each growth.
        reason = f"over the limit of {limit / _MB:g} MB (setting backup.max_file_mb)"
        self._skipped.append((raw, reason))

    def _recall(self) -> None:
        """Learn what the repository has already."""
        self._previous = read_previous(self._store)
        self._existing = self._store.names()
        for row in self._previous.rows.values():
            if row.blob in self._existing:
                self._blobs[row.sha256] = row.blob

    def _read_all(self) -> Generator[BackupProgress]:
        self._cached = load_cache(self._cache, self._previous.commit)
        for raw, now in self._files:
            row = self._unread(raw, now) or self._read(raw)
            if row is not None:
                self._rows.append(row)
                self._bytes += row.size
                if now.is_settled(self._started_ns):
                    self._seen[raw] = now
            if self._is_due():
                yield self._progress()

    def _unread(self, raw: bytes, now: Seen) -> FileRow | None:
        """Return a file's row without opening it, where that is safe."""
        row = self._previous.rows.get(raw)
        if row is not None and row.sha256 in self._blobs:
            is_same = (row.size, row.mtime_ns) == (now.size, now.mtime_ns)
            if is_same and self._cached.get(raw) == now:
                return row
        known = self._known.get(raw)
        if known is None or (known.size, known.mtime_ns) != (now.size, now.mtime_ns):
            return None
        blob = self._blobs.get(known.sha256)
        if blob is None:
            return None
        return FileRow(raw, now.size, now.mtime_ns, known.sha256, blob)

    def _read(self, raw: bytes) -> FileRow | None:
        content = self._read_settled(raw)
        if isinstance(content, Unreadable):
            self._skipped.append((raw, content.problem))
            return None
        blob = self._blobs.get(content.sha256)
        if blob is None:
            blob = self._pack().add(b"blob", content.data)
            self._blobs[content.sha256] = blob
        return FileRow(raw, len(content.data), content.mtime_ns, content.sha256, blob)

    def _read_settled(self, raw: bytes) -> Content | Unreadable:
        """Read a file; again, a few times, when it changed meanwhile."""
        path = os_path(self._root, raw)
        content = read_content(path, self._max_bytes)
        for _ in range(_READS - 1):
            if isinstance(content, Unreadable) or not _changed(path, content):
                break
            content = read_content(path, self._max_bytes)
        return content

    def _manifest(self) -> Manifest:
        filled: set[bytes] = set()
        for row in self._rows:
            folder = row.raw.rpartition(b"/")[0]
            while folder and folder not in filled:
                filled.add(folder)
                folder = folder.rpartition(b"/")[0]
        folders = (folder for folder in self._folders if folder not in filled)
        return manifest_of(self._rows, folders, self._skipped)

    def _is_unchanged(self, manifest: bytes) -> bool:
        beside = {
            name: made
            for name, (_, made) in self._previous.entries.items()
            if name not in {LIBRARY, MANIFEST}
        }
        return manifest == self._previous.manifest and beside == {
            name.encode(): object_id(b"blob", data)
            for name, data in self._beside.items()
        }

    def _finish(self, manifest: Manifest, data: bytes) -> Steps:
        add = self._pack().add
        library = add_library(
            ((tree_path(row.raw, row.size), row.blob) for row in self._rows), add
        )
        yield self._progress()
        root = {LIBRARY: (True, library), MANIFEST: (False, add(b"blob", data))}
        for name, extra in self._beside.items():
            root[name.encode()] = (False, add(b"blob", extra))
        snapshot, commit = self._commit(manifest, add_root(root, add))
        self._commit_pack()
        yield self._progress()
        self._store.publish(snapshot.id, commit)
        self._keep_cache(commit)
        return snapshot

    def _commit(self, manifest: Manifest, tree: str) -> tuple[Snapshot, str]:
        snapshot = Snapshot(
            id="",
            time=self._moment(),
            reason=self._options["reason"],
            run=self._options.get("run"),
            files=len(self._rows),
            bytes=self._bytes,
            contents=len(manifest.contents),
            skipped=len(self._skipped),
        )
        commit = self._pack().add(b"commit", commit_bytes(tree, snapshot))
        return snapshot.replace(id=snapshot_id(snapshot.time, commit)), commit

    def _moment(self) -> datetime:
        """Return the snapshot's time, after the newest one's of the same moment."""
        now = self._options["now"].astimezone(UTC)
        newest = self._previous.time
        if newest is not None and timedelta(0) <= newest - now < timedelta(seconds=1):
            return newest + timedelta(microseconds=1)
        return now

    def _pack(self) -> PackWriter:
        if self._writer is None:
            executor = self._options.get("executor")
            self._writer = self._store.writer(self._existing, executor)
        return self._writer

    def _commit_pack(self) -> None:
        if self._writer is not None:
            self._writer.commit()
            self._writer = None

    def _keep_cache(self, commit: str | None) -> None:
        is_new = commit != self._previous.commit or self._seen != self._cached
        if commit is not None and is_new:
            save_cache(self._cache, commit, self._seen)

    def _progress(self) -> BackupProgress:
        return BackupProgress(
            files=len(self._rows),
            bytes=self._bytes,
            total_files=len(self._files),
            total_bytes=self._total_bytes,
        )

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now < self._slice_ends:
            return False
        self._slice_ends = now + SLICE_S
        return True


def _changed(path: Path, content: Content) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) != (
        len(content.data),
        content.mtime_ns,
    )
