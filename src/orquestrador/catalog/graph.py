"""What files of a library have to do with one another: see `Graph`.

Computed from what is stored, in one pass over the files and one over the contents'
records; of a record no more is kept than what it includes and its magic numbers.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from orquestrador.catalog.including import Places, key_of, written
from orquestrador.catalog.standard_includes import is_standard
from orquestrador.errors import CatalogError, MessageDecodeError
from orquestrador.library import shown_name, suffix_of
from orquestrador.library.names import INSIDE
from orquestrador.messages import Decoder
from orquestrador.messages.record import Kind, Language
from orquestrador.messages.sameness import CopyGroup

MOST_ELSEWHERE = 3
"""So many places of a missing include's name are told."""

_HEADERS = frozenset({".mqh", ".mq4", ".mq5"})
"""What is listed wherever it stands; of others nobody knows whether they are there."""

_COMPILED = {".mq4": ".ex4", ".mq5": ".ex5"}

_FILES = """
    SELECT raw, listing.shown, mtime_ns, listing.sha256, listing.content
    FROM listing JOIN files USING (raw) ORDER BY raw
"""
_UNLISTED = "SELECT raw FROM files WHERE raw NOT IN (SELECT raw FROM listing)"
_RECORDS = """
    SELECT sha256, id, record FROM contents JOIN records ON content = id
    WHERE id IN (SELECT content FROM listing)
"""


class Include(NamedTuple):
    """One `#include` of a file."""

    name: str
    """As written, with `/`."""

    leads_to: str | None
    """The path of the file; None where none of the library is meant."""

    standard: bool
    """Whether MetaTrader brings it, and the library does not."""

    @property
    def missing(self) -> bool:
        """Whether it is neither in the library nor MetaTrader's."""
        return self.leads_to is None and not self.standard


class Missing(NamedTuple):
    """An include that is neither in the library nor MetaTrader's."""

    name: str
    """As the first file has it."""

    wanted_by: tuple[str, ...]
    """Paths of the files that include it, in order."""

    elsewhere: tuple[str, ...]
    """Paths of files of this name that it does not lead to; `MOST_ELSEWHERE` at most.
    """


class Collision(NamedTuple):
    """A magic number that several programs have: each takes the others' orders."""

    magic: int
    programs: tuple[tuple[str, ...], ...]
    """Paths of each program: its copies, near ones too, are the same program."""


class Compiled(NamedTuple):
    """A compiled program beside its source."""

    source: str
    path: str
    older: bool
    """Whether it was made before the source was changed last."""


class Graph(NamedTuple):
    """What files have to do with one another; everything in the order of paths."""

    includes: Mapping[str, tuple[Include, ...]]
    """By path of the file that includes; of MQL alone, includes of other endings than
    a source's only where they are there."""

    included_by: Mapping[str, tuple[str, ...]]
    """By path of the file that is included: what includes it directly."""

    missing: tuple[Missing, ...]
    collisions: tuple[Collision, ...]
    """By number."""

    compiled: Mapping[str, Compiled]
    """By path of the source. Members of archives have none: they have no times."""


class _Facts(msgspec.Struct, frozen=True):
    includes: tuple[str, ...] = ()
    magic_numbers: tuple[int, ...] = ()


class _Quality(msgspec.Struct, frozen=True):
    order_calls: int = 0


class _Said(msgspec.Struct, frozen=True):
    """What is decoded of a record."""

    language: Language
    kind: Kind
    facts: _Facts | None
    quality: _Quality | None


class _Content(NamedTuple):
    includes: tuple[str, ...]
    magic_numbers: tuple[int, ...]


class _File(NamedTuple):
    raw: bytes
    path: str
    mtime_ns: int
    sha256: str | None
    content: _Content


_NOTHING = _Content((), ())


def graph(connection: sqlite3.Connection, variants: Iterable[CopyGroup]) -> Graph:
    """Return what files have to do with one another; see `Catalog.graph`.

    Args:
        connection: to the catalog.
        variants: of which files the bytes differ and the program is the same.

    """
    files, unlisted = _files(connection)
    found = _includes(files, unlisted)
    return Graph(
        includes=found,
        included_by=_included_by(found),
        missing=_missing(found, files),
        collisions=_collisions(files, variants),
        compiled=_compiled(files),
    )


def includes(connection: sqlite3.Connection) -> Mapping[str, tuple[Include, ...]]:
    """Return what files include, as in `Graph`, and nothing else of it."""
    return _includes(*_files(connection))


def that_include(
    includes: Mapping[str, tuple[Include, ...]], name: str, *, missing: bool
) -> frozenset[str]:
    """Return the paths of files that include something.

    Args:
        includes: as in `Graph`.
        name: the end of its name, by whole parts (`Trade.mqh`, `Trade/Trade.mqh`) and
            without regard to case; an empty text for anything.
        missing: whether only what is missing counts.

    """
    wanted = "/" + key_of(_bytes(written(name).lstrip("/")))
    return frozenset(
        path
        for path, each in includes.items()
        if any(
            (include.missing or not missing)
            and (not name or f"/{key_of(_bytes(include.name))}".endswith(wanted))
            for include in each
        )
    )


