"""Requests, failures, delays and changes in every order that a seed can think of.

The same children, all at once asked for everything that a supervisor can be asked,
in a simulation: a schedule that fails prints its seed, and `simulate` replays it.
"""

from collections import Counter
from random import Random
from typing import Any

import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    Backoff,
    ChildSpec,
    Decision,
    DeleteChild,
    Reconfigure,
    Restart,
    RestartChild,
    StartChild,
    Strategy,
    Supervisor,
    SupervisorFlags,
    TerminateChild,
    UnknownActorError,
)
from orquestrador.supervisor.simulation import Chances, Simulation, explore

NAMES = ("a", "b", "c", "d")
STATIC = (Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE)
FAILURES = (ValueError, KeyError, OSError)
DECISIONS = ((KeyError, Decision.STOP), (OSError, Decision.RESUME))


class Fragile(Actor):
    """Raises the errors it is sent; cannot start as often as `broken` says."""

    def __init__(self, name: str, broken: Counter[str]) -> None:
        super().__init__()
        if broken[name] > 0:
            broken[name] -= 1
            raise ValueError(f"{name} is broken")

    def on_receive(self, message: object) -> object:
        """Raise an error type; return anything else."""
        for failure in FAILURES:
            if message is failure:
                raise failure
        return message


def random_flags(random: Random) -> SupervisorFlags:
    return SupervisorFlags(
        strategy=random.choice(STATIC), intensity=10_000, period_s=1.0
    )


def random_spec(random: Random, name: str, broken: Counter[str]) -> ChildSpec:
    slow = Backoff(minimum_s=random.choice([0.5, 1.0, 2.0]), maximum_s=4.0)
    return ChildSpec(
        id=name,
        actor=Fragile,
        args=(name, broken),
        backoff=random.choice([None, slow]),
        decisions=DECISIONS,
        redeliveries=random.choice([0, 0, 2]),
        restart=random.choice(list(Restart)),
        stuck_after_s=random.choice([None, 3.0]),
    )


def random_request(random: Random, broken: Counter[str]) -> object:
    """Return something that a supervisor can be asked."""
    name = random.choice(NAMES)
    match random.randrange(5):
        case 0:
            return TerminateChild(name)
        case 1:
            return RestartChild(id=name)
        case 2:
            return DeleteChild(id=name)
        case 3:
            return StartChild(random_spec(random, name, broken))
        case _:
            names = random.sample(NAMES, random.randint(0, 4))
            specs = [random_spec(random, each, broken) for each in names]
            return Reconfigure(random_flags(random), specs)


def disturb(simulation: Simulation, top: ActorRef[Any], broken: Counter[str]) -> None:
    """Do one thing, without waiting for what comes of it."""
    random = simulation.random
    name = random.choice(NAMES)
    match random.randrange(6):
        case 0 | 1:
            top.ask(random_request(random, broken), block=False)
        case 2 | 3:
            try:
                message = random.choice([*FAILURES, "work"])
                simulation.system.ref(name).ask(message, block=False)
            except UnknownActorError:
                return
        case 4:
            broken[name] += random.randint(1, 3)
        case _:
            simulation.run(random.choice([0.0, 0.1, 0.5, 1.0, 3.0]))


def scenario(simulation: Simulation) -> None:
    random, broken = simulation.random, Counter[str]()
    specs = [random_spec(random, name, broken) for name in NAMES]
    with simulation.without_faults():
        top = Supervisor.start(random_flags(random), specs, system=simulation.system)
    for _ in range(40):
        disturb(simulation, top, broken)

    broken.clear()
    with simulation.without_faults():
        # What is stuck comes back, and every delay passes.
        simulation.run(200.0)
        children = top.which_children()
        running = {each.id for each in children if each.state == "running"}
        # Nobody waits for a restart that never comes,
        assert {each.state for each in children} <= {"running", "stopped"}
        # nobody is known, or takes messages, who does not run,
        assert set(simulation.system.names()) == running
        # and who runs does its work.
        for each in children:
            if each.ref is not None:
                assert each.ref.ask("work", block=True) == "work"
        assert top.count_children().active == len(running)


FAULTS = Chances(
    crash=0.03,
    crash_late=0.03,
    delay=0.05,
    stuck=0.02,
    failed_start=0.05,
    failed_stop=0.05,
    switch=0.2,
    hurry=0.05,
)
"""Everything but a supervisor that crashes: it would end the scenario."""


@pytest.mark.parametrize(
    "chances",
    [pytest.param(FAULTS, id="faults"), pytest.param(Chances(), id="orders")],
)
def test_no_order_of_requests_and_failures_leaves_a_child_in_between(
    chances: Chances,
) -> None:
    assert explore(scenario, range(500), chances=chances) == 500
