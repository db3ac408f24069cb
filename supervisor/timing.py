"""Timing an actor's messages.

A system that is not made to be timed pays nothing, as with tracing: the loop looks
each message's type up in a table anyway, and a timed actor's loop has another one.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from orquestrador.supervisor.control import Control, Report
from orquestrador.supervisor.handling_times import HandlingTimer
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.special import Special

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor


class TimedTable(dict[type, Special]):
    """Finds, for every message that is not the runtime's own, what times it as well.

    Args:
        timer: takes the times.
        now: the system's clock, in seconds.
        specials: what handles a type, where that is not the actor itself.

    """

    def __init__(
        self,
        timer: HandlingTimer,
        now: Callable[[], float],
        specials: Mapping[type, Special],
    ) -> None:
        super().__init__(
            (kind, each)
            for kind, each in specials.items()
            if issubclass(kind, Control | Report)
        )
        self._timer = timer
        self._now = now
        self._specials = specials

    def get(self, message_type: type, _default: object = None) -> Special:  # pyright: ignore[reportIncompatibleMethodOverride] -- the loop's one way in
        """Return what handles a message of this type, and takes its time."""
        return self[message_type]

    def __missing__(self, message_type: type) -> Special:
        handle = self._specials.get(message_type, _on_receive)
        self[message_type] = special = _timed(handle, self._timer, self._now)
        return special


def _timed(handle: Special, timer: HandlingTimer, now: Callable[[], float]) -> Special:
    def handle_timed(run: Incarnation, actor: "Actor", message: object) -> object:
        try:
            return handle(run, actor, message)
        finally:
            timer.add(max(0.0, now() - run.taken_at))

    return handle_timed


def _on_receive(_run: Incarnation, actor: "Actor", message: object) -> object:
    response: object = actor.on_receive(message)
    return response
