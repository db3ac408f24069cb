"""What waits to be sent to one peer: bytes under way, and the events behind them."""

import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from orquestrador.messages import Message
from orquestrador.messages.codec import frame


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


class Outgoing:
    """The frames that a peer has not taken yet; only the server's thread uses it."""

    def __init__(
        self, peer: socket.socket, *, stall_s: float, now: Callable[[], float]
    ) -> None:
        """Send to `peer`, which may take nothing for `stall_s` seconds of `now`."""
        self._socket = peer
        self._stall_s = stall_s
        self._now = now
        self._parts: deque[memoryview] = deque()
        self._midway = False
        self.unsent = 0
        """Bytes."""

        self.until: float | None = None
        """When the peer must have taken some of them; None when there are none."""

    def add(self, data: bytes) -> None:
        """Send a frame when the peer takes it."""
        framed = frame(data)
        if not self._parts:
            self.until = self._now() + self._stall_s
        self._parts.append(memoryview(framed))
        self.unsent += len(framed)

    def flush(self) -> None:
        """Send what the peer takes now.

        Raises:
            OSError: if the connection is broken.

        """
        while self._parts:
            part = self._parts[0]
            try:
                sent = self._socket.send(part)
            except BlockingIOError:
                return
            self.unsent -= sent
            self.until = self._now() + self._stall_s
            self._midway = sent < len(part)
            if self._midway:
                self._parts[0] = part[sent:]
                return
            self._parts.popleft()
        self.until = None

    def say_last(self, data: bytes) -> None:
        """Send one more frame in place of those that wait, if the peer takes it."""
        try:
            # In the middle of a frame it would only be read as a part of that.
            if not self._midway:
                self._socket.send(frame(data))
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            # It has left already, or does not listen.
            return
