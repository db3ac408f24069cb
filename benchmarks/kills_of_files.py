"""Programs that are killed while they change files, and what must hold afterwards.

The part of `kills.py` about snapshots, prunes, restores into the library, and moves of
`organize`. Each is a program of its own, `python kills_of_files.py KIND FOLDER`, which
says `ready` once everything is loaded, and works when a line comes.
"""

import datetime as dt
import hashlib
import importlib
import os
import random
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Generator
from pathlib import Path
from typing import Any, ClassVar

from orquestrador.errors import OrganizeError, SnapshotError
from orquestrador.library import shown_name
from orquestrador.organizing import history
from orquestrador.organizing.applying import apply_steps, resume_steps
from orquestrador.organizing.outcome import Outcome, Place
from orquestrador.organizing.plan import Move, Plan
from orquestrador.organizing.undoing import undo_steps
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.in_place import InPlace
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.retention import Keep

Files = dict[str, bytes]

_FILES = 70


class DoesNotHoldError(Exception):
    """A promise that was broken; the text says which."""


class Kind(ABC):
    """Something that changes files, in a folder with a library and its state.

    Args:
        folder: where both stand.
        dice: chooses what the files hold.

    """

    name: ClassVar[str]

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.folder = folder
        self.library = folder / "library"
        self.state = folder / "state"
        self.repository = self.state / "snapshots"
        self.dice = dice
        self.turn = 0

    @abstractmethod
    def prepare(self) -> None:
        """Make ready for the next kill."""

    @abstractmethod
    def act(self) -> None:
        """Do what is killed; in a program of its own."""

    @abstractmethod
    def check(self) -> None:
        """Require what must hold, and end what was cut short.

        Raises:
            DoesNotHoldError: if a promise is broken.

        """

    # -- help -------------------------------------------------------------------------

    def change(self) -> None:
        """Give some files other bytes; each turn others."""
        self.turn += 1
        for number in range(_FILES):
            path = self.library / f"{number % 7}" / f"{number}.mq4"
            if path.exists() and self.dice.random() > 0.3:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.dice.randbytes(self.dice.randrange(20, 9000)))

    def snapshot(self, reason: str) -> None:
        """Take a snapshot, which must run by itself."""
        with SnapshotRepository(self.repository) as repository:
            now = dt.datetime.now(dt.UTC)
            repository.create(self.library, reason=reason, now=now)

    def files(self) -> Files:
        """Return the library's files."""
        return contents(self.library)

    def check_repository(self, known: dict[str, Files]) -> None:
        """Require a sound repository whose snapshots restore bit for bit."""
        check_with_git(self.repository)
        out = self.folder / "restored"
        with SnapshotRepository(self.repository) as repository:
            require(not repository.verify().problems, "verify found problems")
            for snapshot in repository.list():
                repository.restore(snapshot.id, to=out)
                found = contents(out)
                shutil.rmtree(out, ignore_errors=True)
                require(found == known.get(snapshot.reason), f"{snapshot.id} differs")
        left = [*self.repository.rglob("*.lock")]
        require(not left, f"left locked: {left}")


class _Snapshots(Kind):
    def __init__(self, folder: Path, dice: random.Random) -> None:
        super().__init__(folder, dice)
        self.known: dict[str, Files] = {}

    def remember(self) -> None:
        """Change the library, and know what a snapshot of it holds."""
        self.change()
        self.known[self.reason] = self.files()
        # Beside the library: the program that is killed reads it.
        (self.folder / "reason").write_text(self.reason, encoding="utf-8")

    @property
    def reason(self) -> str:
        """Of the snapshot of this turn."""
        return f"turn {self.turn}"


class Snapshot(_Snapshots):
    """A snapshot of a library that changed."""

    name = "snapshot"

    def prepare(self) -> None:
        """Change some files."""
        if self.turn % 12 == 0 and self.repository.exists():
            with SnapshotRepository(self.repository) as repository:
                repository.prune(Keep(last=2), now=dt.datetime.now(dt.UTC))
        self.remember()

    def act(self) -> None:
        """Take it."""
        self.snapshot((self.folder / "reason").read_text(encoding="utf-8"))

    def check(self) -> None:
        """Every listed snapshot is whole, and the next backup runs by itself."""
        if (self.repository / "HEAD").exists():
            self.check_repository(self.known)
        self.snapshot(self.reason)
        self.check_repository(self.known)


class Prune(_Snapshots):
    """Half of the snapshots are removed, and their space is given back."""

    name = "prune"

    def prepare(self) -> None:
        """Have four snapshots or more."""
        for _ in range(2 if self.turn else 4):
            self.remember()
            self.snapshot(self.reason)

    def act(self) -> None:
        """Keep two."""
        with SnapshotRepository(self.repository) as repository:
            repository.prune(Keep(last=2), now=dt.datetime.now(dt.UTC))

    def check(self) -> None:
        """The two are whole; pruning again ends it."""
        self.check_repository(self.known)
        with SnapshotRepository(self.repository, read_only=True) as repository:
            listed = [each.reason for each in repository.list()]
        wanted = [f"turn {self.turn - back}" for back in range(2)]
        require(listed[:2] == wanted, f"kept are {listed}")
        self.act()
        self.check_repository(self.known)


