"""Forgets what is too old, so that a catalog does not grow for ever.

The history of a path goes back two years, and is at most `KEPT_STATES` long for the
whole library. The record of a content that no file holds any more is kept for 90
days; after that the history names only its hash and its labels then. A content whose
record was dropped is classified again when it comes back. Runs inside the caller's
transaction, when a run ends.
"""

import sqlite3

from orquestrador.catalog import likeness

_DAY_NS = 86_400 * 10**9

HISTORY_KEPT_NS = 2 * 365 * _DAY_NS
RECORDS_KEPT_NS = 90 * _DAY_NS
KEPT_STATES = 200_000
"""Ended states of paths, in all; some 300 bytes each. The oldest go first."""

_UNHELD = """
    SELECT id FROM contents WHERE classifier IS NOT NULL
    AND id NOT IN (SELECT content FROM files WHERE content IS NOT NULL)
    AND id NOT IN (
        SELECT content FROM past WHERE content IS NOT NULL AND until_ns >= ?)
"""
_FORGET = """
    UPDATE contents SET classifier = NULL, level = NULL, language = NULL, kind = NULL,
        reason = NULL, primary_label = NULL
    WHERE id = ?
"""
_DROP_UNMENTIONED = """
    DELETE FROM contents WHERE classifier IS NULL
    AND id NOT IN (SELECT content FROM files WHERE content IS NOT NULL)
    AND id NOT IN (SELECT content FROM past WHERE content IS NOT NULL)
"""


def prune(connection: sqlite3.Connection, now_ns: int) -> None:
    """Forget ended states and unheld records that are too old."""
    connection.execute(
        "DELETE FROM past WHERE until_ns < ?", (now_ns - HISTORY_KEPT_NS,)
    )
    connection.execute(
        "DELETE FROM past WHERE id <= (SELECT id FROM past ORDER BY id DESC"
        " LIMIT 1 OFFSET ?)",
        (KEPT_STATES,),
    )
    unheld = connection.execute(_UNHELD, (now_ns - RECORDS_KEPT_NS,)).fetchall()
    for statement in (
        "DELETE FROM records WHERE content = ?",
        "DELETE FROM labels WHERE content = ?",
        "DELETE FROM content_words WHERE rowid = ?",
        "DELETE FROM sketched WHERE content = ?",
        _FORGET,
    ):
        connection.executemany(statement, unheld)
    connection.execute(_DROP_UNMENTIONED)
    likeness.prune(connection)
