"""One run of an actor's code: what others may know of it and do to it.

The loop in `loop.py` runs it; this is the part that other threads and the actor's
own code touch.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from orquestrador.errors import BlockingAskError, FencedError
from orquestrador.supervisor.control import Ended, Silence, Stuck, Tick, Wake
from orquestrador.supervisor.decision import Decision, decide
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.hand import STOPPING, Hand
from orquestrador.supervisor.owed import LaterReply, Owed
from orquestrador.supervisor.reason import SHUTDOWN, EndReason
from orquestrador.supervisor.reply import fail, for_caller
from orquestrador.supervisor.stacks import stack_of
from orquestrador.supervisor.stash import Stash
from orquestrador.supervisor.timers import Timers

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.clock import Alarm


class Runner(Protocol):
    """What runs an incarnation: a `threading.Thread`, or a task of a simulation."""

    @property
    def ident(self) -> int | None:
        """The thread's identifier; None if it is none of the interpreter's."""
        ...

    def start(self) -> None:
        """Begin to run."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end."""
        ...

    def is_alive(self) -> bool:
        """Return whether it has begun and not ended."""
        ...


class Incarnation:
    """One run of the code of the actor that lives in `cell`."""

    def __init__(self, cell: "Cell", number: int) -> None:
        """Run nothing yet.

        Args:
            cell: the actor's.
            number: which run this is, from 1.

        """
        self.cell = cell
        self.ref = cell.ref
        self.number = number
        self.actor: Actor | None = None
        """The instance; there before its thread is, if it is bare."""

        self.hand = Hand()
        self.taken_at = 0.0
        """When the message in hand was taken, by the system's clock."""

        self.fenced = False
        self.fence_reason = SHUTDOWN
        self.ending: EndReason | None = None
        """Set when the loop is to end, or has ended."""

        self.over = False
        """Set once its end is reported: what its thread still does is nobody's."""

        self.final: bool | None = None
        """Whether whoever asked for the end meant it for good; None: nobody said."""

        self.decision: Decision | None = None
        """What its error means; None until there is one."""

        self.owed = Owed()
        self._timers: Timers | None = None
        self._stash: Stash | None = None
        self._next_check: Alarm | None = None
        self._thread: Runner | None = None

    # -- from other threads -----------------------------------------------------

    def start(self, thread: "Runner") -> None:
        """Run in this thread, which has not been started."""
        self._thread = thread
        thread.start()

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds for the thread's end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def is_running(self) -> bool:
        """Return whether its thread still works for the actor."""
        return not self.fenced and self._is_at_work()

    def _is_at_work(self) -> bool:
        thread = self._thread
        return thread is not None and not self.over and thread.is_alive()

    def fence(self, reason: EndReason) -> bool:
        """Cut it off: it takes, answers and sends nothing any more.

        Its end is reported: at once if the actor's code was busy, for its thread is
        abandoned then, or if the thread has ended; by the thread itself, in a
        moment, if it was idle.

        Returns:
            Whether a thread was abandoned.

        """
        self.fence_reason = reason
        self.fenced = True
        in_hand = self.hand.take_away()
        if in_hand is None and self._is_at_work():
            self.cell.control(Wake())
            return False
        error = FencedError(f"{self.ref} was fenced: {reason}")
        if isinstance(in_hand, Envelope):
            self.cell.note_failure(error)
            self.take_out_of_stash(in_hand)
            self.lose(in_hand, error)
        self.let_go()
        self.owed.fail(error)
        self.actor = None
        if in_hand is not None:
            self.cell.system.abandoned_threads.add(self._thread)
        message_type = (
            type(in_hand.message).__name__ if isinstance(in_hand, Envelope) else None
        )
        left_behind = in_hand is not None
        self.cell.parent.notify(
            Ended(self.cell, self.number, reason, message_type, left_behind=left_behind)
        )
        self.cell.system.events.wake()
        return left_behind

    def check_for_stuck(self) -> None:
        """Tell the supervisor when one message takes too long; called by the clock.

        An idle actor is looked at once in `stuck_after_s`: that is often enough to
        see every message before its time is over.
        """
        if self._next_check is not None:
            self._next_check.cancel()
        limit_s = self.cell.spec.stuck_after_s
        if limit_s is None or not self.is_running():
            return
        clock = self.cell.system.clock
        in_hand = self.hand.message()
        if in_hand is None:
            self._next_check = clock.call_later(limit_s, self.check_for_stuck)
            return
        now, due = clock.now(), self.taken_at + limit_s
        if now < due:
            # By the moment, not by the seconds passed: their difference to the limit
            # can be too small to move a clock that stands still meanwhile.
            self._next_check = clock.call_later(due - now, self.check_for_stuck)
            return
        busy_s = now - self.taken_at
        message_type = type(in_hand.message).__name__
        self.cell.parent.notify(
            Stuck(self.cell, self.number, message_type, busy_s, self.stack())
        )

    def stack(self) -> str:
        """Return where its thread stands, as a traceback."""
        return stack_of(None if self._thread is None else self._thread.ident)

    # -- from the loop and the fencer -------------------------------------------

    def lose(self, envelope: Envelope, error: BaseException) -> None:
        """Put a message that failed back for the next incarnation, or give it up."""
        cell = self.cell
        envelope.deliveries += 1
        again = envelope.deliveries <= cell.spec.redeliveries
        if again and cell.restarts_after(EndReason.failed(error)):
            cell.mailbox.put_back(envelope)
            return
        self.give_up(envelope, error)

    def give_up(self, envelope: Envelope, error: BaseException) -> None:
        """Make a message that failed a dead letter; whoever asked gets the error."""
        self.cell.dead_letter(envelope, "its handler failed", error)
        if envelope.reply_to is not None:
            fail(envelope.reply_to, for_caller(self.ref, error))

    def decide(self, error: BaseException | None) -> Decision:
        """Return what an error means, and remember it."""
        self.decision = decide(self.cell.spec.decisions, error)
        return self.decision

    def take_out_of_stash(self, envelope: Envelope) -> None:
        """Forget that a message was put aside: its handler has failed after all."""
        if self._stash is not None:
            self._stash.take_out(envelope)

    def let_go(self) -> None:
        """Cancel all timers and give the stash back; for the end, and for good."""
        if self._timers is not None:
            self._timers.end()
        if self._stash is not None:
            self._stash.end()

    # -- from the actor's own code ----------------------------------------------

    @property
    def timers(self) -> Timers:
        """The timers that end with this incarnation."""
        if self._timers is None:
            self._timers = Timers(self)
        return self._timers

    def stash(self) -> None:
        """Put the message in hand aside."""
        self.check_may_send()
        in_hand = self.hand.message()
        if in_hand is None:
            raise RuntimeError(f"{self.ref} has no message in hand to put aside")
        message = in_hand.message
        if isinstance(message, Silence):
            text = f"{self.ref} cannot put a receive timeout aside"
            raise RuntimeError(text)  # noqa: TRY004 -- a type of the runtime's own
        if self._stash is None:
            self._stash = Stash(self.cell)
        if isinstance(message, Tick):
            message = Tick(self.timers.again(message.timer))
        self._stash.put(in_hand, message)

    def unstash(self, count: int | None) -> None:
        """Return the oldest messages put aside, or all, to the mailbox's head."""
        self.check_may_send()
        if self._stash is not None:
            self._stash.give_back(count, self.hand.message())

    def remaining_s(self) -> float | None:
        """Return how long the asker of the message in hand still waits.

        None: it waits without limit, or nobody waits.
        """
        in_hand = self.hand.message()
        if in_hand is None or in_hand.deadline is None:
            return None
        return max(0.0, in_hand.deadline - self.cell.system.clock.now())

    def shortened(self, timeout: float | None) -> float | None:
        """Return a limit that is over no later than the one of the message in hand."""
        remaining_s = self.remaining_s()
        if timeout is None or remaining_s is None:
            return timeout if remaining_s is None else remaining_s
        return min(timeout, remaining_s)

    def end(self, reason: EndReason) -> None:
        """Leave the loop after the message in hand."""
        self.ending = reason

    def is_stopping(self, cell: "Cell") -> bool:
        """Return whether it is the one in `cell`, and runs its last hook."""
        return cell is self.cell and self.hand.look() == STOPPING

    def reply_later(self) -> LaterReply:
        """Take over the reply to the message in hand."""
        in_hand = self.hand.message()
        return self.owed.add(None if in_hand is None else in_hand.reply_to)

    def check_may_send(self) -> None:
        """Raise `FencedError` if this incarnation was cut off."""
        if self.fenced:
            raise FencedError(
                f"incarnation {self.number} of {self.ref} was fenced "
                f"({self.fence_reason}); it can send nothing"
            )

    def check_may_wait(self, receiver: "Cell | None") -> None:
        """Raise `BlockingAskError` if waiting would block a supervised actor."""
        if not self.cell.bare:
            whom = "another actor" if receiver is None else str(receiver.ref)
            raise BlockingAskError(
                f"{self.ref} would wait in a handler for {whom}: use "
                "self.request(ref, message), the reply then comes as a message"
            )

    @contextmanager
    def waiting_for(self, receiver: "Cell | None") -> Generator[None]:
        """Surround a wait for `receiver`; raise if it can never end."""
        self.check_may_wait(receiver)
        # Written before it is checked: of two that wait for each other, at least
        # the later one sees the other.
        self.cell.waiting_for = receiver
        try:
            self._check_cycle(receiver)
            yield
        finally:
            self.cell.waiting_for = None

    def _check_cycle(self, receiver: "Cell | None") -> None:
        chain = [self.cell]
        each = receiver
        while each is not None and each not in chain:
            chain.append(each)
            each = each.waiting_for
        if each is self.cell:
            names = " -> ".join(str(cell.ref) for cell in [*chain, self.cell])
            raise BlockingAskError(
                f"actors would wait for each other for ever: {names}"
            )
