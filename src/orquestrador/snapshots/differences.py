"""What changed between two snapshots, or since one; and what a path once held."""

from collections.abc import Generator
from pathlib import Path
from typing import Unpack

from orquestrador.errors import SnapshotError
from orquestrador.library import (
    Unreadable,
    os_path,
    raw_name,
    raw_of_shown,
    read_content,
    shown_name,
)
from orquestrador.messages import BackupProgress
from orquestrador.messages.comparing import (
    Difference,
    FileChange,
    PathHistory,
    PresentFile,
)
from orquestrador.snapshots.comparing import State, compare
from orquestrador.snapshots.history import history
from orquestrador.snapshots.labels import CATALOG, Labels, decode_labels
from orquestrador.snapshots.manifest import Content
from orquestrador.snapshots.names import is_below
from orquestrador.snapshots.options import PresentOptions
from orquestrador.snapshots.repository import SnapshotRepository
from orquestrador.snapshots.textdiff import MAX_BYTES, TOO_LARGE, text_change

_NO_LIMIT = 1 << 62

_Contents = dict[str, Content]
"""By sha256."""


class Differences:
    """Compares what a repository holds.

    Args:
        repository: open, for reading at least.
        library: the library's folder.

    """

    def __init__(self, repository: SnapshotRepository, library: Path) -> None:
        self._repository = repository
        self._library = library

    def between(self, old_id: str, new_id: str, path: str | None = None) -> Difference:
        """Return how the snapshot `new_id` differs from `old_id`.

        Args:
            old_id: as in `SnapshotRepository.find`.
            new_id: likewise.
            path: the file or folder to be compared; None for everything.

        Raises:
            SnapshotError: if there is no such snapshot, or neither has the path.

        """
        old, new = self._kept(old_id), self._kept(new_id)
        return compare(old, new, self._below(path, old, new))

    def since(
        self,
        old_id: str,
        path: str | None = None,
        *,
        labels: Labels | None = None,
        **options: Unpack[PresentOptions],
    ) -> Generator[BackupProgress, None, Difference]:
        """Return, in slices, how the library as it stands differs from a snapshot.

        Args:
            old_id: as in `SnapshotRepository.find`.
            path: the file or folder to be compared; None for everything.
            labels: what the catalog says now; None if there is none.
            options: what a snapshot would leave out.

        Raises:
            SnapshotError: as `between`.

        """
        old = self._kept(old_id)
        rows = yield from self._repository.present_steps(self._library, **options)
        new = State(None, rows, labels)
        return compare(old, new, self._below(path, old, new))

    def with_texts(self, difference: Difference) -> Difference:
        """Return the same with each file's text compared; reads both contents."""
        old, new = self._contents(difference.old), self._contents(difference.new)
        changes = tuple(
            change if change.kind == "renamed" else self._with_text(change, old, new)
            for change in difference.changes
        )
        return difference.replace(changes=changes)

    def history(self, path: str) -> PathHistory:
        """Return what a path held over the snapshots, also under earlier names.

        Args:
            path: of a file, as the system says it or as shown, from the library.

        Raises:
            SnapshotError: if no snapshot holds it.

        """
        for raw in dict.fromkeys((raw_name(path), raw_of_shown(path))):
            contents = history(raw, self._repository.manifests())
            if contents:
                break
        else:
            raise SnapshotError(f"{path!r} is in no snapshot, as a file")
        found = read_content(os_path(self._library, raw), _NO_LIMIT)
        present: PresentFile = "missing"
        if not isinstance(found, Unreadable):
            same = found.sha256 == contents[0].sha256
            present = "same" if same else "different"
        return PathHistory(path=shown_name(raw), contents=contents, present=present)

    def _kept(self, snapshot_id: str) -> State:
        found = self._repository.find(snapshot_id)
        rows = {row.raw: row for row in self._repository.manifest(found.id).rows()}
        data = self._repository.beside(found.id).get(CATALOG)
        return State(found.id, rows, None if data is None else decode_labels(data))

    def _below(self, path: str | None, *states: State) -> bytes | None:
        if path is None:
            return None
        for raw in dict.fromkeys((raw_name(path), raw_of_shown(path))):
            below = raw.rstrip(b"/")
            if any(is_below(each, below) for state in states for each in state.rows):
                return below
        raise SnapshotError(f"{path!r} is in neither of the two states")

    def _with_text(
        self, change: FileChange, old: _Contents | None, new: _Contents | None
    ) -> FileChange:
        if max(change.size or 0, change.old_size or 0) > MAX_BYTES:
            return change.replace(text=TOO_LARGE)
        before = self._read(change.path, change.old_sha256, old)
        after = self._read(change.path, change.sha256, new)
        return change.replace(text=text_change(before, after))

    def _contents(self, snapshot_id: str | None) -> _Contents | None:
        if snapshot_id is None:
            return None
        contents = self._repository.manifest(snapshot_id).contents
        return {content.sha256: content for content in contents}

    def _read(
        self, path: str, sha256: str | None, contents: _Contents | None
    ) -> bytes | None:
        """Return a file's bytes in a snapshot, or as it stands in the library."""
        if sha256 is None:
            return None
        if contents is not None:
            return self._repository.read(contents[sha256])
        found = read_content(os_path(self._library, raw_of_shown(path)), MAX_BYTES)
        return None if isinstance(found, Unreadable) else found.data
