"""What is proposed: moves, what stays and why, what would break."""

from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta


class Move(NamedTuple):
    """One file's new place."""

    source: bytes
    """Raw name, relative to the library."""

    target: bytes
    """Likewise."""

    sha256: str
    """Of its bytes when the plan was made: a file that changed since is not moved."""

    size: int
    mtime_ns: int
    copy_of: bytes | None = None
    """For a surplus copy: where the copy that stays will be."""

    line: int | None = None
    """In the plan's file, from 1."""


class Left(NamedTuple):
    """A file that stays where it is, and why."""

    raw: bytes
    reason: str


class BrokenReference(NamedTuple):
    """A line that would no longer find what it names."""

    raw: bytes
    """The file with the line: where it stands in the end."""

    line: int
    directive: str
    """`include`, `resource` or `import`."""

    text: str
    """What it names now."""

    mended: str | None
    """What `--fix-includes` would write instead; None when it cannot."""


class Plan(NamedTuple):
    """A plan for a library as it stood when it was made."""

    library: str
    """Shown name of its folder, absolute."""

    made_at: str
    """ISO 8601, UTC."""

    moves: tuple[Move, ...]
    left: tuple[Left, ...] = ()
    """Files that were looked at and have no better place; those that stand well
    already are only counted."""

    in_place: int = 0
    broken: tuple[BrokenReference, ...] = ()
    fix_includes: bool = False

    @property
    def copies(self) -> tuple[Move, ...]:
        """Return the moves of surplus copies."""
        return tuple(move for move in self.moves if move.copy_of is not None)


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a plan's file."""

    plan: Annotated[int, Meta(ge=1)]
    """The format's version."""

    library: str
    made_at: str
    fix_includes: bool = False


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every other line of it; names as they are shown, with `%` for strange bytes."""

    to: str
    source: str = msgspec.field(name="from")
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    mtime_ns: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    copy_of: str | None = None
