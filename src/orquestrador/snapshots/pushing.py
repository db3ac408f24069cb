"""Brings a second place up to date: every snapshot, oldest first; then the newest.

Snapshots are sent a few at a time. A push that was interrupted goes on with those that
are not there yet, and sends no object twice that has arrived.
"""

from collections.abc import Generator, Iterator, Sequence

from dulwich.pack import UnpackedObject

from orquestrador.errors import SnapshotDamagedError, SnapshotError
from orquestrador.messages.backup import BackupProgress, PushResult
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.pack import KINDS
from orquestrador.snapshots.reaching import reachable
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.transport import NOTHING, Remote

_TAGS = "refs/tags/snapshot/"
_MAIN = "refs/heads/main"
_AT_A_TIME = 20


class Pushing:
    """One push in the making.

    Args:
        store: the repository.
        commits: snapshot ids and the commits that they name, oldest first.

    """

    def __init__(self, store: GitStore, commits: dict[str, str]) -> None:
        self._store = store
        self._commits = commits
        self._sent = self._sent_bytes = 0

    def steps(
        self, remote: Remote, *, prune: bool
    ) -> Generator[BackupProgress, None, PushResult]:
        """Push what is not there yet.

        Args:
            remote: the place.
            prune: remove the snapshots there that are not here any more.

        Raises:
            SnapshotError: if it could not be brought up to date.

        """
        remote.prepare()
        there = remote.references()
        missing = [
            each
            for each, commit in self._commits.items()
            if there.get(_TAGS + each) != commit
        ]
        gone = self._gone(there)
        try:
            for group in _groups(missing):
                names = {_TAGS + each: self._commits[each] for each in group}
                self._send(remote, names)
                self._sent += len(group)
                yield self._progress()
            last = dict.fromkeys(
                [_TAGS + each for each in gone] if prune else [], NOTHING
            )
            main = self._store.main()
            if main is not None and there.get(_MAIN) != main:
                last[_MAIN] = main
            if last:
                self._send(remote, last)
        except SnapshotDamagedError as error:
            raise SnapshotError(
                f"what is damaged cannot be pushed: {error}; `orquestrador backup "
                "verify --repair` mends what it can"
            ) from error
        self._require_there(remote)
        return PushResult(
            remote=remote.location,
            snapshots=len(self._commits),
            sent=len(missing),
            bytes=self._sent_bytes,
            removed=tuple(gone) if prune else (),
            only_there=() if prune else tuple(gone),
        )

    def _gone(self, there: dict[str, str]) -> list[str]:
        """Return the snapshots there that are not here any more."""
        ids = [ref.removeprefix(_TAGS) for ref in there if ref.startswith(_TAGS)]
        plain = [each for each in ids if not each.endswith("^{}")]
        return sorted(set(plain) - self._commits.keys())

    def _require_there(self, remote: Remote) -> None:
        there = remote.references()
        for each, commit in self._commits.items():
            if there.get(_TAGS + each) != commit:
                raise SnapshotError(
                    f"{remote.location} does not have snapshot {each}, though it "
                    "took it; something else changes that repository"
                )

    def _send(self, remote: Remote, references: dict[str, str]) -> None:
        def objects(
            have: set[str], want: set[str]
        ) -> tuple[int, Iterator[UnpackedObject]]:
            ours = self._store.names() & have
            known = finish(reachable(self._store, sorted(ours)))
            wanted = finish(reachable(self._store, sorted(want))) - known
            return len(wanted), self._read(sorted(wanted))

        remote.send(references, objects)

    def _read(self, names: Sequence[str]) -> Iterator[UnpackedObject]:
        for name in names:
            kind, data = self._store.read_any(name)
            self._sent_bytes += len(data)
            yield UnpackedObject(
                KINDS[kind], decomp_chunks=[data], sha=bytes.fromhex(name)
            )

    def _progress(self) -> BackupProgress:
        return BackupProgress(
            files=self._sent, bytes=self._sent_bytes, total_files=len(self._commits)
        )


def _groups(missing: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield what is sent at a time: the first alone, as it is the largest."""
    if missing:
        yield missing[:1]
    for start in range(1, len(missing), _AT_A_TIME):
        yield missing[start : start + _AT_A_TIME]
