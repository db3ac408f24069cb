"""What is said about how one kept state of the library differs from another."""

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta

from orquestrador.messages.base import Message

ChangeKind = Literal["added", "removed", "changed", "renamed"]
"""`renamed` has the same content under another path."""


LabelsKnown = Literal["both", "old", "new", "none"]
"""Which of two states know labels."""


TextNote = Literal["encoding", "line_ends", "bytes", "binary", "large"]
"""What alone has changed in a text (`bytes`: nothing that it shows), or why there is
no diff of it."""

PresentFile = Literal["same", "different", "missing"]
"""How the library's own file stands to a content."""


class ContentLabels(Message, tag=False):
    """What the catalog said of a content: enough to tell how it was sorted."""

    sha256: str
    """The content, 64 hexadecimal digits."""

    suffix: str
    """Of the files that hold it; the same bytes are sorted by it too."""

    language: str
    kind: str
    strategies: tuple[str, ...]
    """The heaviest first: it is the primary one."""

    risk: tuple[str, ...]
    hygiene: tuple[str, ...]
    classifier: str
    """Version of the program and of its rules."""


class TextChange(Message, tag=False):
    """What became of a file's text."""

    diff: str
    """Unified, of the decoded texts, without a head; empty where there is none."""

    note: TextNote | None
    """None when `diff` says all."""

    old_encoding: str | None
    """Python's name of the codec; None when it was not there, or no text."""

    encoding: str | None


class FileChange(Message, tag=False):
    """One file that is not the same in both states."""

    kind: ChangeKind
    path: str
    """Shown name in the later state; of a removed file, in the earlier one."""

    old_path: str | None = None
    """Of a renamed file, its shown name in the earlier state."""

    old_size: int | None = None
    """Bytes in the earlier state; None when it was not there."""

    size: int | None = None
    """Bytes in the later state; None when it is not there."""

    old_sha256: str | None = None
    sha256: str | None = None
    text: TextChange | None = None
    """None when it was not asked for."""


class Reclassified(Message, tag=False):
    """A content in both states that the catalog sorts in another way since."""

    paths: tuple[str, ...]
    """Shown names of the files that hold it, in the later state."""

    sha256: str
    before: ContentLabels
    after: ContentLabels


class Difference(Message):
    """How two states of the library differ."""

    old: str
    """Id of the earlier snapshot."""

    new: str | None
    """Id of the later one; None for the library as it stands."""

    added: Annotated[int, Meta(ge=0)]
    removed: Annotated[int, Meta(ge=0)]
    changed: Annotated[int, Meta(ge=0)]
    renamed: Annotated[int, Meta(ge=0)]
    same: Annotated[int, Meta(ge=0)]
    """Files that have the same path and content."""

    changes: tuple[FileChange, ...]
    """By path."""

    reclassified: tuple[Reclassified, ...]
    """By path."""

    labels: LabelsKnown
    """Which of the states know labels; only with `both` is `reclassified` known."""


class KeptContent(Message, tag=False):
    """One content that a path had, and the snapshots that hold it there."""

    path: str
    """Shown name it had then: an earlier one, if the file was renamed."""

    sha256: str
    size: int
    mtime_ns: int
    """Of the file in the newest of these snapshots; nanoseconds since 1970."""

    first: dt.datetime
    """When the oldest of these snapshots was taken, UTC."""

    last: dt.datetime
    snapshots: tuple[str, ...]
    """Their ids, newest first."""


class PathHistory(Message):
    """What a path held over the snapshots."""

    path: str
    """Shown name."""

    contents: tuple[KeptContent, ...]
    """Newest first; a content that came back stands twice."""

    present: PresentFile
    """How the library's own file stands to the newest content."""
