"""The tree of actors as lines for people: what each is doing, trouble first to see."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from orquestrador.interface.session import Session
from orquestrador.interface.translation import N_, _, ngettext

if TYPE_CHECKING:
    from orquestrador.supervisor import ActorInfo

_STATES = {
    "starting": N_("starting"),
    "running": N_("running"),
    "restarting": N_("restarting"),
    "stopped": N_("stopped"),
}
_LONG_S = 5.0
"""Busy with one message for longer than this is worth a word of its own."""


def lines(session: Session, actors: "tuple[ActorInfo, ...]") -> Iterator[str]:
    """Yield a line for each actor, indented below its supervisor."""
    depths: dict[str, int] = {}
    for actor in actors:
        depth = depths[actor.urn] = depths.get(actor.parent, -1) + 1
        name = "  " * depth + actor.name
        state = _(_STATES.get(actor.state, actor.state))
        yield f"{name:<22} {state:<13} {'; '.join(_details(session, actor))}"


def _details(session: Session, actor: "ActorInfo") -> Iterator[str]:
    yield _("{count} handled").format(count=session.number(actor.handled))
    if actor.mailbox:
        yield _("{count} waiting").format(count=session.number(actor.mailbox))
    if actor.restarts:
        yield ngettext("{count} restart", "{count} restarts", actor.restarts).format(
            count=session.number(actor.restarts)
        )
    if actor.message_type is not None and actor.busy_s >= _LONG_S:
        yield _("busy with {message} for {seconds} s").format(
            message=actor.message_type, seconds=session.number(actor.busy_s)
        )
    if actor.last_failure is not None:
        yield _("last failure: {words}").format(words=actor.last_failure)


def detail_lines(session: Session, actor: "ActorInfo") -> Iterator[str]:
    """Yield what is known about one actor."""
    state = _(_STATES.get(actor.state, actor.state))
    yield f"{actor.name} ({actor.actor_class}): {state}"
    for each in _details(session, actor):
        yield f"  {each}"
    if actor.message_type is not None:
        yield "  " + _("in hand: {message}, for {seconds} s").format(
            message=actor.message_type, seconds=session.number(actor.busy_s, 1)
        )
    yield f"  {actor.urn}"
