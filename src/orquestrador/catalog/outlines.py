"""What a report needs of every file, read quicker than the whole records."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from orquestrador.catalog.reading import PENDING
from orquestrador.errors import CatalogError, MessageDecodeError
from orquestrador.messages import Decoder
from orquestrador.messages.record import (
    Kind,
    Label,
    Language,
    PropFirm,
    Quality,
    Record,
    WeightedLabel,
)

_FILES = "SELECT shown, size, problem, sha256, content FROM listing ORDER BY shown"


class Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a record says, without facts and without evidence for plain values."""

    encoding: str | None
    language: Language
    kind: Kind
    primary: str | None
    strategies: tuple[WeightedLabel, ...] | None
    risk: tuple[Label, ...] | None
    hygiene: tuple[Label, ...] | None
    prop_firm: PropFirm | None
    symbols: tuple[str, ...] | None
    timeframes: tuple[str, ...] | None
    quality: Quality | None
    reason: str | None


class Outline(NamedTuple):
    """One file and what is said of its content."""

    path: str
    sha256: str
    """Empty when it could not be read."""

    size: int
    said: Said
    """One object for all files that share a content."""


def outline(record: Record) -> Outline:
    """Return a record's outline."""
    said = Said(**{name: getattr(record, name) for name in Said.__struct_fields__})
    return Outline(record.path, record.sha256, record.size, said)


def all_outlines(connection: sqlite3.Connection) -> Iterator[Outline]:
    """Yield the outline of every file, in path order; see `Catalog.outlines`."""
    connection.execute("BEGIN")  # all readings are of one moment
    try:
        files = connection.execute(_FILES).fetchall()
        said = _said(connection)
    finally:
        connection.execute("ROLLBACK")
    for path, size, problem, sha256, content in files:
        yield Outline(
            path,
            sha256 or "",
            size,
            _nothing(problem or PENDING) if content is None else said[content],
        )


def _said(connection: sqlite3.Connection) -> dict[int, Said]:
    decoder = Decoder(Said)
    found: dict[int, Said] = {}
    for content, sha256, data in connection.execute(
        "SELECT id, sha256, record FROM contents JOIN records ON content = id"
        " WHERE id IN (SELECT content FROM listing)"
    ):
        try:
            found[content] = decoder.decode(data)
        except MessageDecodeError as error:
            raise CatalogError(
                f"the catalog's record of content {sha256[:12]} cannot be read: "
                f"{error}; move the catalog away and run `orquestrador classify`, "
                "which builds it again"
            ) from error
    return found


def _nothing(reason: str) -> Said:
    return Said(
        encoding=None,
        language="unknown",
        kind="unknown",
        primary=None,
        strategies=None,
        risk=None,
        hygiene=None,
        prop_firm=None,
        symbols=None,
        timeframes=None,
        quality=None,
        reason=reason,
    )
