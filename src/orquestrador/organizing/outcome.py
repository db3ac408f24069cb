"""What an apply or an undo is given, and what it tells."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from orquestrador.library import raw_name
from orquestrador.organizing.disk import Disk
from orquestrador.snapshots.walking import extended


@dataclass(frozen=True)
class Place:
    """Where files are moved, and where that is noted."""

    library: Path
    """Absolute."""

    state: Path
    """The state folder, held by this process."""

    disk: Disk = field(default_factory=Disk)

    @property
    def root(self) -> Path:
        """The library, as the system takes long names."""
        return extended(self.library)

    @property
    def protected(self) -> tuple[bytes, ...]:
        """Folders of the library where nothing is moved to or from."""
        root, state = extended(self.library), extended(self.state)
        if state == root or not state.is_relative_to(root):
            return ()
        return (raw_name(str(state.relative_to(root))),)


class Progress(NamedTuple):
    """How far an apply or an undo has come."""

    done: int
    """Steps that are behind it."""

    total: int


class Outcome(NamedTuple):
    """How an apply or an undo ended."""

    journal: str | None
    """Its id, for `undo`; None when there was nothing to do."""

    moved: int
    """Files that are where they belong now."""

    refused: tuple[tuple[bytes, str], ...] = ()
    """Files that stayed where they were, and why."""

    edited: int = 0
    """Files whose directives were changed, or changed back."""

    edits_refused: tuple[tuple[bytes, str], ...] = ()
    folders_removed: int = 0
    snapshot: str | None = None
    """The newest one before the first move."""

    undone: bool = False
    """Whether files were brought back, and not moved away."""
