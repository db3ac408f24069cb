"""What a running system is told to do; each order is a message to its actor."""

import uuid
from typing import Annotated

import msgspec
from msgspec import Meta

from orquestrador.errors import LibraryError, MessageValueError
from orquestrador.interface.web.api.endpoint import Accepted, ApiError, Endpoint
from orquestrador.interface.web.api.files import Code, ShownPath
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.messages.backup import RestoreInPlace, TakeSnapshot
from orquestrador.messages.correcting import Correction
from orquestrador.messages.record import Kind, Language, Level
from orquestrador.messages.report import ReportFormat, ReportKind, WriteReport

LABEL_S = 60.0
"""A correction is known to the catalog within this time, or the wait is given up."""

_MOST_PATHS = 1000
_MOST_CODES = 100


class Classify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Classify the library, or what is named."""

    paths: Annotated[tuple[ShownPath, ...], Meta(max_length=_MOST_PATHS)] = ()
    """Files or folders; everything without them."""

    level: Level | None = None
    """Null asks the settings."""

    verify: bool = False
    """Read unchanged files too."""


class Snap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a snapshot now."""


class Restore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Write files of a snapshot into the library, after a snapshot of the present."""

    snapshot: Annotated[str, Meta(min_length=4, max_length=64)]
    path: ShownPath | None = None
    """The file or folder wanted; null for everything."""

    force: bool = False
    """Whether files that are different now are replaced."""


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Write reports now."""

    formats: Annotated[tuple[ReportFormat, ...], Meta(max_length=10)] = ()
    """Empty means the settings' formats."""

    kind: ReportKind = "executive"


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Correct the labels of a file's content."""

    path: ShownPath
    primary: Code | None = None
    add: Annotated[tuple[Code, ...], Meta(max_length=_MOST_CODES)] = ()
    remove: Annotated[tuple[Code, ...], Meta(max_length=_MOST_CODES)] = ()
    kind: Kind | None = None
    language: Language | None = None
    note: Annotated[str, Meta(max_length=2000)] | None = None


def endpoints() -> tuple[Endpoint, ...]:
    """Return the addresses of this module."""
    orders = (
        ("/runs", "Classify the library, or what is named", Classify, _classify),
        ("/snapshots", "Take a snapshot now", Snap, _snap),
        ("/restores", "Write files of a snapshot into the library", Restore, _restore),
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
        run = library.classify(order.paths, level=order.level, verify=order.verify)
    except LibraryError as error:
        raise ApiError(404, str(error)) from error
    return Accepted(token=run.order.token)


def _snap(library: PageLibrary, _order: Snap) -> Accepted:
    token = uuid.uuid4().hex
    library.tell("backup", TakeSnapshot(token=token, reason="on demand"))
    return Accepted(token=token)


def _restore(library: PageLibrary, order: Restore) -> Accepted:
    token = uuid.uuid4().hex
    library.tell(
        "backup",
        RestoreInPlace(
            token=token, snapshot=order.snapshot, path=order.path, force=order.force
        ),
    )
    return Accepted(token=token)


def _report(library: PageLibrary, order: Report) -> Accepted:
    token = uuid.uuid4().hex
    library.tell(
        "report", WriteReport(token=token, formats=order.formats, kind=order.kind)
    )
    return Accepted(token=token)


def _label(library: PageLibrary, order: Label) -> Correction:
    try:
        return library.label(
            order.path,
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