def _files(connection: sqlite3.Connection) -> tuple[list[_File], list[bytes]]:
    """Return the listed files, and the raw names of those that are in no list."""
    connection.execute("BEGIN")  # all readings are of one moment
    try:
        contents = dict(_contents(connection))
        files = [
            _File(raw, path, int(mtime_ns), sha256, contents.get(content, _NOTHING))
            for raw, path, mtime_ns, sha256, content in connection.execute(_FILES)
        ]
        unlisted = [raw for (raw,) in connection.execute(_UNLISTED)]
    finally:
        connection.execute("ROLLBACK")
    return files, unlisted


def _contents(connection: sqlite3.Connection) -> Iterator[tuple[int, _Content]]:
    decoder = Decoder(_Said)
    for sha256, content, data in connection.execute(_RECORDS):
        try:
            said = decoder.decode(data)
        except MessageDecodeError as error:
            raise CatalogError(
                f"the catalog's record of content {sha256[:12]} cannot be read: "
                f"{error}; move the catalog away and run `orquestrador classify`, "
                "which builds it again"
            ) from error
        facts = said.facts
        # Pine Script's imports are published libraries, and no files.
        if facts is None or said.language in {"pine", "unknown"}:
            continue
        magic_numbers = facts.magic_numbers if _trades(said) else ()
        if facts.includes or magic_numbers:
            yield content, _Content(facts.includes, magic_numbers)


def _trades(said: _Said) -> bool:
    """Whether it is a program that places orders."""
    calls = 0 if said.quality is None else said.quality.order_calls
    return said.kind == "expert" or (said.kind in {"script", "service"} and calls > 0)


def _includes(
    files: list[_File], unlisted: list[bytes]
) -> dict[str, tuple[Include, ...]]:
    places = Places([*(file.raw for file in files), *unlisted])
    found: dict[str, tuple[Include, ...]] = {}
    for file in files:
        if file.content.includes:
            found[file.path] = tuple(_leads(file, places))
    return found


def _leads(file: _File, places: Places) -> Iterator[Include]:
    for name in dict.fromkeys(map(written, file.content.includes)):
        raw = places.find(file.raw, name) if name else None
        if raw is not None:
            yield Include(name, shown_name(raw), standard=False)
        elif is_standard(name):
            yield Include(name, None, standard=True)
        elif suffix_of(_bytes(name)) in _HEADERS:
            yield Include(name, None, standard=False)


def _included_by(
    includes: Mapping[str, tuple[Include, ...]],
) -> dict[str, tuple[str, ...]]:
    # A file may be included twice: `dict` keeps one of each, in order.
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path, each in includes.items():
        for include in each:
            if include.leads_to is not None:
                found[include.leads_to][path] = None
    return {path: tuple(found[path]) for path in sorted(found)}


def _missing(
    includes: Mapping[str, tuple[Include, ...]], files: list[_File]
) -> tuple[Missing, ...]:
    wanted: dict[str, Missing] = {}
    wanted_by: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path, each in includes.items():
        for include in each:
            if include.missing:
                key = key_of(_bytes(include.name))
                wanted.setdefault(key, Missing(include.name, (), ()))
                wanted_by[key][path] = None
    elsewhere = _elsewhere(wanted, files)
    return tuple(
        wanted[key]._replace(
            wanted_by=tuple(wanted_by[key]),
            elsewhere=tuple(elsewhere[_last(key)]),
        )
        for key in sorted(wanted)
    )


def _elsewhere(wanted: Iterable[str], files: list[_File]) -> dict[str, list[str]]:
    """Return where files of the wanted names stand, by the last part of the name."""
    found: dict[str, list[str]] = {_last(key): [] for key in wanted}
    for file in files:
        paths = found.get(_last(key_of(file.raw)))
        if paths is not None and len(paths) < MOST_ELSEWHERE:
            paths.append(file.path)
    return found


def _collisions(
    files: list[_File], variants: Iterable[CopyGroup]
) -> tuple[Collision, ...]:
    program_of = {
        copy.sha256: group.copies[0].sha256
        for group in variants
        for copy in group.copies
    }
    programs: defaultdict[int, defaultdict[str, list[str]]]
    programs = defaultdict(lambda: defaultdict(list))
    for file in files:
        sha256 = file.sha256 or ""
        for magic in file.content.magic_numbers:
            programs[magic][program_of.get(sha256, sha256)].append(file.path)
    return tuple(
        Collision(magic, tuple(sorted(map(tuple, programs[magic].values()))))
        for magic in sorted(programs)
        if len(programs[magic]) > 1
    )


def _compiled(files: list[_File]) -> dict[str, Compiled]:
    there = {
        key_of(file.raw): file
        for file in files
        if suffix_of(file.raw) in _COMPILED.values() and INSIDE not in file.raw
    }
    found: dict[str, Compiled] = {}
    for file in files:
        suffix = suffix_of(file.raw)
        if suffix not in _COMPILED or INSIDE in file.raw:
            continue
        compiled = there.get(key_of(file.raw[: -len(suffix)]) + _COMPILED[suffix])
        if compiled is not None:
            older = compiled.mtime_ns < file.mtime_ns
            found[file.path] = Compiled(file.path, compiled.path, older)
    return found


def _last(key: str) -> str:
    return key.rpartition("/")[2]


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
