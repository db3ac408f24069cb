"""Dead letters: counted, published, kept for a look, and logged within limits."""

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

from orquestrador.supervisor.notices import DeadLetter
from orquestrador.supervisor.reason import describe

if TYPE_CHECKING:
    from orquestrador.supervisor.clock import Clock
    from orquestrador.supervisor.events import EventStream

logger = logging.getLogger(__name__)

KEPT = 100
"""How many of the last dead letters are kept, with their messages."""


class DeadLetters:
    """Every message of a system that nobody handled to its end, exactly once.

    Each is published on the event stream, where a subscriber gets all of them; the
    log gets the first few of each window and then their number, as warnings; while the
    whole system stops, what waited is told as information. One whose handler failed is
    not logged here: the failure is, with its traceback.
    """

    def __init__(
        self, events: "EventStream", clock: "Clock", *, keep: int = KEPT
    ) -> None:
        """Publish on `events`, keep the last `keep`, take the time from `clock`."""
        self.count = 0
        """How many there were."""

        self.log_limit = 10
        """How many are logged in one window; 0 logs none, and no number either."""

        self.log_window_s = 60.0
        """Seconds that one window lasts; it begins with the first dead letter."""

        self.level = logging.WARNING
        """What they are logged as."""

        self._events = events
        self._clock = clock
        self._lock = threading.Lock()
        self._last: deque[DeadLetter] = deque(maxlen=keep)
        self._window_ends = float("-inf")
        self._logged = 0
        self._not_logged = 0

    @property
    def last(self) -> tuple[DeadLetter, ...]:
        """Return the last ones, the oldest first.

        An error is told in their reason only: with it, its traceback would keep the
        dead instance alive.
        """
        with self._lock:
            return tuple(self._last)

    def add(self, letter: DeadLetter) -> None:
        """Count, keep, publish and perhaps log one."""
        with self._lock:
            self.count += 1
            self._last.append(_without_error(letter))
        if letter.error is not None:
            # Its actor is about to be restarted: that is more urgent.
            self._events.publish_soon(letter)
            return
        self._events.publish(letter)
        if self.log_limit and self._is_to_log():
            logger.log(
                self.level,
                "Dead letter: %s from %s to %s: %s",
                type(letter.message).__name__,
                letter.sender or "outside",
                letter.receiver,
                letter.reason,
            )

    def _is_to_log(self) -> bool:
        now = self._clock.now()
        with self._lock:
            if now >= self._window_ends:
                self._window_ends = now + self.log_window_s
                self._logged = 0
            if self._logged < self.log_limit:
                self._logged += 1
                return True
            self._not_logged += 1
            if self._not_logged > 1:
                return False
        self._clock.call_later(self._window_ends - now, self._log_number)
        return False

    def _log_number(self) -> None:
        with self._lock:
            number, self._not_logged = self._not_logged, 0
        logger.log(
            self.level, "%d more dead letters in %g s", number, self.log_window_s
        )


def _without_error(letter: DeadLetter) -> DeadLetter:
    if letter.error is None:
        return letter
    reason = f"{letter.reason}: {describe(letter.error)}"
    return DeadLetter(
        message=letter.message,
        sender=letter.sender,
        receiver=letter.receiver,
        reason=reason,
        deliveries=letter.deliveries,
    )
