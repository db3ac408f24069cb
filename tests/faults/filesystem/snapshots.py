# The tests look at the store inside.
# pyright: reportPrivateUsage=false
"""What is done to snapshots, and what must hold after it was disturbed."""

import datetime as dt
import errno
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from orquestrador.errors import SnapshotError
from orquestrador.messages import SkippedFile
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.old_packs import OldPack, stems
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.pack import object_id
from orquestrador.snapshots.retention import Keep
from tests.faults.filesystem.picture import contents
from tests.faults.filesystem.trials import World

NOW = dt.datetime(2026, 3, 1, 12, 0, 0, tzinfo=dt.UTC)
OLD_NS = 1_600_000_000_123_456_700

Files = dict[bytes, bytes]

FIRST: Files = {
    b"EAs/Gold Grid.mq4": b"int OnInit() { return 0; }\r\n" * 20,
    b"EAs/copy of it.mq4": b"int OnInit() { return 0; }\r\n" * 20,
    b".gitattributes": b"* text=auto ident\n",
    "séries/a.mq5".encode(): "série".encode("utf-16"),
    b"sub/.gitignore": b"*\n",
    b"empty.mqh": b"",
}
SECOND: Files = {
    **FIRST,
    b"EAs/Gold Grid.mq4": b"int OnInit() { return 1; }\r\n" * 30,
    b"new/one.pine": b"//@version=5\n",
    b"new/two.pine": b"//@version=5\nplot(close)\n",
}
THIRD: Files = {**SECOND, b"third.mq4": b"3"}


def put(root: Path, files: Files) -> None:
    """Make `root` hold these files and no others."""
    for raw in contents(root).keys() - files.keys():
        (root / os.fsdecode(raw)).unlink()
    for raw, data in files.items():
        path = root / os.fsdecode(raw)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            os.utime(path, ns=(OLD_NS, OLD_NS))


def require_none(refused: Sequence[SkippedFile]) -> None:
    """Raise what was said about files that could not be written."""
    if refused:
        raise SnapshotError("; ".join(each.reason for each in refused))


class SnapshotWorld(World):
    """A library, and a repository beside it.

    `expected` are the snapshots that may be listed, by the reason they were taken for.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # Apart: only what becomes of the repository is watched.
        self.library = folder.parent / f"{folder.name}-library"
        self.out = folder.parent / f"{folder.name}-out"
        self.repository = folder / "state" / "snapshots"
        self.expected: dict[str, Files] = {}

    def take(self, files: Files, reason: str, day: int) -> None:
        """Take a snapshot of a library of these files."""
        put(self.library, files)
        self.expected[reason] = files
        with SnapshotRepository(self.repository) as repository:
            repository.create(
                self.library, reason=reason, now=NOW + dt.timedelta(days=day)
            )

    def check_repository(self, *must: str) -> None:
        """Check everything that holds whatever happened.

        Args:
            must: reasons of the snapshots that must be listed.

        """
        with SnapshotRepository(self.repository) as repository:
            assert repository.verify().problems == ()
            listed = [each.reason for each in repository.list()]
            assert len(listed) == len(set(listed)), listed
            assert set(must) <= set(listed) <= set(self.expected), listed
            for snapshot in repository.list():
                self._check_restore(repository, snapshot.id, snapshot.reason)
        self.check_with_git()
        self._check_next_backup()
        left = [*self.repository.rglob("*.lock"), *self._drafts()]
        assert not left, left

    def check_with_git(self) -> None:
        """Let the real git look at it, as far as it is there."""
        program = shutil.which("git")
        if program is None:
            return
        done = subprocess.run(
            [program, "--git-dir", self.repository, "fsck", "--full", "--strict"],
            check=False,
            capture_output=True,
            env={"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
        )
        # A pack that no reference leads to yet is what a crash may leave.
        told = [
            line
            for line in (done.stdout + done.stderr).splitlines()
            if not line.startswith((b"dangling", b"notice: HEAD points to an unborn"))
            and line != b"notice: No default references"
        ]
        assert done.returncode == 0, told
        assert not told, told

    def _check_restore(
        self, repository: SnapshotRepository, name: str, reason: str
    ) -> None:
        result = repository.restore(name, to=self.out)
        assert not result.refused, result.refused
        assert contents(self.out) == self.expected[reason]
        shutil.rmtree(self.out)

    def _check_next_backup(self) -> None:
        put(self.library, THIRD)
        with SnapshotRepository(self.repository) as repository:
            later = NOW + dt.timedelta(days=400)
            taken = repository.create(self.library, reason="next", now=later)
            assert taken is not None
            repository.restore(taken.id, to=self.out)
            assert contents(self.out) == THIRD
            shutil.rmtree(self.out)
            assert repository.verify().problems == ()
        self.check_with_git()

    def _drafts(self) -> list[Path]:
        return list((self.repository / "orquestrador" / "drafts").iterdir())


class FirstCreate(SnapshotWorld):
    """The first snapshot: the repository itself is made."""

    def prepare(self) -> None:
        """Have a library only."""
        put(self.library, FIRST)
        self.expected = {"first": FIRST}

    def act(self) -> None:
        """Take it."""
        self.take(FIRST, "first", 0)

    def check(self, *, done: bool) -> None:
        """It is there, or nothing is."""
        self.check_repository(*(["first"] if done else []))


class SecondCreate(SnapshotWorld):
    """Another snapshot, of a library that changed."""

    def prepare(self) -> None:
        """Have a snapshot and a change."""
        self.take(FIRST, "first", 0)
        self.expected["second"] = SECOND

    def act(self) -> None:
        """Take it."""
        self.take(SECOND, "second", 1)

    def check(self, *, done: bool) -> None:
        """It is there, or only the one before."""
        self.check_repository("first", *(["second"] if done else []))


class Prune(SnapshotWorld):
    """Three of five snapshots are removed, and their space is given back."""

    def prepare(self) -> None:
        """Have five snapshots, some in packs of their own."""
        for day in range(5):
            files = {**FIRST, b"day.mq4": b"// day %d\n" % day * 9}
            if day == 1:
                files[b"only then.mq4"] = b"x" * 300
            self.take(files, f"day {day}", day)

    def act(self) -> None:
        """Keep the two newest."""
        with SnapshotRepository(self.repository) as repository:
            repository.prune(Keep(last=2), now=NOW + dt.timedelta(days=5))

    def check(self, *, done: bool) -> None:
        """The two are there whatever happened; pruning again gives the space back."""
        self.check_repository("day 3", "day 4")
        with SnapshotRepository(self.repository) as repository:
            if done:
                listed = {each.reason for each in repository.list()}
                assert listed == {"day 3", "day 4", "next"}
            repository.prune(Keep(last=3), now=NOW + dt.timedelta(days=500))
            listed = {each.reason for each in repository.list()}
            assert listed == {"day 3", "day 4", "next"}
            assert repository.verify().problems == ()
        gone = [*self.objects_of("day 0"), *self.objects_of("day 1")]
        assert not gone, gone
        self.check_with_git()

    def objects_of(self, reason: str) -> list[str]:
        """Return the commits in the repository that are a snapshot's."""
        found: list[str] = []
        with SnapshotRepository(self.repository, read_only=True) as repository:
            store = repository._store
            for name in sorted(store.names()):
                kind, data = store.read_any(name)
                if kind == b"commit" and f'"{reason}"'.encode() in data:
                    found.append(name)
        return found


