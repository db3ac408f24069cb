"""Which of several files with the same bytes stays."""

import re
from typing import NamedTuple

from orquestrador.library import shown_name
from orquestrador.organizing import cleaning
from orquestrador.organizing.fields import stem_of

FOLDER = b"_copias"
"""Where surplus copies go, each under its whole old path."""

_SET_ASIDE = re.compile(
    r"(?:^|[\W_])(?:backup|bkp|bak|duplicad\w*|duplicat\w*|removed|old|antigos?|lixeira"
    r"|trash|unclassified|c[oó]pias?|copy)(?:[\W_]|$)|backup",
    re.IGNORECASE,
)


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

    The one outside `_copias`; that stands where the convention wants it; outside
    folders of backups and duplicates; with a name that says something, and that no
    file manager gave to a copy; in the outermost folder; with the shortest name; the
    first by name.
    """
    return min(members, key=_rank).raw


def _rank(member: Member) -> tuple[bool, bool, bool, bool, bool, int, int, bytes]:
    folder = member.raw.rpartition(b"/")[0]
    stem = stem_of(member.raw)
    return (
        is_put_aside(member.raw),
        not member.in_place,
        _SET_ASIDE.search(shown_name(folder)) is not None,
        not cleaning.means_something(cleaning.clean(stem)),
        cleaning.is_copy(stem),
        member.raw.count(b"/"),
        len(stem),
        member.raw,
    )
