"""Time as the runtime sees it: a clock that can be replaced by one set by hand.

Everything that waits (limits, restart windows, timers, checks for stuck actors)
asks a `Clock`, so a test owns the time and a simulation can make it virtual.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger(__name__)

Callback = Callable[[], None]


class Alarm:
    """One callback at one moment; can be cancelled until it runs."""

    __slots__ = ("_callback", "_order", "when")

    _counter = itertools.count()

    def __init__(self, when: float, callback: Callback) -> None:
        """Call `callback` at `when`, in the clock's seconds."""
        self.when = when
        self._order = next(self._counter)
        self._callback: Callback | None = callback

    def __lt__(self, other: "Alarm") -> bool:
        return (self.when, self._order) < (other.when, other._order)

    def cancel(self) -> None:
        """Never call it; harmless when it was called already."""
        self._callback = None

    def is_cancelled(self) -> bool:
        """Return whether nothing will be called any more."""
        return self._callback is None

    def ring(self) -> None:
        """Call the callback once; an error is logged and harms no other alarm."""
        callback, self._callback = self._callback, None
        if callback is None:
            return
        try:
            callback()
        except Exception:
            logger.exception("A callback of the clock failed")


class Clock(Protocol):
    """What the runtime needs to know about time."""

    def now(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...

    def call_later(self, delay_s: float, callback: Callback) -> Alarm:
        """Call `callback` after `delay_s` seconds, from a thread of the clock's.

        The callback must be short: it delays every later alarm.
        """
        ...


class MonotonicClock:
    """Real time; one daemon thread, started with the first alarm, rings them all."""

    def __init__(self) -> None:
        self._alarms: list[Alarm] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    # Itself, and not a method that calls it: every message asks for the time.
    now = staticmethod(time.monotonic)

    def call_later(self, delay_s: float, callback: Callback) -> Alarm:
        """Ring after `delay_s` seconds, in the clock's thread."""
        alarm = Alarm(time.monotonic() + delay_s, callback)
        with self._changed:
            heapq.heappush(self._alarms, alarm)
            if self._alarms[0] is alarm:
                self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="orquestrador-clock", daemon=True
                )
                self._thread.start()
        return alarm

    def _run(self) -> None:
        while True:
            self._next().ring()

    def _next(self) -> Alarm:
        with self._changed:
            while True:
                while self._alarms and self._alarms[0].is_cancelled():
                    heapq.heappop(self._alarms)
                if not self._alarms:
                    self._changed.wait()
                    continue
                wait_s = self._alarms[0].when - time.monotonic()
                if wait_s <= 0:
                    return heapq.heappop(self._alarms)
                self._changed.wait(min(wait_s, threading.TIMEOUT_MAX))


class ManualClock:
    """Time that stands still until `advance` is called."""

    def __init__(self, start: float = 0.0) -> None:
        """Begin at `start` seconds."""
        self._now = start
        self._alarms: list[Alarm] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the seconds set so far."""
        return self._now

    def call_later(self, delay_s: float, callback: Callback) -> Alarm:
        """Ring when `advance` has passed `delay_s` more seconds."""
        alarm = Alarm(self._now + delay_s, callback)
        with self._lock:
            heapq.heappush(self._alarms, alarm)
        return alarm

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass: ring what is due, in order, in the calling thread."""
        until = self._now + seconds
        while (alarm := self._due(until)) is not None:
            self._now = max(self._now, alarm.when)
            alarm.ring()
        self._now = until

    def pending(self) -> int:
        """Return how many alarms are set."""
        with self._lock:
            return sum(not alarm.is_cancelled() for alarm in self._alarms)

    def _due(self, until: float) -> Alarm | None:
        with self._lock:
            if self._alarms and self._alarms[0].when <= until:
                return heapq.heappop(self._alarms)
        return None


MONOTONIC = MonotonicClock()
"""The clock of every system that is given no other."""
