"""The library as it stands, in the words of a snapshot; nothing is kept of it.

A file that has not changed since the newest snapshot is not read.
"""

from collections.abc import Generator
from pathlib import Path

from orquestrador.library import Unreadable, os_path, read_content
from orquestrador.messages import BackupProgress
from orquestrador.snapshots.cache import Seen, load_cache
from orquestrador.snapshots.manifest import FileRow
from orquestrador.snapshots.options import PresentOptions
from orquestrador.snapshots.previous import read_previous
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.walking import Exclusion, extended, walk

_MB = 1024 * 1024
_STEP = 200
"""Files between two looks at the clock of who asks."""


class Present:
    """A look at the library.

    Args:
        store: whose newest snapshot is compared with.
        ours: the repository's own folder, with its cache.
        library: the library's folder.
        options: what is left out.

    """

    def __init__(
        self, store: GitStore, ours: Path, library: Path, options: PresentOptions
    ) -> None:
        self._root = extended(library)
        self._exclusion = Exclusion(
            options.get("exclude", ()), options.get("exclude_folders", ())
        )
        self._max_bytes = int(options.get("max_file_mb", 50) * _MB)
        self._previous = read_previous(store)
        self._cached = load_cache(ours / "cache", self._previous.commit)

    def steps(self) -> Generator[BackupProgress, None, dict[bytes, FileRow]]:
        """Return every file that a snapshot would hold, by raw name.

        `blob` is empty in a row whose content is not in the newest snapshot.

        Raises:
            SnapshotError: if the library cannot be listed.

        """
        rows: dict[bytes, FileRow] = {}
        size = 0
        for listed in walk(self._root, self._exclusion):
            for raw, seen in listed.files:
                row = self._row(raw, seen)
                if row is not None:
                    rows[raw] = row
                    size += row.size
                    if not len(rows) % _STEP:
                        yield BackupProgress(files=len(rows), bytes=size)
        return rows

    def _row(self, raw: bytes, seen: Seen) -> FileRow | None:
        if seen.size > self._max_bytes:
            return None
        known = self._previous.rows.get(raw)
        if known is not None and self._cached.get(raw) == seen:
            return known
        content = read_content(os_path(self._root, raw), self._max_bytes)
        if isinstance(content, Unreadable):
            return None
        same = known is not None and known.sha256 == content.sha256
        blob = known.blob if known is not None and same else ""
        return FileRow(raw, content.size, content.mtime_ns, content.sha256, blob)
