"""The cell: one logical actor, whatever becomes of the incarnations inside it.

The cell owns what a restart must not lose: URN, name, mailbox, ref, watchers,
counters and, for a supervisor, the cells of its children. The Pykka actor instance
lives in the incarnation and is made anew at every start.
"""

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import pykka

from orquestrador.supervisor.admission import (
    mailbox_for,
    restarting,
    waits_for_reply,
)
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import RestartingAsk
from orquestrador.supervisor.control import (
    Control,
    InspectState,
    LookAgain,
    Notice,
    Report,
    Silence,
    Started,
    StopAsked,
    StopSelf,
    Tick,
)
from orquestrador.supervisor.current import current
from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.encoding import decoded
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.handling_times import HandlingTimer
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.notices import DeadLetter, Terminated
from orquestrador.supervisor.pykka_private import StopRequest
from orquestrador.supervisor.reason import SHUTDOWN, EndReason, describe
from orquestrador.supervisor.reply import answer, fail
from orquestrador.supervisor.urn import new_urn
from orquestrador.supervisor.watching import EndEvent, Watchers

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.intensity import RestartWindow
    from orquestrador.supervisor.ref import ActorRef
    from orquestrador.supervisor.system import ActorSystem


class Parent(Protocol):
    """Who is told what becomes of a cell's incarnations."""

    name: str

    def notify(self, report: Report) -> None:
        """Take a report, in the child's thread; must not block."""
        ...


