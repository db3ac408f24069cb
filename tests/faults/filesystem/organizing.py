"""Moves of `organize`, and their undoing."""

import errno
import os
from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

from orquestrador.errors import OrganizeError
from orquestrador.organizing import history
from orquestrador.organizing.outcome import Outcome
from orquestrador.snapshots.names import DRAFTS_PREFIX
from tests.faults.filesystem.trials import World
from tests.organizing.libraries import Library, Tree

FILES = {
    "old/Gold.mq4": '#include "help.mqh"\nint start() { return 0; }',
    "old/help.mqh": "// help",
    "old/deep/Silver.mq4": "silver",
    "a": "one",
    "b": "two",
    "kept/d": "d",
}
MOVES = {
    "old/Gold.mq4": "EAs/Grid/EA_Gold.mq4",
    "old/help.mqh": "Include/INC_help.mqh",
    "old/deep/Silver.mq4": "EAs/S.mq4",
    "a": "b",
    "b": "a",
}


def _rename_exclusively(source: Path, target: Path) -> None:
    """What the system does in one step, so that the layer sees it."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)


def seen_renames() -> AbstractContextManager[object]:
    """Rename by a call that the layer sees: the real one is not Python's."""
    return mock.patch(
        "orquestrador.organizing.disk._rename_exclusively", _rename_exclusively
    )


class _OrganizeWorld(World):
    """A library that is organized; what it is before, and what after."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.library: Library
        self.before: Tree = {}
        self.after: Tree = {}

    def tree(self) -> Tree:
        """Return what stands in the library."""
        return self.library.tree(times=False)

    def require(self, expected: Tree) -> None:
        """Require that the tree is this one; a folder that could not go may stand."""
        if self.was_refused:
            assert _files(self.tree()) == _files(expected)
        else:
            assert self.tree() == expected

    def prepare(self) -> None:
        """Have a library, and know how it will be."""
        self.library = Library(self.folder).fill(FILES)
        self.before = self.tree()
        self.apply()
        self.after = self.tree()
        assert self.after != self.before
        self.undo()
        assert self.tree() == self.before
        for path in (self.library.state / history.FOLDER).iterdir():
            path.unlink()
        (self.library.state / history.FOLDER).rmdir()

    def apply(self) -> None:
        """Carry out the plan."""
        plan = self.library.plan(MOVES)
        with seen_renames():
            _require_all(self.library.apply(plan, fix_includes=True))

    def resume(self) -> None:
        """Go on with what was cut short."""
        with seen_renames():
            outcome = self.library.apply(None)
        if not self.was_refused:
            _require_all(outcome)

    def undo(self) -> None:
        """Take it back."""
        with seen_renames():
            _require_all(self.library.undo())

    @property
    def is_cut_short(self) -> bool:
        """Whether the journal says that something is to be finished."""
        return history.unfinished(self.library.state) is not None

    def check_each_file(self) -> None:
        """No bytes are lost, and no others have come."""
        known = {*_bytes(self.before), *_bytes(self.after)}
        held = _bytes(self.tree())
        if not self.was_refused:
            assert set(held) <= known, set(held) - known
        for each in {*_bytes(self.before)} & {*_bytes(self.after)}:
            assert each in held, each


class Apply(_OrganizeWorld):
    """A plan is carried out."""

    def act(self) -> None:
        """Carry it out."""
        self.apply()

    def check(self, *, done: bool) -> None:
        """Going on ends it, and it can be taken back."""
        self.check_each_file()
        if self.is_cut_short:
            assert not done
            self.resume()
        tree = self.tree()
        if not self.was_refused:
            assert tree == self.after or (tree == self.before and not done)
        if _files(tree) != _files(self.before):
            self.undo()
        self.require(self.before)


class ApplyAndUndo(Apply):
    """A plan is carried out; where it was cut short it is taken back at once."""

    def check(self, *, done: bool) -> None:
        """Undo brings back the tree exactly."""
        self.check_each_file()
        if done or self.is_cut_short:
            self.undo()
        if _files(self.tree()) != _files(self.before):
            # It had come to its end, though nobody heard of it.
            assert self.was_refused or self.tree() == self.after
            self.undo()
        self.require(self.before)


class UndoApply(_OrganizeWorld):
    """What was carried out is taken back."""

    def prepare(self) -> None:
        """Have carried it out."""
        super().prepare()
        self.apply()

    def act(self) -> None:
        """Take it back."""
        self.undo()

    def check(self, *, done: bool) -> None:
        """Taking it back again ends it."""
        self.check_each_file()
        if done:
            self.require(self.before)
        self.undo()
        self.require(self.before)
        assert not self.is_cut_short


def _files(tree: Tree) -> Tree:
    return {name: found for name, found in tree.items() if found is not None}


def _bytes(tree: Tree) -> list[bytes]:
    """Return the files' bytes, without those of ours that are not whole yet."""
    return [
        found[0]
        for name, found in tree.items()
        if found is not None and not (DRAFTS_PREFIX in name and name.endswith("-edit"))
    ]


def _require_all(outcome: Outcome) -> None:
    """Raise what was said about files that stayed where they were."""
    refused = (*outcome.refused, *outcome.edits_refused)
    if refused:
        raise OrganizeError("; ".join(reason for _, reason in refused))
