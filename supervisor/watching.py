"""The end of an actor, for those who wait for it: threads, and other actors."""

import threading
import time
from typing import TYPE_CHECKING, Any

from orquestrador.supervisor.current import current
from orquestrador.supervisor.seconds import SLICE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from orquestrador.supervisor.reason import EndReason
    from orquestrador.supervisor.ref import ActorRef

_making = threading.Lock()


class EndEvent(threading.Event):
    """Set once an actor has ended for good.

    An event of the standard library, but for the condition behind it: most ends are
    awaited by nobody in this way, so it is made by whoever waits first.
    """

    def __init__(self) -> None:
        # Not the base's: it would make the condition.
        self.reason: EndReason | None = None
        """Why it ended; None until it has."""

        self._ended = False
        self._waited: threading.Condition | None = None

    def is_set(self) -> bool:
        """Return whether the actor has ended."""
        return self._ended

    def set(self) -> None:
        """Note the end, and wake whoever waits for it."""
        # Written first and looked second; who waits does it the other way round.
        self._ended = True
        if self._waited is not None:
            with self._waited:
                self._waited.notify_all()

    def clear(self) -> None:
        """Refuse: what has ended for good does not begin again."""
        raise NotImplementedError("an actor that has ended does not begin again")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, in slices, so that Ctrl-C is heard on Windows."""
        if current.host is not None:
            return current.host.wait(self.is_set, timeout)
        until = None if timeout is None else time.monotonic() + timeout
        with self._condition():
            while not self._ended:
                left_s = SLICE_S if until is None else until - time.monotonic()
                if left_s <= 0:
                    break
                self._condition().wait(min(left_s, SLICE_S))
        return self._ended

    def _condition(self) -> threading.Condition:
        with _making:
            if self._waited is None:
                self._waited = threading.Condition()
            return self._waited


class Watchers:
    """The actors that are told of one actor's end, each once."""

    def __init__(self, tell: "Callable[[ActorRef[Any]], None]") -> None:
        """Have each told by `tell`, in the thread that finds out."""
        self._tell = tell
        self._refs: dict[str, ActorRef[Any]] = {}
        self._told = False
        self._lock = threading.Lock()

    def add(self, watcher: "ActorRef[Any]") -> None:
        """Tell `watcher` when the actor has ended for good; now, if it has."""
        with self._lock:
            # A mailbox that has closed is not enough: `on_stop` may still send.
            told = self._told
            if not told:
                self._refs[watcher.actor_urn] = watcher
        if told:
            self._tell(watcher)

    def remove(self, watcher: "ActorRef[Any]") -> None:
        """Forget a watcher."""
        with self._lock:
            self._refs.pop(watcher.actor_urn, None)

    def tell_all(self) -> None:
        """Tell them; who comes later is told at once."""
        with self._lock:
            self._told = True
            refs, self._refs = self._refs, {}
        for watcher in refs.values():
            self._tell(watcher)
