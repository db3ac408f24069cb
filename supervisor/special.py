"""The runtime's own messages: what each of them does in the actor's thread.

The loop looks every message's exact type up in one table; what is not in it is the
actor's own business.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pykka.messages import ProxyCall, ProxyGetAttr, ProxySetAttr

from orquestrador.supervisor.control import (
    Ended,
    InspectState,
    LimitPassed,
    LookAgain,
    Notice,
    Report,
    Shutdown,
    Silence,
    Started,
    StopAsked,
    StopSelf,
    Stuck,
    Tick,
    Wake,
)
from orquestrador.supervisor.encoding import Encoded
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.inspection import Inspection, inspect_inside
from orquestrador.supervisor.notices import ReceiveTimeout
from orquestrador.supervisor.pykka_private import StopRequest, attribute_at
from orquestrador.supervisor.reason import SHUTDOWN, EndKind, EndReason

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor

Special = Callable[[Incarnation, "Actor", Any], object]
"""Handles one such message, and returns the reply."""

LOOK_AGAIN = EndReason(EndKind.NORMAL, info="look again")
"""Leaves the inner loop, and comes back to it."""


def _stop(
    run: Incarnation, actor: "Actor", reason: EndReason, *, final: bool | None
) -> None:
    """Begin to stop, and answer the request when that is done."""
    in_hand = run.hand.message()
    if in_hand is not None and in_hand.reply_to is not None:
        run.owed.add_stop(in_hand.reply_to)
    if final is not None:
        run.final = final
    actor.stop_requested(reason)


def _on_stop_request(run: Incarnation, actor: "Actor", _message: object) -> None:
    _stop(run, actor, SHUTDOWN, final=True)


def _on_stop_self(run: Incarnation, actor: "Actor", message: StopSelf) -> None:
    _stop(run, actor, message.reason, final=None)


def _on_shutdown(run: Incarnation, actor: "Actor", message: Shutdown) -> None:
    if message.number == run.number:
        _stop(run, actor, message.reason, final=message.final)


def _on_wake(_run: Incarnation, _actor: "Actor", _message: Wake) -> None:
    """Do nothing: it was meant for an earlier incarnation."""


def _on_look_again(run: Incarnation, _actor: "Actor", _message: LookAgain) -> None:
    run.ending = LOOK_AGAIN


def _on_inspect(run: Incarnation, actor: "Actor", _message: InspectState) -> Inspection:
    return inspect_inside(run.cell, actor)


def _on_tick(run: Incarnation, actor: "Actor", message: Tick) -> object:
    if run.timers.take(message.timer):
        return actor.on_receive(message.timer.message)
    return None


def _on_notice(run: Incarnation, actor: "Actor", message: Notice) -> object:
    in_hand = run.hand.message()
    if in_hand is not None and run.cell.take_notice(in_hand, message):
        return actor.on_receive(message.terminated)
    return None


def _on_silence(_run: Incarnation, actor: "Actor", message: Silence) -> object:
    if message.alarm.take(message):
        return actor.on_receive(ReceiveTimeout(after_s=message.alarm.after_s))
    return None


def _on_encoded(run: Incarnation, actor: "Actor", message: Encoded) -> object:
    inner: object = message.decode()
    in_hand = run.hand.message()
    if in_hand is not None:
        # Whoever looks in from outside wants to see it too.
        in_hand.message = inner
    special = SPECIAL.get(type(inner))
    return actor.on_receive(inner) if special is None else special(run, actor, inner)


def _on_report(_run: Incarnation, actor: "Actor", message: Report) -> None:
    actor.child_reported(message)


def _on_proxy_call(_run: Incarnation, actor: "Actor", message: ProxyCall) -> object:
    return attribute_at(actor, message.attr_path)(*message.args, **message.kwargs)


def _on_proxy_get(_run: Incarnation, actor: "Actor", message: ProxyGetAttr) -> object:
    return attribute_at(actor, message.attr_path)


def _on_proxy_set(_run: Incarnation, actor: "Actor", message: ProxySetAttr) -> None:
    parent = attribute_at(actor, message.attr_path[:-1])
    setattr(parent, message.attr_path[-1], message.value)


SPECIAL: dict[type, Special] = {
    StopRequest: _on_stop_request,
    StopSelf: _on_stop_self,
    Shutdown: _on_shutdown,
    Wake: _on_wake,
    LookAgain: _on_look_again,
    InspectState: _on_inspect,
    Tick: _on_tick,
    Notice: _on_notice,
    Silence: _on_silence,
    Encoded: _on_encoded,
    Started: _on_report,
    Ended: _on_report,
    Stuck: _on_report,
    LimitPassed: _on_report,
    StopAsked: _on_report,
    ProxyCall: _on_proxy_call,
    ProxyGetAttr: _on_proxy_get,
    ProxySetAttr: _on_proxy_set,
}
"""By exact type: one dictionary look-up for every ordinary message."""
