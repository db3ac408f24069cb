"""The mailbox with a limit: what becomes of a message that finds it full.

It is another class, and not a case of the ordinary mailbox: that one pays nothing
for the limit. Here every message costs a lock, and its place among the others is
exact: never more than `limit` messages wait because somebody sent one.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from orquestrador.errors import MailboxFullError
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import Overflow
from orquestrador.supervisor.current import current
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.mailbox import Mailbox
from orquestrador.supervisor.seconds import SLICE_S

Reject = Callable[[Envelope, str, Exception], None]
"""Gives up a message: the message, the reason in words, what its asker gets."""


class BoundedMailbox(Mailbox):
    """A mailbox in which at most `limit` sent messages wait.

    The limit is for what others send: tells, asks and requests. What the actor has
    itself to thank for is counted but never refused, nor dropped: replies to its
    requests, ticks of its timers, notices of actors it watches, messages given back
    (redelivered or unstashed), and every word of the runtime: a stop always comes
    through.
    """

    __slots__ = (
        "_items",
        "_limit",
        "_name",
        "_now",
        "_overflow",
        "_reject",
        "_room",
        "_wait_s",
    )

    def __init__(
        self,
        undeliverable: Callable[[Envelope], None],
        *,
        spec: ChildSpec,
        name: str,
        now: Callable[[], float],
        reject: Reject,
    ) -> None:
        """Make an open mailbox.

        Args:
            undeliverable: is given every message found after the closing.
            spec: its `mailbox_limit`, `overflow` and `overflow_wait_s`.
            name: the actor's, for errors.
            now: the time by which the deadlines of asks are meant.
            reject: is given every message that is dropped, in its sender's thread.

        """
        super().__init__(undeliverable)
        # The queue of the base only wakes the taker here. The second part of a place
        # says whether somebody sent the message, so that it may be dropped.
        self._items: deque[tuple[Envelope, bool]] = deque()
        self._room = threading.Condition()
        self._name = name
        self._limit = spec.mailbox_limit or 1
        self._overflow = spec.overflow
        self._wait_s = spec.overflow_wait_s
        self._now = now
        self._reject = reject
        self.append = self._admit

    def __len__(self) -> int:
        """Return the number of waiting messages, in constant time."""
        return len(self._items) + len(self._head)

    def put(self, envelope: Any, /) -> None:  # noqa: ANN401 -- Pykka's own protocol
        """Add a message of the runtime's own at the end; never blocks or refuses."""
        with self._room:
            self._items.append((envelope, False))
        self._wake()
        if self.closed:
            self.drain()

    def take(self) -> Envelope:
        """Wait for the next message; only the incarnation's own thread may."""
        while (envelope := self._pop()) is None:
            self._get()
        return envelope

    def poll(self) -> Envelope | None:
        """Return the next message, or None if there is none."""
        return self._pop()

    def poll_urgent(self, urgent: Callable[[Envelope], bool]) -> Envelope | None:
        """Return the runtime's word or an urgent message, or None if there is none."""
        with self._room:
            if self._system:
                return self._system.popleft()
            for place, envelope in enumerate(self._head):
                if urgent(envelope):
                    del self._head[place]
                    return envelope
            for place, (envelope, _) in enumerate(self._items):
                if urgent(envelope):
                    del self._items[place]
                    return envelope
        return None

    def peek(self, count: int) -> list[Envelope]:
        """Return the next `count` ordinary messages, which stay where they are."""
        with self._room:
            waiting = (*self._head, *(envelope for envelope, _ in self._items))
        return list(waiting[:count])

    def is_waiting(self) -> bool:
        """Return whether `take` would not wait; only its own thread can rely on it."""
        return bool(self._system or len(self))

    def close(self) -> None:
        """Refuse what comes from now on, and let no sender wait any more."""
        super().close()
        with self._room:
            self._room.notify_all()

    def extract(self, chosen: Callable[[Envelope], bool]) -> list[Envelope]:
        """Take the chosen ones out of what waits; the others keep their order."""
        with self._room:
            self._head.extend(envelope for envelope, _ in self._items)
            self._items.clear()
            self._room.notify_all()
        return super().extract(chosen)

    def _pop(self) -> Envelope | None:
        with self._room:
            self._room.notify()
            for lane in (self._system, self._head):
                if lane:
                    return lane.popleft()
            return self._items.popleft()[0] if self._items else None

    def _await_urgent(self, urgent: Callable[[Envelope], bool]) -> Envelope | None:
        self._get()
        return self.poll_urgent(urgent)

    def _wake(self) -> None:
        # One token is enough, whoever puts it: the taker looks into every lane after
        # it has taken the token, and so after the message was added.
        if self._queue.empty():
            self._queue.put(None)

    # -- one more message ---------------------------------------------------------

    def _admit(self, envelope: Envelope) -> None:
        with self._room:
            dropped = self._make_room(envelope) if len(self) >= self._limit else None
            if dropped is not envelope:
                self._items.append((envelope, True))
        self._wake()
        if dropped is not None:
            text = f"its mailbox is full ({self._limit} wait)"
            self._reject(dropped, text, self._full(self._overflow.value))

    def _make_room(self, envelope: Envelope) -> Envelope | None:
        """Return the message that is dropped: an older one, or this one itself."""
        match self._overflow:
            case Overflow.FAIL:
                raise self._full("nothing was sent")
            case Overflow.WAIT:
                self._wait_for_room(envelope)
                return None
            case Overflow.DROP_NEWEST:
                return envelope
            case Overflow.DROP_OLDEST:
                return self._oldest() or envelope

    def _oldest(self) -> Envelope | None:
        for place, (envelope, sent) in enumerate(self._items):
            if sent:
                del self._items[place]
                return envelope
        return None

    def _wait_for_room(self, envelope: Envelope) -> None:
        if current.incarnation is not None or current.host is not None:
            raise self._full("a handler does not wait; nothing was sent")
        if current.never_waits:
            raise self._full("nothing was sent")
        wait_s = float("inf") if self._wait_s is None else self._wait_s
        if envelope.deadline is not None:
            wait_s = min(wait_s, envelope.deadline - self._now())
        until = time.monotonic() + wait_s
        while len(self) >= self._limit and not self.closed:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise self._full(f"also after {wait_s:g} s; nothing was sent")
            self._room.wait(min(left_s, SLICE_S))

    def _full(self, what: str) -> MailboxFullError:
        return MailboxFullError(
            f"the mailbox of {self._name} is full ({self._limit} messages wait): {what}"
        )
