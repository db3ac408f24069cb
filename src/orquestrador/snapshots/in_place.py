"""Restores into the library itself: after a snapshot, by a journal, and back again.

A kill at any point leaves each file as it was before or as it is after; the same
command finishes what was cut short, and `undo` takes it back.
"""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import NamedTuple, Unpack

from orquestrador.errors import SnapshotError
from orquestrador.messages import BackupProgress, RestoreResult, SkippedFile
from orquestrador.snapshots.in_place_plan import Planned, Planning
from orquestrador.snapshots.in_place_work import Work
from orquestrador.snapshots.manifest import FileRow, Manifest
from orquestrador.snapshots.names import is_below
from orquestrador.snapshots.opening import explained
from orquestrador.snapshots.options import PresentOptions, SnapshotOptions
from orquestrador.snapshots.repository import (
    LATEST,
    SnapshotRepository,
    choose_name,
)
from orquestrador.snapshots.restore_journal import Plan, RestoreJournal
from orquestrador.snapshots.target import Target

Rows = Mapping[bytes, FileRow]
"""Files by raw name."""

Restoring = Generator[BackupProgress, None, RestoreResult]
_RESTORING, _UNDOING = "before restoring", "before undoing"
FOR_A_RESTORE = (_RESTORING, _UNDOING)
"""How the reasons of snapshots begin that are taken for the sake of a restore."""


class _Asked(NamedTuple):
    """What of a snapshot is wanted."""

    manifest: Manifest
    below: bytes | None
    force: bool

    def files(self) -> list[FileRow]:
        return [row for row in self.manifest.rows() if is_below(row.raw, self.below)]

    def folders(self) -> list[bytes]:
        return [raw for raw in self.manifest.folders if is_below(raw, self.below)]

    def left_alone(self, present: Rows) -> int:
        """Return how many files that are there the snapshot does not have."""
        restored = {row.raw for row in self.files()}
        return sum(
            1 for raw in present if raw not in restored and is_below(raw, self.below)
        )


class Foreseen(NamedTuple):
    """What a restore with `force` would do, as the library stands."""

    snapshot: str
    missing: tuple[FileRow, ...]
    """Files that are not there and would be written."""

    different: tuple[FileRow, ...]
    """Files that are others now and would be replaced; without `force`, refused."""

    unchanged: int
    left_alone: int
    """Files of the library that the snapshot does not have; they stay."""

    refused: tuple[SkippedFile, ...]
    """What would not be written, also with `force`."""


