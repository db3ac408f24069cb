"""Actors in one thread, in an order that a seed decides, in virtual time.

The classes are the same as with threads; only what runs them is another. A scenario
is a function that starts actors, sends messages and says what has to hold:

    def scenario(simulation):
        Supervisor.start(flags, specs, system=simulation.system)
        counter = simulation.system.ref("counter")
        counter.tell(Add(1))
        simulation.run(60.0)
        assert counter.ask(Get(), timeout=5.0) in {0, 1}

    explore(scenario, range(1000))

Each seed is another schedule: who goes first, when time passes, what crashes, hangs
or takes long (`Chances`, or a `Plan`). A schedule that fails raises `ScheduleError`,
which prints its seed and its trace; `simulate(scenario, seed)` replays it exactly.

Guaranteed:

- the same seed, scenario and version of the package give the same schedule and the
  same trace, in any process, as long as the scenario and its actors take time from
  `system.clock`, chance from `simulation.random`, and order from no hash or address;
- at the end of each schedule the runtime's promises were checked: every message was
  handled to its end once or is one dead letter, every ask has an answer, no handler
  waited, an actor had one incarnation at a time, one that was cut off sent nothing,
  nothing runs without a supervisor.

Not guaranteed:

- interleavings inside a handler other than at its sends, or where a fault delays it;
- anything about code that starts threads or processes, or waits for either;
- a handler of a *bare* actor that waits for an actor which is itself in the middle of
  a handler waits for ever here: turn `switch`, `delay` and `stuck` off for such.

To read it: `trace`, `faults`, `scheduler`, `task`, `promises`, `system`, `simulation`.
"""

from orquestrador.errors import PromiseBrokenError, ScheduleError, SimulationError
from orquestrador.supervisor.simulation.faults import (
    Chances,
    Fault,
    FaultKind,
    Hook,
    InjectedCrashError,
    Plan,
)
from orquestrador.supervisor.simulation.simulation import (
    Scenario,
    Simulation,
    explore,
    simulate,
)
from orquestrador.supervisor.simulation.system import SimulatedSystem
from orquestrador.supervisor.simulation.trace import Trace

__all__ = [
    "Chances",
    "Fault",
    "FaultKind",
    "Hook",
    "InjectedCrashError",
    "Plan",
    "PromiseBrokenError",
    "Scenario",
    "ScheduleError",
    "SimulatedSystem",
    "Simulation",
    "SimulationError",
    "Trace",
    "explore",
    "simulate",
]
