"""Which codes are near one another, over millions of them, in a SQLite database.

A code is compared once, when it is noted first, with those that stand in one of its
bands, looked up by index. What is kept is bounded, and so is what a code costs: a band
takes its first `MOST_IN_BAND` codes and no more, and a code is compared with
`MOST_COMPARED` at most. So of a family with more variants than that each one is
compared with the first of them, not with all. Everything here runs inside the caller's
transaction.
"""

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping

from orquestrador.messages.sameness import Sketch
from orquestrador.sameness.likeness import LEAST_SHARE, Shingles, bands, share

MOST_IN_BAND = 500
"""Codes that a band holds."""

MOST_COMPARED = 500
"""Codes that a new one is compared with: those with most bands in common."""

TABLES = (
    """
    CREATE TABLE codes (
        id INTEGER PRIMARY KEY,
        code BLOB NOT NULL UNIQUE,
        complete INTEGER NOT NULL,
        shingles BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE bands (
        band INTEGER NOT NULL,
        code INTEGER NOT NULL,
        PRIMARY KEY (band, code)
    ) WITHOUT ROWID
    """,
    # first is the smaller id.
    """
    CREATE TABLE near (
        first INTEGER NOT NULL,
        second INTEGER NOT NULL,
        share REAL NOT NULL,
        PRIMARY KEY (first, second)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX near_second ON near (second)",
)

_ADD = """
    INSERT INTO codes (code, complete, shingles) VALUES (?, ?, ?)
    ON CONFLICT (code) DO NOTHING RETURNING id
"""
_IN_BAND = "SELECT code FROM bands WHERE band = ? ORDER BY code LIMIT ?"
_SHINGLES = "SELECT shingles, complete FROM codes WHERE id = ?"
_FAMILIES = (
    "DROP TABLE IF EXISTS temp.families",
    """
    CREATE TEMP TABLE families (
        code INTEGER PRIMARY KEY,
        family INTEGER NOT NULL
    )
    """,
)
_NEAR_ONE = """
    SELECT second, share FROM near WHERE first = :code AND share >= :least
    UNION ALL
    SELECT first, share FROM near WHERE second = :code AND share >= :least
"""
_EACH = """
    SELECT first FROM near WHERE share >= :least
    UNION SELECT second FROM near WHERE share >= :least
"""


class NearLinks(Mapping[int, Mapping[int, float]]):
    """Which codes share at least so much with which; read when they are asked for.

    Args:
        connection: to the database; the codes in hand are read once.
        least: the share, 0.7 to 1.0.

    """

    def __init__(self, connection: sqlite3.Connection, least: float) -> None:
        self._connection = connection
        self._least = least
        self._last: tuple[int, dict[int, float]] = (0, {})

    def __getitem__(self, code: int) -> Mapping[int, float]:
        """Return those near a code, with the share; none for what is near no other."""
        if code != self._last[0]:
            found = self._connection.execute(
                _NEAR_ONE, {"code": code, "least": self._least}
            )
            self._last = code, dict(found.fetchall())
        return self._last[1]

    def __iter__(self) -> Iterator[int]:
        """Yield the codes that are near another."""
        for (code,) in self._connection.execute(_EACH, {"least": self._least}):
            yield code

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self)


def note(connection: sqlite3.Connection, sketch: Sketch) -> int:
    """Return the number of a code; a new one is compared with those like it."""
    added = connection.execute(
        _ADD, (sketch.code, sketch.complete, sketch.shingles)
    ).fetchone()
    if added is None:
        known = connection.execute(
            "SELECT id FROM codes WHERE code = ?", (sketch.code,)
        )
        return int(known.fetchone()[0])
    code = int(added[0])
    _compare(connection, code, Shingles.of(sketch))
    return code


def find_families(connection: sqlite3.Connection, least: float) -> None:
    """Write to `temp.families` which codes hang together by so large a share.

    A family is named by its smallest code; what is near no other is not in the table.
    Union-find, eight bytes for each code.
    """
    for statement in _FAMILIES:
        connection.execute(statement)
    (count,) = connection.execute("SELECT coalesce(max(id), 0) FROM codes").fetchone()
    parents = array("q", range(count + 1))
    for first, second in connection.execute(
        "SELECT first, second FROM near WHERE share >= ?", (least,)
    ):
        one, other = _root(parents, first), _root(parents, second)
        parents[max(one, other)] = min(one, other)
    connection.executemany(
        "INSERT OR IGNORE INTO temp.families VALUES (?, ?)", _named(parents)
    )


def _compare(connection: sqlite3.Connection, code: int, shingles: Shingles) -> None:
    common: Counter[int] = Counter()
    open_bands: list[tuple[int, int]] = []
    for band in dict.fromkeys(bands(shingles)):
        held = connection.execute(_IN_BAND, (band, MOST_IN_BAND)).fetchall()
        common.update(other for (other,) in held)
        if len(held) < MOST_IN_BAND:
            open_bands.append((band, code))
    candidates = sorted(common, key=lambda other: (-common[other], other))
    near: list[tuple[int, int, float]] = []
    for other in candidates[:MOST_COMPARED]:
        packed, complete = connection.execute(_SHINGLES, (other,)).fetchone()
        alike = share(shingles, Shingles.unpacked(packed, complete=bool(complete)))
        if alike >= LEAST_SHARE:
            near.append((other, code, alike))
    connection.executemany("INSERT INTO near VALUES (?, ?, ?)", near)
    connection.executemany("INSERT INTO bands VALUES (?, ?)", open_bands)


def _root(parents: "array[int]", code: int) -> int:
    while parents[code] != code:
        # Halves the way for whoever comes next.
        parents[code] = parents[parents[code]]
        code = parents[code]
    return code


def _named(parents: "array[int]") -> Iterator[tuple[int, int]]:
    for code in range(1, len(parents)):
        family = _root(parents, code)
        if family != code:
            yield family, family
            yield code, family
