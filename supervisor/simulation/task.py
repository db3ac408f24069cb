"""One incarnation as a task of the scheduler: its loop, stepped, with faults in it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from orquestrador.supervisor.current import current
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.loop import Build, Loop, Paused, is_stop
from orquestrador.supervisor.simulation.faults import (
    Fault,
    FaultKind,
    Hook,
    InjectedCrashError,
)

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.simulation.system import SimulatedSystem

R = TypeVar("R")


class SimulatedLoop(Loop):
    """The runtime's own loop, which gives the thread back after each message."""

    def __init__(
        self, incarnation: Incarnation, build: Build | None, system: "SimulatedSystem"
    ) -> None:
        """Run `incarnation`, whose actor is there already or is made by `build`."""
        super().__init__(incarnation, build)
        self.is_idle = False
        """Whether it waits for a message."""

        self.shown = f"{incarnation.cell}/{incarnation.number}"
        self._take = self._take_one
        self._system = system
        self._takes = 0
        self._open: Envelope | None = None
        """The message in hand, as long as it may still be handled to its end."""

        self._wrapped = False

    def step(self) -> bool:
        """Go through a stage, or handle one message."""
        self.is_idle = False
        self._takes = 0
        return super().step()

    # -- one message a step -------------------------------------------------

    def _take_one(self) -> Envelope:
        self._complete()
        envelope = None if self._takes else self._cell.mailbox.poll()
        if envelope is None:
            self.is_idle = True
            raise Paused
        self._takes += 1
        self._open = envelope
        self._system.schedule_trace.add(self.shown, "takes", envelope.message)
        return envelope

    def _take_urgent(self) -> Envelope:
        envelope = self._cell.mailbox.poll_urgent(is_stop)
        if envelope is None:
            self.is_idle = True
            raise Paused
        return envelope

    def _live(self) -> bool:
        actor = self._incarnation.actor
        if actor is not None and not self._wrapped:
            self._wrap(actor)
        here = super()._live()
        if here:
            self._complete()
        else:
            self._system.schedule_trace.add(self.shown, "was abandoned, and returns")
        return here

    def _complete(self) -> None:
        envelope, self._open = self._open, None
        if envelope is not None:
            self._system.ledger.complete(self._cell, envelope)

    def _judge(self, actor: "Actor", envelope: Envelope, error: BaseException) -> None:
        deliveries, ledger = envelope.deliveries, self._system.ledger
        dead = ledger.dead
        super()._judge(actor, envelope, error)
        if envelope.deliveries != deliveries or ledger.dead != dead:
            # It goes back to the mailbox or is a dead letter; else it was answered.
            self._open = None

    def _drop(self, envelope: Envelope) -> None:
        self._open = None
        super()._drop(envelope)

    def _give_back(self, envelope: Envelope) -> bool:
        self._open = None
        return super()._give_back(envelope)

    def _report_end(self) -> bool:
        reason = self._incarnation.ending
        self._system.schedule_trace.add(self.shown, f"ends: {reason}")
        return super()._report_end()

    # -- faults -------------------------------------------------------------

    def _construct(self) -> "tuple[Actor | None, object]":
        self._system.schedule_trace.add(self.shown, "starts")
        return self._around(Hook.START, None, super()._construct)

    def _call_hook(self, actor: "Actor", error: BaseException | None) -> None:
        hook = super()._call_hook
        self._around(Hook.STOP, None, lambda: hook(actor, error))

    def _wrap(self, actor: "Actor") -> None:
        """Put faults around the handlers of this one instance."""
        self._wrapped = True
        names = ["on_receive"]
        if self._cell.spec.is_supervisor():
            names.append("child_reported")
        for name in names:
            vars(actor)[name] = self._faulty(getattr(actor, name))

    def _faulty(self, handler: Callable[[object], R]) -> Callable[[object], R]:
        return lambda message: self._around(
            Hook.RECEIVE, message, lambda: handler(message)
        )

    def _around(self, hook: Hook, message: object, code: Callable[[], R]) -> R:
        cell = self._cell
        fault = self._system.faults.at(
            cell.name, hook, message, supervisor=cell.spec.is_supervisor()
        )
        if fault is None:
            return code()
        self._system.schedule_trace.add(
            self.shown, f"{fault.kind.value} in {hook.value}"
        )
        if fault.kind in {FaultKind.DELAY, FaultKind.STUCK}:
            self._system.scheduler.sleep(fault.seconds)
            return code()
        if fault.kind is FaultKind.CRASH_LATE:
            code()
        raise self._crash(fault, hook)

    def _crash(self, fault: Fault, hook: Hook) -> InjectedCrashError:
        return InjectedCrashError(f"{fault.kind.value} in {hook.value} of {self.shown}")


class IncarnationTask:
    """Stands where the thread of an incarnation would be."""

    ident = None

    def __init__(
        self, incarnation: Incarnation, build: Build | None, system: "SimulatedSystem"
    ) -> None:
        """Run this incarnation, once started."""
        self.incarnation = incarnation
        self._loop = SimulatedLoop(incarnation, build, system)
        self._system = system
        self._mailbox = incarnation.cell.mailbox
        self._alive = False
        self._running = False

    def start(self) -> None:
        """Begin to run."""
        self._alive = True
        self._system.add(self)

    def is_alive(self) -> bool:
        """Return whether it has begun and not ended."""
        return self._alive

    def join(self, timeout: float | None = None) -> None:
        """Let the simulation go on until the end of this incarnation."""
        self._system.scheduler.run_until(lambda: not self._alive, timeout)

    def can_step(self) -> bool:
        """Return whether there is a stage to go through, or a message to handle."""
        if self._running:
            return False
        if self._loop.is_idle and self.incarnation.cell.suspended:
            return self._mailbox.has_urgent(is_stop)
        return not self._loop.is_idle or self._mailbox.is_waiting()

    def step(self) -> None:
        """Go through a stage, or handle one message."""
        current.incarnation = self.incarnation
        self._running = True
        try:
            more = self._loop.step()
        finally:
            self._running = False
        if not more:
            self._alive = False
            self._system.remove(self)
