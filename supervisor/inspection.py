"""What can be seen of an actor from outside, without asking it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from orquestrador.messages import Message
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.hand import STARTING

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell

Count = Annotated[int, Meta(ge=0)]
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

    busy_s: Annotated[float, Meta(ge=0)]
    """Seconds it has been handling it; 0 when idle."""


def describe_cell(cell: "Cell", parent: str, now: float) -> Iterator[ActorInfo]:
    """Yield what can be seen of a cell, then of the cells below it."""
    incarnation = cell.incarnation
    in_hand = None if incarnation is None else incarnation.hand.look()
    message = in_hand.message if isinstance(in_hand, Envelope) else None
    yield ActorInfo(
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
    )
    for child in tuple(cell.children.values()):
        yield from describe_cell(child, cell.urn, now)


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
        lines.append(
            f"{'  ' * depth}{info.name} ({info.actor_class}) {info.state}"
            f", {info.mailbox} waiting, {info.handled} handled"
            f", {info.restarts} restarts{doing}{failed}"
        )
    return "\n".join(lines)
