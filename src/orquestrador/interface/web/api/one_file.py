"""One file: its record, its source with the evidence, its past and its copies.

A path is looked up in the catalog: what it does not know is not there.
"""

import hashlib
from pathlib import PurePosixPath
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from orquestrador.corrections import read_corrections
from orquestrador.errors import CorrectionsError, SnapshotError
from orquestrador.interface.web.api.endpoint import ApiError, Endpoint
from orquestrador.interface.web.api.files import ShownPath
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.library import (
    Content,
    Unreadable,
    os_path,
    raw_of_record,
    raw_of_shown,
    read_content,
)
from orquestrador.library.archives import members
from orquestrador.library.names import INSIDE
from orquestrador.messages import Record, record_to_json
from orquestrador.messages.comparing import KeptContent, PresentFile
from orquestrador.messages.correcting import Correction
from orquestrador.messages.history import Change
from orquestrador.messages.record import Evidence
from orquestrador.messages.sameness import CopyGroup
from orquestrador.reports.copy_words import reason

MOST_LINES = 5000
"""Lines in one answer."""

MOST_LENGTH = 1000
"""Characters of a line that are shown."""


class OneFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the library."""

    path: ShownPath
    """As shown: relative to the library, with `/`."""


class ReadSource(OneFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines of a file are wanted."""

    first: Annotated[int, Meta(ge=1, le=10**9)] = 1
    lines: Annotated[int, Meta(ge=1, le=MOST_LINES)] = 1000


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A label that rests on a line."""

    label: str
    rule: str
    text: str
    """The part of the line that made it so."""


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a source, every credential in it masked."""

    number: int
    text: str
    cut: bool
    """Whether the line is longer than what is shown."""

    marks: tuple[Mark, ...]


