"""Mends a damaged repository as far as what it lost is still known.

First whatever the damaged packs still hold whole is written anew and they go; then
what is missing is made again: contents from files of the library, folders' trees from
manifests. Killed at any moment it has lost nothing that could be read before.
"""

import hashlib
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from orquestrador.errors import SnapshotDamagedError
from orquestrador.library import Unreadable, os_path, raw_of_shown, read_content
from orquestrador.messages import BackupProgress
from orquestrador.snapshots.manifest import Content, Manifest
from orquestrador.snapshots.names import tree_path
from orquestrador.snapshots.old_packs import Entry, OldPack, salvage
from orquestrador.snapshots.pack import PackWriter, object_id
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.trees import (
    LIBRARY,
    add_library,
    read_commit,
    tree_entries,
)
from orquestrador.snapshots.verifying import read_manifest
from orquestrador.snapshots.walking import Exclusion, extended, walk

_MAX_BYTES = 4 << 30


class Repairing:
    """One repair in the making; the caller holds the repository's lock.

    Args:
        store: the repository.
        library: where damaged contents may still be.

    """

    def __init__(self, store: GitStore, library: Path | None) -> None:
        self._store = store
        self._library = None if library is None else extended(library)
        self._writer: PackWriter | None = None
        self.mended: list[str] = []
        """What was mended: files by name, and other things in words."""

    def steps(self) -> Generator[BackupProgress]:
        """Mend what can be mended; a check afterwards says what could not."""
        self.mended += self._store.mend_references()
        yield self._progress()
        yield from self._rescue()
        yield from self._remake()
        self._give_up_lost()

    def close(self) -> None:
        """Forget what was not finished."""
        if self._writer is not None:
            self._writer.abort()
            self._writer = None

    def _rescue(self) -> Generator[BackupProgress]:
        """Write anew what damaged packs still hold whole, and let them go."""
        damaged = self._store.damaged_packs()
        if not damaged:
            return
        writer = self._writer = self._store.writer(self._store.names_except(damaged))
        for stem in damaged:
            rescued = salvage(stem, writer)
            yield self._progress()
            self._rescue_by_index(stem, rescued, writer)
            self.mended.append(f"{stem.name}: {len(rescued)} objects written anew")
            yield self._progress()
        name = writer.commit()
        self._writer = None
        self._store.drop(stem for stem in damaged if stem.name != name)

    def _rescue_by_index(
        self, stem: Path, rescued: set[str], writer: PackWriter
    ) -> None:
        """Find by the index what stands behind a damaged place."""
        try:
            pack = OldPack(stem)
        except (SnapshotDamagedError, OSError):
            return
        try:
            for entry in pack.entries:
                if entry.name not in rescued and self._copied(pack, entry, writer):
                    rescued.add(entry.name)
        finally:
            pack.close()

    def _copied(self, pack: OldPack, entry: Entry, writer: PackWriter) -> bool:
        try:
            if not pack.copy(entry, writer):
                writer.add(*self._store.read_any(entry.name))
        except SnapshotDamagedError:
            return False
        return True

    def _give_up_lost(self) -> None:
        """Take off the list what not even plain git could restore a file of."""
        lost: list[tuple[str, str]] = []
        for tag, commit in self._store.tags().items():
            try:
                _, tree = read_commit(commit, self._store.read(b"commit", commit))
                self._store.read(b"tree", tree)
            except SnapshotDamagedError as error:
                lost.append((tag, commit))
                self.mended.append(f"snapshot {tag} is lost, not listed now: {error}")
        if lost:
            self._store.unlist(lost)
            self.mended += self._store.mend_references()

    def _remake(self) -> Generator[BackupProgress]:
        """Make missing contents and trees again."""
        there = self._store.names()
        writer = self._writer = self._store.writer(there)
        missing: dict[str, Content] = {}
        for commit in self._store.tags().values():
            try:
                manifest = read_manifest(self._store, commit)
            except SnapshotDamagedError:
                continue
            self._remake_trees(commit, manifest, writer)
            for content in manifest.contents:
                if content.blob not in there:
                    missing.setdefault(content.blob, content)
            yield self._progress()
        if missing and self._library is not None:
            yield from self._remake_contents(missing, writer, self._library)
        writer.commit()
        self._writer = None

    def _remake_trees(
        self, commit: str, manifest: Manifest, writer: PackWriter
    ) -> None:
        before = writer.objects
        _, tree = read_commit(commit, self._store.read(b"commit", commit))
        wanted = tree_entries(self._store.read(b"tree", tree))[LIBRARY][1]
        made: list[tuple[bytes, bytes]] = []

        def add(kind: bytes, data: bytes) -> str:
            made.append((kind, data))
            return object_id(kind, data)

        files = ((tree_path(row.raw, row.size), row.blob) for row in manifest.rows())
        # A manifest that was changed does not lead to the commit's own tree.
        if add_library(files, add) != wanted:
            return
        for kind, data in made:
            writer.add(kind, data)
        count = writer.objects - before
        if count:
            self.mended.append(f"{count} folders of {commit[:8]} written anew")

    def _remake_contents(
        self, missing: dict[str, Content], writer: PackWriter, library: Path
    ) -> Generator[BackupProgress]:
        """Store contents again that a file of the library still holds."""
        for path in self._candidates(missing, library):
            data = read_content(path, _MAX_BYTES)
            if isinstance(data, Unreadable):
                continue
            blob = object_id(b"blob", data.data)
            content = missing.get(blob)
            if content is None or content.sha256 != _sha256(data.data):
                continue
            writer.add(b"blob", data.data)
            del missing[blob]
            self.mended += [name for name, _ in content.files[:1]]
            yield self._progress()
            if not missing:
                return

    def _candidates(
        self, missing: Mapping[str, Content], library: Path
    ) -> Iterator[Path]:
        """Yield files that may hold a missing content: those it was in come first."""
        for content in [*missing.values()]:
            for name, _ in content.files:
                if content.blob in missing:
                    yield os_path(library, raw_of_shown(name))
        sizes = {content.size for content in missing.values()}
        for listed in walk(library, Exclusion()):
            for raw, found in listed.files:
                if found.size in sizes:
                    yield os_path(library, raw)

    def _progress(self) -> BackupProgress:
        return BackupProgress(files=len(self.mended), bytes=0)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
