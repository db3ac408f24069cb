"""Files of the catalog: found, shown, counted, and what happened to them."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from orquestrador.errors import LibraryError
from orquestrador.interface.web.api.endpoint import ApiError, Endpoint, Nothing
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.library import raw_of_record
from orquestrador.library_system import search_query
from orquestrador.messages import record_to_json
from orquestrador.messages.catalog import Summary
from orquestrador.messages.history import Change
from orquestrador.messages.record import Kind, Language

MOST_FILES = 500

Code = Annotated[str, Meta(min_length=1, max_length=80)]
Words = Annotated[str, Meta(max_length=500)]
ShownPath = Annotated[str, Meta(min_length=1, max_length=8000)]


class FindFiles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files to find: those for which everything given holds."""

    words: Words = ""
    text: Words = ""
    author: Words = ""
    kind: Kind | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    strategy: tuple[Code, ...] = ()
    risk: tuple[Code, ...] = ()
    no_risk: tuple[Code, ...] = ()
    hygiene: tuple[Code, ...] = ()
    symbol: Code | UnsetType = UNSET
    timeframe: Code | UnsetType = UNSET
    duplicates: bool = False
    limit: Annotated[int, Meta(ge=0, le=MOST_FILES)] = 50
    offset: Annotated[int, Meta(ge=0, le=10**9)] = 0


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a list: what decides whether one looks closer."""

    path: str
    size: int
    language: Language
    kind: Kind
    primary: str | None
    strategies: tuple[str, ...]
    risk: tuple[str, ...]
    hygiene: tuple[str, ...]
    symbols: tuple[str, ...]
    timeframes: tuple[str, ...]
    sha256: str


class FoundFiles(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what a search finds."""

    total: int
    """Of the search, not of this page."""

    files: tuple[FileLine, ...]


class OneFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the library."""

    path: ShownPath
    """As shown: relative to the library, with `/`."""


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    return (
        Endpoint(
            path="/files",
            summary="Find files in the catalog",
            takes=FindFiles,
            answer=FoundFiles,
            call=_find,
        ),
        Endpoint(
            path="/file",
            summary="Show the record of one file, with its evidence",
            takes=OneFile,
            answer=dict[str, Any],
            call=_show,
        ),
        Endpoint(
            path="/file/history",
            summary="Tell what happened to a file, the oldest first, over its renames",
            takes=OneFile,
            answer=tuple[Change, ...],
            call=_history,
        ),
        Endpoint(
            path="/summary",
            summary="Show the library in figures, by every facet",
            takes=Nothing,
            answer=Summary,
            call=lambda library, _nothing: library.summary(),
        ),
    )


def _find(library: PageLibrary, wanted: FindFiles) -> FoundFiles:
    given = msgspec.structs.asdict(wanted).items()
    query = search_query(**{name: each for name, each in given if each is not UNSET})
    with library.catalog() as catalog:
        records, total = catalog.search(query), catalog.count(query)
    return FoundFiles(
        total=total,
        files=tuple(
            FileLine(
                path=each.path,
                size=each.size,
                language=each.language,
                kind=each.kind,
                primary=each.primary,
                strategies=tuple(label.label for label in each.strategies or ()),
                risk=tuple(label.label for label in each.risk or ()),
                hygiene=tuple(label.label for label in each.hygiene or ()),
                symbols=each.symbols or (),
                timeframes=each.timeframes or (),
                sha256=each.sha256,
            )
            for each in records
        ),
    )


def _show(library: PageLibrary, wanted: OneFile) -> dict[str, Any]:
    with library.catalog() as catalog:
        record = catalog.record(raw_of_record(wanted.path))
    if record is None:
        raise ApiError(404, f"{wanted.path}: no such file is in the catalog")
    return record_to_json(record)


def _history(library: PageLibrary, wanted: OneFile) -> tuple[Change, ...]:
    try:
        return library.history(wanted.path)
    except (LibraryError, ValueError) as error:
        raise ApiError(404, str(error)) from error
