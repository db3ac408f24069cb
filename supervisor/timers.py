"""Timers of one incarnation: a message to itself, later or again and again."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from orquestrador.supervisor.control import Tick
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.receive_timeout import ReceiveTimeoutAlarm

if TYPE_CHECKING:
    from orquestrador.supervisor.clock import Alarm
    from orquestrador.supervisor.incarnation import Incarnation


class Timer:
    """One running timer; replaced, not changed, when its key is started again."""

    __slots__ = ("alarm", "due", "interval_s", "key", "message")

    def __init__(
        self, key: Hashable, message: object, due: float, interval_s: float | None
    ) -> None:
        """Send `message` at `due`, then every `interval_s` seconds if given."""
        self.key = key
        self.message = message
        self.due = due
        self.interval_s = interval_s
        self.alarm: Alarm | None = None


class Timers:
    """The timers of one incarnation, by key; they end with it.

    A tick is a message in the mailbox. One that was sent before its timer was
    cancelled or replaced is dropped when it is taken, so a handler never sees a
    tick of a timer it has cancelled, nor one of an earlier incarnation.
    """

    def __init__(self, incarnation: "Incarnation") -> None:
        """Send the ticks to its cell, by the clock of its system."""
        self._incarnation = incarnation
        self._cell = incarnation.cell
        self._clock = self._cell.system.clock
        self._receive_timeout: ReceiveTimeoutAlarm | None = None
        self._timers: dict[Hashable, Timer] = {}
        self._ended = False

    def start_once(self, key: Hashable, delay_s: float, message: object) -> None:
        """Send `message` to this actor after `delay_s` seconds; replaces `key`."""
        self._start(key, message, delay_s, None)

    def start_periodic(self, key: Hashable, interval_s: float, message: object) -> None:
        """Send `message` every `interval_s` seconds; replaces `key`.

        The beats keep to the grid of the start; a beat is left out while the one
        before it still waits in the mailbox.

        Raises:
            ValueError: if the interval is not above zero.

        """
        if interval_s <= 0:
            raise ValueError(f"interval of timer {key!r} is {interval_s}; not above 0")
        self._start(key, message, interval_s, interval_s)

    def cancel(self, key: Hashable) -> bool:
        """Stop a timer; its message will not be handled. Returns if it ran."""
        timer = self._timers.pop(key, None)
        if timer is not None and timer.alarm is not None:
            timer.alarm.cancel()
        return timer is not None

    def is_active(self, key: Hashable) -> bool:
        """Return whether a message of this timer is still to come."""
        return key in self._timers

    def set_receive_timeout(self, after_s: float | None) -> None:
        """Receive `ReceiveTimeout` after every `after_s` seconds without a message.

        Counted from when the last message was taken; from its end, if it was being
        handled when the time was over. Ticks of timers count as messages; a message
        that comes before the notice is handled takes the notice's place.

        Args:
            after_s: seconds; None ends it.

        Raises:
            ValueError: if they are not above zero.

        """
        if after_s is not None and after_s <= 0:
            raise ValueError(f"a receive timeout of {after_s} s; not above 0")
        if self._receive_timeout is not None:
            self._receive_timeout.cancel()
        self._receive_timeout = (
            None
            if after_s is None or self._ended
            else ReceiveTimeoutAlarm(self._incarnation, after_s)
        )

    def again(self, timer: Timer) -> Timer:
        """Let the tick in hand come once more: it was put aside.

        Returns:
            The timer that the tick is then of; a stale one, if its key was cancelled
            or started again by the handler.

        """
        running = self._timers.get(timer.key)
        if running is not (None if timer.interval_s is None else timer) or self._ended:
            return timer
        self.cancel(timer.key)
        again = Timer(timer.key, timer.message, timer.due, timer.interval_s)
        self._timers[timer.key] = again
        return again

    def take(self, timer: Timer) -> bool:
        """Return whether a tick is to be handled, and set the next beat."""
        if self._timers.get(timer.key) is not timer:
            return False
        if timer.interval_s is None:
            del self._timers[timer.key]
        else:
            now = self._clock.now()
            while timer.due <= now:
                timer.due += timer.interval_s
            self._set(timer)
        return True

    def end(self) -> None:
        """Cancel all of them; none can be started any more."""
        self._ended = True
        self.set_receive_timeout(None)
        for key in tuple(self._timers):
            self.cancel(key)

    def _start(
        self, key: Hashable, message: object, delay_s: float, interval_s: float | None
    ) -> None:
        self.cancel(key)
        if self._ended:
            return
        timer = Timer(key, message, self._clock.now() + delay_s, interval_s)
        self._timers[key] = timer
        self._set(timer)

    def _set(self, timer: Timer) -> None:
        envelope = Envelope(Tick(timer), None, self._cell.ref)
        timer.alarm = self._clock.call_later(
            max(0.0, timer.due - self._clock.now()),
            lambda: self._cell.mailbox.put(envelope),
        )
