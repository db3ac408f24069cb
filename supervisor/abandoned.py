"""Threads that were left to themselves: their actor was fenced while it was busy.

A thread cannot be killed. One that hangs keeps its stack, and whatever its code
holds (locks, files, sockets), until the code returns or the program ends. So their
number is limited: a supervisor whose child left one behind and finds too many alive
does not start the child again, but gives up, which is for its own supervisor to
mend. A stop is never held up by the limit.
"""

import threading
from typing import Protocol

ABANDONED_LIMIT = 100
"""How many may be alive in one system that is told nothing else."""


class Alive(Protocol):
    """A thread, or what stands for one in a simulation."""

    def is_alive(self) -> bool:
        """Return whether its code has not returned."""
        ...


class AbandonedThreads:
    """Those of one system."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` of them to be alive."""
        self.limit = limit
        self.total = 0
        """How many there have been, also those that have ended since."""

        self._threads: list[Alive] = []
        self._lock = threading.Lock()

    def add(self, thread: Alive | None) -> None:
        """Note that a thread was left behind; None: it is somebody else's."""
        with self._lock:
            self.total += 1
            if thread is not None:
                self._threads.append(thread)

    def alive(self) -> int:
        """Return how many have not ended."""
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()]
            return len(self._threads)

    def too_many(self) -> bool:
        """Return whether more are alive than allowed."""
        return self.alive() > self.limit
