"""One run of an actor's code, in a thread of its own: the loop.

The loop takes a message, hands it to the actor, answers an ask exactly once, and
whatever happens reports its end. It is also what can be *fenced*: cut off from the
outside while the actor's code hangs.

Fencing and finishing race for the message in hand. `_in_hand` holds the one thing
that the actor's code is busy with; who pops it decides what becomes of it, and a
list's pop is atomic. A loop that finds it gone has been abandoned: it ends without
another word. A fencer that finds nothing knows that the thread is in the runtime's
own code, sees the fence at its next step and reports its end by itself.
"""

import itertools
import logging
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pykka
from pykka import messages as pykka_messages
from pykka._introspection import get_attr_directly

from orquestrador.errors import BlockingAskError, FencedError, StartIgnoredError
from orquestrador.supervisor.child_spec import FailingAsk, Ignore
from orquestrador.supervisor.control import (
    Control,
    Ended,
    LimitPassed,
    Report,
    Shutdown,
    Started,
    StopSelf,
    Stuck,
    Tick,
    Wake,
)
from orquestrador.supervisor.current import current
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.reason import (
    IGNORED,
    SHUTDOWN,
    EndKind,
    EndReason,
    describe,
)
from orquestrador.supervisor.reply import Reply, fail
from orquestrador.supervisor.timers import Timers

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.cell import Cell

logger = logging.getLogger("pykka")

_thread_numbers = itertools.count()

STARTING = "starting"
STOPPING = "stopping"