class Cell:
    """One logical actor."""

    def __init__(
        self,
        *,
        actor_class: "type[Actor]",
        spec: ChildSpec,
        parent: Parent,
        system: "ActorSystem",
        name: str | None = None,
    ) -> None:
        """Make a cell without an incarnation.

        Args:
            actor_class: class of its incarnations.
            spec: how it is restarted, and what failures do to it.
            parent: is told of starts and ends.
            system: where its events go and its name is known.
            name: for people; None for a bare actor, one started without a spec as
                plain Pykka does.

        """
        self.urn = new_urn()
        self.name = name or self.urn
        self.actor_class = actor_class
        self.spec = spec
        self.parent = parent
        self.system = system
        self.bare = name is None
        """Whether its handlers may wait for other actors."""

        self.alone = self.bare
        """Whether nobody is above it who would want a report, nor anybody below."""

        self.number = 0
        self.handled = 0
        self.failures = 0
        self.last_failure: str | None = None
        self.last_failure_at: float | None = None
        self.suspended = False
        """Whether its messages wait until somebody resumes it."""

        self.timer = HandlingTimer() if system.timed else None
        self.window: RestartWindow | None = None
        """Of a supervisor: the restarts of its children."""

        self.incarnation: Incarnation | None = None
        self.waiting_for: Cell | None = None
        self.children: dict[str, Cell] = {}
        self.stop_asked = False
        """Whether somebody has asked it, through its ref, to end for good."""

        self.restarting = False
        """Between two incarnations; only kept up where asks shall not wait for it."""

        self.mailbox = mailbox_for(self, self._undeliverable, self.reject)
        self.stopped = EndEvent()
        self.watching: set[str] = set()
        """URNs of actors whose end this one has not been told yet, and wants to be."""

        self.watchers = Watchers(self._tell_end)
        self._lock = threading.Lock()
        self._instance: Callable[[], Actor | None] = lambda: None
        self.ref: ActorRef[Any] = actor_class.ref_class(self)

    def __str__(self) -> str:
        return self.name

    # -- messages -----------------------------------------------------------

    def notify(self, report: Report) -> None:
        """Tell the actor in this cell, a supervisor, about one of its children."""
        self.mailbox.put_system(Envelope(report))

    def control(self, message: Control) -> None:
        """Send a message that is served before every ordinary one."""
        self.mailbox.put_system(Envelope(message))

    def deliver(self, message: object, sender: "pykka.ActorRef[Any] | None") -> None:
        """Send a notice of the runtime; to a closed mailbox it is a dead letter."""
        self.mailbox.put(Envelope(message, None, sender))

    def dead_letter(
        self, envelope: Envelope, reason: str, error: BaseException | None = None
    ) -> None:
        """Publish and count a message that nobody will handle."""
        self.system.dead_letters.add(
            DeadLetter(
                message=decoded(envelope.message),
                sender=envelope.sender,
                receiver=self.ref,
                reason=reason,
                error=error,
                deliveries=envelope.deliveries,
            )
        )

    def _undeliverable(self, envelope: Envelope) -> None:
        message = envelope.message
        if isinstance(message, InspectState):
            fail(envelope.reply_to, pykka.ActorDeadError(f"{self.ref} has ended"))
            return
        if isinstance(message, StopRequest):
            if envelope.reply_to is not None:
                answer(envelope.reply_to, None)
            return
        if isinstance(
            message,
            Control | Notice | Report | Silence | StopSelf | Terminated | Tick,
        ):
            return
        error = pykka.ActorDeadError(f"{self.ref} stopped before handling the message")
        self.reject(envelope, "the receiver stopped before handling it", error)

    def reject(self, envelope: Envelope, reason: str, error: Exception) -> None:
        """Give up a message: a dead letter, and an error for whoever asked."""
        self.dead_letter(envelope, reason)
        if envelope.reply_to is not None:
            fail(envelope.reply_to, error)

    # -- life ---------------------------------------------------------------

    def begin(self, build: Callable[[], object]) -> None:
        """Start the next incarnation in a thread of its own."""
        self.system.run(self.next_incarnation(), build, daemon=True)

    def next_incarnation(self) -> Incarnation:
        """Make the next incarnation, which its caller starts."""
        self.number += 1
        self.incarnation = Incarnation(self, self.number)
        return self.incarnation

    def report_start(self, extra: object = None) -> None:
        """Tell the supervisor that the actor handles messages now."""
        self.restarting = False
        incarnation = self.incarnation
        if incarnation is not None and not self.alone:
            self.parent.notify(Started(self, incarnation.number, extra))
            if self.spec.stuck_after_s is not None:
                incarnation.check_for_stuck()

    def adopt(self, actor: "Actor") -> None:
        """Note which instance the ref's proxies look at."""
        incarnation = current.incarnation
        if incarnation is not None and incarnation.cell is self and incarnation.fenced:
            # Its constructor took too long: another instance is in its place.
            return
        self._instance = weakref.ref(actor)
        self.actor_class = type(actor)
        self.ref.adopt(actor)

    def holds(self, built: object) -> "TypeGuard[Actor]":
        """Return whether the last actor made in this cell is this object."""
        return built is not None and self._instance() is built

    def begin_restart(self) -> None:
        """Note that the next incarnation has to be waited for, by whoever may."""
        if self.spec.restarting_ask is RestartingAsk.WAIT:
            return
        self.restarting = True
        for envelope in self.mailbox.extract(waits_for_reply):
            self.reject(envelope, "the receiver is being restarted", restarting(self))

    def restarts_after(self, reason: EndReason) -> bool:
        """Return whether this end is followed by another incarnation."""
        incarnation = self.incarnation
        stops = incarnation is not None and incarnation.decision is Decision.STOP
        return not stops and self.spec.allows_restart(reason)

    def note_failure(self, error: BaseException) -> None:
        """Count an error of the actor's code."""
        self.failures += 1
        self.last_failure = describe(error)
        self.last_failure_at = self.system.clock.now()

    def ask_to_stop(self) -> None:
        """Tell the supervisor of a stop that lies in the mailbox.

        While nothing runs here, for the sake of a delay, nobody would find it.
        """
        self.stop_asked = True
        self.parent.notify(StopAsked(self, self.number))

    def suspend(self, *, suspended: bool) -> None:
        """Let its messages wait, or be handled again."""
        self.suspended = suspended
        self.control(LookAgain())

    def change_spec(self, spec: ChildSpec) -> None:
        """Go on by another spec; its limit for one message counts from now on."""
        self.spec = spec
        if self.incarnation is not None:
            self.incarnation.check_for_stuck()

    def register(self) -> None:
        """Make the actor known to Pykka's registry; supervisors stay out of it."""
        if not self.spec.is_supervisor():
            pykka.ActorRegistry.register(self.ref)

    def begin_close(self, reason: EndReason) -> None:
        """End the actor for good: from now on it takes no message.

        What already waits becomes dead letters with `finish_close`.
        """
        with self._lock:
            if self.mailbox.closed:
                return
            self.stopped.reason = reason
            self.mailbox.close()
        if not self.spec.is_supervisor():
            pykka.ActorRegistry.unregister(self.ref)
        self.system.forget(self)
        # Who waits for a supervisor's end finds nothing alive below it.
        self._end_children(reason)
        self.stopped.set()

    def _end_children(self, reason: EndReason) -> None:
        # A supervisor that failed by an error of its own has stopped none of them.
        self.kill_children(reason)
        for child in tuple(self.children.values()):
            child.close(reason)
        self.children.clear()

    def finish_close(self) -> None:
        """Empty the mailbox, and tell the watchers."""
        self.mailbox.drain()
        self.watchers.tell_all()

    def close(self, reason: EndReason) -> None:
        """End an actor that has no running incarnation."""
        self.begin_close(reason)
        self.finish_close()

    def kill_children(self, reason: EndReason) -> None:
        """Fence whatever still runs below this cell: nobody is left to stop it."""
        for child in tuple(self.children.values()):
            incarnation = child.incarnation
            running = incarnation is not None and incarnation.is_running()
            if running and incarnation is not None and not incarnation.fence(reason):
                # An idle one leaves by itself; the next must not begin before.
                incarnation.join(1.0)
            child.kill_children(reason)

    # -- death watch --------------------------------------------------------

    def watch(self, watched: "Cell") -> None:
        """Have this actor told of the end of another, unless it is going to be."""
        if watched.urn not in self.watching:
            self.watching.add(watched.urn)
            watched.watchers.add(self.ref)

    def unwatch(self, watched: "Cell") -> None:
        """Let this actor hear nothing of it, also if a notice is on its way."""
        self.watching.discard(watched.urn)
        watched.watchers.remove(self.ref)

    def take_notice(self, envelope: Envelope, notice: Notice) -> bool:
        """Return whether the actor still wants a notice; it is then an own message."""
        urn = notice.terminated.ref.actor_urn
        if urn not in self.watching:
            return False
        self.watching.discard(urn)
        # From now on its fate is that of any message: put aside, handled again, lost.
        envelope.message = notice.terminated
        return True

    def _tell_end(self, watcher: "ActorRef[Any]") -> None:
        reason = self.stopped.reason or SHUTDOWN
        watcher.cell.deliver(Notice(Terminated(self.ref, reason)), self.ref)
