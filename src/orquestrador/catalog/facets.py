"""Counts what a search finds, by everything that it could be narrowed down by."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from orquestrador.catalog.searching import define, narrowed_conditions
from orquestrador.catalog.symbols import same_symbols
from orquestrador.messages import SearchQuery, Tally
from orquestrador.messages.catalog import Facets

MOST_CODES = 40
"""Of one facet; libraries name hundreds of symbols, and the rest of them is rare."""

FEW = 0.25
"""Share of the contents whose labels are looked up one by one; more, by reading all."""

_ROW = (
    "content, coalesce(language, 'unknown'), coalesce(kind, 'unknown'),"
    " coalesce(level, '')"
)
_Row = tuple[int | None, str, str, str, int]
"""Content, language, kind, level, and how many of the files found hold it."""


def facets(
    connection: sqlite3.Connection,
    query: SearchQuery,
    places: Mapping[str, int] | None,
    including: Collection[str] | None,
) -> Facets:
    """Count; see `Catalog.facets`."""
    where = narrowed_conditions(connection, query)
    define(connection, places, including)
    connection.execute("BEGIN")  # both readings are of one moment
    try:
        rows: list[_Row] = connection.execute(
            f"SELECT {_ROW}, count(*) FROM listing WHERE {where} GROUP BY 1, 2, 3, 4",  # noqa: S608 -- our own text; values are parameters
            where.parameters,
        ).fetchall()
        files = {content: found for content, *_, found in rows if content is not None}
        labels = _labels(connection, files)
    finally:
        connection.execute("ROLLBACK")
    by_facet: defaultdict[str, defaultdict[str, set[int]]]
    by_facet = defaultdict(lambda: defaultdict(set))
    for content, facet, code in labels:
        by_facet[facet][code].add(content)

    def of(facet: str) -> tuple[Tally, ...]:
        return _tallies(by_facet[facet], files)

    return Facets(
        files=sum(found for *_, found in rows),
        judged=sum(found for *_, level, found in rows if level == "full"),
        language=_columns((row[1], row[4]) for row in rows),
        kind=_columns((row[2], row[4]) for row in rows),
        strategy=of("strategy"),
        risk=of("risk"),
        hygiene=of("hygiene"),
        prop_firm=of("prop_firm"),
        symbol=_tallies(_families(by_facet["symbol"], files), files),
        timeframe=of("timeframe"),
    )


def _labels(
    connection: sqlite3.Connection, files: Mapping[int, int]
) -> list[tuple[int, str, str]]:
    """Return content, facet and code of each label of these contents."""
    (contents,) = connection.execute("SELECT max(id) FROM contents").fetchone()
    if len(files) < FEW * (contents or 0):
        within = "SELECT value FROM json_each(?)"
        return connection.execute(
            f"SELECT content, facet, code FROM labels WHERE content IN ({within})",  # noqa: S608 -- our own text
            (json.dumps([*files]),),
        ).fetchall()
    every = connection.execute("SELECT content, facet, code FROM labels")
    return [row for row in every if row[0] in files]


def _columns(found: Iterable[tuple[str, int]]) -> tuple[Tally, ...]:
    files: Counter[str] = Counter()
    contents: Counter[str] = Counter()
    for code, count in found:
        files[code] += count
        contents[code] += 1
    return _ordered(
        Tally(code=code, files=files[code], contents=contents[code]) for code in files
    )


def _tallies(
    contents: Mapping[str, set[int]], files: Mapping[int, int]
) -> tuple[Tally, ...]:
    return _ordered(
        Tally(
            code=code,
            files=sum(files[each] for each in holders),
            contents=len(holders),
        )
        for code, holders in contents.items()
    )


def _ordered(found: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(found, key=lambda each: (-each.files, each.code))[:MOST_CODES])


def _families(
    contents: Mapping[str, set[int]], files: Mapping[int, int]
) -> dict[str, set[int]]:
    """Return the symbols as a search finds them: with other names and suffixes.

    A family is called by its plainest name: what a search for it finds.
    """
    codes = sorted(
        contents, key=lambda each: -sum(files[content] for content in contents[each])
    )[: 4 * MOST_CODES]
    found: dict[str, set[int]] = {}
    taken: set[str] = set()
    # A short name may be the beginning of a longer one, never the other way round.
    for code in sorted(codes, key=lambda each: (len(each), codes.index(each))):
        if code not in taken:
            family = same_symbols(code, codes)
            taken.update(family)
            found[code] = set().union(*(contents[each] for each in family))
    return found
