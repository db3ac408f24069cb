"""What is known about the repository's soundness: when it was checked, how, the end.

`checks.json` in our folder of the repository. Lost or damaged, it means that nothing
has been checked yet.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from orquestrador.messages.backup import Snapshot
from orquestrador.snapshots.files import load, save

FILE_NAME = "checks.json"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Depth = Literal["structure", "full", "share"]


class Check(msgspec.Struct, frozen=True):
    """How one check ended."""

    at: dt.datetime
    depth: Depth
    problems: int


class RestoreTest(msgspec.Struct, frozen=True):
    """How one test restore ended."""

    at: dt.datetime
    snapshot: str
    files: int
    problem: str | None
    """None when every byte came back."""


class Seen(msgspec.Struct, frozen=True):
    """A snapshot, and a moment at which something was true of it."""

    snapshot: str
    time: dt.datetime
    """When the snapshot was taken."""

    at: dt.datetime
    """When it was so."""


class Checks(msgspec.Struct):
    """Everything that is known."""

    version: int = 1
    last: Check | None = None
    """The last check of any depth."""

    unsound: Check | None = None
    """The check that found problems; None once a check of everything found none."""

    shared_at: dt.datetime | None = None
    """When a share was last read."""

    verified: Seen | None = None
    """The newest snapshot that was found sound, every content of it read."""

    complete: Seen | None = None
    """The newest snapshot, and when the library was last as it is there."""

    restored: RestoreTest | None = None
    reads: dict[str, int] = {}
    """Name of a content's blob to the day (since 1970, UTC) it was last read whole."""

    def verified_at(self) -> dt.datetime | None:
        """Return when the library was last as it is in a verified snapshot."""
        if self.verified is None:
            return None
        complete = self.complete
        if complete is not None and complete.snapshot == self.verified.snapshot:
            return max(complete.at, self.verified.time)
        return self.verified.time

    def is_damaged(self) -> bool:
        """Whether the last check or test restore found something wrong."""
        test = self.restored
        return self.unsound is not None or (
            test is not None and test.problem is not None
        )


def load_checks(ours: Path) -> Checks:
    """Return what is known; nothing where there is no readable file.

    Args:
        ours: our folder of the repository.

    """
    return load(ours / FILE_NAME, Checks) or Checks()


def save_checks(ours: Path, checks: Checks) -> None:
    """Keep what is known.

    Raises:
        OSError: if it cannot be written; what was known before still is.

    """
    # What a power cut loses of it costs one more check.
    save(ours / FILE_NAME, checks, durable=False)


def day_of(moment: dt.datetime) -> int:
    """Return the day of a moment, since 1970 in UTC."""
    return (moment - _EPOCH).days


def choose_share(
    sizes: Mapping[str, int], checks: Checks, *, days: int, now: dt.datetime
) -> set[str]:
    """Choose the contents that are to be read today.

    Those that were never read; then those that were read longest ago, as many bytes
    as must be read so that none is left out for more than `days` days. After a pause
    of several days it is as much as those days had to read.

    Args:
        sizes: name of each content's blob to its size.
        checks: when each was read.
        days: in which all are to be read, at least 1.
        now: with a time zone.

    """
    since = 1 if checks.shared_at is None else (now - checks.shared_at).days
    due = sum(sizes.values()) * min(max(since, 1), days) / days
    chosen = {name for name in sizes if name not in checks.reads}
    read = 0
    for name in sorted(sizes, key=lambda each: (checks.reads.get(each, 0), each)):
        if read >= due:
            break
        chosen.add(name)
        read += sizes[name]
    return chosen


def newest_verified(
    snapshots: Iterable[tuple[Snapshot, Iterable[str]]],
    reads: Mapping[str, int],
    *,
    oldest_day: int,
) -> Snapshot | None:
    """Return the first snapshot all of whose contents were read lately.

    Args:
        snapshots: sound ones, newest first, with the names of their blobs.
        reads: name of a blob to the day it was last read whole.
        oldest_day: a day before this is too long ago.

    """
    for snapshot, blobs in snapshots:
        if all(reads.get(blob, -1) >= oldest_day for blob in blobs):
            return snapshot
    return None
