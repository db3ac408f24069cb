"""Events that wait to be sent to one peer: bounded, and what is left out is counted."""

import threading
from collections import deque
from typing import NamedTuple

from orquestrador.messages import Message


class Heard(NamedTuple):
    """An event for one `Follow`."""

    number: int
    event: Message


class Gap(NamedTuple):
    """So many events of one `Follow` were left out."""

    number: int
    missed: int


class EventQueue:
    """Events that wait for one peer, at most `limit`.

    From the first event that is too much on, all are left out and counted, until
    those before it are taken: so a gap stands where it belongs.
    """

    def __init__(self, limit: int) -> None:
        """Hold `limit` events."""
        self._limit = limit
        self._lock = threading.Lock()
        self._events: deque[Heard] = deque()
        self._missed: dict[int, int] = {}

    def add(self, number: int, event: Message) -> None:
        """Add an event, or count it as missed; from any thread."""
        with self._lock:
            if len(self._events) < self._limit and not self._missed:
                self._events.append(Heard(number, event))
            else:
                self._missed[number] = self._missed.get(number, 0) + 1

    def take(self) -> Heard | Gap | None:
        """Return what comes next; None when nothing waits."""
        with self._lock:
            if self._events:
                return self._events.popleft()
            if self._missed:
                return Gap(*self._missed.popitem())
            return None

    def __len__(self) -> int:
        return len(self._events) + len(self._missed)
