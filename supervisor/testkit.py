"""For tests of actors: a puppet, and a log of what was published."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn, TypeVar

from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.system import ActorSystem

E = TypeVar("E")
Act = Callable[["Puppet"], object]


class Crash(Exception):  # noqa: N818 -- the name that a test reads
    """What a puppet fails with."""


class Puppet(Actor):
    """Does what it is told: runs the functions it is sent, in its own thread.

    A function gets the actor, and what it returns is the reply; any other message
    is kept in `received` and comes back as the reply.
    """

    def __init__(
        self,
        *,
        construct: Act | None = None,
        start: Act | None = None,
        stop: Act | None = None,
        failure: Act | None = None,
    ) -> None:
        """Run these in the constructor and in the hooks of the same name."""
        super().__init__()
        self.received: list[Any] = []
        self._start_act = start
        self._stop_act = stop
        self._failure_act = failure
        _run(construct, self)

    def on_start(self) -> None:
        """Run `start`."""
        _run(self._start_act, self)

    def on_stop(self) -> None:
        """Run `stop`."""
        _run(self._stop_act, self)

    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002 -- Pykka's hook
        exception_value: BaseException | None,  # noqa: ARG002 -- the hook has it
        traceback: TracebackType | None,  # noqa: ARG002 -- the hook has it
    ) -> None:
        """Run `failure`."""
        _run(self._failure_act, self)

    def on_receive(self, message: Any) -> object:  # noqa: ANN401 -- a message is any object
        """Run a function; keep anything else."""
        if callable(message):
            result: object = message(self)
            return result
        self.received.append(message)
        return message


def _run(act: Act | None, puppet: Puppet) -> None:
    if act is not None:
        act(puppet)


def crash(puppet: Puppet) -> NoReturn:
    """Fail; send it to a puppet."""
    raise Crash(f"crash of incarnation {puppet.actor_ref.incarnation}")


def received(puppet: Puppet) -> tuple[Any, ...]:
    """Return what this incarnation has received so far; send it to a puppet."""
    return tuple(puppet.received)


class EventLog:
    """Everything that was published on a system's event stream since it was made."""

    def __init__(self, system: ActorSystem) -> None:
        """Listen from now on."""
        self._events: list[object] = []
        self._changed = threading.Condition()
        self._stream = system.events
        system.events.subscribe(object, self._add)

    def of(self, event_type: type[E], **fields: object) -> list[E]:
        """Return the events of one type with these fields, in their order."""
        self._stream.flush(10.0)
        with self._changed:
            return self._matching(event_type, fields)

    def wait_for(
        self,
        event_type: type[E],
        *,
        count: int = 1,
        timeout: float = 10.0,
        **fields: object,
    ) -> E:
        """Wait for the `count`-th event of one type with these fields.

        Raises:
            AssertionError: after `timeout` seconds; shows what came instead.

        """
        with self._changed:
            found = self._changed.wait_for(
                lambda: self._matching(event_type, fields)[count - 1 : count], timeout
            )
            if not found:
                raise AssertionError(
                    f"no {event_type.__name__} {fields} came; but {self._events}"
                )
            return found[0]

    def _add(self, event: object) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def _matching(self, event_type: type[E], fields: dict[str, object]) -> list[E]:
        return [
            event
            for event in self._events
            if isinstance(event, event_type)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]
