"""The loop: takes a message, hands it to the actor, answers an ask exactly once.

It runs in the incarnation's own thread, from the constructor to the last hook, and
whatever happens it reports the end.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import pykka

from orquestrador.errors import StartIgnoredError
from orquestrador.supervisor.choices import FailingAsk, Ignore
from orquestrador.supervisor.control import Control, Report
from orquestrador.supervisor.current import current
from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.ending import Ending
from orquestrador.supervisor.envelope import GIVEN_UP, Envelope
from orquestrador.supervisor.hand import STARTING
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.pykka_private import StopRequest
from orquestrador.supervisor.reason import IGNORED, EndReason
from orquestrador.supervisor.reply import answer, fail
from orquestrador.supervisor.special import LOOK_AGAIN, SPECIAL

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor

logger = logging.getLogger("pykka")

Build = Callable[[], object]


class Paused(BaseException):
    """Raised by a `take` that gives the thread back: the loop can be stepped on."""


class Loop(Ending):
    """Runs one incarnation, in its thread."""

    def __init__(self, incarnation: Incarnation, build: Build | None) -> None:
        """Run `incarnation`, whose actor is there already or is made by `build`."""
        super().__init__(incarnation)
        self._build = build
        self._take = incarnation.cell.mailbox.take
        self._stages = [self._report_end, self._finish, self._live, self._begin]

    def run(self) -> None:
        """Live from the constructor to the report of the end."""
        current.incarnation = self._incarnation
        while self.step():
            pass

    def step(self) -> bool:
        """Go through the next stage of the life; returns whether there is another.

        There is none when the thread was abandoned, while the actor's code hung. A
        stage in which taking a message is `Paused` is gone on with by the next step.
        """
        stage = self._stages.pop()
        try:
            alive = stage()
        except Paused:
            self._stages.append(stage)
            return True
        except BaseException as error:  # noqa: BLE001 -- the report tells it
            self._incarnation.ending = EndReason.failed(error)
            alive = True
        return alive and bool(self._stages)

    def _live(self) -> bool:
        actor = self._incarnation.actor
        if actor is None or self._incarnation.ending is not None:
            return True
        self._started = True
        while self._serve(actor):
            if not self._looks_again():
                return True
        return False

    def _looks_again(self) -> bool:
        """Return whether the inner loop was only left to be entered anew."""
        if self._incarnation.ending is not LOOK_AGAIN:
            return False
        self._incarnation.ending = None
        return True

    # -- the start ----------------------------------------------------------------

    def _begin(self) -> bool:
        incarnation = self._incarnation
        incarnation.hand.take(STARTING)
        if incarnation.fenced:
            # Cut off before its thread had begun: its code is never run.
            self._build = None
            incarnation.ending = incarnation.fence_reason
            return incarnation.hand.leave()
        extra: object = None
        try:
            actor, extra = self._construct()
            if actor is None:
                incarnation.ending = IGNORED
            else:
                incarnation.actor = actor
                actor.on_start()
        except StartIgnoredError:
            incarnation.ending = IGNORED
        except BaseException as error:  # noqa: BLE001 -- it ends this incarnation
            incarnation.ending = EndReason.failed(error)
        if not incarnation.hand.leave():
            return False
        actor = incarnation.actor
        ready = actor is not None and not actor.reports_its_start
        if ready and incarnation.ending is None:
            self._cell.report_start(extra)
        return True

    def _construct(self) -> "tuple[Actor | None, object]":
        build, self._build = self._build, None
        if build is None:
            return self._incarnation.actor, None
        current.cell = self._cell
        try:
            built: object = build()
        finally:
            current.cell = None
        extra: object = None
        if isinstance(built, tuple):
            built, extra = cast("tuple[object, object]", built)
        if isinstance(built, Ignore):
            return None, extra
        if not self._cell.holds(built):
            raise TypeError(f"the factory returned {built!r}, which is no new actor")
        return built, extra

    # -- the messages ---------------------------------------------------------------

    def _serve(self, actor: "Actor") -> bool:  # noqa: C901 -- every call costs each message
        incarnation, cell = self._incarnation, self._cell
        # Looked up here and not for each message: `LookAgain` comes back to this line.
        wait = self._take_urgent if cell.suspended else self._take
        special_for = cell.system.tracing.table(cell, SPECIAL).get
        now = cell.system.clock.now
        take, leave = incarnation.hand.take, incarnation.hand.leave
        while incarnation.ending is None:
            envelope = wait()
            incarnation.taken_at = now()
            take(envelope)
            if incarnation.fenced:
                return self._give_back(envelope)
            deadline = envelope.deadline
            if deadline is not None and deadline <= incarnation.taken_at:
                if not leave():
                    return False
                self._drop(envelope)
                continue
            message: object = envelope.message
            special = special_for(type(message))
            try:
                if special is None:
                    response = actor.on_receive(message)
                else:
                    response = special(incarnation, actor, message)
            except BaseException as error:  # noqa: BLE001 -- judged by the spec
                if not leave():
                    return False
                self._judge(actor, envelope, error)
            else:
                if not leave():
                    return False
                cell.handled += 1
                reply_to = envelope.reply_to
                if reply_to is not None and reply_to not in incarnation.owed:
                    answer(reply_to, response)
            # An idle loop must not keep the last message alive.
            del envelope, message
            response = reply_to = None
        return True

    def _take_urgent(self) -> Envelope:
        """Wait for what a suspended actor serves: the runtime's word, and a stop."""
        return self._cell.mailbox.take_urgent(is_stop)

    def _judge(self, actor: "Actor", envelope: Envelope, error: BaseException) -> None:
        """Decide whether an error is the answer to an ask or ends the incarnation."""
        self._incarnation.take_out_of_stash(envelope)
        reply_to = envelope.reply_to
        self._incarnation.owed.discard(reply_to)
        returned = self._cell.spec.failing_ask is FailingAsk.RETURN or isinstance(
            error, actor.expected_errors
        )
        if reply_to is not None and returned and isinstance(error, Exception):
            logger.info(
                "Exception returned from %s to caller:",
                self._incarnation.ref,
                exc_info=error,
            )
            fail(reply_to, error)
            self._cell.handled += 1
            return
        decision = self._incarnation.decide(error)
        if decision is Decision.RESUME and not actor.is_supervisor:
            self._resume(envelope, error)
            return
        self._incarnation.ending = EndReason.failed(error)
        self._failed_on = type(envelope.message).__name__
        self._incarnation.lose(envelope, error)

    def _resume(self, envelope: Envelope, error: BaseException) -> None:
        """Go on after an error, without the message that it came from."""
        self._cell.note_failure(error)
        envelope.deliveries += 1
        self._incarnation.give_up(envelope, error)
        self._cell.system.events.wake()
        self._log_failure(error)

    def _drop(self, envelope: Envelope) -> None:
        """Let go of a message whose asker has given up waiting."""
        given_up = envelope.deadline == GIVEN_UP
        why = "its asker has given up" if given_up else "its deadline has passed"
        self._cell.dead_letter(envelope, why)
        error = pykka.Timeout("the deadline of the ask has passed")
        fail(envelope.reply_to, error)

    def _give_back(self, envelope: Envelope) -> bool:
        """Return a message that was taken after the fence went up."""
        if not self._incarnation.hand.leave():
            return False
        if envelope.reply_to is not None or not isinstance(
            envelope.message, Control | Report
        ):
            self._cell.mailbox.put_back(envelope)
        self._incarnation.ending = self._incarnation.fence_reason
        return True


def is_stop(envelope: Envelope) -> bool:
    """Return whether a message asks for the actor's end, and does not wait for it."""
    return isinstance(envelope.message, StopRequest)
