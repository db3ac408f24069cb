"""Checks a repository: structure, and every byte, from the file to the pack."""

from collections.abc import Generator

from orquestrador.errors import SnapshotDamagedError
from orquestrador.library import shown_name
from orquestrador.messages import (
    BackupProgress,
    Snapshot,
    SnapshotProblem,
    VerifyResult,
)
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


class Verifying:
    """One check in the making.

    Args:
        store: the repository.
        commits: snapshot ids and the commits they name.

    """

    def __init__(self, store: GitStore, commits: dict[str, str]) -> None:
        self._store = store
        self._commits = commits
        self._problems: list[SnapshotProblem] = []
        self._checked: dict[tuple[str, str], str | None] = {}
        """blob and sha256 to what is wrong, of contents that were read."""

        self._files = self._bytes = 0

    def steps(self) -> Generator[BackupProgress, None, VerifyResult]:
        """Check every snapshot given; reads each content once."""
        for problem in (*self._store.check_files(), *self._store.check_references()):
            self._add(None, problem)
        for snapshot_id, commit in self._commits.items():
            yield from self._check(snapshot_id, commit)
        return VerifyResult(
            snapshots=len(self._commits),
            files=self._files,
            contents=len(self._checked),
            bytes=self._bytes,
            problems=tuple(self._problems),
        )

    def _check(self, snapshot_id: str, commit: str) -> Generator[BackupProgress]:
        try:
            manifest = self._check_structure(snapshot_id, commit)
        except SnapshotDamagedError as error:
            self._add(snapshot_id, str(error))
            return
        for content in manifest.contents:
            self._check_content(snapshot_id, content)
            self._files += len(content.files)
            yield BackupProgress(files=self._files, bytes=self._bytes)

    def _check_structure(self, snapshot_id: str, commit: str) -> Manifest:
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
            name: self._store.read(b"blob", made)
            for name, (_, made) in entries.items()
            if name != LIBRARY
        }
        manifest = decode_manifest(beside[MANIFEST])
        self._check_trees(snapshot, entries[LIBRARY][1], manifest)
        return manifest

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

    def _check_content(self, snapshot_id: str, content: Content) -> None:
        key = (content.blob, content.sha256)
        if key not in self._checked:
            self._checked[key] = self._problem_of(content)
        problem = self._checked[key]
        if problem is not None:
            first = content.files[0][0] if content.files else "no file"
            copies = len(content.files) - 1
            more = f" and {copies} copies" if copies > 0 else ""
            self._add(snapshot_id, f"{first}{more}: {problem}")

    def _problem_of(self, content: Content) -> str | None:
        try:
            data = self._store.read_content(content)
        except SnapshotDamagedError as error:
            return str(error)
        self._bytes += len(data)
        if len(data) != content.size:
            return f"{len(data)} bytes, but the manifest says {content.size}"
        return None

    def _add(self, snapshot_id: str | None, what: str) -> None:
        self._problems.append(SnapshotProblem(snapshot=snapshot_id, what=what))
