"""What the runtime's own parts say to each other through mailboxes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.notices import Terminated
from orquestrador.supervisor.reason import EndReason

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.receive_timeout import ReceiveTimeoutAlarm
    from orquestrador.supervisor.timers import Timer


class Control:
    """A word of the supervisor's to an actor's loop; travels in the system lane."""


@dataclass(frozen=True, slots=True)
class Shutdown(Control):
    """Stop now, before the messages that wait."""

    number: int
    """The incarnation it is meant for; any other ignores it."""

    reason: EndReason
    final: bool
    """False when the same actor is going to be started again: keep the mailbox."""


class LookAgain(Control):
    """Makes a loop look how it is to serve: suspended or not, traced or not."""


class InspectState(Control):
    """Show what the actor's own thread can see; answered by `Inspection`."""


class Wake(Control):
    """Makes an idle loop look whether it was fenced."""


@dataclass(frozen=True, slots=True)
class StopSelf:
    """The actor asked for its own end, after the messages it already has."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class Tick:
    """A timer's message; stale when the timer was cancelled after it was sent."""

    timer: "Timer"


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came for some time; stale if something did before it was taken."""

    alarm: "ReceiveTimeoutAlarm"
    handled: tuple[int, int] | None
    """How much had been handled until then; None: it was busy just then."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The end of a watched actor; void when it is not watched any more."""

    terminated: Terminated


@dataclass(frozen=True, slots=True)
class Report:
    """A child's word to its supervisor; travels in the system lane."""

    cell: "Cell"
    number: int
    """Which incarnation it is about."""


@dataclass(frozen=True, slots=True)
class Started(Report):
    """The incarnation handles messages from now on."""

    extra: Any = None
    """What its factory handed over besides the actor."""


@dataclass(frozen=True, slots=True)
class Ended(Report):
    """The incarnation is over; its thread does nothing any more."""

    reason: EndReason
    message_type: str | None = None
    """What it was handling when it failed."""

    decision: Decision = Decision.RESTART
    """What its error means."""

    left_behind: bool = False
    """Whether its thread was abandoned."""


@dataclass(frozen=True, slots=True)
class Stuck(Report):
    """The incarnation is over its limit for one message."""

    message_type: str
    busy_s: float
    stack: str


@dataclass(frozen=True, slots=True)
class LimitPassed(Report):
    """The incarnation did not start, or stop, in time."""
