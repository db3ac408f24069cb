"""What is said about snapshots: one of them, how far one is, how a check ended."""

import datetime as dt
from typing import Literal

from orquestrador.messages.base import Message

ExportForm = Literal["zip", "folder", "age"]
"""What a snapshot is exported as; `age` is an encrypted zip."""


class Snapshot(Message):
    """One kept state of the library."""

    id: str
    """Time and name, as in the Git tag `snapshot/<id>`."""

    time: dt.datetime
    """When it was taken, UTC."""

    reason: str
    """Why it was taken, for people."""

    run: int | None
    """The run of the catalog after which it was taken."""

    files: int
    """Files in it."""

    bytes: int
    """Size of its files, copies counted each."""

    contents: int
    """Distinct contents among its files."""

    skipped: int
    """Files and folders that stood in the library but could not be kept."""


class SkippedFile(Message):
    """A file or folder that is not in a snapshot, and why."""

    path: str
    """Shown name, relative to the library."""

    reason: str


class BackupProgress(Message):
    """How far a snapshot, a restore or a check has come."""

    files: int
    """Files done so far."""

    bytes: int
    """Size of the files done so far."""

    total_files: int | None = None
    """Files in all; None while they are still being listed."""

    total_bytes: int | None = None
    """Size of all files; None while they are still being listed."""


class RestoreResult(Message):
    """What a restore did."""

    snapshot: str
    """The snapshot's id."""

    to: str
    """The folder that was written to."""

    written: int
    """Files written, each read back and compared."""

    unchanged: int
    """Files that stood there already with the same bytes."""

    bytes: int
    """Size of the files written."""

    folders: int
    """Empty folders that are there now."""

    refused: tuple[SkippedFile, ...]
    """What was not written, and why; nothing there was changed."""

    before: str | None = None
    """Into the library itself: id of the snapshot of what was there before."""

    removed: int = 0
    """Files removed, because the restore that is undone had added them."""

    refused_more: int = 0
    """Refused beyond those named: an event has its limits."""

    left_alone: int = 0
    """Into the library itself: files that the snapshot does not have; they stay."""


class SnapshotProblem(Message):
    """Something in the repository that is not as it was written."""

    snapshot: str | None
    """The snapshot that needs it; None when it belongs to none."""

    what: str
    """The file, object or reference, and what is wrong with it."""


class VerifyResult(Message):
    """How a check of the repository ended; sound when `problems` is empty."""

    snapshots: int
    """Snapshots checked."""

    files: int
    """Files of these snapshots, copies counted each."""

    contents: int
    """Distinct contents read and hashed."""

    bytes: int
    """Size of these contents."""

    problems: tuple[SnapshotProblem, ...]
    depth: Literal["structure", "full", "share"] = "full"
    """What was read of the contents: none, all, or a share."""

    all_contents: int = 0
    """Distinct contents of these snapshots, read or not."""

    mended: tuple[str, ...] = ()
    """Files whose damaged contents were stored again, and other mended things."""


class TakeSnapshot(Message):
    """Take a snapshot now; told as the event `SnapshotFinished`."""

    token: str
    """Chosen by the caller; the event carries it."""

    reason: str


class SnapshotFinished(Message):
    """Event: a snapshot was taken, was not needed, or could not be taken."""

    token: str
    snapshot: Snapshot | None
    """None when nothing changed since the newest one, or it failed."""

    problem: str | None
    report: bool = False
    """Whether reports are to follow."""


class KeptSnapshot(Message):
    """A snapshot that a prune keeps."""

    snapshot: Snapshot
    reasons: tuple[str, ...]
    """Such as `newest`, `last`, `daily`, `from the future`."""


class PruneResult(Message):
    """What a prune did, or would do."""

    kept: tuple[KeptSnapshot, ...]
    """Newest first."""

    removed: tuple[Snapshot, ...]
    """Newest first."""

    bytes_before: int
    """Size of the repository's packs."""

    bytes_after: int
    """Likewise, afterwards; an estimate in a dry run."""

    packs_in_use: int
    """Old packs that another program was reading; the next prune removes them."""

    dry_run: bool
    """Whether nothing was changed."""


class PushResult(Message):
    """What a push did."""

    remote: str
    """The folder or address."""

    snapshots: int
    """Snapshots that are there now, of those that are here."""

    sent: int
    """Those of them that were not there before."""

    bytes: int
    """Size of the objects sent, before they were compressed."""

    removed: tuple[str, ...]
    """Ids of snapshots that were removed there, because they are not here any more."""

    only_there: tuple[str, ...]
    """Ids of snapshots that are there and not here any more."""


class SaveClassified(Message):
    """To the keeper: something that was saved is in the catalog, outside of a run."""


class LookAtSchedule(Message):
    """The keeper to itself: look whether anything is due."""


class PushFinished(Message):
    """Event: snapshots were pushed to the second place, or why not."""

    remote: str
    result: PushResult | None
    problem: str | None


class CheckFinished(Message):
    """Event: a share of the snapshots was checked, or a restore was tried."""

    what: Literal["verify", "test_restore"]
    problems: tuple[str, ...]
    """Empty when everything is sound."""


class RestoreInPlace(Message):
    """Write files of a snapshot into the library, after a snapshot of the present.

    Told as the event `RestoreFinished`.
    """

    token: str
    """Chosen by the caller; the event carries it."""

    snapshot: str
    """Its id."""

    path: str | None = None
    """The file or folder wanted, as shown; None for everything."""

    force: bool = False
    """Whether files that are different now are replaced."""


class UndoRestore(Message):
    """Take the last restore into the library back; told as `RestoreFinished`."""

    token: str
    """Chosen by the caller; the event carries it."""

    force: bool = False
    """Whether files that have changed since the restore go back too."""


class RestoreBeside(Message):
    """Write files of a snapshot below a folder that is not the library.

    Told as the event `RestoreFinished`.
    """

    token: str
    """Chosen by the caller; the event carries it."""

    snapshot: str
    """Its id."""

    to: str
    """The folder."""

    path: str | None = None
    """The file or folder wanted, as shown; None for everything."""


class RestoreFinished(Message):
    """Event: a restore, or the undoing of one into the library, has ended."""

    token: str
    result: RestoreResult | None
    """None when it failed."""

    problem: str | None


class VerifySnapshots(Message):
    """Check one snapshot or all of them; told as the event `VerifyFinished`."""

    token: str
    """Chosen by the caller; the event carries it."""

    snapshot: str | None = None
    """Its id; None for all."""

    depth: Literal["structure", "full"] = "full"
    """`structure` reads no contents."""


class VerifyFinished(Message):
    """Event: a check that was asked for has ended."""

    token: str
    result: VerifyResult | None
    """None when it could not be done. Names a hundred problems at most."""

    problem: str | None


class ExportResult(Message):
    """What an export of a snapshot did."""

    snapshot: str
    """The snapshot's id."""

    to: str
    """The file or folder that is there now."""

    form: ExportForm
    files: int
    """Files of the library in it."""

    bytes: int
    """Size of these files."""

    size: int | None
    """Bytes of the file that was written; None for a folder."""

    refused: tuple[SkippedFile, ...]
    """What is not in it, and why."""
