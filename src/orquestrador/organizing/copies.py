"""Which of several files with the same bytes stays."""

from typing import NamedTuple

from orquestrador.sameness.places import Plainness, plainness

FOLDER = b"_copias"
"""Where surplus copies go, each under its whole old path."""


class Member(NamedTuple):
    """One of the files with the same bytes."""

    raw: bytes
    in_place: bool
    """Whether it stands where the convention wants it."""


def is_put_aside(raw: bytes) -> bool:
    """Whether a file stands among the surplus copies."""
    return raw.startswith(FOLDER + b"/")


def place_of(raw: bytes) -> bytes:
    """Return where a surplus copy goes."""
    return FOLDER + b"/" + raw


def best(members: list[Member]) -> bytes:
    """Return the file that stays.

    The one outside `_copias`; that stands where the convention wants it; in the
    plainest place: see `plainness`.
    """
    return min(members, key=_rank).raw


def _rank(member: Member) -> tuple[bool, bool, Plainness]:
    return is_put_aside(member.raw), not member.in_place, plainness(member.raw)
