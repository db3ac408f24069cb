"""What the runtime tells actors and subscribers.

Events are messages: data that can be written down or sent elsewhere. A notice that
has to carry a ref, an error or somebody's message is a frozen dataclass instead.
"""

from typing import Annotated, Any

import msgspec
import pykka
from msgspec import Meta

from orquestrador.messages import Message
from orquestrador.supervisor.reason import EndReason

Count = Annotated[int, Meta(ge=0)]


class ChildEvent(Message):
    """Something happened to a child of a supervisor."""

    supervisor: str
    """Name of the supervisor."""

    child: str
    """The child's id in its spec."""

    name: str
    """The actor's name."""

    urn: str
    """The actor's URN, the same over restarts."""

    incarnation: Count
    """Which run of the actor's code, from 1."""


class ChildStarted(ChildEvent):
    """An incarnation is ready to handle messages; a number above 1 is a restart."""


class ChildFailed(ChildEvent):
    """An incarnation ended by an error, or was fenced."""

    reason: str
    """The error, on one line."""

    message_type: str | None
    """What it was handling; None when it failed in one of its hooks."""


class ChildStopped(ChildEvent):
    """An incarnation ended without a failure."""

    reason: str


class ChildStuck(ChildEvent):
    """An incarnation handles one message for longer than its spec allows."""

    message_type: str
    busy_s: Annotated[float, Meta(ge=0)]
    stack: str
    """Where the thread stands, as a traceback."""


class SupervisorGaveUp(Message):
    """A supervisor ends because its children fail more often than it allows."""

    supervisor: str
    child: str
    """Id of the child whose failure was one too many."""

    reason: str
    """The limit, and the child's error."""


class DeadLetter(msgspec.Struct, frozen=True):
    """A message that nobody handled to its end."""

    message: Any
    sender: pykka.ActorRef[Any] | None
    """The actor that sent it; None when it came from outside any actor."""

    receiver: pykka.ActorRef[Any]
    reason: str
    """Why nobody did, in words."""

    error: BaseException | None = None
    """What its handler raised, when that is why."""

    deliveries: int = 0
    """How often an incarnation failed on it."""


class RequestFailed(msgspec.Struct, frozen=True):
    """The answer to a request that will get no reply."""

    request: Any
    receiver: pykka.ActorRef[Any]
    reason: BaseException


class ReceiveTimeout(Message):
    """No message came for as long as the actor has asked to be told of."""

    after_s: Annotated[float, Meta(gt=0)]
    """Seconds: what was given to `Timers.set_receive_timeout`."""


class Terminated(msgspec.Struct, frozen=True):
    """A watched actor ended for good; comes once, after everything it sent."""

    ref: pykka.ActorRef[Any]
    reason: EndReason
