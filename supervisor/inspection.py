"""Looking inside: what can be seen of an actor from outside, and by its own thread.

Counters, the message in hand and the length of the mailbox are read without asking
anybody, so that a stuck actor is seen and not waited for. The state, and the head of
the mailbox, belong to the actor's thread: it is asked for them by a message of the
system lane, which overtakes whatever waits.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pykka
from msgspec import Meta

from orquestrador.messages import Message
from orquestrador.supervisor.control import InspectState
from orquestrador.supervisor.encoding import decoded
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.hand import STARTING
from orquestrador.supervisor.handling_times import HandlingTimes
from orquestrador.supervisor.reason import describe
from orquestrador.supervisor.rendering import render, render_all

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.cell import Cell

MAX_ATTRIBUTES = 40
"""Attributes shown of an actor's state."""

MAX_HEAD = 10
"""Messages shown of a mailbox."""

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]
State = Literal["starting", "running", "restarting", "stopped"]


class ActorInfo(Message):
    """One actor at one moment."""

    name: str
    urn: str
    parent: str
    """URN of its supervisor; empty for the top of a tree."""

    actor_class: str
    state: State
    incarnation: Count
    restarts: Count
    """Incarnations after the first."""

    mailbox: Count
    """Messages that wait."""

    handled: Count
    """Messages handled to their end, by all incarnations."""

    failures: Count
    last_failure: str | None
    message_type: str | None
    """What it is handling now."""

    busy_s: Seconds
    """Seconds it has been handling it; 0 when idle."""

    suspended: bool = False
    """Whether its messages wait until somebody resumes it."""

    last_failure_s: Seconds | None = None
    """Seconds since the last failure."""

    handling: HandlingTimes | None = None
    """How long its messages took; None in a system that is not timed."""


class WaitingMessage(Message, tag=False):
    """One message of a mailbox."""

    type: str
    text: str
    """The message, shortened and without secrets."""

    sender: str | None
    """Name of the actor that sent it; None when it came from outside any actor."""


class Attribute(Message, tag=False):
    """One part of an actor's state."""

    name: str
    value: str
    """As text, shortened and without secrets."""


class RestartsInWindow(Message, tag=False):
    """How near an actor's supervisor is to giving up, for all of its children."""

    restarts: Count
    """Restarts in the last `period_s` seconds."""

    intensity: Count
    """How many are allowed."""

    period_s: Seconds


class Inspection(Message):
    """What can be seen of one actor, outside and inside."""

    actor: ActorInfo
    message: str | None
    """What it is handling now, shortened and without secrets."""

    window: RestartsInWindow | None
    """None for an actor without a supervisor."""

    state: tuple[Attribute, ...] | None = None
    """At most `MAX_ATTRIBUTES`; None when its thread did not answer."""

    head: tuple[WaitingMessage, ...] | None = None
    """The next messages, at most `MAX_HEAD`; None when its thread did not answer."""

    problem: str | None = None
    """Why state or head are missing."""


# -- from outside -----------------------------------------------------------------


def inspect_cell(cell: "Cell", timeout: float) -> Inspection:
    """Ask an actor's thread what it sees; what can be seen without it, if it is busy.

    Raises:
        BlockingAskError: in a handler of a supervised actor.

    """
    if cell.mailbox.closed:
        return inspect_outside(cell, f"it has ended: {cell.stopped.reason}")
    future: ReplyFuture[Inspection] = ReplyFuture(cell)
    cell.mailbox.put_system(Envelope(InspectState(), future))
    try:
        return future.get(timeout=timeout)
    except pykka.Timeout:
        return inspect_outside(cell, f"its thread did not answer within {timeout:g} s")
    except pykka.ActorDeadError as error:
        return inspect_outside(cell, str(error))


def inspect_outside(cell: "Cell", problem: str) -> Inspection:
    """Return what can be seen of an actor without its thread."""
    in_hand = _message_in_hand(cell)
    return Inspection(
        actor=describe_one(cell, parent=_urn_of_parent(cell), now=_now(cell)),
        message=None if in_hand is None else render(in_hand),
        window=_window(cell),
        problem=problem,
    )


# -- in the actor's own thread ------------------------------------------------------


