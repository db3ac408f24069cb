"""A restore into the library, and its undoing."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from orquestrador.errors import SnapshotError
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.in_place import InPlace, Restoring
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.restore_journal import RestoreJournal
from tests.faults.filesystem.picture import contents
from tests.faults.filesystem.snapshots import (
    FIRST,
    NOW,
    Files,
    SnapshotWorld,
    put,
    require_none,
)

CHANGED: Files = {
    b"EAs/Gold Grid.mq4": b"int OnInit() { return 2; }\r\n" * 400,
    b".gitattributes": FIRST[b".gitattributes"],
    b"empty.mqh": b"not empty any more",
    b"mine/only here.mq4": b"stays",
}
"""The library before it is restored: changed files, missing ones, a new one."""

RESTORED: Files = {**FIRST, b"mine/only here.mq4": b"stays"}


class _InPlaceWorld(SnapshotWorld):
    """Library and state, both watched."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.library = folder / "library"
        self.state = folder / "state"
        self.journal = self.state / "journal" / "restore"

    def run(self, command: Callable[[InPlace, str], Restoring]) -> None:
        """Run a command as a new start of the program does."""
        with SnapshotRepository(self.repository) as repository:
            oldest = repository.list()[-1].id
            in_place = InPlace(
                repository,
                self.library,
                self.journal,
                reason="",
                now=NOW + dt.timedelta(days=9),
                exclude_folders=[self.state],
            )
            result = finish(command(in_place, oldest))
            require_none(result.refused)

    def restore(self) -> None:
        """Restore the oldest snapshot."""
        self.run(lambda in_place, oldest: in_place.restore(oldest, force=True))

    def undo(self) -> None:
        """Take the restore back."""
        self.run(lambda in_place, _oldest: in_place.undo())

    def check_each_file(self) -> None:
        """Each file is the old one or the new one."""
        for raw, data in self.user_files().items():
            known = (CHANGED.get(raw), RESTORED.get(raw))
            assert data in known, (raw, data[:40])

    def user_files(self) -> Files:
        """Return the library without what a restore that was cut short left there."""
        return {
            raw: data
            for raw, data in contents(self.library).items()
            if not raw.rpartition(b"/")[2].startswith(b".orquestrador-restore-")
            and b".orquestrador-restore-" not in raw
        }


class RestoreInPlace(_InPlaceWorld):
    """The library becomes what it was."""

    def prepare(self) -> None:
        """Have a snapshot, and a library that changed since."""
        self.take(FIRST, "first", 0)
        put(self.library, CHANGED)

    def act(self) -> None:
        """Restore it."""
        self.restore()

    def check(self, *, done: bool) -> None:
        """The same command ends it, and it can be taken back."""
        self.check_each_file()
        last = RestoreJournal(self.journal).read()
        before = self.user_files()
        if not done:
            self.restore()
        assert contents(self.library) == RESTORED
        self.undo()
        # Where some files were refused, restoring again is a restore of its own.
        is_own = last is not None and last[1] == "finished" and before != RESTORED
        assert contents(self.library) == (before if is_own else CHANGED)


class UndoRestore(_InPlaceWorld):
    """A restore is taken back."""

    def prepare(self) -> None:
        """Have restored."""
        self.take(FIRST, "first", 0)
        put(self.library, CHANGED)
        self.restore()

    def act(self) -> None:
        """Take it back."""
        self.undo()

    def check(self, *, done: bool) -> None:
        """The same command ends it."""
        self.check_each_file()
        try:
            self.undo()
        except SnapshotError as error:
            assert "undone already" in str(error)  # noqa: PT017 -- of two ends one
        else:
            assert not done
        assert contents(self.library) == CHANGED
