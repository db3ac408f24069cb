"""The conversation of the classifier with its workers, in memory and on pipes."""

from typing import TypeAlias

from orquestrador.messages.base import Message
from orquestrador.messages.catalog import ClassifiedContent
from orquestrador.messages.record import Level, Record
from orquestrador.messages.sameness import Sketch


class ContentKey(Message, tag=False):
    """What a record is a function of, beside the rules."""

    sha256: str
    suffix: str
    """Lower-case, with its dot; decides only where the bytes leave a tie."""


class ContentToClassify(Message, tag=False):
    """One content with its bytes."""

    key: ContentKey
    data: bytes


class ClassifyBatch(Message):
    """Classify these contents; answered by `BatchClassified`."""

    batch: int
    """Number of the batch, unique in the life of the program."""

    level: Level
    contents: tuple[ContentToClassify, ...]
    urgent: bool = False
    """Whether it overtakes the contents that a worker has not begun (a save)."""


class ClassifyNext(Message):
    """A worker without a process to itself: classify the next content."""


class FailedContent(Message, tag=False):
    """A content that no worker could classify."""

    key: ContentKey
    reason: str
    again: bool
    """Whether a later run should try it again: the cause may lie outside it."""


class PrepareWorker(Message):
    """Work is to come: start the process now, if there is none."""


class BatchClassified(Message):
    """A batch is done: each of its contents is in one of the two lists."""

    worker: str
    batch: int
    classified: tuple[ClassifiedContent, ...]
    failed: tuple[FailedContent, ...]


class PieceClassified(Message):
    """A task of a cluster is done: each of its contents is in one of the two lists."""

    classified: tuple[ClassifiedContent, ...]
    failed: tuple[FailedContent, ...]


class TaskEnded(Message):
    """A task of a cluster has ended, in whatever way (from a thread of its own)."""

    task: int
    """Number of the task, counted by its actor."""


class WorkerIdle(Message):
    """A worker has no work in hand; what it was given before is void."""

    worker: str


class WorkerCannotStart(Message):
    """A worker's process ended before its first answer; no content is to blame."""

    worker: str
    reason: str


class OwnRulesGiven(Message):
    """The first frame for a worker process that is told to wait for it."""

    rules: str
    """The user's, as `OwnRules.encoded` writes them."""


class WorkerReady(Message):
    """The first frame of a worker process: it is able to work."""

    pid: int
    classifier: str
    """The version that its records will carry."""


class UrgentBegun(Message):
    """A frame of a worker process: it begins a content of an urgent batch.

    What it works on otherwise is the oldest content that is not urgent.
    """

    batch: int


class ContentAnswered(Message):
    """A frame of a worker process: what became of one content of the batch."""

    batch: int
    index: int
    """Place of the content in the batch, from 0."""

    record: Record | None
    reason: str | None
    """Why there is no record."""

    sketch: Sketch | None = None
    """Of its code, if it has any."""


class ProcessFrame(Message):
    """A worker's process sent a frame (from its reader thread to the worker)."""

    process: int
    """Number of the process, counted by its actor."""

    data: bytes


class ProcessEnded(Message):
    """A worker's process ended (from its reader thread to the worker)."""

    process: int
    exit_code: int
    """Negative: the signal that ended it (POSIX)."""

    words: str
    """The last that it wrote to its standard error."""


class CheckProcess(Message):
    """Timer tick: look at the time and the memory that the process takes."""


WorkerMessage: TypeAlias = ClassifyBatch | PrepareWorker
"""What every worker accepts, with a process or without."""
