"""How many files there are and how they stand, in one pass over the list."""

import sqlite3
from typing import NamedTuple

_NOT_READ = (", not read", ", not entered")
"""How the reason of an archive or a compiled program ends: see `comparison`."""


class Tallied(NamedTuple):
    """Files of the library by how they stand; together they are all of them."""

    classified: int
    failed: int
    """Could not be read or classified."""

    left_out: int
    """Not read on purpose: archives and compiled programs."""

    pending: int


def tally(connection: sqlite3.Connection) -> Tallied:
    """Count; see `Catalog.tally`."""
    tallied = Tallied(0, 0, 0, 0)
    for problem, has_record, files in connection.execute(
        "SELECT problem, content IS NOT NULL, count(*) FROM listing GROUP BY 1, 2"
    ):
        if problem is None:
            name = "classified" if has_record else "pending"
        else:
            name = "left_out" if problem.endswith(_NOT_READ) else "failed"
        tallied = tallied._replace(**{name: getattr(tallied, name) + files})
    return tallied
