"""The tree of actors as lines for people: what each is doing, trouble first to see."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from orquestrador.interface.session import Session
from orquestrador.interface.translation import N_, _, ngettext

if TYPE_CHECKING:
    from orquestrador.supervisor import ActorInfo, Inspection

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
        yield f"{name:<22} {_state(actor):<13} {'; '.join(_details(session, actor))}"


def _state(actor: "ActorInfo") -> str:
    return _("suspended") if actor.suspended else _(_STATES[actor.state])


def _details(session: Session, actor: "ActorInfo") -> Iterator[str]:
    yield ngettext("{count} handled", "{count} handled", actor.handled).format(
        count=session.number(actor.handled)
    )
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
        yield _("last failure, {seconds} s ago: {words}").format(
            words=actor.last_failure,
            seconds=session.number(actor.last_failure_s or 0.0),
        )


def inspection_lines(session: Session, seen: "Inspection") -> Iterator[str]:
    """Yield what can be seen of one actor, outside and inside."""
    actor = seen.actor
    yield f"{actor.name} ({actor.actor_class}): {_state(actor)}"
    for each in _details(session, actor):
        yield f"  {each}"
    if seen.message is not None:
        yield "  " + _("in hand: {message}, for {seconds} s").format(
            message=seen.message, seconds=session.number(actor.busy_s, 1)
        )
    times = actor.handling
    if times is not None and times.p50_s is not None:
        quantiles = (("p50", times.p50_s), ("p95", times.p95_s), ("p99", times.p99_s))
        values = ", ".join(
            f"{share} {session.number(1e3 * seconds, 1)} ms"
            for share, seconds in quantiles
            if seconds is not None
        )
        yield "  " + _("a message takes: {values}").format(values=values)
    if seen.window is not None:
        yield "  " + _(
            "restarts of its supervisor's children: {count} of {limit} in {seconds} s"
        ).format(
            count=seen.window.restarts,
            limit=seen.window.intensity,
            seconds=session.number(seen.window.period_s),
        )
    if seen.state:
        yield "  " + _("state:")
        for attribute in seen.state:
            yield f"    {attribute.name} = {attribute.value}"
    if seen.head:
        yield "  " + _("waiting, the next first:")
        for message in seen.head:
            sender = f"  ← {message.sender}" if message.sender else ""
            yield f"    {message.text}{sender}"
    if seen.problem is not None:
        yield f"  {seen.problem}"
