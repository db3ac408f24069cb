"""The conversation about a run: one pass over the library."""

from orquestrador.messages.base import Message
from orquestrador.messages.record import Level


class RunOrder(Message, tag=False):
    """What a run is asked to do."""

    token: str
    """Chosen by the caller; every event of the run carries it."""

    paths: tuple[str, ...] = ()
    """Shown names of files and folders inside the library; empty means all."""

    level: Level = "full"
    verify: bool = False
    """Read unchanged files too."""

    backup: bool = False
    """Take a snapshot when the run has ended."""

    report: bool = False
    """Write reports when the run, and its snapshot, have ended."""


class ClassifyLibrary(Message):
    """Begin a run, or queue it behind the one that is under way.

    The run tells its story as events: `RunStarted`, `RunProgressed`, `RunFinished`.
    """

    order: RunOrder


class ContinueRun(Message):
    """The classifier to itself: take the next slice of the run."""

    run: int


class RunHindered(Message):
    """A message of the run was given up: its handler fails on it again and again."""

    reason: str
    """Names the actor, the message and the error."""


class RunLost(Message):
    """Event: a message was given up, without which the end of this is never told.

    Of a run, or of a snapshot or report that was asked for.
    """

    token: str
    reason: str
    """Names the actor, the message and the error."""


class RunStarted(Message):
    """Event: a run has listed the library."""

    token: str
    run: int
    files: int
    """Files the run will look at."""


class RunProgressed(Message):
    """Event: how far a run is."""

    token: str
    run: int
    files: int
    """Files the run will look at."""

    looked_at: int
    """Files compared with the catalog so far."""

    settled: int
    """Files whose place in the catalog is up to date."""

    classified: int
    """Contents classified by this run."""

    problems: int
    """Files that could not be read or classified."""

    current: str | None
    """Shown name of the file looked at last."""


class FilesClassified(Message):
    """Event: these files' records are in the catalog."""

    token: str
    paths: tuple[str, ...]
    """Shown names."""

    stored_at: float = 0.0
    """Seconds since the epoch."""

    changed_at: tuple[float, ...] = ()
    """When the content of each of them changed last, likewise."""


class RunFinished(Message):
    """Event: a run ended; what it found is in the catalog."""

    token: str
    run: int
    problem: str | None
    """None when every file had its turn; else why the rest is pending."""

    files: int
    classified: int
    problems: int
    changed: bool
    """Whether the catalog differs from before the run."""

    duration_s: float
    backup: bool
    report: bool
