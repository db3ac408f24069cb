"""The conversation with the monitor actor."""

from orquestrador.messages.base import Message


class GetMetrics(Message):
    """Ask for a fresh sample; answered by `MetricsSampled`."""


class TakeSample(Message):
    """Timer tick of the monitor."""


class ActorSample(Message, tag=False):
    """One actor at the moment of a sample."""

    name: str
    state: str
    mailbox: int
    """Messages waiting."""

    handled: int
    """Messages taken to their end since the actor's first start."""

    rate: float
    """Messages a second since the sample before."""

    restarts: int
    busy_s: float
    """Seconds since the message in hand was taken; 0.0 when idle."""


class MetricsSampled(Message):
    """Event and answer: the machine, the process and the actors."""

    at: float
    """Seconds since the epoch."""

    cpu_percent: float
    """Of the machine, 0 to 100."""

    memory_percent: float
    disk_percent: float
    """Used share of the disk that holds the state folder."""

    process_cpu_percent: float
    """Of this process and its workers; 100 is one processor."""

    process_memory_mb: float
    """Resident, of this process and its workers."""

    threads: int
    actors: tuple[ActorSample, ...]
