"""Keeps what a path held before: one row for each state that ended.

A state is a path, its content and what was said of it. The present one stands in
`files`, with when and how it began; when it ends it is copied to `past`. So a first
run, in which everything only begins, writes no history at all. Everything here runs
inside the caller's transaction.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from orquestrador.messages import FileState

RENAME_WINDOW_NS = 10 * 10**9
"""How far apart the two halves of a rename, gone here and new there, are seen."""

_MOST_PARAMETERS = 500

# A sniffed file that is no source is in no list, and so in no history.
_END = """
    INSERT INTO past (raw, shown, content, problem, language, kind, primary_label,
        since_ns, since, renamed_from, inode, until_ns, until)
    SELECT raw, shown, content, problem, language, kind, primary_label,
        since_ns, since, renamed_from, inode, max(?, since_ns), ?
    FROM files LEFT JOIN contents ON contents.id = content
    WHERE (NOT sniffed OR problem IS NOT NULL
        OR coalesce(language, 'unknown') <> 'unknown')
"""


class Present(NamedTuple):
    """What the catalog holds of a path now."""

    scanned_at_ns: int
    sha256: str | None
    suffix: str | None
    problem: str | None


def present(
    connection: sqlite3.Connection, raws: Sequence[bytes]
) -> dict[bytes, Present]:
    """Return what is known of these paths, by raw name."""
    found: dict[bytes, Present] = {}
    for some in _portions(raws):
        rows = connection.execute(
            "SELECT raw, scanned_at_ns, sha256, suffix, problem"  # noqa: S608 -- question marks
            " FROM files LEFT JOIN contents ON contents.id = content"
            f" WHERE raw IN ({_marks(some)})",
            some,
        )
        found.update((raw, Present(*rest)) for raw, *rest in rows)
    return found


def is_outdated(file: FileState, known: Present, now_ns: int) -> bool:
    """Whether the catalog knows of a later look at a file.

    One that was taken in the future was taken before a clock was set back.
    """
    return file.scanned_at_ns < known.scanned_at_ns <= now_ns


def differs(file: FileState, known: Present) -> bool:
    """Whether a file holds something else than is known."""
    content = (None, None) if file.sha256 is None else (file.sha256, file.suffix)
    return (*content, file.problem) != (known.sha256, known.suffix, known.problem)


def end_changed(connection: sqlite3.Connection, files: Iterable[FileState]) -> None:
    """End the present states of files that hold something else now."""
    connection.executemany(
        f"{_END} AND raw = ?",
        [(file.scanned_at_ns, "changed", file.raw) for file in files],
    )


def end_reclassified(
    connection: sqlite3.Connection, contents: Sequence[int], now_ns: int
) -> None:
    """End the states of files of whose contents something else is said from now on."""
    for some in _portions(contents):
        where = f"content IN ({_marks(some)}) AND problem IS NULL"
        connection.execute(f"{_END} AND {where}", (now_ns, "reclassified", *some))
        connection.execute(
            "UPDATE files SET since_ns = max(?, since_ns), since = 'reclassified',"  # noqa: S608 -- question marks
            f" renamed_from = NULL WHERE {where}",
            (now_ns, *some),
        )


def remove(
    connection: sqlite3.Connection,
    removed: Iterable[tuple[bytes, int | None]],
    now_ns: int,
) -> int:
    """Take files out, by raw name and when it was seen that nothing stands there.

    With a folder all below it goes. A file that was looked at later stays; None says
    that it is gone in any case.

    Returns:
        How many files were taken out.

    """
    count = 0
    for raw, at_ns in removed:
        gone_ns = now_ns if at_ns is None else at_ns
        where = {
            "raw": raw,
            "first": raw + b"/",
            "end": raw + b"0",  # the character after the slash
            "gone_ns": gone_ns,
            "now_ns": now_ns,
        }
        files = connection.execute(
            "SELECT raw FROM files WHERE (raw = :raw OR raw > :first AND raw < :end)"
            " AND NOT (scanned_at_ns > :gone_ns AND scanned_at_ns <= :now_ns)",
            where,
        ).fetchall()
        connection.executemany(
            f"{_END} AND raw = ?", [(gone_ns, "removed", file) for (file,) in files]
        )
        connection.executemany("DELETE FROM files WHERE raw = ?", files)
        count += len(files)
    return count


class _End(NamedTuple):
    """One half of what may be a rename."""

    id: int
    raw: bytes
    inode: str | None

    @property
    def name(self) -> bytes:
        return self.raw[self.raw.rfind(b"/") + 1 :]


def match_renames(connection: sqlite3.Connection, since_ns: int) -> None:
    """Make one rename of a file that went and one that came with the same bytes.

    Args:
        connection: the writer's.
        since_ns: both happened at this time or later.

    """
    gone = _ends(
        connection,
        "SELECT past.id, raw, inode, sha256 FROM past JOIN contents"
        " ON contents.id = content WHERE until_ns >= ? AND until = 'removed'"
        " ORDER BY raw",
        since_ns,
    )
    if not gone:
        return
    new = _ends(
        connection,
        "SELECT files.id, raw, inode, sha256 FROM files JOIN contents"
        " ON contents.id = content WHERE since_ns >= ? AND since = 'added'"
        " ORDER BY raw",
        since_ns,
    )
    pairs = [pair for key in gone.keys() & new for pair in _pairs(gone[key], new[key])]
    connection.executemany(
        "UPDATE past SET until = 'renamed', renamed_to = ? WHERE id = ?",
        [(there.raw, here.id) for here, there in pairs],
    )
    connection.executemany(
        "UPDATE files SET since = 'renamed', renamed_from = ? WHERE id = ?",
        [(here.raw, there.id) for here, there in pairs],
    )


def _ends(
    connection: sqlite3.Connection, query: str, since_ns: int
) -> dict[str, list[_End]]:
    found: defaultdict[str, list[_End]] = defaultdict(list)
    for number, raw, inode, sha256 in connection.execute(query, (since_ns,)):
        found[sha256].append(_End(number, raw, inode))
    return dict(found)


def _same_inode(here: _End, there: _End) -> bool:
    return here.inode is not None and here.inode == there.inode


def _same_name(here: _End, there: _End) -> bool:
    return here.name == there.name


def _same_bytes(_here: _End, _there: _End) -> bool:
    return True


_LIKENESSES: tuple[Callable[[_End, _End], bool], ...] = (
    _same_inode,
    _same_name,
    _same_bytes,
)
"""The surest first: copies are frequent, and each may be where the file went."""


def _pairs(gone: list[_End], new: list[_End]) -> Iterator[tuple[_End, _End]]:
    """Yield who became whom, among files of the same bytes."""
    for like in _LIKENESSES:
        for here in list(gone):
            there = next((each for each in new if like(here, each)), None)
            if there is not None:
                gone.remove(here)
                new.remove(there)
                yield here, there


def _portions(values: Sequence[bytes | int]) -> Iterator[tuple[bytes | int, ...]]:
    """Yield them in portions of which one statement can take the parameters."""
    for first in range(0, len(values), _MOST_PARAMETERS):
        yield tuple(values[first : first + _MOST_PARAMETERS])


def _marks(values: tuple[bytes | int, ...]) -> str:
    return ",".join("?" * len(values))
