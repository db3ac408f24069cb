"""Files that are copies of one another: what is kept of a content, and the groups."""

from typing import Annotated, Literal

from msgspec import Meta

from orquestrador.messages.base import Message
from orquestrador.messages.record import Share

Sameness = Literal["exact", "same_code", "near"]
"""`exact`: the same bytes. `same_code`: the same tokens, once encoding, comments, white
space and line ends are set aside. `near`: at least the set share of shingles."""

Merit = Literal[
    "whole",
    "source",
    "version",
    "code",
    "comments",
    "quality",
    "newest",
    "place",
]
"""What the best of a group has before the next best: docs/sameness.md."""


class Sketch(Message, tag=False):
    """What is kept of a source's code so that its copies are found without it."""

    code: Annotated[bytes, Meta(min_length=16, max_length=16)]
    """A hash of the token stream."""

    size: Annotated[int, Meta(ge=0)]
    """Bytes of the code in UTF-8, without comments, what quotes hold and white space.
    """

    shingles: bytes
    """The smallest hashes of the code's shingles, ascending: four bytes each, the
    lowest first."""

    complete: bool
    """Whether these are all of its shingles."""


class Copy(Message, tag=False):
    """One file of a group."""

    path: str
    """As in `Record`."""

    sha256: str
    size: Annotated[int, Meta(ge=0)]
    """Bytes."""

    sameness: Sameness
    """What it has in common with the group's best."""

    share: Share
    """Of its and the best's shingles together, those that both have; 1.0 unless the
    sameness is `near`."""


class CopyGroup(Message, tag=False):
    """Files that are copies of one; a file is in one group at most."""

    best: str
    """Path of the file to keep."""

    why: Merit
    """What it has before the next best."""

    value: str | None
    """How much of it, where that is a number or a version; a newest file's time is
    ISO 8601."""

    other: str | None
    """Likewise of the next best."""

    sameness: Sameness
    """The loosest of its files' with the best."""

    surplus_bytes: Annotated[int, Meta(ge=0)]
    """Size of its files without the best."""

    copies: tuple[Copy, ...]
    """The best first, then the most alike; in path order where they are equally so."""
