"""The conversation with the catalog's actor, its only writer."""

from orquestrador.messages.base import Message
from orquestrador.messages.catalog import Batch, Run, RunCounts, RunState
from orquestrador.messages.run import RunFinished, RunOrder


class BeginRun(Message):
    """Enter a run; answered by `RunBegun`. Entering the same token again is no harm."""

    order: RunOrder
    classifier: str
    """Version of the program and of its rules."""


class RunBegun(Message):
    """The run is in the catalog and will be found there after a failure."""

    run: Run


class GetOpenRun(Message):
    """Ask for the oldest run that has not ended; answered by `OpenRun`."""

    after: int = 0
    """Only runs that began later than this one."""


class OpenRun(Message):
    """The oldest run that has not ended."""

    run: Run | None


class StoreBatch(Message):
    """Store all of this or nothing; answered by `BatchStored`."""

    number: int
    """Chosen by the sender; the answer carries it."""

    batch: Batch


class BatchStored(Message):
    """What was sent with this number is in the catalog."""

    number: int


class EndRun(Message):
    """Note how a run ended; answered by `RunEnded`."""

    run: int
    state: RunState
    reason: str | None
    counts: RunCounts
    finished: RunFinished
    """What is told once that is in the catalog; the answer carries it, because the
    sender may have lost its memory by then."""


class RunEnded(Message):
    """The end of a run is in the catalog."""

    finished: RunFinished
    """As it came with `EndRun`; to be told now."""
