"""Where a search begins: at few contents, or at the first paths.

SQLite keeps no figures of how often a label occurs unless it is told to gather them,
so it cannot know which way is short. Both ways find the same files.
"""

import json
import math
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

MOST_LISTED = 30_000
"""Contents of a condition that are worth being listed, some milliseconds."""

FILES_A_STEP = 4
"""A content costs as much as so many paths: it has copies, which are sorted after."""


class ContentSet(NamedTuple):
    """The contents for which one condition holds: SQL that lists their ids."""

    sql: str
    parameters: tuple[str | int, ...]


def narrowed(
    connection: sqlite3.Connection, sets: Sequence[ContentSet], most: int | None
) -> ContentSet | None:
    """Return the contents at which a search had better begin.

    Args:
        connection: to the catalog.
        sets: of the conditions that must all hold.
        most: files that are wanted at most, those skipped included; None for all.

    Returns:
        None where walking along the paths is shorter.

    """
    few = [each for each in sets if _count(connection, each, MOST_LISTED) < MOST_LISTED]
    if not few:
        return None
    common = ContentSet(
        " INTERSECT ".join(each.sql for each in few),
        tuple(value for each in few for value in each.parameters),
    )
    if most is None:
        return common
    # Along the paths, `most` files are found after about most * contents / found.
    (contents,) = connection.execute("SELECT max(id) FROM contents").fetchone()
    enough = 1 + math.isqrt(most * (contents or 0) // FILES_A_STEP)
    found = connection.execute(
        f"SELECT * FROM ({common.sql}) LIMIT ?",  # noqa: S608 -- our own text; values are parameters
        (*common.parameters, enough),
    ).fetchall()
    if len(found) == enough:
        return None
    listed = json.dumps([content for (content,) in found])
    return ContentSet("SELECT value FROM json_each(?)", (listed,))


def _count(connection: sqlite3.Connection, each: ContentSet, most: int) -> int:
    """Count, and stop at `most`."""
    (found,) = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM ({each.sql}) LIMIT ?)",  # noqa: S608 -- our own text; values are parameters
        (*each.parameters, most),
    ).fetchone()
    return int(found)
