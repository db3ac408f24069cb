"""The event stream: what happened, for whoever wants to know, by type."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

E = TypeVar("E")
Callback = Callable[[Any], object]


class Subscription:
    """One callback's place in the stream."""

    def __init__(
        self, stream: "EventStream", event_type: type, callback: Callback
    ) -> None:
        """Belongs to `stream`; made by `EventStream.subscribe`."""
        self.event_type = event_type
        self.callback = callback
        self._stream = stream

    def cancel(self) -> None:
        """Hear nothing more; harmless when done twice."""
        self._stream.unsubscribe(self)


class EventStream:
    """Hands every published event to the callbacks subscribed to its type.

    Callbacks run one after the other on one daemon thread of the stream's own, in
    the order of publishing; one that raises is logged and stays subscribed.
    Publishing never blocks, and costs one dictionary look-up when nobody listens.

    A stream that was closed has no thread while it has nothing to hand out; what is
    published then is handed out all the same, by a thread that ends with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: tuple[Subscription, ...] = ()
        self._by_type: dict[type, tuple[Subscription, ...]] = {}
        self._events: SimpleQueue[Any] = SimpleQueue()
        self._held: deque[Any] = deque()
        self._thread: threading.Thread | None = None
        self._closed = False
        # How often `_END` stands among the events.
        self._ends = 0

    def subscribe(
        self, event_type: type[E], callback: Callable[[E], object]
    ) -> Subscription:
        """Call `callback` with every event of this type or a subclass of it."""
        subscription = Subscription(self, event_type, callback)
        with self._lock:
            self._subscriptions += (subscription,)
            self._by_type = {}
            self._closed = False
            self._start_dispatcher()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Take a subscription out of the stream."""
        with self._lock:
            self._subscriptions = tuple(
                each for each in self._subscriptions if each is not subscription
            )
            self._by_type = {}

    def has_listeners(self, event_type: type) -> bool:
        """Return whether anybody would get an event of this type.

        For a publisher whose events cost something to make.
        """
        return bool(self._listeners(event_type))

    def publish(self, event: object) -> None:
        """Tell everybody who subscribed to this type of event."""
        if self._listeners(type(event)):
            self.wake()
            self._put(event)

    def publish_soon(self, event: object) -> None:
        """Publish, but let the subscribers' thread sleep on for a moment.

        For whoever has something urgent to do first, and then calls `wake`. The
        event comes at the latest with the next one that is published, or a `flush`.
        """
        if self._listeners(type(event)):
            self._held.append(event)

    def wake(self) -> None:
        """Hand out what was published with `publish_soon`."""
        if self._held:
            with self._lock:
                while self._held:
                    self._events.put(self._held.popleft())
            self._mind_closed()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything published before was handed out.

        Returns:
            False when `timeout` seconds were not enough.

        """
        self.wake()
        if self._thread is None:
            return True
        reached = threading.Event()
        self._put(_Mark(reached))
        return reached.wait(timeout)

    def close(self) -> None:
        """Let the thread end, as soon as it has handed out what was published.

        Subscriptions stay. A later one starts the thread again.
        """
        self.wake()
        with self._lock:
            self._closed = True
            if self._thread is not None:
                self._put_end()

    def _put(self, event: object) -> None:
        self._events.put(event)
        self._mind_closed()

    def _mind_closed(self) -> None:
        """Have what was put into a closed stream handed out.

        Called after it was put: whoever closes after this look puts the end behind it.
        """
        if self._closed:
            with self._lock:
                if self._thread is None and not self._events.empty():
                    self._start_dispatcher()
                    self._put_end()

    def _is_over(self) -> bool:
        """Return whether the thread ends with the end that it has taken."""
        with self._lock:
            self._ends -= 1
            if not self._closed or self._ends:
                return False
            if self._events.empty():
                self._thread = None
                return True
            self._put_end()
            return False

    def _put_end(self) -> None:
        self._ends += 1
        self._events.put(_END)

    def _start_dispatcher(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._dispatch, name="orquestrador-events", daemon=True
            )
            self._thread.start()

    def _listeners(self, event_type: type) -> tuple[Subscription, ...]:
        by_type = self._by_type
        found = by_type.get(event_type)
        if found is None:
            # Written into the dictionary that was read: a subscription made
            # meanwhile has put a new one in its place.
            found = by_type[event_type] = tuple(
                each
                for each in self._subscriptions
                if issubclass(event_type, each.event_type)
            )
        return found

    def _dispatch(self) -> None:
        while True:
            event: object = self._events.get()
            if isinstance(event, _Mark):
                event.reached.set()
                continue
            if event is _END:
                if self._is_over():
                    return
                continue
            self._hand_out(event)

    def _hand_out(self, event: object) -> None:
        for subscription in self._listeners(type(event)):
            try:
                subscription.callback(event)
            except Exception:
                logger.exception("A subscriber to %s failed", type(event).__name__)


_END = object()


class _Mark:
    """A place in the stream."""

    def __init__(self, reached: threading.Event) -> None:
        self.reached = reached
