"""The promises that every program on the runtime can rely on, checked as it runs.

Of the design's promises: 2, every message is handled to its end at most once, or
becomes one dead letter, and nothing disappears; 7, no handler waits; and that an
incarnation which was cut off does nothing any more, that an actor has one
incarnation at a time, and that nothing runs outside the tree.
"""

from typing import TYPE_CHECKING, Any, TypeGuard

from orquestrador.errors import PromiseBrokenError
from orquestrador.supervisor.control import Control, Notice, Report, StopSelf, Tick
from orquestrador.supervisor.current import current
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.notices import RequestFailed, Terminated
from orquestrador.supervisor.pykka_private import StopRequest
from orquestrador.supervisor.simulation.trace import Trace, shown

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell

_UNCOUNTED = (Control, Notice, Report, StopSelf, StopRequest, Terminated, Tick)
"""The runtime's own, which may go with the actor they are for."""


class Fate:
    """What became of one message that was sent once."""

    __slots__ = ("completed", "dead", "envelope", "message", "receiver", "sent")

    def __init__(self, receiver: str, envelope: Envelope, *, sent: int) -> None:
        """Nothing yet; holds the envelope, so that no other gets the same id."""
        self.receiver = receiver
        self.envelope = envelope
        self.message: object = envelope.message
        self.sent = sent
        self.completed = self.dead = 0

    def __str__(self) -> str:
        return (
            f"{shown(self.message)} to {self.receiver}, handled {self.completed} "
            f"times, dead letter {self.dead} times"
        )


class Ledger:
    """Every message of a simulation and what became of it."""

    def __init__(self, trace: Trace) -> None:
        """Know of no message yet."""
        self.problems: list[str] = []
        self.completed = 0
        """Deliveries that were handled to their end."""

        self.dead = 0
        """Dead letters."""

        self._trace = trace
        self._fates: dict[int, Fate] = {}
        self._asks: list[tuple[ReplyFuture[Any], str, object]] = []

    # -- as it happens ------------------------------------------------------

    def send(self, cell: "Cell", envelope: Envelope) -> None:
        """Note that a message is put into the mailbox of `cell`."""
        message = envelope.message
        if isinstance(message, _UNCOUNTED):
            return
        self._trace.add(cell.name, "is sent", message)
        fate = self._fates.get(id(envelope))
        if fate is not None:
            fate.sent += 1
            self.broken(f"a message was sent {fate.sent} times: {fate}")
        self._fates[id(envelope)] = Fate(cell.name, envelope, sent=1)
        if _is_future(envelope.reply_to):
            self._asks.append((envelope.reply_to, cell.name, message))
        sender = current.incarnation
        if (
            sender is not None
            and sender.fenced
            and envelope.sender is sender.ref
            and not isinstance(message, RequestFailed)
        ):
            self.broken(
                f"incarnation {sender.number} of {sender.cell} was cut off and sent "
                f"{shown(message)} to {cell}"
            )

    def refuse(self, envelope: Envelope) -> None:
        """Note that it was not put there: its sender got an error."""
        self._fates.pop(id(envelope), None)
        self._asks = [ask for ask in self._asks if ask[0] is not envelope.reply_to]

    def complete(self, cell: "Cell", envelope: Envelope) -> None:
        """Note that a message was handled to its end."""
        if isinstance(envelope.message, _UNCOUNTED):
            return
        self.completed += 1
        fate = self._fate(cell, envelope)
        fate.completed += 1
        self._check_not_too_often(fate)

    def bury(self, cell: "Cell", envelope: Envelope, reason: str) -> None:
        """Note a dead letter."""
        self._trace.add(cell.name, f"has a dead letter ({reason})", envelope.message)
        self.dead += 1
        fate = self._fate(cell, envelope)
        fate.dead += 1
        self._check_not_too_often(fate)

    def broken(self, problem: str) -> None:
        """Note that a promise does not hold."""
        self._trace.add("PROMISE BROKEN:", problem)
        self.problems.append(problem)

    # -- at the end ---------------------------------------------------------

    def check_settled(self) -> None:
        """Find messages without a fate, and asks without an answer."""
        for fate in self._fates.values():
            if not fate.completed and not fate.dead:
                self.broken(f"a message disappeared: {fate}")
        for future, receiver, message in self._asks:
            if not future.is_settled():
                self.broken(f"an ask has no answer: {shown(message)} to {receiver}")

    def raise_problems(self) -> None:
        """Raise what was found.

        Raises:
            PromiseBrokenError: if anything was.

        """
        if self.problems:
            raise PromiseBrokenError("; ".join(self.problems))

    def _fate(self, cell: "Cell", envelope: Envelope) -> Fate:
        fate = self._fates.get(id(envelope))
        if fate is None:
            # It was refused: it never was in a mailbox.
            fate = self._fates[id(envelope)] = Fate(cell.name, envelope, sent=0)
        return fate

    def _check_not_too_often(self, fate: Fate) -> None:
        if fate.completed + fate.dead > 1:
            self.broken(f"a message has more than one end: {fate}")


def _is_future(reply_to: object) -> TypeGuard[ReplyFuture[Any]]:
    """Return whether somebody outside waits; a request's reply is a message itself."""
    return isinstance(reply_to, ReplyFuture)
