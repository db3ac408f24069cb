"""The conversation with the catalog's actor, its only writer."""

from typing import TypeAlias

from orquestrador.messages.base import Message
from orquestrador.messages.catalog import Batch, Run, RunCounts, RunState
from orquestrador.messages.request import Request
from orquestrador.messages.run import RunFinished, RunOrder


class BeginRun(Request["RunBegun"]):
    """Enter a run. Entering the same token again is no harm."""

    order: RunOrder
    classifier: str
    """Version of the program and of its rules."""


class RunBegun(Message):
    """The run is in the catalog and will be found there after a failure."""

    run: Run


class GetOpenRun(Request["OpenRun"]):
    """Ask for the oldest run that has not ended."""

    after: int = 0
    """Only runs that began later than this one."""


class OpenRun(Message):
    """The oldest run that has not ended."""

    run: Run | None


class StoreBatch(Request["BatchStored"]):
    """Store all of this or nothing."""

    number: int
    """Chosen by the sender; the answer carries it."""

    batch: Batch


class BatchStored(Message):
    """What was sent with this number is in the catalog."""

    number: int


class EndRun(Request["RunEnded"]):
    """Note how a run ended."""

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


CatalogRequest: TypeAlias = BeginRun | GetOpenRun | StoreBatch | EndRun
"""What the catalog's actor accepts."""
