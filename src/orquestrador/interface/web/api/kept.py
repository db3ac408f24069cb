"""What is kept: snapshots, what changed between them, and the log."""

import contextlib
import datetime as dt
import itertools
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from orquestrador.errors import SnapshotError
from orquestrador.interface.web.api.endpoint import ApiError, Endpoint, Nothing
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.library import shown_name
from orquestrador.messages.backup import Snapshot
from orquestrador.messages.comparing import Difference
from orquestrador.monitoring.log_reading import LogLine

if TYPE_CHECKING:
    from collections.abc import Generator

    from orquestrador.snapshots import SnapshotRepository
    from orquestrador.snapshots.differences import Differences
    from orquestrador.snapshots.manifest import FileRow

MOST_LINES = 1000
MOST_CHANGES = 5000
"""Changes in one answer; its figures are of all of them."""

MOST_TEXTS = 50
"""Files whose texts are compared in one answer."""

SnapshotId = Annotated[
    str, Meta(min_length=4, max_length=64, pattern="^[A-Za-z0-9-]+$")
]


class Compare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two states of the library, and of them what is wanted."""

    old: SnapshotId
    new: SnapshotId | UnsetType = UNSET
    """The library as it stands without it."""

    path: Annotated[str, Meta(min_length=1, max_length=8000)] | UnsetType = UNSET
    """The file or folder wanted, as shown; everything without it."""

    text: bool = False
    """Whether changed lines are told; of fifty files at most."""

    limit: Annotated[int, Meta(ge=0, le=MOST_CHANGES)] = 1000
    """At most so many changes; the figures are of all of them."""


class LookAhead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A snapshot, or a part of it, that may be restored into the library."""

    snapshot: SnapshotId
    path: Annotated[str, Meta(min_length=1, max_length=8000)] | UnsetType = UNSET
    """The file or folder wanted, as shown; everything without it."""

    limit: Annotated[int, Meta(ge=0, le=MOST_CHANGES)] = 1000


class WouldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a restore into the library would write, or refuse to write."""

    path: str
    what: Literal["missing", "different", "refused"]
    """`different`: another file stands there, which is replaced with `force` alone."""

    size: int | None
    """Bytes, as they would be; null for what is refused."""

    reason: str | None = None
    """Why it is refused."""


class RestorePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore into the library would do; it does nothing."""

    snapshot: str
    missing: int
    """Files that are not there and would be written."""

    different: int
    """Files that are others now: replaced with `force`, else refused."""

    same: int
    refused: int
    """Files that would not be written, also with `force`."""

    left_alone: int
    """Files of the library that the snapshot does not have: they stay."""

    files: tuple[WouldChange, ...]
    """Those that are refused, missing or different, in this order, up to the limit."""


class ReadLog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines of the log are wanted."""

    lines: Annotated[int, Meta(ge=1, le=MOST_LINES)] = 100
    level: Literal["debug", "info", "warning", "error"] = "debug"
    actor: Annotated[str, Meta(min_length=1, max_length=80)] | UnsetType = UNSET


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    return (
        Endpoint(
            path="/snapshots",
            summary="List the snapshots, the newest first",
            takes=Nothing,
            answer=tuple[Snapshot, ...],
            call=_snapshots,
        ),
        Endpoint(
            path="/snapshots/difference",
            summary="Tell what changed from one snapshot to another, or since one",
            takes=Compare,
            answer=Difference,
            call=_difference,
        ),
        Endpoint(
            path="/snapshots/preview",
            summary="Tell what restoring a snapshot into the library would do",
            takes=LookAhead,
            answer=RestorePreview,
            call=_preview,
        ),
        Endpoint(
            path="/log",
            summary="Show the last lines of the log",
            takes=ReadLog,
            answer=tuple[LogLine, ...],
            call=_log,
        ),
    )


def _snapshots(library: PageLibrary, _nothing: Nothing) -> tuple[Snapshot, ...]:
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.store import exists  # noqa: PLC0415 -- heavy

    place = library.state / "snapshots"
    if not exists(place):
        return ()
    with SnapshotRepository(place, read_only=True) as repository:
        return repository.list()


def _difference(library: PageLibrary, wanted: Compare) -> Difference:
    with _differences(library) as differences:
        path, new = wanted.path or None, wanted.new or None
        if new is None:
            found = _since(library, differences, wanted.old, path)
        else:
            found = differences.between(wanted.old, new, path)
        if wanted.text:
            if len(found.changes) > MOST_TEXTS:
                raise ApiError(
                    400,
                    f"text: {len(found.changes)} files have changed, texts are told of "
                    f"{MOST_TEXTS} at most; name a path",
                )
            found = differences.with_texts(found)
    return found.replace(
        changes=found.changes[: wanted.limit],
        reclassified=found.reclassified[: wanted.limit],
    )


def _preview(library: PageLibrary, wanted: LookAhead) -> RestorePreview:
    from orquestrador.snapshots.in_place import InPlace  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.opening import finish  # noqa: PLC0415 -- heavy

    settings = library.settings.backup
    with repository_of(library) as repository:
        in_place = InPlace(
            repository,
            library.library,
            library.state / "journal" / "restore",
            exclude=settings.exclude,
            exclude_folders=(library.state,),
            max_file_mb=settings.max_file_mb,
            # Of the snapshot that would be taken first; none is.
            reason="on demand",
            now=dt.datetime.now(dt.UTC),
        )
        found = finish(in_place.foresee(wanted.snapshot, wanted.path or None))
    refused = (
        WouldChange(path=each.path, what="refused", size=None, reason=each.reason)
        for each in found.refused
    )
    files = itertools.chain(
        refused,
        (_would_change(each, "missing") for each in found.missing),
        (_would_change(each, "different") for each in found.different),
    )
    return RestorePreview(
        snapshot=found.snapshot,
        missing=len(found.missing),
        different=len(found.different),
        same=found.unchanged,
        refused=len(found.refused),
        left_alone=found.left_alone,
        files=tuple(itertools.islice(files, wanted.limit)),
    )


def _would_change(row: "FileRow", what: Literal["missing", "different"]) -> WouldChange:
    return WouldChange(path=shown_name(row.raw), what=what, size=row.size)


@contextlib.contextmanager
def repository_of(library: PageLibrary) -> "Generator[SnapshotRepository]":
    """Open the snapshots to be read; what is not there is a problem 404."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    try:
        with SnapshotRepository(library.state / "snapshots", read_only=True) as kept:
            yield kept
    except (SnapshotError, UnicodeEncodeError) as error:
        raise ApiError(404, str(error)) from error


@contextlib.contextmanager
def _differences(library: PageLibrary) -> "Generator[Differences]":
    from orquestrador.snapshots.differences import Differences  # noqa: PLC0415 -- heavy

    with repository_of(library) as repository:
        yield Differences(repository, library.library)


def _since(
    library: PageLibrary, differences: "Differences", old: str, path: str | None
) -> Difference:
    """Return how the library as it stands differs from a snapshot."""
    from orquestrador.snapshots.labels import labels_by_content  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.opening import finish  # noqa: PLC0415 -- heavy

    with library.catalog() as catalog:
        labels = labels_by_content(catalog.content_labels())
    settings = library.settings.backup
    return finish(
        differences.since(
            old,
            path,
            labels=labels,
            exclude=settings.exclude,
            exclude_folders=(library.state,),
            max_file_mb=settings.max_file_mb,
        )
    )


def _log(library: PageLibrary, wanted: ReadLog) -> tuple[LogLine, ...]:
    return library.log.read(wanted.lines, wanted.level, wanted.actor or None)
