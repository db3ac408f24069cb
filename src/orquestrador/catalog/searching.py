"""Turns a search query into SQL and runs it."""

import sqlite3
from collections.abc import Collection, Mapping

from orquestrador.catalog.narrowing import ContentSet, narrowed
from orquestrador.catalog.reading import ROW, RecordReader
from orquestrador.catalog.symbols import same_symbols
from orquestrador.catalog.words import folded, phrase, prefix, words_of
from orquestrador.messages import Record, SearchQuery

_WITH_WORDS = "SELECT rowid FROM content_words WHERE content_words MATCH ?"
_IN_WORDS = f"content IN ({_WITH_WORDS})"
_IN_WORDS_OR_PATH = f"({_IN_WORDS} OR instr(folded(shown), ?))"
_HAS_LABEL = """EXISTS (SELECT 1 FROM labels
    WHERE labels.content = listing.content AND facet = ? AND code = ?)"""
_WITH_LABEL = "SELECT content FROM labels WHERE facet = ? AND code = ?"
_NOTHING = "FALSE"


class Conditions:
    """SQL conditions on `listing`, all of which must hold, and their parameters."""

    def __init__(self) -> None:
        self.parameters: list[str | int] = []
        self.sets: list[ContentSet] = []
        """Contents outside of which nothing is found, one set for a condition."""

        self._conditions = ["TRUE"]

    def add(self, condition: str, *parameters: str | int) -> None:
        """Require one more condition."""
        self._conditions.append(condition)
        self.parameters.extend(parameters)

    def add_within(self, contents: str, *parameters: str | int) -> None:
        """Note that only files with these contents are found: SQL that lists ids."""
        self.sets.append(ContentSet(contents, parameters))

    def begin_at(self, contents: ContentSet) -> None:
        """Look at files with these contents alone."""
        self.add(f"held IN ({contents.sql})", *contents.parameters)

    def __str__(self) -> str:
        return " AND ".join(self._conditions)


def search(
    connection: sqlite3.Connection,
    query: SearchQuery,
    places: Mapping[str, int] | None,
    including: Collection[str] | None,
) -> list[Record]:
    """Return the records of the files that a query finds; see `Catalog.search`.

    Args:
        connection: to the catalog.
        query: what is asked for.
        places: of every copy by its path, the place among them, if copies are.
        including: paths of the files that include what is asked for, if it is.

    """
    where = conditions(connection, query)
    most = None if query.limit is None else query.offset + query.limit
    begin = narrowed(connection, where.sets, most)
    if begin is not None:
        where.begin_at(begin)
    # The sign keeps SQLite from walking along the paths nevertheless.
    order = "shown" if begin is None else "+shown"
    if query.duplicates is not None:
        order = "place(shown)"
    define(connection, places, including)
    rows = connection.execute(
        f"SELECT {ROW} FROM listing WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608 -- our own text; values are parameters
        (
            *where.parameters,
            -1 if query.limit is None else query.limit,
            query.offset,
        ),
    ).fetchall()
    reader = RecordReader(connection)
    return [reader.record(row) for row in rows]


def count(
    connection: sqlite3.Connection,
    query: SearchQuery,
    places: Mapping[str, int] | None,
    including: Collection[str] | None,
) -> int:
    """Return how many files a query finds, its limit and offset aside."""
    where = narrowed_conditions(connection, query)
    define(connection, places, including)
    (found,) = connection.execute(
        f"SELECT count(*) FROM listing WHERE {where}",  # noqa: S608 -- our own text; values are parameters
        where.parameters,
    ).fetchone()
    return int(found)


def define(
    connection: sqlite3.Connection,
    places: Mapping[str, int] | None,
    including: Collection[str] | None,
) -> None:
    """Let SQL know which files are copies or include something; see `search`."""
    if places is not None:
        connection.create_function("place", 1, places.get)
    if including is not None:
        connection.create_function("is_including", 1, including.__contains__)


def narrowed_conditions(
    connection: sqlite3.Connection, query: SearchQuery
) -> Conditions:
    """Return `conditions` for a search of all files that are found."""
    where = conditions(connection, query)
    begin = narrowed(connection, where.sets, None)
    if begin is not None:
        where.begin_at(begin)
    return where


def conditions(connection: sqlite3.Connection, query: SearchQuery) -> Conditions:
    """Return what must hold for the files that a query finds; see `define`."""
    where = Conditions()
    _add_words(where, query)
    if query.kind is not None:
        where.add("coalesce(kind, 'unknown') = ?", query.kind)
        if query.kind != "unknown":
            where.add_within("SELECT id FROM contents WHERE kind = ?", query.kind)
    if query.language is not None:
        where.add("coalesce(language, 'unknown') = ?", query.language)
        if query.language != "unknown":
            within = "SELECT id FROM contents WHERE language = ?"
            where.add_within(within, query.language)
    _add_labels(where, query)
    if query.symbol is not None:
        _add_symbol(connection, where, query.symbol, exact=query.symbol_exact)
    if query.duplicates is not None:
        where.add("place(shown) IS NOT NULL")
    if query.missing_include or query.includes:
        where.add("is_including(shown)")
    if query.changed_since_ns is not None:
        where.add("since_ns >= ?", query.changed_since_ns)
    return where


def _add_words(where: Conditions, query: SearchQuery) -> None:
    for text in (query.words, query.text, query.author):
        if text and not words_of(text):
            where.add(_NOTHING)
    for word in words_of(query.words):
        where.add(_IN_WORDS_OR_PATH, prefix(word), folded(word))
    if words := words_of(query.text):
        _add_text(where, f"{{name description inputs functions}} : {phrase(words)}")
    for word in words_of(query.author):
        _add_text(where, f"author : {prefix(word)}")


def _add_text(where: Conditions, expression: str) -> None:
    where.add(_IN_WORDS, expression)
    where.add_within(_WITH_WORDS, expression)


def _add_labels(where: Conditions, query: SearchQuery) -> None:
    for facet, codes in (
        ("strategy", query.strategy),
        ("risk", query.risk),
        ("hygiene", query.hygiene),
    ):
        for code in codes:
            _add_label(where, facet, code)
    if query.prop_firm is not None:
        _add_label(where, "prop_firm", query.prop_firm)
    if query.timeframe is not None:
        _add_label(where, "timeframe", query.timeframe)
    if query.no_risk:
        where.add("level = 'full'")
    for code in query.no_risk:
        where.add(f"NOT {_HAS_LABEL}", "risk", code)


def _add_label(where: Conditions, facet: str, code: str) -> None:
    where.add(_HAS_LABEL, facet, code)
    where.add_within(_WITH_LABEL, facet, code)


def _add_symbol(
    connection: sqlite3.Connection, where: Conditions, symbol: str, *, exact: bool
) -> None:
    if exact:
        _add_label(where, "symbol", symbol)
        return
    rows = connection.execute("SELECT DISTINCT code FROM labels WHERE facet = 'symbol'")
    codes = same_symbols(symbol, [code for (code,) in rows])
    signs = ",".join("?" * len(codes))
    where.add(
        f"""EXISTS (SELECT 1 FROM labels WHERE labels.content = listing.content
            AND facet = 'symbol' AND code IN ({signs}))""",  # noqa: S608 -- question marks
        *codes,
    )
    within = (
        "SELECT DISTINCT content FROM labels"  # noqa: S608 -- question marks
        f" WHERE facet = 'symbol' AND code IN ({signs})"
    )
    where.add_within(within, *codes)
