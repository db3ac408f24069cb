"""The mailbox: what an actor has not handled yet, kept over restarts.

Three parts, served in this order: the *system lane* (the supervisor's word), the
*head* (messages taken but given back), and the *queue* (a C `SimpleQueue`, which
costs a third of `queue.Queue`). Many threads put; one thread, the incarnation's,
takes.

Closing is atomic with sending, without a lock: a sender puts first and looks
whether the mailbox is closed second; who finds it closed empties it. Whichever of
sender and closer comes later therefore sees the message, and each message is taken
out by exactly one of them.
"""

import itertools
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from orquestrador.supervisor.envelope import Envelope


class Mailbox:
    """Messages for one actor, in order for each sender."""

    __slots__ = (
        "_get",
        "_head",
        "_queue",
        "_stale",
        "_system",
        "_undeliverable",
        "append",
        "closed",
    )

    def __init__(self, undeliverable: Callable[[Envelope], None]) -> None:
        """Make an open mailbox.

        Args:
            undeliverable: is given every message found after the closing, in the
                thread that finds it.

        """
        # None wakes the taker for the system lane.
        self._queue: SimpleQueue[Envelope | None] = SimpleQueue()
        # What a sender calls, before it looks whether the mailbox is closed. What a
        # spec adds (a limit, the codec) stands in its place and may raise.
        self.append: Callable[[Envelope], None] = self._queue.put
        self._get = self._queue.get
        self._head: deque[Envelope] = deque()
        self._system: deque[Envelope] = deque()
        # Wake-up calls in the queue whose system message was taken already.
        self._stale = 0
        self._undeliverable = undeliverable
        self.closed = False

    def __len__(self) -> int:
        """Return the number of waiting messages, in constant time.

        Those of the system lane do not count: each has a wake-up call in the queue.
        """
        calls = len(self._system) + self._stale
        return max(0, self._queue.qsize() + len(self._head) - calls)

    def put(self, envelope: Any, /) -> None:  # noqa: ANN401 -- Pykka's own protocol
        """Add a message of the runtime's own at the end; never blocks or refuses.

        What an actor sends goes through `append`, which may.
        """
        self._queue.put(envelope)
        if self.closed:
            self.drain()

    def put_system(self, envelope: Envelope) -> None:
        """Add a message that is served before every ordinary one."""
        self._system.append(envelope)
        self._wake()
        if self.closed:
            self.drain()

    def put_back(self, envelope: Envelope) -> None:
        """Return a message that was taken: it will be the next ordinary one."""
        self._head.appendleft(envelope)
        if self.closed:
            self.drain()

    def take(self) -> Envelope:
        """Wait for the next message; only the incarnation's own thread may."""
        while True:
            if self._system:
                self._stale += 1
                return self._system.popleft()
            if self._head:
                return self._head.popleft()
            envelope = self._get()
            if envelope is None:
                self._stale -= 1
            elif self._system:
                self._head.appendleft(envelope)
            else:
                return envelope

    def poll(self) -> Envelope | None:
        """Return the next message, or None if there is none: `take` that never waits.

        Only for the incarnation's own thread, as `take`.
        """
        if self._system or self._head or len(self):
            return self.take()
        return None

    def take_urgent(self, urgent: Callable[[Envelope], bool]) -> Envelope:
        """Wait for the runtime's word, or an urgent message; the others go on waiting.

        Only for the incarnation's own thread, as `take`.
        """
        envelope = self.poll_urgent(urgent)
        while envelope is None:
            envelope = self._await_urgent(urgent)
        return envelope

    def poll_urgent(self, urgent: Callable[[Envelope], bool]) -> Envelope | None:
        """Return what `take_urgent` would, or None if there is nothing of the kind."""
        if self._system:
            self._stale += 1
            return self._system.popleft()
        for place, envelope in enumerate(self.peek(len(self))):
            if urgent(envelope):
                del self._head[place]
                return envelope
        return None

    def has_urgent(self, urgent: Callable[[Envelope], bool]) -> bool:
        """Return whether `take_urgent` would not wait."""
        return bool(self._system) or any(map(urgent, self.peek(len(self))))

    def peek(self, count: int) -> list[Envelope]:
        """Return the next `count` ordinary messages, which stay where they are.

        Only for the incarnation's own thread, as `take`.
        """
        while len(self._head) < count:
            try:
                envelope = self._queue.get_nowait()
            except Empty:
                break
            if envelope is None:
                self._stale -= 1
            else:
                self._head.append(envelope)
        return list(itertools.islice(self._head, count))

    def get(self) -> Any:  # noqa: ANN401 -- Pykka's own protocol
        """Wait for the next message: Pykka's name for `take`."""
        return self.take()

    def empty(self) -> bool:
        """Return whether nothing waits."""
        return not len(self)

    def is_waiting(self) -> bool:
        """Return whether `take` would not wait; only its own thread can rely on it."""
        if self._system or self._head:
            return True
        return self._queue.qsize() > self._stale

    def close(self) -> None:
        """Refuse what comes from now on; what waits stays until `drain`."""
        self.closed = True

    def extract(self, chosen: Callable[[Envelope], bool]) -> list[Envelope]:
        """Take the chosen ones out of what waits; the others keep their order.

        Only while nobody takes: between two incarnations.
        """
        while not self._queue.empty():
            envelope = self._get()
            if envelope is None:
                self._stale -= 1
            else:
                self._head.append(envelope)
        waiting = [self._head.popleft() for _ in range(len(self._head))]
        self._head.extend(each for each in waiting if not chosen(each))
        return [each for each in waiting if chosen(each)]

    def drain(self) -> None:
        """Give everything that waits to `undeliverable`."""
        while (envelope := self._pop()) is not None:
            self._undeliverable(envelope)

    def _wake(self) -> None:
        self._queue.put(None)

    def _await_urgent(self, urgent: Callable[[Envelope], bool]) -> Envelope | None:
        envelope = self._get()
        if envelope is None:
            self._stale -= 1
            return self.poll_urgent(urgent) if self._system else None
        if urgent(envelope):
            return envelope
        self._head.append(envelope)
        return None

    def _pop(self) -> Envelope | None:
        for lane in (self._system, self._head):
            # Looked at first: an error costs more, and most lanes are empty.
            if lane:
                try:
                    return lane.popleft()
                except IndexError:
                    continue
        if self._queue.empty():
            return None
        try:
            while (envelope := self._queue.get_nowait()) is None:
                pass
        except Empty:
            return None
        return envelope