class Verify(SnapshotWorld):
    """The record of checks is written anew."""

    def prepare(self) -> None:
        """Have a record already."""
        self.take(FIRST, "first", 0)
        self.take(SECOND, "second", 1)
        with SnapshotRepository(self.repository) as repository:
            repository.verify("latest")

    def act(self) -> None:
        """Check everything."""
        with SnapshotRepository(self.repository) as repository:
            result = finish(repository.verify_steps(now=NOW + dt.timedelta(days=2)))
            assert result.problems == ()

    def check(self, *, done: bool) -> None:
        """The record is the old one or the new one.

        Nobody waits for it to be on disk: after a power cut a check is done again.
        """
        with SnapshotRepository(self.repository) as repository:
            assert repository.checks().last is not None
        self.check_repository("first", "second")


class Repair(SnapshotWorld):
    """A damaged content is mended from the library."""

    def prepare(self) -> None:
        """Have a content that is damaged, and in the library still."""
        self.take(FIRST, "first", 0)
        self.take(SECOND, "second", 1)
        self.damage()

    def damage(self) -> None:
        """Flip a bit of a content that the library has still."""
        data = SECOND[b"EAs/copy of it.mq4"]
        blob = object_id(b"blob", data)
        (objects,) = self.repository.rglob("objects")
        for stem in stems(objects):
            pack = OldPack(stem)
            offsets = {entry.name: entry.offset for entry in pack.entries}
            pack.close()
            if blob in offsets:
                path = stem.with_suffix(".pack")
                damaged = bytearray(path.read_bytes())
                damaged[offsets[blob] + 8] ^= 4
                path.write_bytes(damaged)

    def act(self) -> None:
        """Mend it."""
        self.mend()

    def mend(self) -> None:
        """Mend what the library has."""
        with SnapshotRepository(self.repository) as repository:
            result = finish(repository.repair_steps(self.library, now=NOW))
        if result.problems:
            raise SnapshotError(f"{os.strerror(errno.EACCES)}? {result.problems}")

    def check(self, *, done: bool) -> None:
        """Whatever happened, mending again leaves everything sound."""
        if not done:
            put(self.library, SECOND)
            self.mend()
        self.check_repository("first", "second")
