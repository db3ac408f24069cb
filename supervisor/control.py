"""What the runtime's own parts say to each other through mailboxes."""

from typing import TYPE_CHECKING, Any

import msgspec

from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.notices import Terminated
from orquestrador.supervisor.reason import EndReason

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.receive_timeout import ReceiveTimeoutAlarm
    from orquestrador.supervisor.timers import Timer


class Control(msgspec.Struct, frozen=True):
    """A word of the supervisor's to an actor's loop; travels in the system lane."""


class Shutdown(Control, frozen=True):
    """Stop now, before the messages that wait."""

    number: int
    """The incarnation it is meant for; any other ignores it."""

    reason: EndReason
    final: bool
    """False when the same actor is going to be started again: keep the mailbox."""


class LookAgain(Control, frozen=True):
    """Makes a loop look how it is to serve: suspended or not, traced or not."""


class InspectState(Control, frozen=True):
    """Show what the actor's own thread can see; answered by `Inspection`."""


class Wake(Control, frozen=True):
    """Makes an idle loop look whether it was fenced."""


class StopSelf(msgspec.Struct, frozen=True):
    """The actor asked for its own end, after the messages it already has."""

    reason: EndReason


class Tick(msgspec.Struct, frozen=True):
    """A timer's message; stale when the timer was cancelled after it was sent."""

    timer: "Timer"


class Silence(msgspec.Struct, frozen=True):
    """Nothing came for some time; stale if something did before it was taken."""

    alarm: "ReceiveTimeoutAlarm"
    handled: tuple[int, int] | None
    """How much had been handled until then; None: it was busy just then."""


class Notice(msgspec.Struct, frozen=True):
    """The end of a watched actor; void when it is not watched any more."""

    terminated: Terminated


class Report(msgspec.Struct, frozen=True):
    """A child's word to its supervisor; travels in the system lane."""

    cell: "Cell"
    number: int
    """Which incarnation it is about."""


class Started(Report, frozen=True):
    """The incarnation handles messages from now on."""

    extra: Any = None
    """What its factory handed over besides the actor."""


class Ended(Report, frozen=True):
    """The incarnation is over; its thread does nothing any more."""

    reason: EndReason
    message_type: str | None = None
    """What it was handling when it failed."""

    decision: Decision = Decision.RESTART
    """What its error means."""

    left_behind: bool = False
    """Whether its thread was abandoned."""


class Stuck(Report, frozen=True):
    """The incarnation is over its limit for one message."""

    message_type: str
    busy_s: float
    stack: str


class StopAsked(Report, frozen=True):
    """Somebody has asked the actor, through its ref, to end for good."""


class LimitPassed(Report, frozen=True):
    """The incarnation did not start, or stop, in time."""
