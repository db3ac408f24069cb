"""The conversation about moves in the library: a plan is applied, or taken back."""

from orquestrador.messages.backup import SkippedFile
from orquestrador.messages.base import Message

MOST_REFUSED = 1000
"""So many files that stayed are named in a result; all of them are counted."""


class ApplyPlan(Message):
    """Carry a plan out; told by `OrganizeProgressed`, then `OrganizeFinished`.

    A snapshot is taken first; when none can be, nothing is moved.
    """

    token: str
    """Chosen by the caller; every event carries it."""

    plan: str | None
    """Shown name of the plan's file, absolute; None goes on with what was cut short."""

    fix_includes: bool = False
    """Mend directives that the moves break, also where the plan does not say so."""

    force_terminal: bool = False
    """Work on a MetaTrader data folder too."""


class UndoMoves(Message):
    """Bring back what an apply has moved; told as `ApplyPlan` is."""

    token: str
    journal: str | None
    """The apply's id; None: the one that was cut short, or else the last."""


class OrganizeProgressed(Message):
    """Event: how far the moves are."""

    token: str
    done: int
    total: int


class OrganizeResult(Message, tag=False):
    """What was moved, or brought back."""

    journal: str | None
    """The apply's id, for `undo`; None when there was nothing to do."""

    moved: int
    """Files that have another name now."""

    refused: tuple[SkippedFile, ...]
    """Files that stayed where they were, and why; at most 1,000 of them."""

    refused_count: int
    """All of them."""

    edited: int
    """Files whose directives were changed, or changed back."""

    folders_removed: int
    """Folders that were empty afterwards."""

    snapshot: str | None
    """Id of the newest snapshot before the first move."""

    undone: bool
    """Whether files were brought back."""


class OrganizeFinished(Message):
    """Event: an apply or an undo is at its end."""

    token: str
    result: OrganizeResult | None
    """None when nothing was begun, or it was cut short."""

    problem: str | None
    """Why; None when it came to its end, also when single files stayed."""
