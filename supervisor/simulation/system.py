"""An actor system in one thread: a scheduler in place of threads and of the clock."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, ClassVar

import pykka

from orquestrador.errors import SimulationError
from orquestrador.supervisor.current import current
from orquestrador.supervisor.dead_letters import DeadLetters
from orquestrador.supervisor.events import EventStream
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.loop import Build
from orquestrador.supervisor.ref import ActorRef
from orquestrador.supervisor.simulation.faults import Faults
from orquestrador.supervisor.simulation.promises import Ledger
from orquestrador.supervisor.simulation.scheduler import Scheduler
from orquestrador.supervisor.simulation.task import IncarnationTask
from orquestrador.supervisor.simulation.trace import Trace
from orquestrador.supervisor.system import ActorSystem

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.envelope import Envelope


class SimulatedEvents(EventStream):
    """An event stream whose dispatcher is a task of the scheduler."""

    def __init__(self, scheduler: Scheduler, trace: Trace) -> None:
        """Hand out what is published, one event a step."""
        super().__init__()
        self._scheduler = scheduler
        self._trace = trace
        self._handing_out = False
        scheduler.add(self)

    def publish(self, event: object) -> None:
        """Tell everybody who subscribed to this type of event, a little later."""
        self._trace.add("event:", type(event).__name__)
        super().publish(event)

    def publish_soon(self, event: object) -> None:
        """Do as `publish`: the scheduler says who goes first."""
        self.publish(event)

    def flush(self, timeout: float | None = None) -> bool:
        """Go on until everything published was handed out."""
        return self._scheduler.run_until(lambda: not self.can_step(), timeout)

    def close(self) -> None:
        """Go on until everything published was handed out."""
        self.flush()

    def can_step(self) -> bool:
        """Return whether an event waits."""
        return not self._handing_out and not self._events.empty()

    def step(self) -> None:
        """Hand out one event."""
        self._handing_out = True
        try:
            self._hand_out(self._events.get_nowait())
        finally:
            self._handing_out = False

    def _start_dispatcher(self) -> None:
        """Start no thread."""


class SimulatedSystem(ActorSystem):
    """An actor system whose actors run in the thread that made it.

    A wait of that thread (an ask, a stop, the start of a tree) runs the actors
    until it is over. Nothing else of them differs from a system with threads.
    """

    is_simulated: ClassVar[bool] = True

    def __init__(
        self,
        random: Random,
        scheduler: Scheduler,
        faults: Faults,
        trace: Trace,
        ledger: Ledger,
    ) -> None:
        """See `Simulation`, which makes them all."""
        super().__init__(scheduler, chance=random.random)
        self.scheduler = scheduler
        self.faults = faults
        self.schedule_trace = trace
        self.ledger = ledger
        self.events = SimulatedEvents(scheduler, trace)
        self.dead_letters = DeadLetters(self.events, self.clock)
        self._tasks: list[IncarnationTask] = []
        self._watched: set[str] = set()

    def wait(self, is_done: Callable[[], bool], timeout: float | None) -> bool:
        """Run the actors until something is done; False when the time is over."""
        waiting = current.incarnation
        if waiting is not None and not waiting.cell.bare:
            self.ledger.broken(f"a handler of {waiting.cell} waits")
        return self.scheduler.run_until(is_done, timeout)

    def stop_trees(self, timeout: float) -> bool:  # noqa: ARG002 -- the program's end
        """Do nothing at the end of the program: the simulation is over by then."""
        return True

    def forget_all(self) -> None:
        """Take what is left of its actors out of Pykka's registry, which is global."""
        for ref in pykka.ActorRegistry.get_all():
            if isinstance(ref, ActorRef) and ref.cell.system is self:
                pykka.ActorRegistry.unregister(ref)

    # -- for the runtime's own parts ----------------------------------------

    def add_root(self, cell: "Cell") -> None:
        """Add the top of a tree.

        Raises:
            SimulationError: when the simulation is over, or in another thread.

        """
        if current.host is not self:
            raise SimulationError(
                f"{cell} would start outside of its simulation, or in another thread: "
                "start it inside of `with Simulation(...)`"
            )
        super().add_root(cell)

    def run(
        self,
        incarnation: Incarnation,
        build: Build | None,
        *,
        daemon: bool,  # noqa: ARG002 -- of threads
    ) -> None:
        """Add a task that runs an incarnation."""
        self._watch(incarnation.cell)
        incarnation.start(IncarnationTask(incarnation, build, self))

    def make_way(self) -> None:
        """Do nothing: there is one thread, and the scheduler says who goes first."""

    def add(self, task: IncarnationTask) -> None:
        """Step this task from now on."""
        cell = task.incarnation.cell
        for other in self._tasks:
            if other.incarnation.cell is cell and not other.incarnation.fenced:
                self.ledger.broken(
                    f"incarnation {task.incarnation.number} of {cell} begins while "
                    f"incarnation {other.incarnation.number} runs"
                )
        self._tasks.append(task)
        self.scheduler.add(task)

    def remove(self, task: IncarnationTask) -> None:
        """Step it no more."""
        self._tasks.remove(task)
        self.scheduler.remove(task)

    def check_orphans(self) -> None:
        """Find what runs although nobody supervises it any more."""
        known: set[str] = set()
        cells = list(self._roots.values())
        while cells:
            cell = cells.pop()
            known.add(cell.urn)
            cells += cell.children.values()
        for task in self._tasks:
            incarnation = task.incarnation
            if incarnation.fenced or incarnation.ending is not None:
                continue
            if (
                incarnation.cell.urn not in known
                or incarnation.cell.incarnation is not incarnation
            ):
                self.ledger.broken(
                    f"an orphan: incarnation {incarnation.number} of "
                    f"{incarnation.cell} runs and nobody supervises it"
                )

    def _watch(self, cell: "Cell") -> None:
        """See every message that is sent to this actor, and every dead letter of it."""
        if cell.urn in self._watched:
            return
        self._watched.add(cell.urn)
        append, bury = cell.mailbox.append, cell.dead_letter

        def counted_append(envelope: "Envelope") -> None:
            self.ledger.send(cell, envelope)
            self._may_switch()
            try:
                append(envelope)
            except BaseException:
                self.ledger.refuse(envelope)
                raise

        def counted_bury(
            envelope: "Envelope", reason: str, error: BaseException | None = None
        ) -> None:
            self.ledger.bury(cell, envelope, reason)
            bury(envelope, reason, error)

        cell.mailbox.append = counted_append
        vars(cell)["dead_letter"] = counted_bury

    def _may_switch(self) -> None:
        """Let others go on before a message is sent, where an actor's code sends it."""
        sender = current.incarnation
        if sender is None or (
            sender.hand.look() is not None and not sender.cell.spec.is_supervisor()
        ):
            self.scheduler.may_switch()
