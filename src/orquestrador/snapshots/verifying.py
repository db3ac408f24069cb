"""Checks a repository: structure, and every byte, from the file to the pack."""

import time
from collections.abc import Callable, Generator, Mapping
from collections.abc import Set as AbstractSet

from orquestrador.errors import SnapshotDamagedError
from orquestrador.library import shown_name
from orquestrador.messages import (
    BackupProgress,
    Snapshot,
    SnapshotProblem,
    VerifyResult,
)
from orquestrador.snapshots.checked import Depth
from orquestrador.snapshots.manifest import Content, Manifest, decode_manifest
from orquestrador.snapshots.names import tree_path
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.trees import (
    LIBRARY,
    MANIFEST,
    read_commit,
    tree_entries,
    tree_files,
)

Choose = Callable[[Mapping[str, int]], AbstractSet[str]]
"""Takes names of blobs and their sizes, returns those that are to be read."""

_SLICE_S = 0.02


class Verifying:
    """One check in the making.

    Args:
        store: the repository.
        commits: snapshot ids and the commits they name.
        depth: `structure` reads no contents, `full` all, `share` those chosen.
        choose: which contents a share is.

    """

    def __init__(
        self,
        store: GitStore,
        commits: Mapping[str, str],
        depth: Depth = "full",
        choose: Choose | None = None,
    ) -> None:
        self._store = store
        self._commits = commits
        self._depth: Depth = depth
        self._choose = choose
        self._problems: list[SnapshotProblem] = []
        self._contents: dict[tuple[str, str], int] = {}
        """blob and sha256 to size, of every content."""

        self.read: set[str] = set()
        """Blobs of contents that were read and are as they should be."""

        self.damaged: dict[tuple[str, str], str] = {}
        """blob and sha256 to what is wrong, of contents."""

        self.sound: dict[str, Snapshot] = {}
        """Id to snapshot, of those with nothing wrong in their structure."""

        self._blobs: frozenset[str] = frozenset()
        self._files = self._bytes = self._done = 0
        self._slice_ends = 0.0

    def steps(self) -> Generator[BackupProgress, None, VerifyResult]:
        """Check every snapshot given; reads each content once."""
        for problem in self._outside():
            self._add(None, problem)
        self._blobs = frozenset(self._store.names())
        for snapshot_id, commit in self._commits.items():
            self._check(snapshot_id, commit)
            yield self._progress()
        yield from self._read_contents()
        if self.damaged:
            for snapshot_id, commit in self._commits.items():
                self._name_damaged(snapshot_id, commit)
                yield self._progress()
        return VerifyResult(
            snapshots=len(self._commits),
            files=self._files,
            contents=self._done,
            bytes=self._bytes,
            problems=tuple(self._problems),
            depth=self._depth,
            all_contents=len(self._contents),
        )

    def blobs(self) -> set[str]:
        """Return the blobs of all contents of the snapshots that could be read."""
        return {blob for blob, _ in self._contents}

    def _outside(self) -> list[str]:
        check = self._store.check_indexes
        if self._depth == "full":
            check = self._store.check_files
        return [*check(), *self._store.check_references()]

    def _check(self, snapshot_id: str, commit: str) -> None:
        before = len(self._problems)
        try:
            snapshot, manifest = self._check_structure(snapshot_id, commit)
        except SnapshotDamagedError as error:
            self._add(snapshot_id, str(error))
            return
        for content in manifest.contents:
            self._contents[content.blob, content.sha256] = content.size
            self._files += len(content.files)
            if content.blob not in self._blobs:
                key = (content.blob, content.sha256)
                self.damaged[key] = f"blob {content.blob} is missing"
        if len(self._problems) == before:
            self.sound[snapshot_id] = snapshot

    def _read_contents(self) -> Generator[BackupProgress]:
        chosen = self._chosen()
        for (blob, sha256), size in self._contents.items():
            key = (blob, sha256)
            if blob not in chosen or key in self.damaged:
                continue
            problem = self._problem_of(blob, sha256, size)
            if problem is None:
                self.read.add(blob)
            else:
                self.damaged[key] = problem
            self._done += 1
            if self._is_due():
                yield self._progress()

    def _chosen(self) -> AbstractSet[str]:
        sizes = {blob: size for (blob, _), size in self._contents.items()}
        if self._depth == "full":
            return sizes.keys()
        if self._depth == "structure" or self._choose is None:
            return set()
        return self._choose(sizes)

    def _check_structure(
        self, snapshot_id: str, commit: str
    ) -> tuple[Snapshot, Manifest]:
        """Check commit, trees and manifest against each other."""
        snapshot, tree = read_commit(commit, self._store.read(b"commit", commit))
        if snapshot.id != snapshot_id:
            self._add(snapshot_id, f"its tag names another snapshot, {snapshot.id}")
        entries = tree_entries(self._store.read(b"tree", tree))
        missing = {LIBRARY, MANIFEST} - set(entries)
        if missing:
            names = ", ".join(sorted(name.decode() for name in missing))
            raise SnapshotDamagedError(f"tree {tree} has no {names}")
        beside = {
            name: self._read_beside(name, made)
            for name, (_, made) in entries.items()
            if name != LIBRARY
        }
        manifest = decode_manifest(beside[MANIFEST])
        self._check_trees(snapshot, entries[LIBRARY][1], manifest)
        return snapshot, manifest

    def _read_beside(self, name: bytes, made: str) -> bytes:
        try:
            return self._store.read(b"blob", made)
        except SnapshotDamagedError as error:
            raise SnapshotDamagedError(f"{shown_name(name)}: {error}") from error

    def _check_trees(self, snapshot: Snapshot, root: str, manifest: Manifest) -> None:
        stored = dict(tree_files(root, self._store.read))
        listed = {tree_path(row.raw, row.size): row for row in manifest.rows()}
        for path, row in listed.items():
            if stored.get(path) != row.blob:
                what = f"{shown_name(row.raw)}: tree and manifest differ"
                self._add(snapshot.id, what)
        for path in stored.keys() - listed.keys():
            self._add(snapshot.id, f"{shown_name(path)}: not in the manifest")
        if len(listed) != snapshot.files:
            what = f"{len(listed)} files, but its commit says {snapshot.files}"
            self._add(snapshot.id, what)

    def _problem_of(self, blob: str, sha256: str, size: int) -> str | None:
        try:
            data = self._store.read_content(Content(sha256, blob, size, ()))
        except SnapshotDamagedError as error:
            return str(error)
        self._bytes += len(data)
        if len(data) != size:
            return f"{len(data)} bytes, but the manifest says {size}"
        return None

    def _name_damaged(self, snapshot_id: str, commit: str) -> None:
        """Name the damaged contents of a snapshot by their files."""
        try:
            manifest = read_manifest(self._store, commit)
        except SnapshotDamagedError:
            return  # That is among the problems already.
        for content in manifest.contents:
            problem = self.damaged.get((content.blob, content.sha256))
            if problem is None:
                continue
            self.sound.pop(snapshot_id, None)
            first = content.files[0][0] if content.files else "no file"
            copies = len(content.files) - 1
            more = f" and {copies} copies" if copies > 0 else ""
            self._add(snapshot_id, f"{first}{more}: {problem}")

    def _add(self, snapshot_id: str | None, what: str) -> None:
        self._problems.append(SnapshotProblem(snapshot=snapshot_id, what=what))

    def _progress(self) -> BackupProgress:
        return BackupProgress(files=self._done, bytes=self._bytes)

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now < self._slice_ends:
            return False
        self._slice_ends = now + _SLICE_S
        return True


def read_manifest(store: GitStore, commit: str) -> Manifest:
    """Return the manifest of the snapshot that a commit is.

    Raises:
        SnapshotDamagedError: if it cannot be read.

    """
    _, tree = read_commit(commit, store.read(b"commit", commit))
    entries = tree_entries(store.read(b"tree", tree))
    if MANIFEST not in entries:
        raise SnapshotDamagedError(f"tree {tree} has no manifest.jsonl")
    return decode_manifest(store.read(b"blob", entries[MANIFEST][1]))
