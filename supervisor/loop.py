"""The loop: takes a message, hands it to the actor, answers an ask exactly once.

It runs in the incarnation's own thread, from the constructor to the last hook, and
whatever happens it reports the end.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pykka
from pykka.messages import ProxyCall, ProxyGetAttr, ProxySetAttr

from orquestrador.errors import StartIgnoredError
from orquestrador.supervisor.child_spec import FailingAsk, Ignore
from orquestrador.supervisor.control import (
    Control,
    Ended,
    InspectState,
    LimitPassed,
    LookAgain,
    Notice,
    Report,
    Shutdown,
    Silence,
    Started,
    StopSelf,
    Stuck,
    Tick,
    Wake,
)
from orquestrador.supervisor.current import current
from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.encoding import Encoded
from orquestrador.supervisor.envelope import GIVEN_UP, Envelope
from orquestrador.supervisor.hand import STARTING, STOPPING
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.inspection import Inspection, inspect_inside
from orquestrador.supervisor.notices import ReceiveTimeout
from orquestrador.supervisor.pykka_private import StopRequest, attribute_at
from orquestrador.supervisor.reason import (
    IGNORED,
    SHUTDOWN,
    EndKind,
    EndReason,
)
from orquestrador.supervisor.reply import answer, fail

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor

logger = logging.getLogger("pykka")

Build = Callable[[], object]

LOOK_AGAIN = EndReason(EndKind.NORMAL, info="look again")
"""Leaves the inner loop, and comes back to it."""


class Paused(BaseException):
    """Raised by a `take` that gives the thread back: the loop can be stepped on."""


class Loop:
    """Runs one incarnation, in its thread."""

    def __init__(self, incarnation: Incarnation, build: Build | None) -> None:
        """Run `incarnation`, whose actor is there already or is made by `build`."""
        self._incarnation = incarnation
        self._cell = incarnation.cell
        self._build = build
        self._take = incarnation.cell.mailbox.take
        self._started = False
        self._failed_on: str | None = None
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
        special_for = cell.system.tracing.table(cell, _SPECIAL).get
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
                    response = special(self, actor, message)
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

    # -- the end ----------------------------------------------------------------------

    def _finish(self) -> bool:
        incarnation = self._incarnation
        reason = incarnation.ending or SHUTDOWN
        incarnation.let_go()
        if incarnation.fenced:
            self._settle_debts()
            return True
        if reason.kind is EndKind.FAILED and incarnation.decision is None:
            incarnation.decide(reason.error)
        final = incarnation.final
        if final is None:
            final = not self._cell.restarts_after(reason)
        return self._finish_for_good(reason) if final else self._finish_for_now(reason)

    def _finish_for_now(self, reason: EndReason) -> bool:
        self._cell.begin_restart()
        if not self._run_hook(reason):
            return False
        self._settle_debts()
        return True

    def _finish_for_good(self, reason: EndReason) -> bool:
        base_error = self._base_error(reason)
        if base_error is not None:
            logger.debug(
                "%r in %s. Stopping all actors.", base_error, self._incarnation.ref
            )
        elif reason.kind is EndKind.FAILED:
            self._log_failure(reason.error)
        self._cell.begin_close(reason)
        if not self._run_hook(SHUTDOWN if base_error is not None else reason):
            return False
        # Who was promised a reply hears that there is none before those who watch.
        self._break_promises()
        self._cell.finish_close()
        self._settle_debts()
        if base_error is not None:
            pykka.ActorRegistry.stop_all()
        return True

    def _base_error(self, reason: EndReason) -> BaseException | None:
        """Return what stops every actor in Pykka; a supervised actor just fails."""
        if self._cell.bare and not isinstance(reason.error, Exception):
            return reason.error
        return None

    def _run_hook(self, reason: EndReason) -> bool:
        """Run `on_stop` or `on_failure`; False if the thread was abandoned in it."""
        incarnation = self._incarnation
        actor = incarnation.actor
        if actor is None or not self._started:
            return True
        incarnation.hand.take(STOPPING)
        error = reason.error if reason.kind is EndKind.FAILED else None
        try:
            self._call_hook(actor, error)
        except BaseException as failure:  # noqa: BLE001 -- logged; the end goes on
            self._log_failure(failure)
            if reason.kind is EndKind.SHUTDOWN and not self._cell.bare:
                incarnation.ending = EndReason.failed(failure)
        return incarnation.hand.leave()

    def _call_hook(self, actor: "Actor", error: BaseException | None) -> None:
        if error is None:
            logger.debug("Stopped %s", self._incarnation.ref)
            actor.on_stop()
        else:
            actor.on_failure(type(error), error, error.__traceback__)

    def _settle_debts(self) -> None:
        """Answer the stop requests, and whoever was promised a reply for later."""
        self._incarnation.owed.set_stopped()
        self._break_promises()

    def _break_promises(self) -> None:
        incarnation = self._incarnation
        if incarnation.owed.is_open():
            incarnation.owed.fail(
                pykka.ActorDeadError(f"{incarnation.ref} ended before it replied")
            )

    def _report_end(self) -> bool:
        incarnation, cell = self._incarnation, self._cell
        reason = incarnation.ending or SHUTDOWN
        if reason.error is not None:
            cell.note_failure(reason.error)
        # The instance may be big, and the incarnation is kept until the next start.
        incarnation.actor = None
        logged = cell.mailbox.closed
        cell.kill_children(reason)
        decision = incarnation.decision or Decision.RESTART
        cell.parent.notify(
            Ended(cell, incarnation.number, reason, self._failed_on, decision)
        )
        incarnation.over = True
        if reason.kind is EndKind.FAILED and not logged:
            # Writing a traceback takes longer than a restart.
            cell.system.make_way()
            self._log_failure(reason.error)
        cell.system.events.wake()
        return True

    def _log_failure(self, error: BaseException | None) -> None:
        logger.error(
            "Unhandled exception in %s:", self._incarnation.ref, exc_info=error
        )

    # -- messages that the actor does not see ------------------------------------------

    def stop_asked(
        self, actor: "Actor", reason: EndReason, *, final: bool | None
    ) -> None:
        """Begin to stop, and answer the request when that is done."""
        incarnation = self._incarnation
        in_hand = incarnation.hand.look()
        if isinstance(in_hand, Envelope) and in_hand.reply_to is not None:
            incarnation.owed.add_stop(in_hand.reply_to)
        if final is not None:
            incarnation.final = final
        actor.stop_requested(reason)

    def is_for_this(self, message: Shutdown) -> bool:
        """Return whether a word of the supervisor's is meant for this incarnation."""
        return message.number == self._incarnation.number

    def decode(self, message: Encoded) -> object:
        """Return the message in hand as its sender knows it."""
        inner: object = message.decode()
        in_hand = self._incarnation.hand.look()
        if isinstance(in_hand, Envelope):
            # Whoever looks in from outside wants to see it too.
            in_hand.message = inner
        return inner

    def look_again(self) -> None:
        """Begin to serve anew, after the message in hand."""
        self._incarnation.ending = LOOK_AGAIN

    def inspect(self, actor: "Actor") -> Inspection:
        """Return what this thread can see of its own actor."""
        return inspect_inside(self._cell, actor)

    def in_hand(self) -> Envelope | None:
        """Return the message that is being handled."""
        in_hand = self._incarnation.hand.look()
        return in_hand if isinstance(in_hand, Envelope) else None

    def take_notice(self, notice: Notice) -> bool:
        """Return whether the actor still watches whom a notice is about."""
        envelope = self.in_hand()
        return envelope is not None and self._cell.take_notice(envelope, notice)

    def take_tick(self, tick: Tick) -> bool:
        """Return whether a timer still runs."""
        return self._incarnation.timers.take(tick.timer)


