"""The conversation about the user's corrections of labels."""

from orquestrador.messages.base import Message
from orquestrador.messages.record import Kind, Language, Sha256


class Correction(Message, tag=False):
    """What the user says of one content; what is left out, the rules say."""

    path: str
    """A file that held the content when it was corrected, as shown."""

    date: str
    """The day of the last change, local, as in ISO 8601."""

    language: Language | None = None
    kind: Kind | None = None
    primary: str | None = None
    """The strategy that comes first."""

    add: tuple[str, ...] = ()
    """Strategies, risk, hygiene, timeframes and symbols that the content has."""

    remove: tuple[str, ...] = ()
    """Those that it has not."""

    note: str | None = None


class CorrectLabels(Message):
    """Keep a correction of a content; told by `LabelsCorrected`."""

    token: str
    """Chosen by the caller; the event carries it."""

    sha256: Sha256
    correction: Correction | None
    """Joins the one that is there, its word before the older one's; None takes the
    content's correction away."""


class LabelsCorrected(Message):
    """Event: a correction is kept, or taken away, for good.

    The catalog shows it once a run has classified the content again.
    """

    token: str
    correction: Correction | None
    """What stands now."""

    problem: str | None
    """Why nothing was changed."""