class Restore(Kind):
    """The library becomes what it was at the first snapshot."""

    name = "restore"

    def prepare(self) -> None:
        """Have a snapshot, and other files."""
        if not self.repository.exists():
            self.change()
            self.snapshot("first")
            self.first = self.files()
        self.change()
        self.before = self.files()

    def act(self) -> None:
        """Restore it."""
        self.run(undo=False)

    def run(self, *, undo: bool) -> None:
        """Restore the first snapshot, or take that back."""
        with SnapshotRepository(self.repository) as repository:
            in_place = InPlace(
                repository,
                self.library,
                self.state / "journal" / "restore",
                reason="",
                now=dt.datetime.now(dt.UTC),
            )
            oldest = repository.list()[-1].id
            steps = in_place.undo() if undo else in_place.restore(oldest, force=True)
            result = finish(steps)
        require(not result.refused, f"refused: {result.refused}")

    def check(self) -> None:
        """Each file is old or new; the same command ends it, and undo is exact."""
        check_with_git(self.repository)
        for path, data in without_drafts(self.files()).items():
            known = (self.before.get(path), self.first.get(path))
            require(data in known, f"{path} is neither old nor new")
        self.run(undo=False)
        require(self.files() == self.first, "the library is not what was restored")
        try:
            self.run(undo=True)
        except SnapshotError:
            # It was killed before it began: there was nothing to undo.
            require(self.first == self.before, "there is nothing to undo")
        require(self.files() == self.before, "undo did not bring back the library")


class _Organize(Kind):
    def prepare(self) -> None:
        """Have files, and a plan for them."""
        shutil.rmtree(self.library, ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)
        self.state.mkdir()
        self.change()
        self.before = self.files()

    @property
    def place(self) -> Place:
        """Where files are moved."""
        return Place(self.library, self.state)

    def plan(self) -> Plan:
        """Return a plan: new folders, and names that wait for each other."""
        names = sorted(self.before) if hasattr(self, "before") else sorted(self.files())
        ring = names[:20]
        targets = dict(zip(ring, [*ring[1:], ring[0]], strict=True))
        targets |= {
            name: f"new/{number % 5}/{number}.mq4"
            for number, name in enumerate(names[20:])
        }
        moves = tuple(self._move(name, targets[name]) for name in names)
        return Plan(shown_name(os.fsencode(self.library)), "", moves)

    def apply(self) -> None:
        """Carry it out."""
        require_all(run(apply_steps(self.plan(), self.place, snapshot=None)))

    def undo(self) -> None:
        """Take it back."""
        require_all(run(undo_steps(self.place)))

    @property
    def is_cut_short(self) -> bool:
        """Whether there is something to go on with."""
        return history.unfinished(self.state) is not None

    def require_nothing_lost(self) -> None:
        """Require every content once, wherever it is."""
        held = sorted(self.files().values())
        require(held == sorted(self.before.values()), "contents are not what they were")

    def _move(self, source: str, target: str) -> Move:
        path = self.library / source
        found = path.stat()
        return Move(
            source=source.encode(),
            target=target.encode(),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            size=found.st_size,
            mtime_ns=found.st_mtime_ns,
        )


class Apply(_Organize):
    """A plan is carried out."""

    name = "apply"

    def act(self) -> None:
        """Carry it out."""
        self.apply()

    def check(self) -> None:
        """It goes on, or is taken back: never between."""
        self.require_nothing_lost()
        if self.is_cut_short and self.dice.random() < 0.5:
            require_all(run(resume_steps(self.place)))
            require(not self.is_cut_short, "it did not come to its end")
        if self.files() != self.before:
            self.undo()
        require(self.files() == self.before, "undo did not bring back the library")


class Undo(_Organize):
    """What was carried out is taken back."""

    name = "undo"

    def prepare(self) -> None:
        """Have carried it out."""
        super().prepare()
        self.apply()
        require(self.files() != self.before, "nothing was moved")

    def act(self) -> None:
        """Take it back."""
        self.undo()

    def check(self) -> None:
        """Taking it back again ends it."""
        self.require_nothing_lost()
        self.undo()
        require(self.files() == self.before, "undo did not bring back the library")
        require(not self.is_cut_short, "it did not come to its end")


KINDS: dict[str, type[Kind]] = {
    kind.name: kind for kind in (Snapshot, Prune, Restore, Apply, Undo)
}


def require(holds: bool, what: str) -> None:  # noqa: FBT001 -- a condition and its name
    """Raise unless something holds.

    Raises:
        DoesNotHoldError: says what does not.

    """
    if not holds:
        raise DoesNotHoldError(what)


def require_all(outcome: Outcome) -> None:
    """Require that nothing was refused."""
    require(not outcome.refused, f"refused: {outcome.refused[:3]}")


def run(steps: Generator[Any, None, Outcome]) -> Outcome:
    """Run steps to their end.

    Raises:
        DoesNotHoldError: if that cannot be done.

    """
    try:
        return finish(steps)
    except OrganizeError as error:
        raise DoesNotHoldError(str(error)) from error


def contents(folder: Path) -> Files:
    """Return the files below a folder by their paths."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def without_drafts(files: Files) -> Files:
    """Return files without those of ours that are not whole yet."""
    return {path: data for path, data in files.items() if ".orquestrador-" not in path}


def check_with_git(repository: Path) -> None:
    """Require that the real git, where it is there, finds nothing wrong."""
    program = shutil.which("git")
    if program is not None and (repository / "HEAD").exists():
        done = subprocess.run(
            [program, "-C", repository, "fsck", "--full", "--strict"],
            capture_output=True,
            check=False,
        )
        said = (done.stderr or done.stdout).decode("utf-8", "replace")
        require(done.returncode == 0, f"git fsck: {said}")


def main() -> int:
    """Do what one kind does, when a line comes."""
    for name in ("store", "building", "pruning", "restoring"):
        # They are loaded when they are used, which is no moment of interest.
        importlib.import_module(f"orquestrador.snapshots.{name}")
    kind = KINDS[sys.argv[1]](Path(sys.argv[2]), random.Random(0))  # noqa: S311 -- not used
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    kind.act()
    return 0


if __name__ == "__main__":
    sys.exit(main())
