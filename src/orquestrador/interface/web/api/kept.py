"""What is kept: snapshots, what changed between them, and the log."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from orquestrador.errors import SnapshotError
from orquestrador.interface.web.api.endpoint import ApiError, Endpoint, Nothing
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.messages.backup import Snapshot
from orquestrador.messages.comparing import Difference
from orquestrador.monitoring.log_reading import LogLine

MOST_LINES = 1000

SnapshotId = Annotated[
    str, Meta(min_length=4, max_length=64, pattern="^[A-Za-z0-9-]+$")
]


class Compare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two snapshots, and of them what is wanted."""

    old: SnapshotId
    new: SnapshotId
    path: Annotated[str, Meta(min_length=1, max_length=8000)] | UnsetType = UNSET
    """The file or folder wanted, as shown; everything without it."""

    text: bool = False
    """Whether changed lines are told."""


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
            summary="Tell what changed from one snapshot to another",
            takes=Compare,
            answer=Difference,
            call=_difference,
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
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.differences import Differences  # noqa: PLC0415 -- heavy

    try:
        with SnapshotRepository(library.state / "snapshots", read_only=True) as kept:
            differences = Differences(kept, library.library)
            found = differences.between(wanted.old, wanted.new, wanted.path or None)
            return differences.with_texts(found) if wanted.text else found
    except SnapshotError as error:
        raise ApiError(404, str(error)) from error


def _log(library: PageLibrary, wanted: ReadLog) -> tuple[LogLine, ...]:
    return library.log.read(wanted.lines, wanted.level, wanted.actor or None)
