"""The conversation with a running system: how it is, and its end."""

from typing import Annotated

from msgspec import Meta

from orquestrador.messages.base import Message
from orquestrador.messages.record import Level
from orquestrador.messages.request import Request
from orquestrador.messages.run import RunProgressed

Count = Annotated[int, Meta(ge=0)]


class RunDefaults(Message, tag=False):
    """What a run does where its order says nothing."""

    level: Level
    backup: bool
    report: bool


class SystemStatus(Message):
    """A running system at one moment."""

    library: str
    """Shown name of its folder, absolute."""

    state: str
    """Its state folder, absolute."""

    pid: int
    since: float
    """When it was started, in seconds since the epoch."""

    defaults: RunDefaults
    run: RunProgressed | None
    """How far the run is that is under way; None between runs, and while one is
    listing the library."""

    connections: Count
    """Programs that talk to it now, who asks among them."""


class GetStatus(Request[SystemStatus]):
    """Ask how the system is."""


class Stopping(Message):
    """The system is going to stop in order."""

    pid: int


class StopSystem(Request[Stopping]):
    """Stop the whole system in order."""


class StopRequested(Message):
    """Event: somebody asked for the end of the system; who started it has to act."""


class ServingFailed(Message):
    """The control actor to itself: its server has ended by an error."""

    reason: str
