"""Which file of a group of copies is the best, and why."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from orquestrador.library import shown_name
from orquestrador.messages.sameness import Merit
from orquestrador.sameness.cleaning import named_version, stated_version
from orquestrador.sameness.places import Plainness, plainness, stem_of

MERITS: tuple[Merit, ...] = (
    "whole",
    "source",
    "version",
    "code",
    "comments",
    "quality",
    "newest",
    "place",
)
"""What is asked of two files, in this order, until one of them is better."""

_NUMBERS = frozenset({"version", "code", "comments", "quality", "newest"})
Version = tuple[int, int]


class Content(NamedTuple):
    """What is known about the bytes of a file."""

    sha256: str
    node: int
    """Number of its code: contents of the same code have the same one."""

    truncated: bool = False
    decompiled: bool = False
    version: str | None = None
    """As the source states it."""

    code_size: int = 0
    """As `Sketch.size`."""

    comment_lines: int = 0
    quality: int = 0
    made_ns: int = 0
    """When the oldest of the files with these bytes was changed."""


class Member:
    """A file that has copies."""

    def __init__(self, raw: bytes, size: int, content: Content) -> None:
        """Take a file of the library: its raw name, bytes and content."""
        self.raw = raw
        self.size = size
        self.content = content

    @property
    def path(self) -> str:
        """The shown name."""
        return shown_name(self.raw)

    @cached_property
    def version(self) -> Version:
        """The latest version that the source or the name states; (-1, 0) for none."""
        stated = (
            stated_version(self.content.version),
            named_version(stem_of(self.raw)),
        )
        known = [(each.major, int(each.minor)) for each in stated if each is not None]
        return max(known, default=(-1, 0))

    @cached_property
    def rank(self) -> tuple[bool, bool, Version, int, int, int, int, Plainness]:
        """By what files are ordered, the best first; one part for each of `MERITS`."""
        content = self.content
        major, minor = self.version
        return (
            content.truncated,
            content.decompiled,
            (-major, -minor),
            -content.code_size,
            -content.comment_lines,
            -content.quality,
            -content.made_ns,
            plainness(self.raw),
        )

    def value(self, merit: Merit) -> str | None:
        """Return how much of a merit it has; None where that is no number."""
        if merit not in _NUMBERS:
            return None
        if merit == "version":
            major, minor = self.version
            return None if major < 0 else f"{major}.{minor}"
        if merit == "newest":
            seconds = self.content.made_ns // 10**9
            return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
        part: Any = self.rank[MERITS.index(merit)]
        return str(-part)


def best_of(members: Iterable[Member]) -> Member:
    """Return the file to keep."""
    return min(members, key=lambda member: member.rank)


def reason(best: Member, others: Sequence[Member]) -> tuple[Merit, Member]:
    """Return the first merit that the best has before the next best, and that one."""
    second = best_of(others)
    for merit, ours, theirs in zip(MERITS, best.rank, second.rank, strict=True):
        if ours != theirs:
            return merit, second
    return "place", second
