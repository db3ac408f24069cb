"""Hypothesis drives a tree in a simulation, and shrinks what breaks a promise.

The dice of the schedule are Hypothesis's own: a failure comes as the shortest list of
steps, and with the fewest surprises in the order, that it finds.
"""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import contextlib
import logging
from random import Random
from typing import Any, cast

import hypothesis.strategies as st
import pykka
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from orquestrador.supervisor import (
    ActorRef,
    ChildRequestError,
    ChildSpec,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.simulation import Chances, Simulation
from orquestrador.supervisor.testkit import Crash, Puppet, crash

NAMES = ("a", "b", "c")
STRATEGIES = (Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE)
EVERY_CHECK = cast("list[HealthCheck]", list(HealthCheck))
"""A schedule takes as long as it takes."""

names = st.sampled_from(NAMES)


class TreeMachine(RuleBasedStateMachine):
    """Three children of a supervisor under another, and a model of what must be."""

    @initialize(
        random=st.randoms(use_true_random=False),
        strategy=st.sampled_from(STRATEGIES),
        restart=st.sampled_from((Restart.PERMANENT, Restart.TRANSIENT)),
        redeliveries=st.integers(0, 1),
    )
    def begin(
        self, random: Random, strategy: Strategy, restart: Restart, redeliveries: int
    ) -> None:
        self.simulation = Simulation(random, chances=Chances(switch=0.2, hurry=0.05))
        self.simulation.__enter__()
        specs = [
            ChildSpec(
                id=name,
                actor=Puppet,
                restart=restart,
                redeliveries=redeliveries,
                stuck_after_s=10.0,
                shutdown_s=1.0,
            )
            for name in NAMES
        ]
        inner = SupervisorFlags(strategy=strategy, intensity=2, period_s=5.0)
        self.top: SupervisorRef = Supervisor.start(
            SupervisorFlags(intensity=100, period_s=5.0),
            [ChildSpec(id="inner", actor=Supervisor, args=(inner, specs))],
            system=self.simulation.system,
        )
        self.refs: dict[str, ActorRef[Any]] = {
            name: self.simulation.system.ref(name) for name in NAMES
        }
        self.by_hand: set[str] = set()
        self.asked: list[tuple[int, pykka.Future[Any]]] = []
        self.number = 0

    def _inner(self) -> SupervisorRef:
        inner = self.simulation.system.ref("inner")
        assert isinstance(inner, SupervisorRef)
        return inner

    @rule(name=names, count=st.integers(1, 3))
    def tell(self, name: str, count: int) -> None:
        for _ in range(count):
            self.number += 1
            with contextlib.suppress(pykka.ActorDeadError):
                self.refs[name].tell(("message", self.number))

    @rule(name=names)
    def ask(self, name: str) -> None:
        self.number += 1
        question = ("question", self.number)
        self.asked.append((self.number, self.refs[name].ask(question, block=False)))

    @rule(name=names)
    def let_it_crash(self, name: str) -> None:
        with contextlib.suppress(pykka.ActorDeadError):
            self.refs[name].tell(crash)

    @rule(name=names, seconds=st.sampled_from((0.5, 15.0, 60.0)))
    def keep_it_busy(self, name: str, seconds: float) -> None:
        sleep = self.simulation.scheduler.sleep
        with contextlib.suppress(pykka.ActorDeadError):
            self.refs[name].tell(lambda _: sleep(seconds))

    @rule(steps=st.integers(1, 20))
    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.simulation.step()

    @rule(seconds=st.sampled_from((0.1, 2.0, 20.0)))
    def let_time_pass(self, seconds: float) -> None:
        self.simulation.run(seconds)

    @rule(name=names)
    def terminate(self, name: str) -> None:
        with contextlib.suppress(ChildRequestError, pykka.ActorDeadError):
            self._inner().terminate_child(name, timeout=1000.0)
            self.by_hand.add(name)

    @precondition(lambda self: self.by_hand)
    @rule()
    def start_again(self) -> None:
        name = min(self.by_hand)
        with contextlib.suppress(ChildRequestError, pykka.ActorDeadError):
            ref = self._inner().restart_child(name, timeout=1000.0)
            assert ref is not None
            self.refs[name] = self.simulation.system.ref(name)
        self.by_hand.discard(name)

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "simulation"):
            self.simulation.check()

    def teardown(self) -> None:
        if not hasattr(self, "simulation"):
            return
        try:
            self.simulation.run(200.0)
            for name, ref in self.refs.items():
                if ref.is_alive():
                    # Whoever takes messages answers, whatever has been.
                    assert self.simulation.system.ref(name) is ref
                    assert ref.ask("there?", timeout=1000.0) == "there?"
            self.simulation.finish()
            for number, future in self.asked:
                with contextlib.suppress(pykka.ActorDeadError, Crash, RuntimeError):
                    assert future.get(timeout=0) == ("question", number)
        finally:
            self.simulation.__exit__(RuntimeError, RuntimeError(), None)


# Where it finds something, to shrink it takes minutes.
@pytest.mark.timeout(900)
class TestTree(TreeMachine.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=EVERY_CHECK,
    )

    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)

    def tearDown(self) -> None:
        logging.disable(logging.NOTSET)
