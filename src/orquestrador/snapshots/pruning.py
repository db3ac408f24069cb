"""Removes snapshots and gives their space back.

What stays is written anew first, then the references go, then the old packs: killed
at any moment, every snapshot that is kept is whole, and the next prune ends what this
one began. Nothing happens in a repository where what is kept is damaged.
"""

import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.errors import SnapshotDamagedError, SnapshotError
from orquestrador.messages.backup import (
    BackupProgress,
    KeptSnapshot,
    PruneResult,
    Snapshot,
)
from orquestrador.snapshots.old_packs import OldPack, stems
from orquestrador.snapshots.reaching import reachable
from orquestrador.snapshots.retention import Decision
from orquestrador.snapshots.store import GitStore

if TYPE_CHECKING:
    from orquestrador.snapshots.pack import PackWriter

_SLICE_S = 0.02
_SMALL_BYTES = 4 << 20
_MOST_SMALL = 16
"""More small packs than this are joined: each costs a little whenever one reads."""

_TAGS = "refs/tags/snapshot/"

Steps = Generator[BackupProgress, None, PruneResult]


class Pruning:
    """One prune in the making.

    Args:
        store: the repository.
        decisions: about each snapshot that can be read.
        commits: snapshot ids and the commits that they name, of all snapshots.

    """

    def __init__(
        self, store: GitStore, decisions: Sequence[Decision], commits: dict[str, str]
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._commits = commits
        self._removed = {each.snapshot.id for each in decisions if not each.reasons}
        self._writer: PackWriter | None = None
        self._copied = self._copied_bytes = 0
        self._slice_ends = 0.0

    def steps(self, *, dry_run: bool) -> Steps:
        """Prune, or only find out what that would do.

        Raises:
            SnapshotError: if something that is kept is damaged; nothing was removed.

        """
        try:
            wanted = yield from self._wanted()
            with ExitStack() as opened:
                packs = _open(self._store.objects, opened)
                before = sum(each.size for each in packs)
                old = _to_rewrite(packs, wanted)
                if dry_run:
                    garbage = sum(_garbage(each, wanted) for each in packs)
                    return self._result(before, before - garbage, 0, dry_run=True)
                new = yield from self._rewrite(old, packs, wanted)
        except SnapshotDamagedError as error:
            raise SnapshotError(
                f"nothing was removed, because something that is kept is damaged: "
                f"{error}; `orquestrador backup verify --repair` mends what it can"
            ) from error
        self._store.unlist(
            [(each, self._commits[each]) for each in sorted(self._removed)]
        )
        left = self._store.drop(each.stem for each in old if each.stem.name != new)
        after = sum(
            each.with_suffix(".pack").stat().st_size
            for each in stems(self._store.objects)
        )
        return self._result(before, after, left, dry_run=False)

    def close(self) -> None:
        """Forget what was not finished."""
        if self._writer is not None:
            self._writer.abort()
            self._writer = None

    def _wanted(self) -> Generator[BackupProgress, None, set[str]]:
        """Return every object that something but a removed snapshot leads to."""
        gone = {_TAGS + each for each in self._removed}
        references = self._store.references()
        roots = {name for ref, name in references.items() if ref not in gone}
        walk = reachable(self._store, sorted(roots))
        while True:
            try:
                next(walk)
            except StopIteration as end:
                found: set[str] = end.value
                return found
            yield self._progress()

    def _rewrite(
        self, old: Sequence[OldPack], packs: Sequence[OldPack], wanted: set[str]
    ) -> Generator[BackupProgress, None, str | None]:
        """Write what is wanted of the old packs into a new one; return its name."""
        if not old:
            return None
        staying = [each for each in packs if each not in old]
        existing = {entry.name for each in staying for entry in each.entries}
        writer = self._writer = self._store.writer(existing)
        for pack in old:
            for entry in pack.entries:
                if entry.name not in wanted:
                    continue
                if not pack.copy(entry, writer):
                    writer.add(*self._store.read_any(entry.name))
                self._copied += 1
                self._copied_bytes += entry.size
                if self._is_due():
                    yield self._progress()
        name = writer.commit()
        self._writer = None
        return name

    def _result(
        self, before: int, after: int, left: int, *, dry_run: bool
    ) -> PruneResult:
        kept: list[KeptSnapshot] = []
        removed: list[Snapshot] = []
        for each in self._decisions:
            if each.reasons:
                kept.append(KeptSnapshot(snapshot=each.snapshot, reasons=each.reasons))
            else:
                removed.append(each.snapshot)
        return PruneResult(
            kept=tuple(kept),
            removed=tuple(removed),
            bytes_before=before,
            bytes_after=after,
            packs_in_use=left,
            dry_run=dry_run,
        )

    def _progress(self) -> BackupProgress:
        return BackupProgress(files=self._copied, bytes=self._copied_bytes)

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now < self._slice_ends:
            return False
        self._slice_ends = now + _SLICE_S
        return True


def _open(objects: Path, opened: ExitStack) -> list[OldPack]:
    packs: list[OldPack] = []
    for stem in stems(objects):
        packs.append(OldPack(stem))
        opened.callback(packs[-1].close)
    return packs


def _to_rewrite(packs: Sequence[OldPack], wanted: set[str]) -> list[OldPack]:
    """Return the packs that hold what nobody wants, what another has, or too little.

    Of an object that two packs hold, one may be damaged: both are read.
    """
    held = Counter(entry.name for pack in packs for entry in pack.entries)
    free = [each for each in packs if not each.stem.with_suffix(".keep").exists()]
    small = [each for each in free if each.size < _SMALL_BYTES]
    joined = small if len(small) > _MOST_SMALL else []
    return [
        pack
        for pack in free
        if pack in joined
        or any(held[name] > 1 or name not in wanted for name, _, _ in pack.entries)
    ]


def _garbage(pack: OldPack, wanted: set[str]) -> int:
    return sum(entry.size for entry in pack.entries if entry.name not in wanted)