def is_stop(envelope: Envelope) -> bool:
    """Return whether a message asks for the actor's end, and does not wait for it."""
    return isinstance(envelope.message, StopRequest)


Special = Callable[[Loop, "Actor", Any], object]


def _on_stop_request(loop: Loop, actor: "Actor", _message: object) -> None:
    loop.stop_asked(actor, SHUTDOWN, final=True)


def _on_stop_self(loop: Loop, actor: "Actor", message: StopSelf) -> None:
    loop.stop_asked(actor, message.reason, final=None)


def _on_shutdown(loop: Loop, actor: "Actor", message: Shutdown) -> None:
    if loop.is_for_this(message):
        loop.stop_asked(actor, message.reason, final=message.final)


def _on_wake(_loop: Loop, _actor: "Actor", _message: Wake) -> None:
    """Do nothing: it was meant for an earlier incarnation."""


def _on_look_again(loop: Loop, _actor: "Actor", _message: LookAgain) -> None:
    loop.look_again()


def _on_inspect(loop: Loop, actor: "Actor", _message: InspectState) -> Inspection:
    return loop.inspect(actor)


def _on_tick(loop: Loop, actor: "Actor", message: Tick) -> object:
    if loop.take_tick(message):
        return actor.on_receive(message.timer.message)
    return None


def _on_notice(loop: Loop, actor: "Actor", message: Notice) -> object:
    if loop.take_notice(message):
        return actor.on_receive(message.terminated)
    return None


def _on_silence(_loop: Loop, actor: "Actor", message: Silence) -> object:
    if message.alarm.take(message):
        return actor.on_receive(ReceiveTimeout(after_s=message.alarm.after_s))
    return None


def _on_encoded(loop: Loop, actor: "Actor", message: Encoded) -> object:
    inner = loop.decode(message)
    special = _SPECIAL.get(type(inner))
    return actor.on_receive(inner) if special is None else special(loop, actor, inner)


def _on_report(_loop: Loop, actor: "Actor", message: Report) -> None:
    actor.child_reported(message)


def _on_proxy_call(_loop: Loop, actor: "Actor", message: ProxyCall) -> object:
    return attribute_at(actor, message.attr_path)(*message.args, **message.kwargs)


def _on_proxy_get(_loop: Loop, actor: "Actor", message: ProxyGetAttr) -> object:
    return attribute_at(actor, message.attr_path)


def _on_proxy_set(_loop: Loop, actor: "Actor", message: ProxySetAttr) -> None:
    parent = attribute_at(actor, message.attr_path[:-1])
    setattr(parent, message.attr_path[-1], message.value)


_SPECIAL: dict[type, Special] = {
    StopRequest: _on_stop_request,
    StopSelf: _on_stop_self,
    Shutdown: _on_shutdown,
    Wake: _on_wake,
    LookAgain: _on_look_again,
    InspectState: _on_inspect,
    Tick: _on_tick,
    Notice: _on_notice,
    Silence: _on_silence,
    Encoded: _on_encoded,
    Started: _on_report,
    Ended: _on_report,
    Stuck: _on_report,
    LimitPassed: _on_report,
    ProxyCall: _on_proxy_call,
    ProxyGetAttr: _on_proxy_get,
    ProxySetAttr: _on_proxy_set,
}
"""By exact type: one dictionary look-up for every ordinary message."""
