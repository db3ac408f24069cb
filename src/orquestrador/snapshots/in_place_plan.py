"""Which files a restore into the library is to write, and which it must not.

Only what the snapshot taken first holds may give way, and only what snapshots hold
at all is written: everything can be taken back.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from orquestrador.library import os_name, shown_name
from orquestrador.messages import SkippedFile
from orquestrador.snapshots.manifest import FileRow
from orquestrador.snapshots.options import SnapshotOptions
from orquestrador.snapshots.restore_journal import Action, Version
from orquestrador.snapshots.target import RefusedError, Target, is_real_folder
from orquestrador.snapshots.walking import Exclusion, extended


class Planned(NamedTuple):
    """What is to be done, and what is not."""

    actions: tuple[Action, ...]
    folders: tuple[bytes, ...]
    """Raw names of folders that are not there, parents first."""

    unchanged: int
    refused: tuple[SkippedFile, ...]


class Planning:
    """One plan in the making.

    Args:
        library: the library's folder.
        target: the same, open.
        present: what the snapshot taken first holds, by raw name.
        options: of that snapshot.
        force: whether files that are different now are replaced.

    """

    def __init__(
        self,
        library: Path,
        target: Target,
        present: Mapping[bytes, FileRow],
        options: SnapshotOptions,
        *,
        force: bool,
    ) -> None:
        self._root = extended(library)
        self._target = target
        self._present = present
        self._force = force
        folders = tuple(options.get("exclude_folders", ()))
        self._exclusion = Exclusion(options.get("exclude", ()), folders)
        self._forbidden = {found for each in folders if (found := _identity(each))}
        self._refused: list[SkippedFile] = []
        self._unchanged = 0

    def plan(self, wanted: Iterable[FileRow], folders: Iterable[bytes]) -> Planned:
        """Return what is to be done so that the library holds these.

        Args:
            wanted: files of the snapshot that is restored.
            folders: its empty folders.

        """
        actions = tuple(self._actions(wanted))
        needed = {action.raw.rpartition(b"/")[0] for action in actions}
        files = {action.raw for action in actions}
        for raw in folders:
            if raw in files:
                self._refuse(raw, "a file of the snapshot has this name")
            elif self._may_be_written(raw, "folder"):
                needed.add(raw)
        return Planned(
            actions,
            tuple(self._missing(needed)),
            self._unchanged,
            tuple(self._refused),
        )

    def _actions(self, wanted: Iterable[FileRow]) -> Iterator[Action]:
        for row in sorted(wanted):
            now = self._present.get(row.raw)
            if now is not None and now.sha256 == row.sha256:
                self._unchanged += 1
            elif now is not None and not self._force:
                self._refuse(row.raw, "a different file is there; --force replaces it")
            elif self._may_be_written(row.raw, "new" if now is None else "file"):
                before = None if now is None else version_of(now)
                yield Action(row.raw, before, version_of(row))

    def _may_be_written(self, raw: bytes, what: str) -> bool:
        try:
            self._require_allowed(raw)
            problem = _in_the_way(self._target.look(raw), what)
        except RefusedError as refused:
            problem = str(refused)
        except OSError as error:
            problem = f"cannot be looked at: {error.strerror}"
        if problem is not None:
            self._refuse(raw, problem)
        return problem is None

    def _require_allowed(self, raw: bytes) -> None:
        """Refuse what a snapshot would leave out: it could not be taken back."""
        for way in ways(raw):
            name = os_name(way)
            if (
                self._exclusion.matches(name.rpartition("/")[2], name)
                or self._exclusion.holds(str(self._root / name))
                or self._is_forbidden(way)
            ):
                raise RefusedError("snapshots leave it out, so it is not written")

    def _is_forbidden(self, raw: bytes) -> bool:
        # By identity too: a drive may not tell upper case from lower case.
        found = self._target.look(raw)
        return found is not None and (found.st_dev, found.st_ino) in self._forbidden

    def _missing(self, folders: Iterable[bytes]) -> Iterator[bytes]:
        for raw in sorted({way for folder in folders for way in ways(folder)}):
            if self._target.look(raw) is None:
                yield raw

    def _refuse(self, raw: bytes, reason: str) -> None:
        self._refused.append(SkippedFile(path=shown_name(raw), reason=reason))


def _in_the_way(found: os.stat_result | None, what: str) -> str | None:
    if found is not None and what == "new":
        # Too large, excluded, no file, or another spelling of a name.
        return "what stands there is in no snapshot"
    if found is not None and what == "folder" and not is_real_folder(found):
        return "something that is no folder stands there"
    return None


def version_of(row: FileRow) -> Version:
    """Return what a journal says of a file in a snapshot."""
    return Version(row.sha256, row.blob, row.mtime_ns)


def ways(raw: bytes) -> Iterator[bytes]:
    """Yield a raw name and the folders on the way to it, the topmost first."""
    parts = raw.split(b"/") if raw else []
    for end in range(1, len(parts) + 1):
        yield b"/".join(parts[:end])


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(folder)  # noqa: PTH116 -- Path.stat is the same and longer to type
    except OSError:
        return None
    return found.st_dev, found.st_ino
