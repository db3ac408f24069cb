"""Which file of a group of copies is the best, and why."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from orquestrador.library import shown_name
from orquestrador.messages.sameness import Merit
from orquestrador.sameness import cleaning
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

Version = tuple[int, int]
_NO_VERSION = (-1, 0)


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
    def versions(self) -> tuple[Version, Version]:
        """The version that it states or is named by, and that it is named by.

        The second decides where sources state the same one, as many say 1.00 for ever.
        """
        named = _named(stem_of(self.raw))
        stated = _numbers(stated_version(self.content.version))
        return named if stated == _NO_VERSION else stated, named

    @cached_property
    def rank(
        self,
    ) -> tuple[bool, bool, tuple[int, ...], int, int, int, int, Plainness]:
        """By what files are ordered, the best first; one part for each of `MERITS`."""
        content = self.content
        return (
            content.truncated,
            content.decompiled,
            tuple(-number for version in self.versions for number in version),
            -content.code_size,
            -content.comment_lines,
            -content.quality,
            -content.made_ns,
            plainness(self.raw),
        )

    def value(self, merit: Merit, other: "Member") -> str | None:
        """Return how much of a merit it has, beside another; None for no number."""
        match merit:
            case "version":
                stated = self.versions[0] != other.versions[0]
                major, minor = self.versions[0 if stated else 1]
                return None if major < 0 else f"{major}.{minor}"
            case "newest":
                seconds = self.content.made_ns // 10**9
                return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
            case "code":
                return str(self.content.code_size)
            case "comments":
                return str(self.content.comment_lines)
            case "quality":
                return str(self.content.quality)
            case "whole" | "source" | "place":
                return None


@lru_cache(maxsize=4096)
def _named(stem: str) -> Version:
    return _numbers(named_version(stem))


def _numbers(version: cleaning.Version | None) -> Version:
    if version is None:
        return _NO_VERSION
    return version.major, int(version.minor)


def best_of(members: Iterable[Member]) -> Member:
    """Return the file to keep: of those with the best bytes, in the plainest place."""
    every = list(members)
    sha256 = min(every, key=lambda member: member.rank).content.sha256
    return min(
        (member for member in every if member.content.sha256 == sha256),
        key=lambda member: member.rank[-1],
    )


def reason(best: Member, others: Sequence[Member]) -> tuple[Merit, Member]:
    """Return the first merit that the best has before the next best, and that one.

    The next best has other bytes, if any has.
    """
    rest = [
        each for each in others if each.content.sha256 != best.content.sha256
    ] or others
    second = best_of(rest)
    if second.content.sha256 == best.content.sha256:
        return "place", second
    # A name of other files with the best bytes may have decided: by its version.
    ours: tuple[Any, ...] = best.rank
    theirs: tuple[Any, ...] = second.rank
    for number, merit in enumerate(MERITS):
        if ours[number] < theirs[number]:
            return merit, second
    return "place", second
