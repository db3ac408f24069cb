"""What a caller says about a snapshot to be taken."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Required, TypedDict


class KnownContent(NamedTuple):
    """What the caller found when it read a file itself.

    Only for files that had not changed for two seconds when they were read: such a
    file cannot have changed since without its time or size showing it.
    """

    size: int
    """Bytes."""

    mtime_ns: int
    sha256: str
    """Of the bytes read, 64 hexadecimal digits."""


class PresentOptions(TypedDict, total=False):
    """What a snapshot would leave out; as in `SnapshotOptions`."""

    exclude: Iterable[str]
    exclude_folders: Iterable[Path]
    max_file_mb: float


class SnapshotOptions(TypedDict, total=False):
    """The keywords of `SnapshotRepository.create`."""

    reason: Required[str]
    """Why it is taken, for people; one line."""

    now: Required[datetime]
    """The snapshot's time, with a time zone."""

    run: int | None
    """The catalog's run after which it is taken; none by default."""

    exclude: Iterable[str]
    """Shell patterns of names, or of paths when they hold `/`; none by default."""

    exclude_folders: Iterable[Path]
    """Folders not entered, such as the state folder; the repository never is."""

    max_file_mb: float
    """A larger file is skipped; 50 by default."""

    known: Mapping[bytes, KnownContent]
    """By raw name, what the caller read itself; spares reading it again."""

    beside: Mapping[str, bytes]
    """By file name, what else is kept, such as `corrections.toml`."""

    executor: Executor
    """Compresses several contents at a time; without one it is one by one."""
