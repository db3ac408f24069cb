"""For tests of actors: public, and the runtime's own tests stand on it.

- `Probe`: an actor that the test plays; it expects messages and replies to them.
- `Puppet`: an actor that does what it is sent; `crash`, `received` and functions of
  the test's own.
- `EventLog` and `DeadLetterLog`: expectations about what was published, and about
  what nobody handled.
- `ManualClock`: time that only the test moves.
- `left_running`: the threads that a test has left behind.

`orquestrador.supervisor.pytest_plugin` makes fixtures of them. A test proves order by
an ask, or by an expectation, and never by a pause.
"""

import threading
import time
import weakref
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Any, NoReturn, TypeVar

from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.clock import ManualClock
from orquestrador.supervisor.notices import DeadLetter
from orquestrador.supervisor.probe import WAIT_S, Probe, matches, shown
from orquestrador.supervisor.ref import ActorRef
from orquestrador.supervisor.system import ActorSystem

__all__ = [
    "Crash",
    "DeadLetterLog",
    "EventLog",
    "ManualClock",
    "Probe",
    "Puppet",
    "crash",
    "left_running",
    "received",
]

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


class DeadLetterLog:
    """The dead letters of a system, and which of them the test has asked for.

    All logs of one system share what was read, also with the pytest plugin, which
    fails a test that leaves one unread. The system keeps the last hundred.
    """

    def __init__(self, system: ActorSystem) -> None:
        """Begin with those that the system has kept."""
        self._system = system
        self._read = _read.setdefault(system, set())

    def expect(
        self,
        message: object,
        *,
        receiver: ActorRef[Any] | None = None,
        reason: str | None = None,
        timeout: float = WAIT_S,
    ) -> DeadLetter:
        """Wait for an unread dead letter, and read it.

        Args:
            message: a type of message, or one that the letter's is equal to.
            receiver: whom it was for; None: anybody.
            reason: words that its reason contains; None: any.
            timeout: seconds of real time.

        Raises:
            AssertionError: if none comes; shows the unread ones.

        """
        came = threading.Event()
        subscription = self._system.events.subscribe(DeadLetter, lambda _: came.set())
        try:
            until = time.monotonic() + timeout
            while True:
                came.clear()
                for number, letter in self._unread():
                    if (
                        matches(letter.message, message)
                        and (receiver is None or letter.receiver is receiver)
                        and (reason is None or reason in letter.reason)
                    ):
                        self._read.add(number)
                        return letter
                left_s = until - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(
                        f"no dead letter with {shown(message)} came in {timeout:g} s; "
                        f"unread: {list(self.unread())}"
                    )
                came.wait(min(left_s, 0.25))
        finally:
            subscription.cancel()

    def unread(self) -> tuple[DeadLetter, ...]:
        """Return those that nobody has asked for, the oldest first."""
        return tuple(letter for _, letter in self._unread())

    def read_all(self) -> tuple[DeadLetter, ...]:
        """Read, and return, all that there are so far."""
        unread = self._unread()
        self._read.update(number for number, _ in unread)
        return tuple(letter for _, letter in unread)

    def _unread(self) -> list[tuple[int, DeadLetter]]:
        letters = self._system.dead_letters
        while True:
            count, last = letters.count, letters.last
            if count == letters.count:
                break
        first = count - len(last)
        return [
            (first + place, letter)
            for place, letter in enumerate(last)
            if first + place not in self._read
        ]


_read: "weakref.WeakKeyDictionary[ActorSystem, set[int]]" = weakref.WeakKeyDictionary()
"""Numbers, from 0, of the dead letters that were read."""


SHARED_THREADS = ("orquestrador-clock", "orquestrador-events")
"""How the names of threads begin that systems keep for longer than a test."""


def left_running(
    before: Collection[threading.Thread],
    *,
    allowed: tuple[str, ...] = (),
    timeout: float = 5.0,
) -> tuple[str, ...]:
    """Return the names of threads that have begun since, and do not end.

    Args:
        before: the threads there were, of `threading.enumerate()`.
        allowed: how names begin of threads that may go on, beside `SHARED_THREADS`.
        timeout: seconds that all of them together are given to end.

    """
    until = time.monotonic() + timeout
    new = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.name.startswith(SHARED_THREADS + allowed)
    ]
    for thread in new:
        if thread is not threading.current_thread():
            # One that has reported its end needs a moment to vanish.
            thread.join(max(0.0, until - time.monotonic()))
    return tuple(thread.name for thread in new if thread.is_alive())
