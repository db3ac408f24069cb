"""Any sequence of edits, snapshots, prunes, moves, restores and crashes.

The model is the tree as a mapping of names to bytes, and one such tree a snapshot.
Every operation may be cut off at any of its steps, by a kill or by a power cut; what is
left must then be the tree before or after, once it is gone on with.

    FAULTS_EXAMPLES=2000 python -m pytest tests/faults/test_stateful.py --timeout 0
"""

import datetime as dt
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from orquestrador.errors import OrganizeError
from orquestrador.organizing import history
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.in_place import InPlace
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.retention import Keep
from tests.faults.filesystem.layer import FaultyFiles, Stop
from tests.faults.filesystem.organizing import seen_renames
from tests.faults.filesystem.picture import contents
from tests.organizing.libraries import Library

Files = dict[bytes, bytes]

Cut = tuple[int, int | None] | None

NAMES = [b"a.mq4", b"b.mq4", b"EAs/a.mq4", b"EAs/deep/b.mq5", b"Include/c.mqh"]
OLD_NS = 1_600_000_000_000_000_000

names = st.sampled_from(NAMES)
data = st.binary(max_size=40)
# Before which step an operation is cut off (most have fewer), and by what: a power cut
# of some outcome, or a kill. Not cut off at all is None.
cuts = st.none() | st.tuples(st.integers(0, 50), st.none() | st.integers(1, 10**6))


