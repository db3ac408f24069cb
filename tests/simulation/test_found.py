"""Bugs of the runtime that schedules have found: each is here as the schedule it was.

The couriers' seeds that found them stand in the messages of the commits that mended
them; here is what happened in them, planned, so that it stays when the dice fall
otherwise.
"""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from orquestrador.supervisor import (
    BRUTAL_KILL,
    ChildRequestError,
    ChildSpec,
    ChildStartError,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
    TerminateChild,
)
from orquestrador.supervisor.simulation import (
    Chances,
    Fault,
    FaultKind,
    Hook,
    Plan,
    Simulation,
)
from orquestrador.supervisor.testkit import Puppet, crash

CALM = Chances(switch=0.0, hurry=0.0)
OFTEN = 3600.0
CRASH = Fault(kind=FaultKind.CRASH)


@pytest.fixture(autouse=True)
def no_tracebacks() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def puppet(name: str, **spec: Any) -> ChildSpec:
    return ChildSpec(id=name, actor=Puppet, **spec)


def group(
    name: str, strategy: Strategy, *children: ChildSpec, intensity: int = 5
) -> ChildSpec:
    flags = SupervisorFlags(strategy=strategy, intensity=intensity, period_s=OFTEN)
    return ChildSpec(id=name, actor=Supervisor, args=(flags, list(children)))


def start(simulation: Simulation, *children: ChildSpec) -> SupervisorRef:
    flags = SupervisorFlags(intensity=5, period_s=OFTEN)
    return Supervisor.start(flags, list(children), system=simulation.system)


def supervisor(simulation: Simulation, name: str) -> SupervisorRef:
    ref = simulation.system.ref(name)
    assert isinstance(ref, SupervisorRef)
    return ref


def answers(simulation: Simulation, *names: str) -> bool:
    return all(
        simulation.system.ref(name).ask(name, timeout=10.0) == name for name in names
    )


def test_a_supervisor_that_fails_by_its_own_error_leaves_no_child_running() -> None:
    plan: Plan = {("top", Hook.RECEIVE, 3): CRASH}
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        flags = SupervisorFlags(intensity=5, period_s=OFTEN)
        top = Supervisor.start(
            flags, [puppet("a"), puppet("b")], system=simulation.system, name="top"
        )
        a = simulation.system.ref("a")
        a.tell(crash)
        simulation.run(10.0)

        assert top.ended.is_set()
        assert not a.is_alive()
        simulation.check()


def test_the_check_for_a_stuck_message_never_rings_twice_at_one_moment() -> None:
    with Simulation(1, chances=CALM, max_steps=10_000) as simulation:
        flags = SupervisorFlags(intensity=1000, period_s=OFTEN)
        spec = puppet("a", stuck_after_s=0.7)
        Supervisor.start(flags, [spec], system=simulation.system)
        a = simulation.system.ref("a")
        for number in range(200):
            # The moments are such that sums of seconds are not what they should be.
            simulation.run(simulation.random.random())
            a.tell(lambda _: simulation.scheduler.sleep(1.0))
            simulation.run(2.0)
            assert a.ask("alive", timeout=5.0) == "alive"
            assert a.incarnation == number + 2


def test_a_child_is_not_terminated_while_its_supervisor_ends() -> None:
    with Simulation(1, chances=CALM) as simulation:
        slow = puppet(
            "slow", kwargs={"stop": lambda _: simulation.scheduler.sleep(3.0)}
        )
        start(simulation, group("g", Strategy.ONE_FOR_ONE, puppet("a"), slow))
        g = supervisor(simulation, "g")
        helper = Puppet.start()
        helper.tell(lambda p: p.timers.start_once("t", 1.0, terminate))
        failed: list[BaseException] = []

        def terminate(p: Puppet) -> None:
            p.request(g, TerminateChild("a"))
            p.on_receive = lambda message: failed.append(message.reason)  # type: ignore[method-assign]

        assert g.stop(timeout=60.0)
        simulation.run(1.0)

        (error,) = failed
        assert isinstance(error, ChildRequestError)
        assert error.code == "shutting_down"


def test_a_start_that_is_cut_off_before_it_begins_runs_no_code() -> None:
    # In such a hurry the limit is often over before the first step.
    hurry = Chances(switch=0.0, hurry=1.0)
    cut_off = 0
    for seed in range(20):
        made: list[Puppet] = []
        spec = puppet("a", start_s=5.0, kwargs={"construct": made.append})
        with (
            Simulation(seed, chances=hurry) as simulation,
            contextlib.suppress(ChildStartError),
        ):
            start(simulation, spec)
        assert "no new actor" not in str(simulation.trace)
        cut_off += "start_timeout" in str(simulation.trace) and not made
    assert cut_off


