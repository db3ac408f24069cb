"""Carries out the plan of a restore into the library, and takes one back.

In the last moment before a file gives way its bytes are compared with what the
repository holds of it: what is different by then stays.
"""

import hashlib
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path

from orquestrador.errors import SnapshotDamagedError
from orquestrador.library import shown_name
from orquestrador.messages import BackupProgress, SkippedFile
from orquestrador.snapshots.in_place_plan import version_of
from orquestrador.snapshots.manifest import Content, FileRow
from orquestrador.snapshots.opening import is_full
from orquestrador.snapshots.restore_journal import Action, Plan, Version
from orquestrador.snapshots.target import RefusedError, Target

Read = Callable[[Content], bytes]
"""Returns the bytes of a content."""


class Work:
    """One plan being carried out, or taken back.

    Args:
        library: the library's folder.
        plan: what is to be done.
        read: reads from the repository.

    """

    def __init__(self, library: Path, plan: Plan, read: Read) -> None:
        self._library = library
        self._plan = plan
        self._read = read
        self.refused: list[SkippedFile] = []
        self.written = self.unchanged = self.removed = self.bytes = self.folders = 0

    def carry_out(self) -> Generator[BackupProgress]:
        """Give each file its new bytes, unless it has them.

        Raises:
            OSError: if the disk is full; done again, it goes on from there.

        """
        with Target(self._library) as target:
            self._clean(target)
            for raw in self._plan.folders:
                self._try(raw, partial(self._make_folder, raw, target))
            for action in self._plan.actions:
                self._try(action.raw, partial(self._bring, action, target))
                yield self._progress()
            self._sync(target)

    def take_back(
        self, present: Mapping[bytes, FileRow], *, force: bool
    ) -> Generator[BackupProgress]:
        """Give each file its old bytes, unless it has them; remove what was added.

        Args:
            present: what the repository holds of the files as they are now.
            force: whether a file that has changed since gives way too.

        Raises:
            OSError: if the disk is full; done again, it goes on from there.

        """
        with Target(self._library) as target:
            self._clean(target)
            for action in reversed(self._plan.actions):
                kept = present.get(action.raw) if force else None
                may_go = action.after if kept is None else version_of(kept)
                self._try(
                    action.raw,
                    partial(self._revert, action, may_go, target),
                )
                yield self._progress()
            for raw in reversed(self._plan.folders):
                self._try(raw, partial(target.remove_folder, raw))
            self._sync(target)

    def _make_folder(self, raw: bytes, target: Target) -> None:
        target.make_folder(raw)
        self.folders += 1

    def _bring(self, action: Action, target: Target) -> None:
        if _now(action.raw, target) == action.after.sha256:
            self.unchanged += 1
        else:
            self._put(action.raw, action.after, action.before, target)

    def _revert(self, action: Action, may_go: Version, target: Target) -> None:
        now, before = _now(action.raw, target), action.before
        if now == (before and before.sha256):
            self.unchanged += 1
        elif before is not None:
            self._put(action.raw, before, may_go if now else None, target)
        else:
            _require(now, may_go)
            target.remove(action.raw)
            self.removed += 1

    def _put(
        self, raw: bytes, version: Version, over: Version | None, target: Target
    ) -> None:
        """Write a file in the place of what is there: `over`, or nothing."""
        found = target.look(raw)
        _require(_now(raw, target), over)
        data = self._read(Content(version.sha256, version.blob, 0, ()))
        target.write(
            raw,
            data,
            version.mtime_ns,
            replace=over is not None,
            durable=True,
            mode=None if found is None else found.st_mode,
            confirm=lambda: _require(_now(raw, target), over),
        )
        self.written += 1
        self.bytes += len(data)

    def _try(self, raw: bytes, act: Callable[[], object]) -> None:
        """Do one thing; one that cannot be done does not keep the others back."""
        try:
            act()
        except (RefusedError, SnapshotDamagedError) as refused:
            self._refuse(raw, str(refused))
        except OSError as error:
            if is_full(error):
                raise
            self._refuse(raw, f"cannot be written: {error.strerror}")

    def _refuse(self, raw: bytes, reason: str) -> None:
        self.refused.append(SkippedFile(path=shown_name(raw), reason=reason))

    def _clean(self, target: Target) -> None:
        """Remove what an attempt that was cut short has left."""
        for raw in self._folders():
            self._try(raw, partial(target.clean, raw))

    def _sync(self, target: Target) -> None:
        for raw in self._folders():
            self._try(raw, partial(target.sync_folder, raw))

    def _folders(self) -> list[bytes]:
        """Return the folders in which something is written."""
        names = {action.raw.rpartition(b"/")[0] for action in self._plan.actions}
        made = {raw.rpartition(b"/")[0] for raw in self._plan.folders}
        return sorted(names | made)

    def _progress(self) -> BackupProgress:
        return BackupProgress(
            files=self.written + self.unchanged + self.removed + len(self.refused),
            bytes=self.bytes,
            total_files=len(self._plan.actions),
        )


def _now(raw: bytes, target: Target) -> str | None:
    """Return the hash of what stands there; None when nothing does."""
    if target.look(raw) is None:
        return None
    return hashlib.sha256(target.read(raw)).hexdigest()


def _require(now: str | None, expected: Version | None) -> None:
    """Refuse to go on unless a file is what it is expected to be."""
    if now != (expected and expected.sha256):
        raise RefusedError("it has changed since it was kept, and stays as it is")