class Trees(RuleBasedStateMachine):
    """A library, and what is known of it."""

    @initialize(
        files=st.dictionaries(names, data, min_size=1),
        later=st.dictionaries(names, data),
    )
    def begin(self, files: Files, later: Files) -> None:
        """Begin with a snapshot, and a library that has gone on since."""
        self.base = Path(tempfile.mkdtemp(prefix="trees-"))
        (self.base / "world").mkdir()
        self.library = Library(self.base / "world")
        self.repository = self.library.state / "snapshots"
        self.tree: Files = {}
        self.known: dict[str, Files] = {}
        self.day = 0
        for name, each in files.items():
            self.write(name, each)
        self.snapshot(None)
        for name in sorted(files.keys() - later.keys()):
            self.remove(name)
        for name, each in later.items():
            self.write(name, each)

    # -- the user ---------------------------------------------------------------------

    @rule(name=names, data=data)
    def write(self, name: bytes, data: bytes) -> None:
        path = self.library.root / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.day += 1
        mtime_ns = OLD_NS + self.day * 10**9
        os.utime(path, ns=(mtime_ns, mtime_ns))
        self.tree[name] = data

    @rule(name=names)
    def remove(self, name: bytes) -> None:
        (self.library.root / os.fsdecode(name)).unlink(missing_ok=True)
        self.tree.pop(name, None)

    @rule(old=names, new=names)
    def move(self, old: bytes, new: bytes) -> None:
        if old in self.tree and new not in self.tree:
            path = self.library.root / os.fsdecode(new)
            path.parent.mkdir(parents=True, exist_ok=True)
            (self.library.root / os.fsdecode(old)).rename(path)
            self.tree[new] = self.tree.pop(old)

    # -- the program ------------------------------------------------------------------

    @rule(cut=cuts)
    def snapshot(self, cut: Cut) -> None:
        self.day += 1

        def take() -> None:
            with SnapshotRepository(self.repository) as repository:
                repository.create(self.library.root, reason="x", now=self.now)

        was_cut = self.disturbed(take, cut)
        self.learn(self.tree)
        assert was_cut or self.known[self.listed()[0]] == self.tree

    @precondition(lambda self: self.known)
    @rule(keep=st.integers(1, 3), cut=cuts)
    def prune(self, keep: int, cut: Cut) -> None:
        kept = self.listed()[:keep]

        def prune() -> None:
            with SnapshotRepository(self.repository) as repository:
                repository.prune(Keep(last=keep), now=self.now)

        if self.disturbed(prune, cut):
            assert self.listed()[:keep] == kept
            prune()
        assert self.listed() == kept
        self.known = {each: self.known[each] for each in kept}

    @precondition(lambda self: self.known)
    @rule(cut=cuts, age=st.integers(0, 3), is_undone=st.booleans())
    def restore(self, cut: Cut, age: int, *, is_undone: bool) -> None:
        self.day += 1
        wanted = self.listed()[-1 - age % len(self.known)]
        before = dict(self.tree)
        after = {**before, **self.known[wanted]}

        def restore() -> None:
            with SnapshotRepository(self.repository) as repository:
                steps = self.in_place(repository).restore(wanted, force=True)
                assert finish(steps).refused == ()

        if self.disturbed(restore, cut):
            for name, each in self.found().items():
                assert each in (before.get(name), after.get(name)), name
            restore()
        assert self.found() == after
        if is_undone and after != before:
            with SnapshotRepository(self.repository) as repository:
                assert finish(self.in_place(repository).undo()).refused == ()
            assert self.found() == before
        self.tree = self.found()
        self.learn(before, after)

    @precondition(lambda self: self.tree)
    @rule(cut=cuts, turns=st.permutations(NAMES), is_undone=st.booleans())
    def organize(
        self,
        cut: Cut,
        turns: list[bytes],
        *,
        is_undone: bool,
    ) -> None:
        before = dict(self.tree)
        ways = dict(zip(sorted(before), turns, strict=False))
        moves = {
            os.fsdecode(old): os.fsdecode(new)
            for old, new in ways.items()
            if old != new
        }
        plan = self.library.plan(moves)
        after = {ways[name]: each for name, each in before.items()}

        def apply() -> None:
            assert self.library.apply(plan).refused == ()

        with seen_renames():
            if self.disturbed(apply, cut):
                if history.unfinished(self.library.state) is not None:
                    self.library.apply(None)
                assert self.found() in (before, after)
            else:
                assert self.found() == after
            is_moved = self.found() == after
            if is_undone and is_moved and moves:
                self.disturbed(self.undo, cut)
                self.undo()
                assert self.found() == before
            self.tree = self.found()

    # -- what always holds ------------------------------------------------------------

    @invariant()
    def the_library_is_as_it_should_be(self) -> None:
        assert self.found() == self.tree

    @invariant()
    def every_listed_snapshot_is_whole(self) -> None:
        if self.known:
            with SnapshotRepository(self.repository) as repository:
                assert repository.verify().problems == ()
            assert set(self.listed()) == self.known.keys()
            for name, files in self.known.items():
                assert self.restored(name) == files

    def teardown(self) -> None:
        if hasattr(self, "base"):
            shutil.rmtree(self.base)

    # -- help -------------------------------------------------------------------------

    @property
    def now(self) -> dt.datetime:
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=self.day)

    def in_place(self, repository: SnapshotRepository) -> InPlace:
        journal = self.library.state / "journal" / "restore"
        return InPlace(repository, self.library.root, journal, reason="x", now=self.now)

    def undo(self) -> None:
        try:
            assert self.library.undo().refused == ()
        except OrganizeError as error:
            pytest.fail(str(error))

    def found(self) -> Files:
        return {
            name: each
            for name, each in contents(self.library.root).items()
            if b".orquestrador-restore-" not in name
        }

    def listed(self) -> list[str]:
        """Return the snapshots' ids, the newest first."""
        with SnapshotRepository(self.repository) as repository:
            return [each.id for each in repository.list()]

    def learn(self, *trees: Files) -> None:
        """Get to know new snapshots, which are of one of these trees."""
        listed = self.listed()
        assert self.known.keys() <= set(listed), "a snapshot is gone"
        for name in listed:
            if name not in self.known:
                self.known[name] = self.restored(name)
                assert self.known[name] in trees

    def restored(self, name: str) -> Files:
        with SnapshotRepository(self.repository) as repository:
            repository.restore(name, to=self.base / "out")
        found = contents(self.base / "out")
        shutil.rmtree(self.base / "out")
        return found

    def disturbed(self, act: Callable[[], None], cut: Cut) -> bool:
        """Do something; return whether it was cut off before its end.

        What came to its end is durable: a power cut then changes nothing.
        """
        if cut is None:
            act()
            return False
        step, seed = cut
        files = FaultyFiles(self.base / "world", Stop(step))
        with files:
            act()
        if seed is not None:
            files.disk.write_after_cut(str(seed))
        files.disk.close()
        return files.is_stopped


EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "12"))
TestTrees = Trees.TestCase
TestTrees.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=12,
    deadline=None,
    derandomize="FAULTS_EXAMPLES" not in os.environ,
    database=None,
    # To make an example small takes minutes: that is for the larger run.
    phases=tuple(Phase) if "FAULTS_EXAMPLES" in os.environ else (Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestTrees = pytest.mark.skipif(
    sys.platform == "win32", reason="folders cannot be synced there: another model"
)(
    # Files of a program that was killed are closed by the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")(
        TestTrees
    )
)
