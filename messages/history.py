"""What is said about changes: what a path held before, and what it holds now."""

import datetime as dt
from typing import Literal

from orquestrador.messages.base import Message

ChangeKind = Literal["added", "changed", "renamed", "reclassified", "removed"]


class PathState(Message, tag=False):
    """What a path held, and what was said of it then."""

    sha256: str | None
    """Of its bytes; None when they could not be read."""

    language: str | None
    """None when it was not classified; likewise the next two."""

    kind: str | None
    primary: str | None
    """The primary strategy."""

    problem: str | None
    """Why it could not be read or classified."""


class Change(Message, tag=False):
    """One file is another one than it was."""

    path: str
    """Shown name, relative to the library; of a renamed file the new one."""

    what: ChangeKind
    """`reclassified`: the same bytes, and other things are said of them."""

    at: dt.datetime
    """When it was seen, UTC; a file is looked at when it is saved, or by a run."""

    before: PathState | None
    """None when there was no such file."""

    after: PathState | None
    """None when there is no such file any more."""

    renamed_from: str | None = None
    """The old path of a renamed file."""


class TrendPoint(Message, tag=False):
    """The library in figures at the end of one run."""

    run: int
    at: dt.datetime
    """When it ended, UTC."""

    files: int
    contents: int
    """Distinct ones."""

    experts: int
    """Distinct contents, as the next one."""

    endangered: int
    """Experts with a danger, as today's rules see them."""

    unread: int
    """Files that could not be read or classified."""