def inspect_inside(cell: "Cell", actor: "Actor") -> Inspection:
    """Return what an actor's own thread can see; a look never ends the actor."""
    state: tuple[Attribute, ...] | None = None
    problem: str | None = None
    try:
        state = tuple(
            Attribute(name=str(name), value=value)
            for name, value in render_all(actor.inspect_state(), MAX_ATTRIBUTES)
        )
    except Exception as error:  # noqa: BLE001 -- a look must not end the actor
        problem = f"its state cannot be shown: {describe(error)}"
    info = describe_one(cell, parent=_urn_of_parent(cell), now=_now(cell))
    return Inspection(
        # This look is what it is busy with.
        actor=info.replace(message_type=None, busy_s=0.0),
        message=None,
        window=_window(cell),
        state=state,
        head=tuple(map(_waiting, cell.mailbox.peek(MAX_HEAD))),
        problem=problem,
    )


def public_state(attributes: Mapping[str, Any]) -> Mapping[str, object]:
    """Return an actor's own attributes, without those that the runtime has set."""
    return {name: each for name, each in attributes.items() if name not in _OURS}


_OURS = frozenset(
    {"_actor_ref", "_cell", "_incarnation", "actor_inbox", "actor_stopped", "actor_urn"}
)


def _waiting(envelope: Envelope) -> WaitingMessage:
    message = decoded(envelope.message)
    sender = envelope.sender
    return WaitingMessage(
        type=type(message).__name__,
        text=render(message),
        sender=None if sender is None else str(getattr(sender, "name", sender)),
    )


# -- every actor ----------------------------------------------------------------------


def describe_cell(cell: "Cell", parent: str, now: float) -> Iterator[ActorInfo]:
    """Yield what can be seen of a cell, then of the cells below it."""
    yield describe_one(cell, parent, now)
    for child in tuple(cell.children.values()):
        yield from describe_cell(child, cell.urn, now)


def describe_one(cell: "Cell", parent: str, now: float) -> ActorInfo:
    """Return what can be seen of a cell."""
    incarnation = cell.incarnation
    in_hand = None if incarnation is None else incarnation.hand.look()
    message = _message_in_hand(cell)
    failed_at = cell.last_failure_at
    return ActorInfo(
        name=cell.name,
        urn=cell.urn,
        parent=parent,
        actor_class=cell.actor_class.__name__,
        state=_state(cell, in_hand),
        incarnation=cell.number,
        restarts=max(0, cell.number - 1),
        mailbox=len(cell.mailbox),
        handled=cell.handled,
        failures=cell.failures,
        last_failure=cell.last_failure,
        message_type=None if message is None else type(message).__name__,
        busy_s=_busy_s(cell, now) if message is not None else 0.0,
        suspended=cell.suspended,
        last_failure_s=None if failed_at is None else max(0.0, now - failed_at),
        handling=None if cell.timer is None else cell.timer.times(),
    )


def _message_in_hand(cell: "Cell") -> object:
    incarnation = cell.incarnation
    in_hand = None if incarnation is None else incarnation.hand.look()
    return decoded(in_hand.message) if isinstance(in_hand, Envelope) else None


def _now(cell: "Cell") -> float:
    return cell.system.clock.now()


def _urn_of_parent(cell: "Cell") -> str:
    return str(getattr(cell.parent, "urn", ""))


def _window(cell: "Cell") -> RestartsInWindow | None:
    window = getattr(cell.parent, "window", None)
    if window is None:
        return None
    return RestartsInWindow(
        restarts=window.recent(_now(cell)),
        intensity=window.intensity,
        period_s=window.period_s,
    )


def _busy_s(cell: "Cell", now: float) -> float:
    incarnation = cell.incarnation
    return 0.0 if incarnation is None else max(0.0, now - incarnation.taken_at)


def _state(cell: "Cell", in_hand: object) -> State:
    incarnation = cell.incarnation
    if cell.mailbox.closed:
        return "stopped"
    if incarnation is None or in_hand == STARTING:
        return "starting"
    return "running" if incarnation.is_running() else "restarting"


def tree_text(infos: tuple[ActorInfo, ...]) -> str:
    """Return actors as an indented list, one line each."""
    depths: dict[str, int] = {}
    lines: list[str] = []
    for info in infos:
        depth = depths[info.urn] = depths.get(info.parent, -1) + 1
        doing = (
            f", {info.message_type} {info.busy_s:.1f} s" if info.message_type else ""
        )
        failed = f", last failure: {info.last_failure}" if info.last_failure else ""
        suspended = ", suspended" if info.suspended else ""
        lines.append(
            f"{'  ' * depth}{info.name} ({info.actor_class}) {info.state}{suspended}"
            f", {info.mailbox} waiting, {info.handled} handled"
            f", {info.restarts} restarts{doing}{failed}"
        )
    return "\n".join(lines)
