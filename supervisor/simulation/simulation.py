"""One schedule from its seed to its verdict, and many of them in a row."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from random import Random
from types import MappingProxyType, TracebackType
from typing import Self

from orquestrador.errors import ScheduleError, SimulationError
from orquestrador.supervisor.current import current
from orquestrador.supervisor.simulation.faults import Chances, Faults, Plan
from orquestrador.supervisor.simulation.promises import Ledger
from orquestrador.supervisor.simulation.scheduler import Scheduler
from orquestrador.supervisor.simulation.system import SimulatedSystem
from orquestrador.supervisor.simulation.trace import Trace

MAX_STEPS = 100_000

_NO_PLAN: Plan = MappingProxyType({})


class Simulation:
    """One schedule: a system in this thread, whose order a seed decides.

    Use it with `with`. Everything in it has to be started inside, in `system`; bare
    actors go there by themselves. At the end of the block the actors are stopped and
    the promises are checked.
    """

    def __init__(
        self,
        seed: int | Random,
        *,
        chances: Chances | None = None,
        plan: Plan = _NO_PLAN,
        max_steps: int = MAX_STEPS,
    ) -> None:
        """Begin at 0 s of virtual time.

        Args:
            seed: decides everything that is left to chance; or its source.
            chances: how likely faults are; None draws them from the seed too.
            plan: faults at certain points, whatever the chances.
            max_steps: raise `SimulationError` after so many.

        """
        self.random = Random(seed) if isinstance(seed, int) else seed  # noqa: S311 -- has to be repeatable
        self.trace = Trace()
        self.ledger = Ledger(self.trace)
        drawn = Chances.drawn(self.random) if chances is None else chances
        self.faults = Faults(self.random, drawn, plan)
        self.scheduler = Scheduler(
            self.random, self.faults, self.trace, max_steps=max_steps
        )
        self.system = SimulatedSystem(
            self.random, self.scheduler, self.faults, self.trace, self.ledger
        )

    def __enter__(self) -> Self:
        if current.host is not None:
            raise SimulationError("this thread is inside a simulation already")
        current.host = self.system
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.finish()
        finally:
            current.host = None
            # After a broken promise its actors are still there, and nobody runs them.
            self.system.forget_all()

    @property
    def now(self) -> float:
        """Virtual seconds since the beginning."""
        return self.scheduler.now()

    def run(self, seconds: float = 0.0) -> None:
        """Let the actors go on until `seconds` have passed and nobody is busy."""
        self.scheduler.run(seconds)

    def run_until(
        self, is_done: Callable[[], bool], timeout: float | None = None
    ) -> bool:
        """Let the actors go on until something is done; False after `timeout`."""
        return self.scheduler.run_until(is_done, timeout)

    def step(self) -> bool:
        """Let one thing happen; False if nothing can."""
        return self.scheduler.step()

    @contextmanager
    def without_faults(self) -> Generator[None]:
        """Let nothing go wrong in this block; the order still varies."""
        self.faults.paused = True
        try:
            yield
        finally:
            self.faults.paused = False

    def check(self) -> None:
        """Check the promises as far as they can be while actors run.

        Raises:
            PromiseBrokenError: if one does not hold.

        """
        self.system.check_orphans()
        self.ledger.raise_problems()

    def finish(self) -> None:
        """Stop all actors, let what is stuck return, and check the promises.

        Raises:
            PromiseBrokenError: if one does not hold.

        """
        self.check()
        self.system.stop()
        self.system.events.flush()
        # Those that were cut off come back when their handlers return.
        self.scheduler.run(self.faults.chances.stuck_s)
        self.system.check_orphans()
        self.ledger.check_settled()
        self.ledger.raise_problems()


Scenario = Callable[[Simulation], object]


def simulate(
    scenario: Scenario,
    seed: int,
    *,
    chances: Chances | None = None,
    plan: Plan = _NO_PLAN,
    max_steps: int = MAX_STEPS,
) -> Simulation:
    """Run one schedule of a scenario; the same seed gives the same schedule.

    Args:
        scenario: starts actors in the simulation, sends, runs, and asserts.
        seed: which schedule.
        chances: how likely faults are; None draws them from the seed too.
        plan: faults at certain points, whatever the chances.
        max_steps: raise after so many.

    Raises:
        ScheduleError: with seed and trace, if the scenario raised anything or a
            promise did not hold; that is its cause.

    """
    simulation = Simulation(seed, chances=chances, plan=plan, max_steps=max_steps)
    try:
        with simulation:
            scenario(simulation)
    except Exception as error:
        raise ScheduleError(seed, error, str(simulation.trace)) from error
    return simulation


def explore(
    scenario: Scenario,
    seeds: Iterable[int],
    *,
    chances: Chances | None = None,
    plan: Plan = _NO_PLAN,
    max_steps: int = MAX_STEPS,
) -> int:
    """Run a schedule for each seed; returns how many there were.

    Raises:
        ScheduleError: of the first that fails; `simulate` with its seed and the same
            arguments replays it.

    """
    count = 0
    for seed in seeds:
        simulate(scenario, seed, chances=chances, plan=plan, max_steps=max_steps)
        count += 1
    return count
