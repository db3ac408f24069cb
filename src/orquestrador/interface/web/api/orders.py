"""What a running system is told to do; each order is a message to its actor."""

import itertools
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from orquestrador.errors import LibraryError, MessageValueError
from orquestrador.interface.web.api.endpoint import Accepted, ApiError, Endpoint
from orquestrador.interface.web.api.files import Code, ShownPath
from orquestrador.interface.web.api.kept import SnapshotId, repository_of
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.interface.web.api.one_file import known_file
from orquestrador.library import os_name, os_path, raw_of_shown
from orquestrador.library.names import INSIDE
from orquestrador.messages.backup import (
    RestoreBeside,
    RestoreInPlace,
    TakeSnapshot,
    UndoRestore,
    VerifySnapshots,
)
from orquestrador.messages.correcting import Correction
from orquestrador.messages.record import Level
from orquestrador.messages.report import ReportFormat, ReportKind, WriteReport

if TYPE_CHECKING:
    from orquestrador.snapshots import SnapshotRepository

LABEL_S = 60.0
"""A correction is known to the catalog within this time, or the wait is given up."""

_MOST_PATHS = 1000
_MOST_CODES = 100

_Kind = Literal[
    "expert", "indicator", "script", "service", "library", "include", "strategy"
]
_Language = Literal["mql4", "mql5", "mql", "pine"]
"""What a person may say: nobody knows that something is unknown."""


class Classify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Classify the library, or what is named."""

    paths: Annotated[tuple[ShownPath, ...], Meta(max_length=_MOST_PATHS)] = ()
    """Files or folders, as shown; everything without them."""

    level: Level | None = None
    """Null asks the settings."""

    verify: bool = False
    """Read unchanged files too."""


class Snap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a snapshot now."""


class Restore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Write files of a snapshot into the library, after a snapshot of the present."""

    snapshot: SnapshotId
    path: ShownPath | None = None
    """The file or folder wanted; null for everything."""

    force: bool = False
    """Whether files that are different now are replaced."""

    confirm: Literal["in place"]
    """Says that the library itself is meant; `/restores/beside` leaves it alone."""


class RestoreCopies(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Write files of a snapshot into a new folder beside the library."""

    snapshot: SnapshotId
    path: ShownPath | None = None
    """The file or folder wanted; null for everything."""


class Undo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take the last restore into the library back."""

    force: bool = False
    """Whether files that have changed since go back too."""


class Verify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Check one snapshot, or all of them."""

    snapshot: SnapshotId | None = None
    """Null for all."""

    depth: Literal["structure", "full"] = "full"
    """`structure` reads no contents."""


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Write reports now."""

    formats: Annotated[tuple[ReportFormat, ...], Meta(max_length=10)] = ()
    """Empty means the settings' formats."""

    kind: ReportKind = "executive"
    spreadsheet: bool | None = None
    """Whether CSV is written for a Brazilian spreadsheet; null asks the settings."""


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Correct the labels of a file's content."""

    path: ShownPath
    primary: Code | None = None
    add: Annotated[tuple[Code, ...], Meta(max_length=_MOST_CODES)] = ()
    remove: Annotated[tuple[Code, ...], Meta(max_length=_MOST_CODES)] = ()
    kind: _Kind | None = None
    language: _Language | None = None
    note: Annotated[str, Meta(max_length=2000)] | None = None


class Unlabel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take the correction of a file's content away: the rules speak again."""

    path: ShownPath


class Unlabeled(msgspec.Struct, frozen=True, kw_only=True):
    """The rules speak again."""

    path: str


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    orders = (
        ("/runs", "Classify the library, or what is named", Classify, _classify),
        ("/snapshots", "Take a snapshot now", Snap, _snap),
        ("/restores", "Write files of a snapshot into the library", Restore, _restore),
        ("/restores/undo", "Take the last restore into the library back", Undo, _undo),
        (
            "/restores/beside",
            "Write files of a snapshot into a new folder beside the library",
            RestoreCopies,
            _restore_beside,
        ),
        (
            "/snapshots/verify",
            "Check every byte of one snapshot, or of all",
            Verify,
            _verify,
        ),
        ("/reports", "Write reports now", Report, _report),
    )
    return (
        *(
            Endpoint(
                path=path,
                summary=summary,
                method="POST",
                takes=takes,
                answer=Accepted,
                success=202,
                call=call,
            )
            for path, summary, takes, call in orders
        ),
        Endpoint(
            path="/labels/clear",
            summary="Take a correction away: the rules speak again",
            method="POST",
            takes=Unlabel,
            answer=Unlabeled,
            call=_unlabel,
        ),
        Endpoint(
            path="/labels",
            summary="Correct the labels of a file's content, and wait until it shows",
            method="POST",
            takes=Label,
            answer=Correction,
            call=_label,
        ),
    )