class ShownSource(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a source as text, decoded as it was for its classification."""

    lines: tuple[SourceLine, ...]
    total: int
    """Lines of the whole file."""

    encoding: str | None
    current: bool
    """Whether these are the bytes of which the record speaks."""

    problem: str | None
    """Why there is nothing to be shown."""


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that spoke for a label."""

    rule: str
    weight: float
    evidence: tuple[Evidence, ...]


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A label that something spoke for."""

    label: str
    score: float
    """The sum of the weights of what spoke for it."""

    share: float
    outcome: str
    """Why it won or lost: docs/explaining.md."""

    voices: tuple[Voice, ...]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What spoke for the kind and the strategies, the winner first."""

    kinds: tuple[Contender, ...]
    strategies: tuple[Contender, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What snapshots hold of a file."""

    contents: tuple[KeptContent, ...]
    """Newest first; also under names that it had before."""

    present: PresentFile | None
    """How the library's own file stands to the newest; null without any."""


class Copies(msgspec.Struct, frozen=True, kw_only=True):
    """The group of copies that a file is in."""

    group: CopyGroup
    why: str
    """Why the best is the best, in the language of the place."""


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    told = (
        ("", "Show the record of one file, with its evidence", dict[str, Any], _show),
        (
            "/history",
            "Tell what happened to a file, the oldest first, over its renames",
            tuple[Change, ...],
            _history,
        ),
        ("/kept", "Tell what snapshots hold of a file, the newest first", Kept, _kept),
        ("/copies", "Show the copies of a file", Copies | None, _copies),
        (
            "/correction",
            "Show what the user said of a file's content",
            Correction | None,
            _correction,
        ),
        (
            "/explanation",
            "Show what spoke for a file's kind and strategies",
            Explained | None,
            _explanation,
        ),
    )
    return (
        *(
            Endpoint(
                path=f"/file{path}",
                summary=summary,
                takes=OneFile,
                answer=answer,
                call=call,
            )
            for path, summary, answer, call in told
        ),
        Endpoint(
            path="/file/source",
            summary="Show lines of a file's source, with the labels that rest on them",
            takes=ReadSource,
            answer=ShownSource,
            call=_source,
        ),
    )


def known_file(library: PageLibrary, path: str) -> tuple[bytes, Record]:
    """Return the raw name and the record of a file that the catalog knows.

    Raises:
        ApiError: if it knows none.

    """
    try:
        raw = raw_of_record(path)
    except UnicodeEncodeError as error:
        raise ApiError(404, "no file can have such a name") from error
    with library.catalog() as catalog:
        record = catalog.record(raw)
    if record is None:
        raise ApiError(404, f"{path}: no such file is in the catalog")
    return raw, record


def _show(library: PageLibrary, wanted: OneFile) -> dict[str, Any]:
    _, record = known_file(library, wanted.path)
    return record_to_json(record)


def _history(library: PageLibrary, wanted: OneFile) -> tuple[Change, ...]:
    # The file may be gone.
    try:
        raw = raw_of_record(wanted.path)
    except UnicodeEncodeError as error:
        raise ApiError(404, f"{wanted.path}: there was no such file") from error
    with library.catalog() as catalog:
        return catalog.history(raw)


def _kept(library: PageLibrary, wanted: OneFile) -> Kept:
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.differences import Differences  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.store import exists  # noqa: PLC0415 -- heavy

    place = library.state / "snapshots"
    if not exists(place):
        return Kept(contents=(), present=None)
    try:
        with SnapshotRepository(place, read_only=True) as repository:
            found = Differences(repository, library.library).history(wanted.path)
    except (SnapshotError, UnicodeEncodeError):
        return Kept(contents=(), present=None)
    return Kept(contents=found.contents, present=found.present)


def _copies(library: PageLibrary, wanted: OneFile) -> Copies | None:
    _, record = known_file(library, wanted.path)
    group = library.copies_of(record.path)
    if group is None:
        return None
    return Copies(group=group, why=reason(group, library.place.words))


def _correction(library: PageLibrary, wanted: OneFile) -> Correction | None:
    _, record = known_file(library, wanted.path)
    try:
        return read_corrections(library.state).get(record.sha256)
    except CorrectionsError as error:
        raise ApiError(503, str(error)) from error


def _explanation(library: PageLibrary, wanted: OneFile) -> Explained | None:
    from orquestrador.classification.explaining import explain  # noqa: PLC0415 -- heavy
    from orquestrador.classification.usable import usable_own_rules  # noqa: PLC0415 -- heavy

    raw, record = known_file(library, wanted.path)
    content = _content(library, raw)
    if isinstance(content, Unreadable):
        return None
    settings = library.settings.classification
    own = usable_own_rules(settings, library.library)
    found = explain(content.data, record.path, record, own)
    if found is None:
        return None
    return msgspec.convert(
        {"kinds": found.kinds, "strategies": found.strategies},
        Explained,
        from_attributes=True,
    )


def _source(library: PageLibrary, wanted: ReadSource) -> ShownSource:
    from orquestrador.classification.decoding import decode  # noqa: PLC0415 -- heavy
    from orquestrador.classification.explaining import margin_of, shown_lines  # noqa: PLC0415 -- heavy
    from orquestrador.classification.language import read  # noqa: PLC0415 -- heavy

    raw, record = known_file(library, wanted.path)
    content = _content(library, raw)
    if isinstance(content, Unreadable):
        return _nothing(record, content.problem)
    decoded = decode(content.data)
    if decoded.problem:
        return _nothing(record, decoded.problem)
    source = read(decoded.text, PurePosixPath(record.path).suffix.lower()).source
    current = content.sha256 == record.sha256
    marks = margin_of(record) if current else {}
    last = min(source.lines, wanted.first + wanted.lines - 1)
    return ShownSource(
        lines=tuple(
            SourceLine(
                number=number,
                text=text[:MOST_LENGTH],
                cut=len(text) > MOST_LENGTH,
                marks=tuple(
                    Mark(label=label, rule=each.rule, text=each.text)
                    for label, each in marks.get(number, ())
                ),
            )
            for number, text in shown_lines(
                source, range(wanted.first, last + 1)
            ).items()
        ),
        total=source.lines,
        encoding=decoded.encoding,
        current=current,
        problem=None,
    )


def _nothing(record: Record, problem: str) -> ShownSource:
    return ShownSource(
        lines=(), total=0, encoding=record.encoding, current=False, problem=problem
    )


def _content(library: PageLibrary, raw: bytes) -> Content | Unreadable:
    """Return the bytes of a file, or of an archive's member, that the catalog knows."""
    limit = int(library.settings.classification.max_file_mb * 1e6)
    archive, inside, name = raw.partition(INSIDE)
    path = os_path(library.library, archive)
    if not inside:
        return read_content(path, limit)
    for each in members(path, limit):
        if not each.name or raw_of_shown(each.name) == name:
            if each.problem is not None:
                return Unreadable(each.problem)
            sha256 = hashlib.sha256(each.data).hexdigest()
            return Content(each.data, sha256, each.size, 0, None)
    return Unreadable("no member of the archive has this name")
