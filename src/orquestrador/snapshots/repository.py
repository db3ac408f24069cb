"""The snapshot repository: create, list, restore, verify.

A bare Git repository that `git` alone can restore (docs/restore-without-us.md).
Beside Git's own folders it has one of ours, `orquestrador/`, with the lock, the
cache and drafts of files not yet whole.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from orquestrador.errors import SnapshotDamagedError, SnapshotError
from orquestrador.library import raw_name, raw_of_shown
from orquestrador.messages import (
    BackupProgress,
    RestoreResult,
    Snapshot,
)
from orquestrador.snapshots.care import Care
from orquestrador.snapshots.manifest import (
    Content,
    FileRow,
    Manifest,
    decode_manifest,
)
from orquestrador.snapshots.names import DRAFTS_PREFIX, is_below
from orquestrador.snapshots.opening import (
    explained,
    finish,
    lock_file,
    refuse_foreign,
)
from orquestrador.snapshots.options import PresentOptions, SnapshotOptions
from orquestrador.snapshots.walking import extended

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from orquestrador.snapshots.store import GitStore

LATEST = "latest"
_OURS = "orquestrador"

# Inside the class `list` is a method.
_Found = tuple[tuple[Snapshot, str], ...]


class SnapshotRepository(Care):
    """Opens the repository at `path`, or makes one there.

    One program at a time writes: it holds a lock that dies with it, and clears what
    dead programs left. Others open it with `read_only=True`.

    Args:
        path: a folder that is missing, empty or a snapshot repository.
        read_only: open without the lock, to list, restore and verify.
        wait_s: how long to wait for another program that writes; seconds.

    Raises:
        SnapshotError: if another program holds it, if there is none to read, or if
            the folder cannot be used.

    """

    def __init__(
        self, path: Path, *, read_only: bool = False, wait_s: float = 0.0
    ) -> None:
        # Only here: dulwich takes a while to load, and most commands need none.
        from orquestrador.snapshots import store  # noqa: PLC0415 -- loaded when it is used

        self._path = extended(path)
        self._ours = self._path / _OURS
        self._temporary = self._ours / "drafts"
        self._lock: BaseFileLock | None = None
        with explained(self._path), ExitStack() as undo:
            # Who catches the error keeps this object, and would keep the lock.
            undo.callback(self._unlock)
            if read_only:
                store.require(self._path)
            else:
                self._prepare(wait_s)
            self._store: GitStore = store.GitStore(self._path, self._temporary)
            undo.callback(self._store.close)
            if not read_only:
                self._list_unlisted()
            undo.pop_all()

    @property
    def path(self) -> Path:
        """Where the repository is."""
        return self._path

    def close(self) -> None:
        """Close files and let others write."""
        self._store.close()
        self._unlock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def create(
        self, library: Path, **options: Unpack[SnapshotOptions]
    ) -> Snapshot | None:
        """Take a snapshot of a library; `create_steps` in one go."""
        return finish(self.create_steps(library, **options))

    def create_steps(
        self, library: Path, **options: Unpack[SnapshotOptions]
    ) -> Generator[BackupProgress, None, Snapshot | None]:
        """Take a snapshot of a library in slices of some 20 milliseconds.

        A large file, or the manifest of a large library, takes longer. Closing the
        generator early leaves the repository as it was.

        Args:
            library: the library's folder.
            options: see `SnapshotOptions`.

        Returns:
            The snapshot, or None when nothing changed since the newest.

        Raises:
            SnapshotError: if the library cannot be listed, or the repository not
                be written (a full disk, no permission); nothing is listed then.

        """
        from orquestrador.snapshots.building import Building  # noqa: PLC0415 -- loaded when it is used

        self._require_lock()
        folders = (*options.get("exclude_folders", ()), self._path)
        patterns = (*options.get("exclude", ()), f"{DRAFTS_PREFIX}*")
        options["exclude_folders"], options["exclude"] = folders, patterns
        with explained(self._path):
            building = Building(self._store, self._ours, library, options)
            try:
                return (yield from building.steps())
            finally:
                building.close()

    def list(self) -> tuple[Snapshot, ...]:
        """Return all snapshots that can be read, newest first."""
        return tuple(snapshot for snapshot, _ in self._read_all())

    def find(self, snapshot_id: str = LATEST) -> Snapshot:
        """Return one snapshot.

        Args:
            snapshot_id: an id, the beginning of one, the eight digits at its end, or
                `latest`.

        Raises:
            SnapshotError: if there is none, or more than one.

        """
        return self._find(snapshot_id)[0]

    def manifest(self, snapshot_id: str = LATEST) -> Manifest:
        """Return what a snapshot holds: contents, empty folders, what was skipped.

        Raises:
            SnapshotError: if there is none.
            SnapshotDamagedError: if it cannot be read.

        """
        return self._manifest(self._find(snapshot_id)[1])

    def manifests(self) -> Iterator[tuple[Snapshot, Manifest]]:
        """Yield every snapshot that can be read, newest first, and what it holds."""
        for snapshot, tree in self._read_all():
            try:
                manifest = self._manifest(tree)
            except SnapshotDamagedError:
                continue  # `verify` names it.
            yield snapshot, manifest

    def beside(self, snapshot_id: str = LATEST) -> dict[str, bytes]:
        """Return what a snapshot holds beside the library's files, by name.

        Raises:
            SnapshotError: if there is none.
            SnapshotDamagedError: if it cannot be read.

        """
        from orquestrador.snapshots.trees import (  # noqa: PLC0415 -- loaded when it is used
            LIBRARY,
            tree_entries,
        )

        entries = tree_entries(self._store.read(b"tree", self._find(snapshot_id)[1]))
        return {
            name.decode("utf-8", "replace"): self._store.read(b"blob", made)
            for name, (is_folder, made) in entries.items()
            if name != LIBRARY and not is_folder
        }

    def read(self, content: Content) -> bytes:
        """Return the bytes of a content, which hash to both its names.

        Raises:
            SnapshotDamagedError: if they are missing or damaged.

        """
        return self._store.read_content(content)

    def present_steps(
        self, library: Path, **options: Unpack[PresentOptions]
    ) -> Generator[BackupProgress, None, dict[bytes, FileRow]]:
        """Look at a library as the next snapshot would see it, in slices.

        Returns:
            Every file by its raw name.

        Raises:
            SnapshotError: if the library cannot be listed.

        """
        from orquestrador.snapshots.present import Present  # noqa: PLC0415 -- loaded when it is used

        folders = (*options.get("exclude_folders", ()), self._path)
        patterns = (*options.get("exclude", ()), f"{DRAFTS_PREFIX}*")
        options["exclude_folders"], options["exclude"] = folders, patterns
        return (yield from Present(self._store, self._ours, library, options).steps())

    def restore(
        self,
        snapshot_id: str = LATEST,
        *,
        to: Path,
        path: str | bytes | None = None,
        force: bool = False,
    ) -> RestoreResult:
        """Write files of a snapshot below a folder; `restore_steps` in one go."""
        return finish(self.restore_steps(snapshot_id, to=to, path=path, force=force))

    def restore_steps(
        self,
        snapshot_id: str = LATEST,
        *,
        to: Path,
        path: str | bytes | None = None,
        force: bool = False,
    ) -> Generator[BackupProgress, None, RestoreResult]:
        """Write files of a snapshot below a folder, content by content.

        Each file comes whole or not at all, with its modification time, under the
        name it had in the library; it is read back and compared.

        Args:
            snapshot_id: as in `find`.
            to: the folder to write to; made when it is missing.
            path: the file or folder wanted, raw or as shown; None for everything.
            force: replace different files that stand there.

        Returns:
            What was done, and what was refused and why.

        Raises:
            SnapshotError: if the snapshot or the path is not there, or the folder
                cannot be written.

        """
        from orquestrador.snapshots.restoring import Restoring  # noqa: PLC0415 -- loaded when it is used

        snapshot, tree = self._find(snapshot_id)
        manifest = self._manifest(tree)
        below = None if path is None else choose_name(path, snapshot.id, manifest)
        restoring = Restoring(self._store, snapshot.id, manifest, to=to, force=force)
        with explained(to, "--to"):
            return (yield from restoring.steps(below))

    def _require_lock(self) -> None:
        if self._lock is None:
            raise SnapshotError(f"{self._path} is open for reading only")

    def _prepare(self, wait_s: float) -> None:
        from orquestrador.snapshots import store  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.snapshots.pack import make_folder  # noqa: PLC0415 -- likewise

        refuse_foreign(self._path, _OURS)
        # Drafts tell after a crash whose an unfinished pack is: they must be there.
        make_folder(self._temporary)
        self._lock = lock_file(self._ours / "lock", wait_s)
        store.clean(self._path, self._temporary)
        if not store.exists(self._path):
            store.create(self._path, self._temporary)

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _list_unlisted(self) -> None:
        """List the snapshot that a crash kept from being listed."""
        commit = self._store.main()
        if commit is None or commit in self._store.tags().values():
            return
        try:
            snapshot = self._read(commit)[0]
        except SnapshotDamagedError:
            return  # `verify` says so; nothing can be listed here.
        self._store.tag(snapshot.id, commit)

    def _read(self, commit: str) -> tuple[Snapshot, str]:
        from orquestrador.snapshots.trees import read_commit  # noqa: PLC0415 -- loaded when it is used

        return read_commit(commit, self._store.read(b"commit", commit))

    def _read_all(self) -> _Found:
        found: _Found = ()
        for commit in self._store.tags().values():
            try:
                found += (self._read(commit),)
            except SnapshotDamagedError:
                continue  # `verify` names it.
        return tuple(sorted(found, key=lambda each: each[0].time, reverse=True))

    def _find(self, snapshot_id: str) -> tuple[Snapshot, str]:
        found = self._read_all()
        if not found:
            raise SnapshotError(
                f"{self._path} holds no snapshots yet; `orquestrador backup create` "
                "takes one"
            )
        if snapshot_id == LATEST:
            # What was written last, even if the clock went back since.
            main = self._store.main() or ""
            newest = (each for each in found if main.startswith(each[0].id[-8:]))
            return next(newest, found[0])
        chosen = [
            each
            for each in found
            if each[0].id.startswith(snapshot_id) or each[0].id[-8:] == snapshot_id
        ]
        if snapshot_id and len(chosen) == 1:
            return chosen[0]
        what = "no snapshot" if not chosen else f"{len(chosen)} snapshots"
        raise SnapshotError(
            f"{what} called {snapshot_id!r}; `orquestrador backup list` shows them"
        )

    def _manifest(self, tree: str) -> Manifest:
        from orquestrador.snapshots.trees import (  # noqa: PLC0415 -- loaded when it is used
            MANIFEST,
            tree_entries,
        )

        entries = tree_entries(self._store.read(b"tree", tree))
        if MANIFEST not in entries:
            raise SnapshotDamagedError(f"tree {tree} has no manifest.jsonl")
        return decode_manifest(self._store.read(b"blob", entries[MANIFEST][1]))


def choose_name(path: str | bytes, snapshot_id: str, manifest: Manifest) -> bytes:
    """Return the raw name that a path means: as the system says it, or as shown."""
    meant = [path] if isinstance(path, bytes) else [raw_name(path), raw_of_shown(path)]
    names = [*(row.raw for row in manifest.rows()), *manifest.folders]
    for each in meant:
        below = each.rstrip(b"/")
        if any(is_below(name, below) for name in names):
            return below
    raise SnapshotError(f"{path!r} is not in snapshot {snapshot_id}")
