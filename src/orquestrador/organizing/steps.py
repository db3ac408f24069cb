"""From moves to steps: which of them can be made, and in which order.

A file whose new name is another file's old one waits until that one has left; where
they wait for each other, or where only case differs, one goes by a name of ours.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from orquestrador.library import Unreadable, os_path, read_content, shown_name
from orquestrador.organizing.plan import Move
from orquestrador.organizing.records import Step
from orquestrador.organizing.rules import source_problem, target_problem
from orquestrador.organizing.tree import Tree, parents, same
from orquestrador.snapshots.names import DRAFTS_PREFIX

_LARGEST = 1 << 40


_Leg = tuple[Move, bytes, bytes]
"""A move, and one rename of it."""


class Vetted(NamedTuple):
    """What of a plan can be done."""

    moves: tuple[Move, ...]
    refused: tuple[tuple[bytes, str], ...]
    """Raw names of sources, and why they stay."""


def vet(
    moves: Collection[Move], root: Path, tree: Tree, protected: Collection[bytes]
) -> Vetted:
    """Part the moves that can be made from those that cannot.

    Args:
        moves: a plan's.
        root: the library, as `extended` gives it.
        tree: what stands in it.
        protected: where nothing is moved to or from.

    """
    refused: dict[bytes, str] = {}
    accepted: list[Move] = []
    for move in moves:
        problem = (
            source_problem(move.source, protected)
            or target_problem(move.target, protected)
            or _source_problem(move, root, tree)
        )
        if problem is None:
            accepted.append(move)
        else:
            refused[move.source] = problem
    standing: defaultdict[str, set[bytes]] = defaultdict(set)
    for raw in (*tree.files, *tree.folders, *tree.others):
        standing[same(raw)].add(raw)
    # One that stays keeps its name from another, which then stays too, and so on.
    while blocked := _blocked(accepted, standing, tree):
        refused |= blocked
        accepted = [move for move in accepted if move.source not in blocked]
    return Vetted(tuple(accepted), tuple(sorted(refused.items())))


def _source_problem(move: Move, root: Path, tree: Tree) -> str | None:
    seen = tree.files.get(move.source)
    if seen is None:
        there = move.source in tree.others or move.source in tree.folders
        return "it is no regular file" if there else "it is no longer there"
    if (seen.size, seen.mtime_ns) != (move.size, move.mtime_ns):
        return "it changed since the plan was made"
    read = read_content(os_path(root, move.source), _LARGEST)
    if isinstance(read, Unreadable):
        return read.problem
    if read.sha256 != move.sha256:
        return "it changed since the plan was made"
    return None


def _blocked(
    moves: Collection[Move], standing: Mapping[str, set[bytes]], tree: Tree
) -> dict[bytes, str]:
    leaving = {move.source for move in moves}
    files = {same(raw) for raw in (*tree.files, *tree.others)}
    blocked: dict[bytes, str] = {}
    targets: dict[str, bytes] = {}
    for move in moves:
        key = same(move.target)
        other = targets.setdefault(key, move.source)
        staying = sorted(standing.get(key, set()) - leaving)
        if other != move.source:
            blocked[move.source] = f"{shown_name(other)} goes to the same place"
        elif staying:
            blocked[move.source] = f"{shown_name(staying[0])} stands there already"
        for folder in parents(move.target):
            if same(folder) in files:
                blocked[move.source] = f"{shown_name(folder)} is a file"
    return blocked


def ordered(moves: Collection[Move], root: Path, journal: str) -> Iterator[Step]:
    """Yield the steps of moves that were vetted, in the order of their doing.

    Args:
        moves: no two with the same source or target.
        root: the library, as `extended` gives it.
        journal: the id, which makes names of ours that nobody else has.

    Raises:
        OSError: if a file has vanished since.

    """
    places = {move.source: place for place, move in enumerate(moves)}
    for number, leg in enumerate(_Ordering(moves, journal).legs()):
        move, source, target = leg
        yield _step((number, places[move.source]), move, root, source, target)


class _Ordering:
    """Which file leaves before which."""

    def __init__(self, moves: Collection[Move], journal: str) -> None:
        self._moves = moves
        self._journal = journal
        self._here = {move.source for move in moves}
        """Where files still are that are going to leave."""

        self._by_name: defaultdict[str, list[Move]] = defaultdict(list)
        for move in moves:
            self._by_name[same(move.source)].append(move)
        self._aside: dict[bytes, bytes] = {}
        self._count = 0

    def legs(self) -> Iterator[_Leg]:
        """Yield each rename."""
        for first in self._moves:
            waiting = [first] if first.source in self._here else []
            while waiting:
                yield from self._next(waiting)

    def _next(self, waiting: list[Move]) -> Iterator[_Leg]:
        """Let the last of those that wait leave, or who it waits for."""
        move = waiting[-1]
        blocker = self._blocker(move)
        if blocker is None:
            waiting.pop()
            self._here.discard(move.source)
            source = self._aside.get(move.source, move.source)
            yield self._leg(move, source, move.target)
        elif blocker not in waiting:
            waiting.append(blocker)
        else:
            # They wait for each other.
            aside = _aside(blocker.source, self._journal, self._count)
            self._here.discard(blocker.source)
            self._aside[blocker.source] = aside
            yield self._leg(blocker, blocker.source, aside)

    def _blocker(self, move: Move) -> Move | None:
        named = self._by_name.get(same(move.target), ())
        return next((each for each in named if each.source in self._here), None)

    def _leg(self, move: Move, source: bytes, target: bytes) -> _Leg:
        self._count += 1
        return move, source, target


def _aside(raw: bytes, journal: str, number: int) -> bytes:
    folder, slash, _ = raw.rpartition(b"/")
    return folder + slash + f"{DRAFTS_PREFIX}{journal}-{number}".encode()


def _step(
    numbers: tuple[int, int], move: Move, root: Path, source: bytes, target: bytes
) -> Step:
    found = os_path(root, move.source).lstat()
    return Step(
        number=numbers[0],
        move=numbers[1],
        source=source,
        target=target,
        sha256=move.sha256,
        size=move.size,
        mtime_ns=move.mtime_ns,
        device=found.st_dev,
        inode=found.st_ino,
        whole=target == move.target,
    )
