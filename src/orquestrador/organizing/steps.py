"""From moves to steps: which of them can be made, and in which order.

A file whose new name is another file's old one waits until that one has left; where
they wait for each other, or where only case differs, one goes by a name of ours.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.library import Unreadable, os_path, read_content, shown_name
from orquestrador.organizing.plan import Move
from orquestrador.organizing.records import Step
from orquestrador.organizing.rules import source_problem, target_problem
from orquestrador.organizing.tree import Tree, parents, same
from orquestrador.snapshots.names import DRAFTS_PREFIX

_LARGEST = 1 << 40


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
    standing = {same(raw): raw for raw in (*tree.files, *tree.folders, *tree.others)}
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
    moves: Collection[Move], standing: dict[str, bytes], tree: Tree
) -> dict[bytes, str]:
    leaving = {same(move.source) for move in moves}
    files = {same(raw) for raw in (*tree.files, *tree.others)}
    blocked: dict[bytes, str] = {}
    targets: dict[str, bytes] = {}
    for move in moves:
        key = same(move.target)
        other = targets.setdefault(key, move.source)
        if other != move.source:
            blocked[move.source] = f"{shown_name(other)} goes to the same place"
        elif key in standing and key not in leaving:
            blocked[move.source] = f"{shown_name(standing[key])} stands there already"
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
    pending = {same(move.source): move for move in moves}
    places = {move.source: place for place, move in enumerate(moves)}
    number = 0
    for first in moves:
        if same(first.source) not in pending:
            continue
        for move, source, target in tuple(_legs(first, pending, journal, number)):
            yield _step((number, places[move.source]), move, root, source, target)
            number += 1


_Leg = tuple[Move, bytes, bytes]


def _legs(
    first: Move, pending: dict[str, Move], journal: str, number: int
) -> Iterator[_Leg]:
    chain = [first]
    keys = {same(first.source)}
    while (key := same(chain[-1].target)) in pending and key not in keys:
        chain.append(pending[key])
        keys.add(key)
    broken = next((n for n, move in enumerate(chain) if same(move.source) == key), None)
    aside = b""
    if broken is not None:
        move = chain[broken]
        aside = _aside(move.source, journal, number)
        yield move, move.source, aside
    for place in reversed(range(len(chain))):
        move = chain[place]
        del pending[same(move.source)]
        yield move, aside if place == broken else move.source, move.target


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
