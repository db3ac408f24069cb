"""The receive timeout: one incarnation is told when nothing came for some time.

Messages cost nothing more for it: nothing is reset by them. The alarm looks back
when it rings, and if something came meanwhile it is set again for what is left.
"""

from typing import TYPE_CHECKING

from orquestrador.supervisor.control import Silence
from orquestrador.supervisor.envelope import Envelope

if TYPE_CHECKING:
    from orquestrador.supervisor.clock import Alarm
    from orquestrador.supervisor.incarnation import Incarnation


class ReceiveTimeoutAlarm:
    """Rings after every `after_s` seconds without a message; until it is cancelled."""

    def __init__(self, incarnation: "Incarnation", after_s: float) -> None:
        """Begin to count now."""
        self.after_s = after_s
        self._incarnation = incarnation
        self._clock = incarnation.cell.system.clock
        self._since = self._clock.now()
        self._cancelled = False
        self._alarm: Alarm | None = None
        self._set(after_s)

    def cancel(self) -> None:
        """Never ring again; what it has put into the mailbox is not handled."""
        self._cancelled = True
        if self._alarm is not None:
            self._alarm.cancel()

    def take(self, silence: Silence) -> bool:
        """Begin to count again; returns whether there was silence all the time."""
        if self._cancelled:
            return False
        self._since = self._clock.now()
        self._set(self.after_s)
        return silence.handled == self._handled()

    def _ring(self) -> None:
        """Look back, in the clock's thread."""
        if self._cancelled:
            return
        incarnation = self._incarnation
        left_s = max(self._since, incarnation.taken_at) + self.after_s
        left_s -= self._clock.now()
        mailbox = incarnation.cell.mailbox
        if incarnation.hand.look() is not None or len(mailbox):
            # It comes behind what is handled now: time is counted from there.
            mailbox.put(Envelope(Silence(self, None), None, incarnation.ref))
        elif left_s > 0:
            self._set(left_s)
        else:
            handled = self._handled()
            mailbox.put(Envelope(Silence(self, handled), None, incarnation.ref))

    def _set(self, delay_s: float) -> None:
        self._alarm = self._clock.call_later(delay_s, self._ring)

    def _handled(self) -> tuple[int, int]:
        cell = self._incarnation.cell
        return cell.handled, cell.failures
