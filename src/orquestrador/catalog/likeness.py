"""Notes what each content's code is like, and which codes are near one another.

A code is compared once, when it is stored first, with those that share one of its
bands; what it has in common with them is kept. So a changed file costs the comparison
of its own code, and groups are made of what is kept. Everything here runs inside the
caller's transaction.
"""

import sqlite3
from collections.abc import Iterable, Mapping

from orquestrador.messages import Record
from orquestrador.messages.sameness import Sketch
from orquestrador.sameness.likeness import LEAST_SHARE, Shingles, bands, share

MOST_COMPARED = 500
"""Codes that a new one is compared with at most: those with most bands in common. A
family of more variants falls apart into several groups."""

_ADD_CODE = """
    INSERT INTO codes (code, size, complete, shingles) VALUES (?, ?, ?, ?)
    ON CONFLICT (code) DO NOTHING RETURNING id
"""
_CODE = "SELECT id FROM codes WHERE code = ?"
_SKETCHED = "INSERT OR REPLACE INTO sketched VALUES (?, ?, ?, ?, ?)"
_CANDIDATES = """
    SELECT id, complete, shingles FROM (
        SELECT code, count(*) AS common FROM bands
        WHERE band IN (?, ?, ?, ?, ?, ?, ?, ?)
        GROUP BY code ORDER BY common DESC, code LIMIT ?
    ) AS found JOIN codes ON codes.id = found.code
"""
_UNUSED = """
    SELECT id FROM codes
    WHERE NOT EXISTS (SELECT 1 FROM sketched WHERE sketched.code = codes.id)
"""

Found = tuple[int, Record, Sketch | None]
"""A content's id, and what was found out about it."""


def note(connection: sqlite3.Connection, found: Iterable[Found]) -> None:
    """Note the sketches of contents that were classified; None takes one away."""
    for content, record, sketch in found:
        if sketch is None:
            connection.execute("DELETE FROM sketched WHERE content = ?", (content,))
            continue
        code = _code(connection, sketch)
        connection.execute(_SKETCHED, (content, code, *_merits(record)))


def prune(connection: sqlite3.Connection) -> None:
    """Forget the codes that no content has any more."""
    unused = connection.execute(_UNUSED).fetchall()
    connection.executemany("DELETE FROM near WHERE first = ?", unused)
    connection.executemany("DELETE FROM near WHERE second = ?", unused)
    for (code,) in unused:
        complete, shingles = connection.execute(
            "SELECT complete, shingles FROM codes WHERE id = ?", (code,)
        ).fetchone()
        numbers = bands(Shingles.unpacked(shingles, complete=bool(complete)))
        connection.executemany(
            "DELETE FROM bands WHERE band = ? AND code = ?",
            [(number, code) for number in numbers],
        )
    connection.executemany("DELETE FROM codes WHERE id = ?", unused)


def links(
    connection: sqlite3.Connection, least: float
) -> Mapping[int, Mapping[int, float]]:
    """Return which codes share at least so much with which; each way round."""
    found: dict[int, dict[int, float]] = {}
    for first, second, common in connection.execute(
        "SELECT first, second, share FROM near WHERE share >= ?", (least,)
    ):
        found.setdefault(first, {})[second] = common
        found.setdefault(second, {})[first] = common
    return found


def _code(connection: sqlite3.Connection, sketch: Sketch) -> int:
    """Return the number of a code; a new one is compared with those like it."""
    added = connection.execute(
        _ADD_CODE, (sketch.code, sketch.size, sketch.complete, sketch.shingles)
    ).fetchone()
    if added is None:
        return int(connection.execute(_CODE, (sketch.code,)).fetchone()[0])
    code = int(added[0])
    _compare(connection, code, Shingles.of(sketch))
    return code


def _compare(connection: sqlite3.Connection, code: int, shingles: Shingles) -> None:
    numbers = bands(shingles)
    near: list[tuple[int, int, float]] = []
    for other, complete, packed in connection.execute(
        _CANDIDATES, (*numbers, MOST_COMPARED)
    ):
        common = share(shingles, Shingles.unpacked(packed, complete=bool(complete)))
        if common >= LEAST_SHARE:
            near.append((min(code, other), max(code, other), common))
    connection.executemany("INSERT INTO near VALUES (?, ?, ?)", near)
    connection.executemany(
        "INSERT OR IGNORE INTO bands VALUES (?, ?)",
        [(number, code) for number in numbers],
    )


def _merits(record: Record) -> tuple[str | None, int, int]:
    facts, quality = record.facts, record.quality
    version = None if facts is None else facts.version
    if quality is None:
        return version, 0, 0
    return version, quality.comment_lines, quality.score
