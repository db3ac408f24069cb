"""Whether a repository is sound: checking, mending, trying a restore."""

import datetime as dt
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.errors import SnapshotDamagedError
from orquestrador.messages import BackupProgress, Snapshot, VerifyResult
from orquestrador.snapshots.checked import (
    Check,
    Checks,
    Depth,
    RestoreTest,
    Seen,
    choose_share,
    day_of,
    load_checks,
    newest_verified,
    save_checks,
)
from orquestrador.snapshots.opened import OpenedRepository
from orquestrador.snapshots.opening import explained, finish

if TYPE_CHECKING:
    from orquestrador.snapshots.verifying import Verifying

_TRIES = 3
DAYS = 30
"""In which a share a day reads everything, unless another number is given."""


class Soundness(OpenedRepository):
    """Checks, mends and tries; remembers how that ended, beside the repository."""

    def verify(
        self, snapshot_id: str | None = None, *, depth: Depth = "full"
    ) -> VerifyResult:
        """Check one snapshot, or all; `verify_steps` in one go."""
        return finish(self.verify_steps(snapshot_id, depth=depth))

    def verify_steps(
        self,
        snapshot_id: str | None = None,
        *,
        depth: Depth = "full",
        days: int = DAYS,
        now: dt.datetime | None = None,
    ) -> Generator[BackupProgress, None, VerifyResult]:
        """Check packs, references, trees, manifests and contents' bytes.

        How the check ended is kept beside the repository, where it can be written.

        Args:
            snapshot_id: the snapshot to check; all of them if None.
            depth: `structure` reads no content, `full` every one, `share` those
                that were never read and some of those read longest ago.
            days: with a share a day, everything is read within so many days.
            now: with a time zone; the system's clock if None.

        Returns:
            What was checked, and each damaged or missing thing by name.

        Raises:
            SnapshotError: if the snapshot named is not there.

        """
        from orquestrador.snapshots.verifying import Verifying  # noqa: PLC0415 -- loaded when it is used

        moment = now or dt.datetime.now(dt.UTC)

        def choose(sizes: Mapping[str, int]) -> AbstractSet[str]:
            return choose_share(sizes, self.checks(), days=days, now=moment)

        tries = _TRIES
        while True:
            before = self._store.state()
            tags = self._store.tags()
            if snapshot_id is not None:
                chosen = self._find(snapshot_id)[0].id
                tags = {chosen: tags[chosen]}
            verifying = Verifying(self._store, tags, depth, choose)
            result = yield from verifying.steps()
            # What another program has just pruned is not damaged.
            tries -= 1
            if not result.problems or not tries or self._store.state() == before:
                break
            self._store.refresh()
        self._note_check(verifying, result, moment, days, all_of_it=snapshot_id is None)
        return result

    def repair_steps(
        self, library: Path | None, *, now: dt.datetime | None = None
    ) -> Generator[BackupProgress, None, VerifyResult]:
        """Mend what is damaged, from the library where it still has it; then check.

        Args:
            library: where damaged contents may still be; None: nowhere.
            now: with a time zone; the system's clock if None.

        Returns:
            What was mended, and what is still damaged.

        Raises:
            SnapshotError: if the repository cannot be written.

        """
        from orquestrador.snapshots.repairing import Repairing  # noqa: PLC0415 -- loaded when it is used

        self._require_lock()
        with explained(self._path):
            repairing = Repairing(self._store, library)
            try:
                yield from repairing.steps()
            finally:
                repairing.close()
        result = yield from self.verify_steps(now=now)
        return result.replace(mended=tuple(repairing.mended))

    # -- what is known about it -----------------------------------------------------

    def checks(self) -> Checks:
        """Return what is known about the repository's soundness."""
        return load_checks(self._ours)

    def note_complete(self, snapshot: Snapshot | None, now: dt.datetime) -> None:
        """Take note that the library is as it is in the newest snapshot.

        Args:
            snapshot: the newest one if it was just taken; None: look for it.
            now: with a time zone.

        """
        newest = snapshot or next((each for each, _ in self._read_all()), None)
        if newest is not None:
            checks = self.checks()
            checks.complete = Seen(newest.id, newest.time, now)
            self._keep(checks)

    def try_restore_steps(
        self, folder: Path, *, now: dt.datetime | None = None
    ) -> Generator[BackupProgress, None, RestoreTest]:
        """Restore the newest snapshot for a trial, compare every byte, remove it.

        Args:
            folder: an empty folder of the caller's; it is emptied again.
            now: with a time zone; the system's clock if None.

        Returns:
            How it ended, which is kept too.

        Raises:
            SnapshotError: if there is no snapshot yet.

        """
        from orquestrador.snapshots.trying import TryingRestore  # noqa: PLC0415 -- loaded when it is used

        moment = now or dt.datetime.now(dt.UTC)
        snapshot, _ = self._find("latest")
        trying = TryingRestore(self, snapshot, folder)
        problem = yield from trying.steps()
        test = RestoreTest(moment, snapshot.id, snapshot.files, problem)
        checks = self.checks()
        checks.restored = test
        self._keep(checks)
        return test

    def _note_check(
        self,
        verifying: "Verifying",
        result: VerifyResult,
        now: dt.datetime,
        days: int,
        *,
        all_of_it: bool,
    ) -> None:
        checks = self.checks()
        check = Check(now, result.depth, len(result.problems))
        checks.last = check
        if result.problems:
            checks.unsound = check
        elif result.depth == "full" and all_of_it:
            checks.unsound = None
        if result.depth == "share":
            checks.shared_at = now
        today = day_of(now)
        checks.reads |= dict.fromkeys(verifying.read, today)
        for blob, _ in verifying.damaged:
            checks.reads.pop(blob, None)
        if all_of_it:
            there = verifying.blobs()
            checks.reads = {
                blob: day for blob, day in checks.reads.items() if blob in there
            }
        found = newest_verified(
            self._sound(verifying), checks.reads, oldest_day=today - 2 * days
        )
        if found is not None and not self._is_older(found, checks.verified):
            checks.verified = Seen(found.id, found.time, now)
        self._keep(checks)

    def _is_older(self, found: Snapshot, known: Seen | None) -> bool:
        """Whether a snapshot is older than one that is verified and still there."""
        if known is None or known.snapshot not in self._store.tags():
            return False
        return found.time < known.time

    def _sound(
        self, verifying: "Verifying"
    ) -> Iterator[tuple[Snapshot, Iterable[str]]]:
        from orquestrador.snapshots.verifying import read_manifest  # noqa: PLC0415 -- loaded when it is used

        tags = self._store.tags()
        ordered = sorted(
            verifying.sound.values(), key=lambda each: each.time, reverse=True
        )
        for snapshot in ordered:
            try:
                manifest = read_manifest(self._store, tags[snapshot.id])
            except (SnapshotDamagedError, KeyError):
                continue
            yield snapshot, [content.blob for content in manifest.contents]

    def _keep(self, checks: Checks) -> None:
        # A repository on a medium that cannot be written can still be checked.
        if os.access(self._ours, os.W_OK):
            with explained(self._path):
                save_checks(self._ours, checks)
