"""Expectations about what was published, and about what nobody handled."""

import threading
import time
import weakref
from typing import Any, TypeVar

from orquestrador.supervisor.notices import DeadLetter
from orquestrador.supervisor.ref import ActorRef
from orquestrador.supervisor.seconds import SLICE_S
from orquestrador.supervisor.system import ActorSystem
from orquestrador.supervisor.testkit.probe import WAIT_S, matches, shown

E = TypeVar("E")


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
        self._stream.flush(30.0)
        with self._changed:
            return self._matching(event_type, fields)

    def wait_for(
        self,
        event_type: type[E],
        *,
        count: int = 1,
        timeout: float = 30.0,
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
                came.wait(min(left_s, SLICE_S))
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
