"""Restores into the library itself: after a snapshot, by a journal, and back again.

A kill at any point leaves each file as it was before or as it is after; the same
command finishes what was cut short, and `undo` takes it back.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Unpack

from orquestrador.errors import SnapshotError
from orquestrador.messages import BackupProgress, RestoreResult, SkippedFile
from orquestrador.snapshots.in_place_plan import Planning
from orquestrador.snapshots.in_place_work import Work
from orquestrador.snapshots.manifest import FileRow, Manifest
from orquestrador.snapshots.names import is_below
from orquestrador.snapshots.opening import explained
from orquestrador.snapshots.options import SnapshotOptions
from orquestrador.snapshots.repository import (
    LATEST,
    SnapshotRepository,
    choose_name,
)
from orquestrador.snapshots.restore_journal import Plan, RestoreJournal
from orquestrador.snapshots.target import Target

Restoring = Generator[BackupProgress, None, RestoreResult]


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
        refused: tuple[SkippedFile, ...] = ()
        unchanged = 0
        plan = self._open_plan(wanted.id, below)
        if plan is None:
            before = yield from self._keep_present(f"before restoring {wanted.id}")
            present = self._present(before)
            with explained(self._library), Target(self._library) as target:
                planned = Planning(
                    self._library, target, present, self._options, force=force
                ).plan(
                    [row for row in manifest.rows() if is_below(row.raw, below)],
                    [raw for raw in manifest.folders if is_below(raw, below)],
                )
                plan = Plan(wanted.id, before, below, planned.actions, planned.folders)
                # Where nothing is to be done, the last restore can still be undone.
                if plan.actions or plan.folders:
                    self._journal.begin(plan)
            refused, unchanged = planned.refused, planned.unchanged
        work = Work(self._library, plan, self._repository.read)
        if plan.actions or plan.folders:
            with explained(self._library):
                yield from work.carry_out()
                self._journal.mark("finished")
        result = self._result(plan.snapshot, plan.before, work)
        return result.replace(
            refused=(*refused, *result.refused),
            unchanged=unchanged + result.unchanged,
            left_alone=self._left_alone(plan.before, manifest, below),
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
        kept = yield from self._keep_present(f"before undoing {plan.snapshot}")
        work = Work(self._library, plan, self._repository.read)
        with explained(self._library):
            self._journal.mark("undoing")
            yield from work.take_back(self._present(kept), force=force)
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

    def _present(self, snapshot_id: str) -> dict[bytes, FileRow]:
        return {row.raw: row for row in self._repository.manifest(snapshot_id).rows()}

    def _left_alone(self, before: str, manifest: Manifest, below: bytes | None) -> int:
        restored = {row.raw for row in manifest.rows()}
        return sum(
            1
            for raw in self._present(before)
            if raw not in restored and is_below(raw, below)
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