def test_a_leader_that_ends_again_is_restarted_though_another_cannot_start() -> None:
    plan: Plan = {("b", Hook.START, 2): CRASH}
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        start(
            simulation,
            group(
                "g",
                Strategy.REST_FOR_ONE,
                puppet(
                    "a",
                    kwargs={
                        "start": lambda p: p.actor_ref.incarnation == 2 and p.stop()
                    },
                ),
                puppet("b"),
                puppet("c"),
            ),
        )
        refs = [simulation.system.ref(name) for name in "abc"]
        refs[0].tell(crash)
        simulation.run(10.0)

        assert [simulation.system.ref(name) for name in "abc"] == refs
        assert answers(simulation, "a", "b", "c")


def test_a_child_that_was_ending_for_good_gets_a_cell_that_is_open() -> None:
    plan: Plan = {("b", Hook.STOP, 1): Fault(kind=FaultKind.STUCK, seconds=60.0)}
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        start(
            simulation,
            group(
                "g",
                Strategy.REST_FOR_ONE,
                puppet("a"),
                puppet("b", restart=Restart.TRANSIENT, shutdown_s=BRUTAL_KILL),
            ),
        )
        a = simulation.system.ref("a")
        a.tell(lambda p: p.timers.start_once("later", 1.0, crash))
        simulation.system.ref("b").tell(lambda p: p.stop())
        simulation.run(100.0)

        assert answers(simulation, "a", "b")
        assert supervisor(simulation, "g").stop(timeout=10.0)


def test_the_start_of_a_supervisor_is_not_broken_off_by_a_termination() -> None:
    plan: Plan = {("a", Hook.START, 2): Fault(kind=FaultKind.DELAY, seconds=5.0)}
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        top = start(
            simulation,
            group("g", Strategy.ONE_FOR_ONE, puppet("a"), puppet("b"), intensity=0),
            puppet("other"),
        )
        g = supervisor(simulation, "g")
        other = simulation.system.ref("other")

        def terminate(p: Puppet) -> None:
            p.request(g, TerminateChild("b"))

        other.tell(lambda p: p.timers.start_once("t", 2.0, terminate))
        simulation.system.ref("a").tell(crash)
        simulation.run(20.0)

        assert top.which_child("g", timeout=5.0).state == "running"
        assert g.which_child("b", timeout=5.0).state == "stopped"
        assert answers(simulation, "a", "other")
        assert g.restart_child("b", timeout=5.0) is not None


def test_the_next_incarnation_of_a_supervisor_keeps_no_cell_that_is_closed() -> None:
    # Its reports: a started, b started, b ended; it never hears the last.
    plan: Plan = {("g", Hook.RECEIVE, 3): CRASH}
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        start(
            simulation,
            group(
                "g",
                Strategy.ONE_FOR_ONE,
                puppet("a"),
                puppet("b", restart=Restart.TRANSIENT),
            ),
        )
        simulation.system.ref("b").tell(lambda p: p.stop())
        simulation.run(10.0)

        assert answers(simulation, "a", "b")
        assert supervisor(simulation, "g").stop(timeout=10.0)


def test_who_waits_for_a_child_that_is_terminated_is_not_left_half_alive() -> None:
    plan: Plan = {("a", Hook.START, 2): CRASH}
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        slow = puppet("a", kwargs={"stop": lambda _: simulation.scheduler.sleep(3.0)})
        start(
            simulation, group("g", Strategy.ONE_FOR_ALL, slow, puppet("b")), puppet("c")
        )
        g = supervisor(simulation, "g")
        b, c = simulation.system.ref("b"), simulation.system.ref("c")
        c.tell(
            lambda p: p.timers.start_once(
                "t", 1.0, lambda p: p.request(g, TerminateChild("a"))
            )
        )
        # b fails, a is stopped for it, its next start fails; b would come after it.
        b.tell(crash)
        simulation.run(20.0)

        assert g.which_child("a", timeout=5.0).state == "stopped"
        # As in OTP nobody starts it any more; but then its ref says so.
        state = g.which_child("b", timeout=5.0).state
        assert (state == "running") == b.is_alive()


def test_the_start_of_another_child_is_looked_after_when_its_leader_is_terminated() -> (
    None
):
    plan: Plan = {("b", Hook.START, 2): Fault(kind=FaultKind.DELAY, seconds=5.0)}
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        attempts: list[int] = []

        def fail_second(_puppet: Puppet) -> None:
            attempts.append(1)
            if len(attempts) == 2:
                raise RuntimeError("not yet")

        start(
            simulation,
            group(
                "g",
                Strategy.ONE_FOR_ALL,
                puppet(
                    "a",
                    kwargs={
                        "start": lambda p: p.actor_ref.incarnation == 2 and p.stop()
                    },
                ),
                puppet("b", kwargs={"construct": fail_second}),
            ),
            puppet("c"),
        )
        g = supervisor(simulation, "g")
        a, b, c = (simulation.system.ref(name) for name in "abc")
        c.tell(
            lambda p: p.timers.start_once(
                "t", 1.0, lambda p: p.request(g, TerminateChild("a"))
            )
        )
        a.tell(crash)
        simulation.run(30.0)

        assert g.which_child("a", timeout=5.0).state == "stopped"
        state = g.which_child("b", timeout=5.0).state
        assert (state == "running") == b.is_alive()
