"""What keeps a repository good: pruning, checking, mending, trying a restore.

The part of `SnapshotRepository` that its owner calls again and again over years.
"""

import datetime as dt
from collections.abc import Collection, Generator

from orquestrador.errors import SnapshotError
from orquestrador.messages import BackupProgress
from orquestrador.messages.backup import PruneResult
from orquestrador.snapshots.opening import explained, finish
from orquestrador.snapshots.retention import Keep, decide
from orquestrador.snapshots.second_places import SecondPlaces
from orquestrador.snapshots.soundness import Soundness


class Care(Soundness, SecondPlaces):
    """Decides which snapshots are kept, and that they are sound and elsewhere too."""

    def prune(
        self,
        keep: Keep,
        *,
        now: dt.datetime,
        dry_run: bool = False,
        needed: Collection[str] = (),
    ) -> PruneResult:
        """Remove the snapshots that a policy does not keep; `prune_steps` in one go."""
        steps = self.prune_steps(keep, now=now, dry_run=dry_run, needed=needed)
        return finish(steps)

    def prune_steps(
        self,
        keep: Keep,
        *,
        now: dt.datetime,
        dry_run: bool = False,
        needed: Collection[str] = (),
        zone: dt.tzinfo | None = None,
    ) -> Generator[BackupProgress, None, PruneResult]:
        """Remove the snapshots that a policy does not keep, and give back their space.

        The newest snapshot is always kept, and so is one from the future. Closing
        the generator early, or a crash, leaves every snapshot that is kept whole.

        Args:
            keep: the policy; an empty one is refused.
            now: with a time zone.
            dry_run: change nothing; may be done with `read_only`.
            needed: ids of snapshots that are kept in any case, such as
                `restore_journal.needed_snapshots` names.
            zone: of days, weeks, months and years; the system's if None.

        Raises:
            SnapshotError: if the policy is empty, if something that is kept is
                damaged, or if the disk is full; every snapshot is still there.

        """
        from orquestrador.snapshots.pruning import Pruning  # noqa: PLC0415 -- loaded when it is used

        if keep.is_empty():
            raise SnapshotError(
                "a policy that keeps nothing would remove every snapshot: say how "
                "many are kept, such as --keep-last 10 or the settings backup.keep"
            )
        if not dry_run:
            self._require_lock()
        tags = self._store.tags()
        snapshots = [snapshot for snapshot, _ in self._read_all()]
        unread = tags.keys() - {each.id for each in snapshots}
        if unread:
            raise SnapshotError(
                f"nothing was removed, because snapshot {min(unread)} cannot be read; "
                "`orquestrador backup verify --repair` mends what it can"
            )
        main = self._store.main()
        newest = next((each for each, commit in tags.items() if commit == main), None)
        decisions = decide(
            snapshots, keep, now=now, newest=newest, needed=needed, zone=zone
        )
        with explained(self._path):
            pruning = Pruning(self._store, decisions, tags)
            try:
                return (yield from pruning.steps(dry_run=dry_run))
            finally:
                pruning.close()
