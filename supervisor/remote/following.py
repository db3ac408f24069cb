"""Events of another system, as their reader takes them: in order, bounded."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from orquestrador.messages import Message
from orquestrador.supervisor.seconds import SLICE_S

logger = logging.getLogger(__name__)


class MissedEvents(Message):
    """So many events were left out here: they came faster than they were read."""

    count: int


class Sink(Protocol):
    """Where the events of one `Follow` go; called in the client's thread."""

    def add(self, event: Message) -> None:
        """Take an event that came."""
        ...

    def miss(self, count: int) -> None:
        """Take note of events that the other side left out."""
        ...

    def end(self) -> None:
        """Take note that nothing more will come."""
        ...


class Hearer:
    """Calls a function with every event, in the client's thread."""

    def __init__(
        self,
        callback: Callable[[Any], object],
        missed: Callable[[int], object] | None,
    ) -> None:
        """Call `callback` with events, `missed` with how many were left out."""
        self._callback = callback
        self._missed = missed

    def add(self, event: Message) -> None:
        """Call; an error is logged, and the next event comes all the same."""
        try:
            self._callback(event)
        except Exception:
            logger.exception("A subscriber to %s failed", type(event).__name__)

    def miss(self, count: int) -> None:
        """Call `missed`."""
        if self._missed is not None:
            self._missed(count)

    def end(self) -> None:
        """Say nothing: the connection's end is known from the connection."""


class RemoteSubscription:
    """A callback's place among the events of another system."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        """Made by `RemoteSystem.subscribe`."""
        self._cancel = cancel

    def cancel(self) -> None:
        """Hear nothing more; harmless when done twice."""
        self._cancel()


class Following:
    """The events that one reader follows; an iterator that ends with the connection.

    At most `limit` events wait here, and as many on the other side; from the first
    that is too much on they are left out and counted, and `MissedEvents` stands in
    their place.
    """

    def __init__(self, limit: int, cancel: Callable[[], None]) -> None:
        """Hold `limit` events; `cancel` tells the other side to send no more."""
        self._limit = limit
        self._cancel = cancel
        self._changed = threading.Condition()
        self._events: deque[Message] = deque()
        self._missed = 0
        self._over = False

    def __iter__(self) -> Iterator[Message]:
        """Yield events as they come, until the other side or `close` ends it."""
        while (event := self.next()) is not None:
            yield event

    def next(self, timeout: float | None = None) -> Message | None:
        """Return the next event or `MissedEvents`.

        Args:
            timeout: seconds to wait; None waits without limit.

        Returns:
            None when the time is over, or when no more can come (`over`).

        """
        until = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not (self._events or self._missed or self._over):
                left_s = SLICE_S if until is None else until - time.monotonic()
                if left_s <= 0:
                    return None
                # In slices: a longer wait does not hear Ctrl-C on Windows.
                self._changed.wait(min(left_s, SLICE_S))
            if self._events:
                return self._events.popleft()
            if self._missed:
                missed, self._missed = self._missed, 0
                return MissedEvents(count=missed)
            return None

    @property
    def over(self) -> bool:
        """Whether no more will come: the other side has ended, or it was closed."""
        return self._over

    def close(self) -> None:
        """Follow no more; what waits can still be taken."""
        if not self._over:
            self.end()
            self._cancel()

    # -- from the client's thread ---------------------------------------------------

    def add(self, event: Message) -> None:
        """Take an event that came."""
        with self._changed:
            if self._over:
                return
            if len(self._events) < self._limit and not self._missed:
                self._events.append(event)
            else:
                self._missed += 1
            self._changed.notify()

    def miss(self, count: int) -> None:
        """Take note of events that the other side left out."""
        with self._changed:
            self._missed += count
            self._changed.notify()

    def end(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
