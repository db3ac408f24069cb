"""Where the observer's thread puts what it hears, and the watcher finds it."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from orquestrador.watching.changes import MOST, Change, Changes


@dataclass(kw_only=True)
class Arrivals:
    """What was heard between two looks."""

    changes: Changes
    cookies: dict[str, float] = field(default_factory=dict[str, float])
    """When each of our own files was seen, by `time.monotonic`."""

    events: int = 0
    """Events about paths of the library."""

    overflows: int = 0
    """How often the system lost events."""

    lost_root: bool = False
    """Whether the library's folder went away, by what was heard."""

    problem: Exception | None = None
    """What ended the observer, or will."""


class Inbox:
    """Bounded, and for two threads: one that adds and one that takes.

    The first thing that comes after `rest` rings the alarm, and nothing else does: a
    burst costs whoever takes one message, and not one for each event.
    """

    def __init__(self, alarm: Callable[[], None], most: int = MOST) -> None:
        """Begin at rest.

        Args:
            alarm: called in the adding thread; must not wait.
            most: paths that are kept one by one.

        """
        self._alarm = alarm
        self._most = most
        self._lock = threading.Lock()
        self._resting = True
        self._arrivals = self._empty()

    def add(self, raw: bytes) -> None:
        """Take note of a change at a path; the empty one is the whole library."""
        now = time.monotonic()
        change = Change(now, now, time.time())
        with self._ringing() as arrivals:
            arrivals.events += 1
            arrivals.changes.add(raw, change)

    def add_cookie(self, name: str) -> None:
        """Take note that one of our own files was seen."""
        with self._ringing() as arrivals:
            arrivals.cookies.setdefault(name, time.monotonic())

    def overflow(self) -> None:
        """Take note that the system lost events."""
        with self._ringing() as arrivals:
            arrivals.overflows += 1
            arrivals.changes.add_everything(time.monotonic())

    def lose_root(self) -> None:
        """Take note that the library's folder went away."""
        with self._ringing() as arrivals:
            arrivals.lost_root = True

    def fail(self, problem: Exception) -> None:
        """Take note of what ends the observer."""
        with self._ringing() as arrivals:
            arrivals.problem = arrivals.problem or problem

    def take(self) -> Arrivals:
        """Return what came, once. Before a cookie stands all that came before it."""
        with self._lock:
            arrivals, self._arrivals = self._arrivals, self._empty()
        return arrivals

    def rest(self) -> bool:
        """Have the alarm rung by what comes next; False: something is there already."""
        with self._lock:
            self._resting = self._is_empty()
            return self._resting

    @contextmanager
    def _ringing(self) -> Generator[Arrivals]:
        with self._lock:
            yield self._arrivals
            ring, self._resting = self._resting, False
        if ring:
            self._alarm()

    def _empty(self) -> Arrivals:
        return Arrivals(changes=Changes(self._most))

    def _is_empty(self) -> bool:
        found = self._arrivals
        return not (
            len(found.changes)
            or found.cookies
            or found.lost_root
            or found.problem is not None
        )
