"""Files of the catalog: found, and counted by what they have."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from orquestrador.config.own_rules import symbol_named
from orquestrador.corrections import TIMEFRAMES
from orquestrador.interface.web.api.endpoint import ApiError, Endpoint, Nothing
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.library_system import search_query
from orquestrador.messages.catalog import Facets, SearchQuery, Summary
from orquestrador.messages.record import Kind, Language, Verdict
from orquestrador.messages.sameness import Sameness
from orquestrador.reports import labels

MOST_FILES = 500

Code = Annotated[str, Meta(min_length=1, max_length=80)]
Words = Annotated[str, Meta(max_length=500)]
ShownPath = Annotated[str, Meta(min_length=1, max_length=8000)]


Moment = Annotated[str, Meta(max_length=40, extra_json_schema={"format": "date-time"})]
"""Text: a moment may also be a number to msgspec, and 2024 is a year to a person."""

_LATEST_NS = 2**63 - 1
"""What a catalog can hold."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files are meant: those for which everything given holds."""

    words: Words = ""
    text: Words = ""
    author: Words = ""
    kind: Kind | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    strategy: tuple[Code, ...] = ()
    risk: tuple[Code, ...] = ()
    no_risk: tuple[Code, ...] = ()
    hygiene: tuple[Code, ...] = ()
    prop_firm: Verdict | UnsetType = UNSET
    symbol: Code | UnsetType = UNSET
    """Also finds its other names and brokers' suffixes."""

    symbol_exact: bool = False
    """The symbol as spelled only."""

    timeframe: Code | UnsetType = UNSET
    includes: Words = ""
    """Only what includes a file of this name."""

    missing_include: bool = False
    """Only what includes a file that is not there."""

    changed_since: Moment | UnsetType = UNSET
    """Only what is new or another one since then."""

    duplicates: Sameness | UnsetType = UNSET
    """Only copies: of the same bytes, also of the same code, also near ones."""


class FindFiles(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files to find, and which part of them to show."""

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


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The codes that files are found and corrected by; `/words.json` names them."""

    language: tuple[str, ...]
    kind: tuple[str, ...]
    strategy: tuple[str, ...]
    danger: tuple[str, ...]
    """Of the risk labels, those that are one."""

    protection: tuple[str, ...]
    """The other risk labels."""

    hygiene: tuple[str, ...]
    prop_firm: tuple[str, ...]
    timeframe: tuple[str, ...]


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
            path="/files/facets",
            summary="Count what a search finds by what it could be narrowed down by",
            takes=Asked,
            answer=Facets,
            call=_facets,
        ),
        Endpoint(
            path="/vocabulary",
            summary="Show the codes that files are found and corrected by",
            answer=Vocabulary,
            call=_vocabulary,
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
    query = _query(library, wanted)
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


def _facets(library: PageLibrary, wanted: Asked) -> Facets:
    query = _query(library, wanted)
    with library.catalog() as catalog:
        return catalog.facets(query)


def _query(library: PageLibrary, wanted: Asked) -> SearchQuery:
    given: dict[str, Any] = {
        name: each
        for name, each in msgspec.structs.asdict(wanted).items()
        if each is not UNSET
    }
    if "symbol" in given:
        settings = library.settings.classification
        given["symbol"] = symbol_named(given["symbol"], settings, library.library)
    if "timeframe" in given:
        given["timeframe"] = given["timeframe"].upper()
    if (since := given.pop("changed_since", None)) is not None:
        given["changed_since_ns"] = _nanoseconds(_moment(since))
    return search_query(**given)


def _moment(text: str) -> dt.datetime:
    kind = Annotated[dt.datetime, Meta(tz=True)]
    try:
        moment: dt.datetime = msgspec.convert(text, kind)
    except msgspec.ValidationError as error:
        raise ApiError(400, f"changed_since: {error}") from error
    return moment


def _nanoseconds(moment: dt.datetime) -> int:
    microseconds = (moment - dt.datetime.fromtimestamp(0, dt.UTC)) // dt.timedelta(
        microseconds=1
    )
    return max(-_LATEST_NS, min(_LATEST_NS, 1000 * microseconds))


def _vocabulary(_library: PageLibrary, _nothing: Nothing) -> Vocabulary:
    return Vocabulary(
        language=tuple(labels.LANGUAGES),
        kind=tuple(labels.KINDS),
        strategy=tuple(labels.STRATEGIES),
        danger=tuple(labels.DANGERS),
        protection=tuple(labels.PROTECTIONS),
        hygiene=tuple(labels.HYGIENE),
        prop_firm=tuple(labels.VERDICTS),
        timeframe=TIMEFRAMES,
    )
