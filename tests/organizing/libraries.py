"""Libraries to organize, plans by hand, and a disk that is cut off at any moment."""

import hashlib
import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from orquestrador.library import os_path, raw_name, shown_name
from orquestrador.organizing.applying import apply_steps, resume_steps
from orquestrador.organizing.disk import Disk
from orquestrador.organizing.outcome import Outcome, Place
from orquestrador.organizing.plan import Move, Plan
from orquestrador.organizing.undoing import undo_steps

T = TypeVar("T")
Tree = dict[str, tuple[bytes, int] | None]
"""Bytes and modification time by path; None for a folder."""


class Cut(BaseException):
    """The power went off."""


class CutDisk(Disk):
    """A disk that is cut off before its nth change; counts them where n is 0."""

    def __init__(self, cut_at: int = 0) -> None:
        self.changes = 0
        self._cut_at = cut_at

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found):
            return found

        def counted(*arguments: Any, **named: Any) -> Any:
            self.changes += 1
            if self.changes == self._cut_at:
                raise Cut(name)
            return found(*arguments, **named)

        return counted


def finish(steps: Generator[Any, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


class Library:
    """A folder of files, and its state folder beside it."""

    def __init__(self, base: Path) -> None:
        self.root = base / "library"
        self.state = base / "state"
        self.root.mkdir()
        self.state.mkdir()

    def fill(self, files: Mapping[str, bytes | str | None]) -> "Library":
        """Write files, each with a time of its own; None makes a folder."""
        for number, (path, data) in enumerate(files.items()):
            place = self.root / path
            if data is None:
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data.encode() if isinstance(data, str) else data)
            mtime_ns = 1_600_000_000_000_000_000 + number * 1_000_000_007
            os.utime(place, ns=(mtime_ns, mtime_ns))
        return self

    def tree(self, *, times: bool = True) -> Tree:
        found: Tree = {}
        for path in sorted(self.root.rglob("*")):
            name = raw_name(str(path.relative_to(self.root))).decode("utf-8", "replace")
            if path.is_dir() and not path.is_symlink():
                found[name] = None
            else:
                mtime_ns = path.lstat().st_mtime_ns if times else 0
                found[name] = (path.read_bytes(), mtime_ns)
        return found

    def plan(self, moves: Mapping[str, str], **options: Any) -> Plan:
        """Return a plan that moves these files as they are now."""
        return Plan(
            library=shown_name(os.fsencode(self.root)),
            made_at="2026-01-01T00:00:00+00:00",
            moves=tuple(self.move(source, target) for source, target in moves.items()),
            **options,
        )

    def move(self, source: str, target: str, copy_of: str | None = None) -> Move:
        path = os_path(self.root, source.encode())
        found = path.stat()
        return Move(
            source=source.encode(),
            target=target.encode(),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            size=found.st_size,
            mtime_ns=found.st_mtime_ns,
            copy_of=None if copy_of is None else copy_of.encode(),
        )

    def place(self, disk: Disk | None = None) -> Place:
        return Place(self.root, self.state, disk or Disk())

    def apply(
        self, plan: Plan | None, disk: Disk | None = None, **options: Any
    ) -> Outcome:
        place = self.place(disk)
        if plan is None:
            return finish(resume_steps(place))
        return finish(apply_steps(plan, place, snapshot="s", **options))

    def undo(self, journal: str | None = None, disk: Disk | None = None) -> Outcome:
        return finish(undo_steps(self.place(disk), journal))
