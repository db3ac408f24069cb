"""Which corrections of the user's the catalog's records were made with."""

import json
import sqlite3
from collections.abc import Mapping

from orquestrador.catalog.connection import transaction

_NOTED = "SELECT value FROM about WHERE key = 'corrections'"
# No version is empty: such a record counts as one of other rules.
_OUTDATE = "UPDATE contents SET classifier = '' WHERE sha256 = ? AND classifier > ''"


def note(
    connection: sqlite3.Connection, digests: Mapping[str, str], *, outdate: bool
) -> int:
    """Note the corrections; see `Catalog.note_corrections`."""
    row = connection.execute(_NOTED).fetchone()
    noted: dict[str, str] = json.loads(row[0]) if row else {}
    other = {
        sha256
        for sha256 in noted.keys() | digests.keys()
        if noted.get(sha256) != digests.get(sha256)
    }
    if not other:
        return 0
    with transaction(connection):
        if outdate:
            connection.executemany(_OUTDATE, [(sha256,) for sha256 in other])
        connection.execute(
            "INSERT OR REPLACE INTO about VALUES ('corrections', ?)",
            (json.dumps(dict(digests), sort_keys=True),),
        )
    return len(other)