class InPlace:
    """Restores into a library, and takes the last restore back.

    Args:
        repository: open for writing.
        library: the library's folder.
        journal: the file that says what is about to be done.
        options: of the snapshot that is taken first; what it would leave out is not
            written either.

    """

    def __init__(
        self,
        repository: SnapshotRepository,
        library: Path,
        journal: Path,
        **options: Unpack[SnapshotOptions],
    ) -> None:
        self._repository = repository
        self._library = library
        self._journal = RestoreJournal(journal)
        self._options = options

    def restore(
        self, snapshot_id: str, path: str | None = None, *, force: bool = False
    ) -> Restoring:
        """Write files of a snapshot into the library, in slices.

        Args:
            snapshot_id: as in `SnapshotRepository.find`.
            path: the file or folder wanted; None for everything.
            force: replace files that are different now.

        Raises:
            SnapshotError: if the snapshot or the path is not there, if another
                restore was cut short, if the present cannot be kept first, or if the
                disk is full: the same command then finishes it.

        """
        wanted = self._repository.find(snapshot_id)
        manifest = self._repository.manifest(wanted.id)
        below = None if path is None else choose_name(path, wanted.id, manifest)
        asked = _Asked(manifest, below, force)
        refused: tuple[SkippedFile, ...] = ()
        unchanged = 0
        plan = self._open_plan(wanted.id, below)
        if plan is None:
            present = yield from self._look()
            planned = self._plan(asked, present)
            if not planned.actions and not planned.folders:
                # That needs no snapshot, and the last restore can still be undone.
                return self._nothing(wanted.id, planned, asked, present)
            before = yield from self._keep_present(f"{_RESTORING} {wanted.id}")
            planned = self._plan(asked, self._kept(before))
            plan = Plan(wanted.id, before, below, planned.actions, planned.folders)
            with explained(self._library):
                self._journal.begin(plan)
            refused, unchanged = planned.refused, planned.unchanged
        work = Work(self._library, plan, self._repository.read)
        with explained(self._library):
            yield from work.carry_out()
            self._journal.mark("finished")
        result = self._result(plan.snapshot, plan.before, work)
        return result.replace(
            refused=(*refused, *result.refused),
            unchanged=unchanged + result.unchanged,
            left_alone=asked.left_alone(self._kept(plan.before)),
        )

    def foresee(
        self, snapshot_id: str, path: str | None = None
    ) -> Generator[BackupProgress, None, Foreseen]:
        """Tell what `restore` would do; nothing is taken or written.

        Args:
            snapshot_id: as in `SnapshotRepository.find`.
            path: the file or folder wanted; None for everything.

        Raises:
            SnapshotError: if the snapshot or the path is not there.

        """
        wanted = self._repository.find(snapshot_id)
        manifest = self._repository.manifest(wanted.id)
        below = None if path is None else choose_name(path, wanted.id, manifest)
        asked = _Asked(manifest, below, force=True)
        present = yield from self._look()
        planned = self._plan(asked, present)
        rows = {row.raw: row for row in asked.files()}
        new = {each.raw for each in planned.actions if each.before is None}
        written = [rows[each.raw] for each in planned.actions]
        return Foreseen(
            snapshot=wanted.id,
            missing=tuple(row for row in written if row.raw in new),
            different=tuple(row for row in written if row.raw not in new),
            unchanged=planned.unchanged,
            left_alone=asked.left_alone(present),
            refused=planned.refused,
        )

    def undo(self, *, force: bool = False) -> Restoring:
        """Bring back what the last restore replaced, and remove what it added.

        Args:
            force: also where a file has changed since; it is in a snapshot then.

        Raises:
            SnapshotError: if there is nothing to undo, if the present cannot be kept
                first, or if the disk is full: the same command then finishes it.

        """
        last = self._journal.read()
        if last is None or last[1] == "undone":
            raise SnapshotError(
                "there is no restore to be undone: none was made into this library, "
                "or the last one is undone already"
            )
        plan, _ = last
        kept = yield from self._keep_present(f"{_UNDOING} {plan.snapshot}")
        work = Work(self._library, plan, self._repository.read)
        with explained(self._library):
            self._journal.mark("undoing")
            yield from work.take_back(self._kept(kept), force=force)
            # What was refused can be asked for again, with force.
            self._journal.mark("finished" if work.refused else "undone")
        return self._result(plan.before, kept, work)

    def _open_plan(self, snapshot: str, path: bytes | None) -> Plan | None:
        """Return the plan that was cut short, if this is the command to finish it.

        What is still to be done is known then, and so is the state before all of it.

        Raises:
            SnapshotError: if it was another command that was cut short.

        """
        last = self._journal.read()
        if last is None or last[1] in {"finished", "undone"}:
            return None
        plan, stage = last
        if stage == "planned" and (plan.snapshot, plan.path) == (snapshot, path):
            return plan
        if stage == "undoing":
            raise SnapshotError(
                f"a restore of snapshot {plan.snapshot} was being undone when that was "
                "cut short; run `orquestrador backup restore --undo` to finish it"
            )
        raise SnapshotError(
            f"snapshot {plan.snapshot} was being restored into this library when that "
            "was cut short; finish it with the same command, or take it back with "
            "`orquestrador backup restore --undo`"
        )

    def _keep_present(self, reason: str) -> Generator[BackupProgress, None, str]:
        """Take a snapshot; returns its id, or the newest one's if nothing changed."""
        options: SnapshotOptions = {**self._options, "reason": reason}
        taken = yield from self._repository.create_steps(self._library, **options)
        return (taken or self._repository.find(LATEST)).id

    def _look(self) -> Generator[BackupProgress, None, Rows]:
        options: PresentOptions = {
            "exclude": self._options.get("exclude", ()),
            "exclude_folders": self._options.get("exclude_folders", ()),
            "max_file_mb": self._options.get("max_file_mb", 50),
        }
        return (yield from self._repository.present_steps(self._library, **options))

    def _kept(self, snapshot_id: str) -> Rows:
        return {row.raw: row for row in self._repository.manifest(snapshot_id).rows()}

    def _plan(self, asked: "_Asked", present: Rows) -> Planned:
        with explained(self._library), Target(self._library) as target:
            planning = Planning(
                self._library, target, present, self._options, force=asked.force
            )
            return planning.plan(asked.files(), asked.folders())

    def _nothing(
        self, snapshot: str, planned: Planned, asked: "_Asked", present: Rows
    ) -> RestoreResult:
        return RestoreResult(
            snapshot=snapshot,
            to=str(self._library),
            written=0,
            unchanged=planned.unchanged,
            bytes=0,
            folders=0,
            refused=planned.refused,
            left_alone=asked.left_alone(present),
        )

    def _result(self, snapshot: str, before: str, work: Work) -> RestoreResult:
        return RestoreResult(
            snapshot=snapshot,
            to=str(self._library),
            written=work.written,
            unchanged=work.unchanged,
            bytes=work.bytes,
            folders=work.folders,
            refused=tuple(work.refused),
            before=before,
            removed=work.removed,
        )
