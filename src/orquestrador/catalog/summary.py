"""The library in figures."""

import sqlite3

from orquestrador.catalog.reading import placeholders
from orquestrador.messages import Summary, Tally

DANGERS = {
    "martingale": ("lot_multiplier",),
    "no_stop_loss": ("no_stop_loss",),
    "dll_import": ("dll_import",),
    "web_request": ("web_request",),
    "locks": ("account_lock", "expiry_lock"),
    "decompiled": ("decompiled",),
}
"""What a summary calls a danger, and the codes one of which an expert then has."""

_COUNTS = "count(*), count(DISTINCT sha256)"


def summary(connection: sqlite3.Connection) -> Summary:
    """Count; see `Catalog.summary`."""
    connection.execute("BEGIN")  # all figures are of one moment
    try:
        return _summary(connection)
    finally:
        connection.execute("ROLLBACK")


def _summary(connection: sqlite3.Connection) -> Summary:
    (files, size) = connection.execute(
        "SELECT count(*), coalesce(sum(size), 0) FROM listing"
    ).fetchone()
    (contents, copies, copied) = connection.execute(
        """
        SELECT count(*), coalesce(sum(files - 1), 0),
            coalesce(sum((files - 1) * size), 0)
        FROM (
            SELECT count(*) AS files, max(size) AS size
            FROM listing WHERE sha256 IS NOT NULL GROUP BY sha256
        )
        """
    ).fetchone()
    (pending,) = connection.execute(
        "SELECT count(*) FROM listing WHERE problem IS NULL AND content IS NULL"
    ).fetchone()
    return Summary(
        files=files,
        bytes=size,
        contents=contents,
        surplus_files=copies,
        surplus_bytes=copied,
        languages=_tallies(connection, "language", "content IS NOT NULL"),
        kinds=_tallies(connection, "kind", "content IS NOT NULL"),
        experts=_experts(connection, "expert", ()),
        endangered=_experts(connection, "any", sum(DANGERS.values(), ())),
        dangers=tuple(
            _experts(connection, danger, codes) for danger, codes in DANGERS.items()
        ),
        unknown=_tallies(
            connection,
            "coalesce(reason, '')",
            "'unknown' IN (language, kind)",
        ),
        unread=_tallies(connection, "problem", "problem IS NOT NULL"),
        pending=pending,
    )


def _tallies(
    connection: sqlite3.Connection, code: str, condition: str
) -> tuple[Tally, ...]:
    rows = connection.execute(
        f"SELECT {code} AS code, {_COUNTS} FROM listing WHERE {condition}"  # noqa: S608 -- our own text
        " GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return tuple(
        Tally(code=code, files=files, contents=contents)
        for code, files, contents in rows
    )


def _experts(
    connection: sqlite3.Connection, name: str, codes: tuple[str, ...]
) -> Tally:
    condition = "kind = 'expert'"
    if codes:
        condition += f""" AND EXISTS (SELECT 1 FROM labels
            WHERE labels.content = listing.content AND facet IN ('risk', 'hygiene')
            AND code IN ({placeholders(codes)}))"""  # noqa: S608 -- question marks
    (files, contents) = connection.execute(
        f"SELECT {_COUNTS} FROM listing WHERE {condition}",  # noqa: S608 -- our own text; values are parameters
        codes,
    ).fetchone()
    return Tally(code=name, files=files, contents=contents)