def _classify(library: PageLibrary, order: Classify) -> Accepted:
    try:
        # The system's own names: a shown one has its own signs for what it hides.
        paths = [os_name(raw_of_shown(path)) for path in order.paths]
        run = library.classify(paths, level=order.level, verify=order.verify)
    except (LibraryError, UnicodeEncodeError) as error:
        raise ApiError(404, str(error)) from error
    return Accepted(token=run.order.token)


def _snap(library: PageLibrary, _order: Snap) -> Accepted:
    token = uuid.uuid4().hex
    library.tell("backup", TakeSnapshot(token=token, reason="on demand"))
    return Accepted(token=token)


def _chosen(repository: "SnapshotRepository", snapshot: str, path: str | None) -> str:
    """Return the id of a snapshot that is there, and has the path if one is named."""
    from orquestrador.snapshots.repository import choose_name  # noqa: PLC0415 -- heavy

    found = repository.find(snapshot).id
    if path is not None:
        choose_name(path, found, repository.manifest(found))
    return found


def _restore(library: PageLibrary, order: Restore) -> Accepted:
    with repository_of(library) as repository:
        snapshot = _chosen(repository, order.snapshot, order.path)
    token = uuid.uuid4().hex
    library.tell(
        "backup",
        RestoreInPlace(
            token=token, snapshot=snapshot, path=order.path, force=order.force
        ),
    )
    return Accepted(token=token)


def _report(library: PageLibrary, order: Report) -> Accepted:
    token = uuid.uuid4().hex
    library.tell(
        "report",
        WriteReport(
            token=token,
            formats=order.formats,
            kind=order.kind,
            spreadsheet=order.spreadsheet,
        ),
    )
    return Accepted(token=token)


def _undo(library: PageLibrary, order: Undo) -> Accepted:
    token = uuid.uuid4().hex
    library.tell("backup", UndoRestore(token=token, force=order.force))
    return Accepted(token=token)


def _restore_beside(library: PageLibrary, order: RestoreCopies) -> Accepted:
    with repository_of(library) as repository:
        snapshot = _chosen(repository, order.snapshot, order.path)
    token = uuid.uuid4().hex
    to = str(_new_folder(library.library, snapshot))
    library.tell(
        "keeper",
        RestoreBeside(token=token, snapshot=snapshot, path=order.path, to=to),
    )
    return Accepted(token=token)


def _new_folder(library: Path, snapshot: str) -> Path:
    """Make a folder beside the library that was not there before."""
    name = f"{library.name or 'library'} restored {snapshot}"
    for number in itertools.count(1):
        to = library.parent / (name if number == 1 else f"{name} ({number})")
        try:
            to.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise ApiError(
                422, f"{to} cannot be made: {error.strerror or error}"
            ) from error
        return to
    raise AssertionError  # numbers do not end


def _verify(library: PageLibrary, order: Verify) -> Accepted:
    with repository_of(library) as repository:
        wanted = order.snapshot
        snapshot = None if wanted is None else repository.find(wanted).id
    token = uuid.uuid4().hex
    library.tell(
        "keeper",
        VerifySnapshots(token=token, snapshot=snapshot, depth=order.depth),
    )
    return Accepted(token=token)


def _label(library: PageLibrary, order: Label) -> Correction:
    path = _file(library, order.path)
    try:
        return library.label(
            path,
            primary=order.primary,
            add=order.add,
            remove=order.remove,
            kind=order.kind,
            language=order.language,
            note=order.note,
            timeout=LABEL_S,
        )
    except MessageValueError as error:
        raise ApiError(422, str(error)) from error
    except LibraryError as error:
        raise ApiError(404, str(error)) from error


def _unlabel(library: PageLibrary, order: Unlabel) -> Unlabeled:
    path = _file(library, order.path)
    try:
        library.unlabel(path, timeout=LABEL_S)
    except LibraryError as error:
        raise ApiError(404, str(error)) from error
    return Unlabeled(path=order.path)


def _file(library: PageLibrary, path: str) -> Path:
    """Return where a file of the catalog stands.

    Raises:
        ApiError: if the catalog knows none, or it is a member of an archive.

    """
    raw, _ = known_file(library, path)
    if INSIDE in raw:
        raise ApiError(
            422, f"{path}: a member of an archive is corrected when it is unpacked"
        )
    return os_path(library.library, raw)