class Incarnation:
    """The loop of one actor instance."""

    actor: "Actor"

    def __init__(
        self,
        cell: "Cell",
        number: int,
        *,
        build: Callable[[], object] | None = None,
        actor: "Actor | None" = None,
    ) -> None:
        """Run an actor in `cell`: the one given, or the one that `build` makes."""
        self.cell = cell
        self.ref = cell.ref
        self.number = number
        self.fenced = False
        self.ending: EndReason | None = None
        self.taken_at = 0.0
        self._build = build
        if actor is not None:
            self.actor = actor
        self._in_hand: list[Envelope | str] = []
        self._final: bool | None = None
        self._failed_on: Envelope | None = None
        self._fence_reason = SHUTDOWN
        self._reply_later = False
        self._stop_replies: list[Reply] = []
        self._owed: set[Reply] = set()
        self._timers: Timers | None = None
        self._thread: threading.Thread | None = None
        self._started = False

    # -- from other threads -------------------------------------------------

    def start(self, *, daemon: bool) -> None:
        """Start the thread."""
        self._thread = threading.Thread(
            target=self._run,
            name=f"{self.cell.actor_class.__name__}-{next(_thread_numbers)}",
            daemon=daemon,
        )
        self._thread.start()

    def is_running(self) -> bool:
        """Return whether its thread still works for the actor."""
        return not self.fenced and self._thread is not None and self._thread.is_alive()

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds for the thread's end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def in_hand(self) -> Envelope | str | None:
        """Return the message, or the name of the hook, that it is busy with."""
        try:
            return self._in_hand[0]
        except IndexError:
            return None

    def fence(self, reason: EndReason) -> bool:
        """Cut the incarnation off: it takes, answers and sends nothing any more.

        Returns:
            True if the actor's code was busy: its thread is abandoned and reports
            nothing. False if it was idle: it ends by itself and reports that.

        """
        self._fence_reason = reason
        self.fenced = True
        try:
            in_hand = self._in_hand.pop()
        except IndexError:
            self.cell.control(Wake())
            return False
        if self._timers is not None:
            self._timers.end()
        error = FencedError(f"{self.ref} was fenced: {reason}")
        if isinstance(in_hand, Envelope):
            self._lose(in_hand, error)
        self._fail_owed(error)
        return True

    def check_for_stuck(self) -> None:
        """Tell the supervisor when one message takes too long; called by the clock."""
        limit_s = self.cell.spec.stuck_after_s
        if limit_s is None or not self.is_running():
            return
        clock = self.cell.system.clock
        in_hand = self.in_hand()
        busy_s = clock.now() - self.taken_at
        if isinstance(in_hand, Envelope) and busy_s >= limit_s:
            self.cell.parent.notify(
                Stuck(
                    self.cell,
                    self.number,
                    message_type=type(in_hand.message).__name__,
                    busy_s=busy_s,
                    stack=self.stack(),
                )
            )
        else:
            clock.call_later(min(limit_s / 4, 0.1), self.check_for_stuck)

    def stack(self) -> str:
        """Return where its thread stands, as a traceback."""
        ident = None if self._thread is None else self._thread.ident
        frame = None if ident is None else sys._current_frames().get(ident)  # noqa: SLF001 -- the only way to see another thread
        return "" if frame is None else "".join(traceback.format_stack(frame))

    # -- from the actor's own code ------------------------------------------

    @property
    def timers(self) -> Timers:
        """The timers that end with this incarnation."""
        if self._timers is None:
            self._timers = Timers(self.cell)
        return self._timers

    def is_final(self) -> bool:
        """Return whether it was asked to stop for good."""
        return self._final is True

    def is_ending(self, cell: "Cell") -> bool:
        """Return whether it is the incarnation in `cell`, and past its loop."""
        return cell is self.cell and self.in_hand() == STOPPING

    def end(self, reason: EndReason) -> None:
        """Leave the loop after the message in hand."""
        self.ending = reason

    def check_may_send(self) -> None:
        """Raise `FencedError` if this incarnation was cut off."""
        if self.fenced:
            raise FencedError(
                f"incarnation {self.number} of {self.ref} was fenced "
                f"({self._fence_reason}); it can send nothing"
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
    def waiting_for(self, receiver: "Cell | None") -> Iterator[None]:
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

    def reply_later(self) -> "LaterReply":
        """Take over the reply to the message in hand."""
        self._reply_later = True
        in_hand = self.in_hand()
        reply_to = in_hand.reply_to if isinstance(in_hand, Envelope) else None
        if reply_to is not None:
            self._owed.add(reply_to)
        return LaterReply(reply_to, self._owed)

    # -- the loop -----------------------------------------------------------

    def _run(self) -> None:
        current.incarnation = self
        abandoned = False
        try:
            abandoned = not self._live()
        except BaseException as error:  # noqa: BLE001 -- reported just below
            self.ending = EndReason.failed(error)
        finally:
            if not abandoned:
                self._report_end()

    def _live(self) -> bool:
        """Return False if the incarnation was abandoned while its code hung."""
        if not self._begin():
            return False
        if self.ending is None and not self._serve():
            return False
        return self._finish()

    def _begin(self) -> bool:
        self._in_hand.append(STARTING)
        try:
            extra = self._construct()
            if self.ending is None:
                self.actor.on_start()
        except StartIgnoredError:
            self.ending = IGNORED
        except BaseException as error:  # noqa: BLE001 -- it ends this incarnation
            self.ending = EndReason.failed(error)
        if not self._leave():
            return False
        if self.ending is None:
            self._started = True
            if self.actor.reports_its_start is False:
                self.report_start(extra)
        return True

    def _construct(self) -> object:
        build, self._build = self._build, None
        if build is None:
            return None
        current.cell = self.cell
        try:
            built: Any = build()
        finally:
            current.cell = None
        extra = None
        if isinstance(built, tuple):
            built, extra = built
        if isinstance(built, Ignore):
            self.ending = IGNORED
        elif getattr(built, "_cell", None) is not self.cell:
            raise TypeError(f"the factory returned {built!r}, which is no new actor")
        else:
            self.actor = built
        return extra

    def report_start(self, extra: object = None) -> None:
        """Tell the supervisor that the actor is ready."""
        self.cell.parent.notify(Started(self.cell, self.number, extra))
        if self.cell.spec.stuck_after_s is not None:
            self.check_for_stuck()

    def _serve(self) -> bool:
        actor = self.actor
        cell = self.cell
        take = cell.mailbox.take
        in_hand = self._in_hand
        now = cell.system.clock.now
        while self.ending is None:
            envelope = take()
            self.taken_at = now()
            in_hand.append(envelope)
            if self.fenced:
                return self._give_back()
            if envelope.deadline is not None and self._is_late(envelope):
                continue
            message = envelope.message
            special = _SPECIAL.get(type(message))
            try:
                if special is None:
                    response = actor.on_receive(message)
                else:
                    response = special(self, message)
            except BaseException as error:  # noqa: BLE001 -- judged by the spec
                if not self._leave():
                    return False
                self._judge(envelope, error)
            else:
                try:
                    in_hand.pop()
                except IndexError:
                    return False
                cell.handled += 1
                if envelope.reply_to is not None:
                    self._answer(envelope.reply_to, response)
            # An idle loop must not keep the last message alive.
            envelope = message = response = None  # type: ignore[assignment]
        return True

    def _is_late(self, envelope: Envelope) -> bool:
        """Let go of a message whose asker has given up waiting."""
        deadline = envelope.deadline
        if deadline is None or self.taken_at <= deadline or not self._leave():
            return False
        self.cell.dead_letter(envelope, "its deadline has passed")
        fail(envelope.reply_to, pykka.Timeout("the deadline of the ask has passed"))
        return True

    def _answer(self, reply_to: Reply, response: object) -> None:
        if self._reply_later:
            self._reply_later = False
            return
        try:
            reply_to.set(response)
        except queue.Full:
            # Somebody else completed the future: it is their reply that counts.
            logger.debug(f"The reply of {self.ref} came second")

    def _judge(self, envelope: Envelope, error: BaseException) -> None:
        """Decide whether an error is the answer to an ask or ends the incarnation."""
        self._reply_later = False
        self._owed.discard(envelope.reply_to)
        returned = self.cell.spec.failing_ask is FailingAsk.RETURN or isinstance(
            error, self.actor.expected_errors
        )
        if envelope.reply_to is not None and returned and isinstance(error, Exception):
            logger.info(
                f"Exception returned from {self.ref} to caller:", exc_info=error
            )
            fail(envelope.reply_to, error)
            return
        self.ending = EndReason.failed(error)
        self._failed_on = envelope
        self._lose(envelope, error)

    def _lose(self, envelope: Envelope, error: BaseException) -> None:
        """Put a message that failed back for the next incarnation, or give it up."""
        cell = self.cell
        envelope.deliveries += 1
        again = envelope.deliveries <= cell.spec.redeliveries
        if again and cell.restarts_after(EndReason.failed(error)):
            cell.mailbox.put_back(envelope)
            return
        cell.dead_letter(envelope, "its handler failed", error)
        if envelope.reply_to is not None:
            fail(envelope.reply_to, _for_caller(self.ref, error))

    def _give_back(self) -> bool:
        """Return a message that was taken after the fence went up."""
        envelope = self._in_hand[0]
        if not self._leave():
            return False
        if isinstance(envelope, Envelope) and not isinstance(
            envelope.message, Control | Report
        ):
            self.cell.mailbox.put_back(envelope)
        self.ending = self._fence_reason
        return True

    def _leave(self) -> bool:
        """Return whether what was in hand is still this thread's to decide."""
        try:
            self._in_hand.pop()
        except IndexError:
            return False
        return True

    # -- the end ------------------------------------------------------------

    def _finish(self) -> bool:
        reason = self.ending or SHUTDOWN
        if self._timers is not None:
            self._timers.end()
        final = self._final
        if final is None:
            final = not self.cell.restarts_after(reason)
        if self.fenced:
            return True
        if final:
            return self._finish_for_good(reason)
        self._in_hand.append(STOPPING)
        self._run_hook(reason)
        if not self._leave():
            return False
        self._answer_stops()
        return True

    def _finish_for_good(self, reason: EndReason) -> bool:
        base_error = self._base_error(reason)
        if base_error is not None:
            logger.debug(f"{base_error!r} in {self.ref}. Stopping all actors.")
        elif reason.kind is EndKind.FAILED:
            self._log_failure(reason.error)
        self.cell.begin_close(reason)
        self._in_hand.append(STOPPING)
        self._run_hook(SHUTDOWN if base_error is not None else reason)
        if not self._leave():
            return False
        self.cell.finish_close()
        self._answer_stops()
        if base_error is not None:
            pykka.ActorRegistry.stop_all()
        return True

    def _base_error(self, reason: EndReason) -> BaseException | None:
        """Return what stops every actor in Pykka; a supervised actor just fails."""
        if self.cell.bare and not isinstance(reason.error, Exception):
            return reason.error
        return None

    def _run_hook(self, reason: EndReason) -> None:
        if not self._started:
            return
        try:
            if reason.kind is EndKind.FAILED and reason.error is not None:
                error = reason.error
                self.actor.on_failure(type(error), error, error.__traceback__)
            else:
                logger.debug(f"Stopped {self.ref}")
                self.actor.on_stop()
        except BaseException as error:  # noqa: BLE001 -- logged; the end goes on
            self._log_failure(error)
            if reason.kind is EndKind.SHUTDOWN and not self.cell.bare:
                self.ending = EndReason.failed(error)

    def _answer_stops(self) -> None:
        for reply in self._stop_replies:
            try:
                reply.set(None)
            except queue.Full:
                continue
        self._fail_owed(pykka.ActorDeadError(f"{self.ref} ended before it replied"))

    def _fail_owed(self, error: BaseException) -> None:
        while self._owed:
            fail(self._owed.pop(), error)

    def _report_end(self) -> None:
        reason = self.ending or SHUTDOWN
        failed_on, self._failed_on = self._failed_on, None
        cell = self.cell
        if reason.error is not None and reason.kind is EndKind.FAILED:
            cell.failures += 1
            cell.last_failure = describe(reason.error)
        # The instance may be big, and this object is kept until the next start.
        self.__dict__.pop("actor", None)
        cell.kill_children(reason)
        logged = cell.mailbox.closed
        cell.parent.notify(
            Ended(
                cell,
                self.number,
                reason,
                None if failed_on is None else type(failed_on.message).__name__,
            )
        )
        # After the report: writing a traceback takes longer than a restart.
        if reason.kind is EndKind.FAILED and not logged:
            self._log_failure(reason.error)

    def _log_failure(self, error: BaseException | None) -> None:
        logger.error(f"Unhandled exception in {self.ref}:", exc_info=error)

    def _check_cycle(self, receiver: "Cell | None") -> None:
        chain = [self.cell]
        each = receiver
        while each is not None and each not in chain:
            chain.append(each)
            each = each.waiting_for
        if each is self.cell:
            names = " -> ".join(str(cell.ref) for cell in [*chain, each])
            raise BlockingAskError(
                f"actors would wait for each other for ever: {names}"
            )

    # -- messages the actor does not see --------------------------------------

    def _stop_asked(self, reason: EndReason, *, final: bool | None) -> None:
        in_hand = self.in_hand()
        if isinstance(in_hand, Envelope) and in_hand.reply_to is not None:
            self._stop_replies.append(in_hand.reply_to)
            self._reply_later = True
        if final is not None:
            self._final = final
        self.actor.stop_requested(reason)

    def _on_stop_request(self, _message: object) -> None:
        self._stop_asked(SHUTDOWN, final=True)

    def _on_stop_self(self, message: StopSelf) -> None:
        self._stop_asked(message.reason, final=None)

    def _on_wake(self, _message: Wake) -> None:
        """Nothing: it was meant for an earlier incarnation."""

    def _on_shutdown(self, message: Shutdown) -> None:
        if message.number == self.number:
            self._stop_asked(message.reason, final=message.final)

    def _on_tick(self, message: Tick) -> object:
        if self.timers.take(message.timer):
            return self.actor.on_receive(message.timer.message)
        return None

    def _on_report(self, message: Report) -> None:
        self.actor.child_reported(message)

    def _on_proxy_call(self, message: pykka_messages.ProxyCall) -> object:
        callee = get_attr_directly(self.actor, message.attr_path)
        return callee(*message.args, **message.kwargs)

    def _on_proxy_get(self, message: pykka_messages.ProxyGetAttr) -> object:
        return get_attr_directly(self.actor, message.attr_path)

    def _on_proxy_set(self, message: pykka_messages.ProxySetAttr) -> None:
        parent = get_attr_directly(self.actor, message.attr_path[:-1])
        setattr(parent, message.attr_path[-1], message.value)


_SPECIAL: dict[type, Callable[[Incarnation, Any], object]] = {
    pykka_messages._ActorStop: Incarnation._on_stop_request,  # noqa: SLF001
    pykka_messages.ProxyCall: Incarnation._on_proxy_call,  # noqa: SLF001
    pykka_messages.ProxyGetAttr: Incarnation._on_proxy_get,  # noqa: SLF001
    pykka_messages.ProxySetAttr: Incarnation._on_proxy_set,  # noqa: SLF001
    StopSelf: Incarnation._on_stop_self,  # noqa: SLF001
    Shutdown: Incarnation._on_shutdown,  # noqa: SLF001
    Tick: Incarnation._on_tick,  # noqa: SLF001
    Wake: Incarnation._on_wake,  # noqa: SLF001
    Started: Incarnation._on_report,  # noqa: SLF001
    Ended: Incarnation._on_report,  # noqa: SLF001
    Stuck: Incarnation._on_report,  # noqa: SLF001
    LimitPassed: Incarnation._on_report,  # noqa: SLF001
}


class LaterReply:
    """The reply to one message, given after its handler has returned."""

    def __init__(self, reply_to: Reply | None, owed: set[Reply]) -> None:
        """Answer `reply_to`; nobody waits when it is None."""
        self._reply_to = reply_to
        self._owed = owed

    def set(self, value: object = None) -> None:
        """Reply; only the first answer counts."""
        if self._reply_to is not None:
            self._owed.discard(self._reply_to)
            try:
                self._reply_to.set(value)
            except queue.Full:
                return

    def fail(self, error: BaseException) -> None:
        """Reply with an error; only the first answer counts."""
        if self._reply_to is not None:
            self._owed.discard(self._reply_to)
            fail(self._reply_to, error)


def _for_caller(ref: object, error: BaseException) -> BaseException:
    """Return the error that an asker gets: it must not end the asker's thread."""
    if isinstance(error, Exception):
        return error
    dead = pykka.ActorDeadError(f"{ref} ended by {describe(error)}")
    dead.__cause__ = error
    return dead
