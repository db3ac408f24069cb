"""The end of an actor, for those who wait for it: threads, and other actors."""

import threading
from typing import TYPE_CHECKING, Any

from orquestrador.supervisor.current import current
from orquestrador.supervisor.seconds import SLICE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from orquestrador.supervisor.reason import EndReason
    from orquestrador.supervisor.ref import ActorRef


class EndEvent(threading.Event):
    """Set once an actor has ended for good."""

    def __init__(self) -> None:
        super().__init__()
        self.reason: EndReason | None = None
        """Why it ended; None until it has."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, in slices, so that Ctrl-C is heard on Windows."""
        if current.host is not None:
            return current.host.wait(self.is_set, timeout)
        left_s = float("inf") if timeout is None else timeout
        while not super().wait(max(0.0, min(left_s, SLICE_S))):
            left_s -= SLICE_S
            if left_s <= 0:
                return self.is_set()
        return True


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
