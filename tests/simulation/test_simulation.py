"""A simulation: one thread, virtual time, an order that a seed decides."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import itertools
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pykka
import pytest

from orquestrador.errors import BlockingAskError, FencedError
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ChildFailed,
    ChildSpec,
    ChildStartError,
    ChildStuck,
    DeadLetter,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.simulation import (
    Chances,
    Fault,
    FaultKind,
    Hook,
    InjectedCrashError,
    Plan,
    PromiseBrokenError,
    ScheduleError,
    Simulation,
    SimulationError,
    explore,
    simulate,
)
from orquestrador.supervisor.testkit import EventLog, Puppet, crash, received

CALM = Chances(switch=0.0, hurry=0.0)
FLAGS = SupervisorFlags(intensity=10, period_s=3600.0)


@pytest.fixture(autouse=True)
def no_tracebacks() -> Iterator[None]:
    """Crashes are what happens here: nobody needs to read of each."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def start(
    simulation: Simulation, *names: str, **spec: Any
) -> tuple[SupervisorRef, list[ActorRef[Any]]]:
    children = [ChildSpec(id=name, actor=Puppet, **spec) for name in names]
    top = Supervisor.start(FLAGS, children, system=simulation.system)
    return top, [simulation.system.ref(name) for name in names]


def planned(kind: FaultKind, hook: Hook, number: int, seconds: float = 0.0) -> Plan:
    return {("a", hook, number): Fault(kind=kind, seconds=seconds)}


def race(simulation: Simulation) -> None:
    """Let three actors send to one; the order is anybody's guess."""
    _top, (a, *others) = start(simulation, "a", "b", "c", "d", redeliveries=1)
    for other, number in itertools.product(others, range(3)):
        other.tell(lambda puppet, n=number: a.tell((puppet.actor_ref.name, n)))
    simulation.run(300.0)


def order(seed: int) -> tuple[Any, ...]:
    seen: list[tuple[Any, ...]] = []

    def scenario(simulation: Simulation) -> None:
        race(simulation)
        seen.append(simulation.system.ref("a").ask(received, timeout=5.0))

    simulate(scenario, seed, chances=Chances())
    return seen[0]


# -- the order ---------------------------------------------------------------------


def test_a_seed_gives_the_same_order_each_time_and_another_gives_another() -> None:
    assert order(1) == order(1)
    orders = {order(seed) for seed in range(20)}

    assert len(orders) > 10
    for each in orders:
        for name in "bcd":
            # What one actor sends stays in order, whatever happens in between.
            assert [n for sender, n in each if sender == name] == [0, 1, 2]


REPLAY = """
import logging
from tests.simulation.couriers import scenario
from orquestrador.supervisor.simulation import ScheduleError, simulate

logging.disable(logging.CRITICAL)
for seed in range(3):
    print(simulate(scenario, seed).trace)
"""


def test_a_trace_is_the_same_line_by_line_in_every_process() -> None:
    def trace(hash_seed: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", REPLAY],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    first = trace("1")

    assert first.count("\n") > 500
    assert first == trace("2")


def test_a_schedule_that_fails_shows_its_seed_and_its_trace_and_replays() -> None:
    def scenario(simulation: Simulation) -> None:
        race(simulation)
        first = simulation.system.ref("a").ask(received, timeout=5.0)[0]
        assert first != ("c", 0), "c came first"

    with pytest.raises(ScheduleError, match="c came first") as failed:
        explore(scenario, range(100), chances=Chances())
    error = failed.value
    assert f"simulate(scenario, {error.seed})" in str(error)
    assert "a/1 takes ('c', 0)" in error.trace
    assert error.trace in str(error)

    with pytest.raises(ScheduleError) as again:
        simulate(scenario, error.seed, chances=Chances())
    assert again.value.trace == error.trace


def test_explore_runs_a_schedule_for_each_seed() -> None:
    seeds: list[float] = []

    count = explore(lambda simulation: seeds.append(simulation.random.random()), [3, 4])

    assert count == 2
    assert len(set(seeds)) == 2


# -- time and threads ---------------------------------------------------------------


def test_a_day_passes_at_once_and_no_thread_is_started() -> None:
    threads = set(threading.enumerate())
    with Simulation(1, chances=CALM) as simulation:
        _top, (a,) = start(simulation, "a")
        a.tell(lambda puppet: puppet.timers.start_periodic("beat", 60.0, "beat"))
        simulation.run(24 * 3600.0)

        assert simulation.now == 24 * 3600.0
        assert len(a.ask(received, timeout=1.0)) == 24 * 60
        assert set(threading.enumerate()) <= threads


def test_events_are_handed_out_in_the_same_thread() -> None:
    with Simulation(1, chances=CALM) as simulation:
        log = EventLog(simulation.system)
        _top, (a,) = start(simulation, "a")
        a.tell(crash)
        simulation.run(1.0)

        assert [event.child for event in log.of(ChildFailed)] == ["a"]
        assert [letter.message for letter in log.of(DeadLetter)] == [crash]


def test_a_wait_for_what_never_comes_is_an_error() -> None:
    def scenario(simulation: Simulation) -> None:
        _top, (a,) = start(simulation, "a")
        a.ask(lambda puppet: puppet.reply_later() and None)

    with pytest.raises(ScheduleError, match="waits for ever"):
        simulate(scenario, 1, chances=CALM)


def test_a_wait_with_a_timeout_takes_virtual_time() -> None:
    with Simulation(1, chances=CALM) as simulation:
        _top, (a,) = start(simulation, "a")
        with pytest.raises(pykka.Timeout):
            a.ask(lambda puppet: puppet.reply_later() and None, timeout=600.0)

        assert simulation.now == 600.0


def test_actors_that_keep_each_other_busy_come_to_an_end() -> None:
    def ping(simulation: Simulation) -> None:
        _top, (a, b) = start(simulation, "a", "b")

        def play(puppet: Puppet) -> None:
            (b if puppet.actor_ref is a else a).tell(play)

        a.tell(play)
        simulation.run(1.0)

    with pytest.raises(ScheduleError, match="no end after 500 steps"):
        simulate(ping, 1, chances=CALM, max_steps=500)


# -- faults ------------------------------------------------------------------------


def test_a_planned_crash_comes_at_its_message() -> None:
    plan = planned(FaultKind.CRASH, Hook.RECEIVE, 2)
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        log = EventLog(simulation.system)
        _top, (a,) = start(simulation, "a")
        for word in ("one", "two", "three"):
            a.tell(word)

        assert a.ask(received, timeout=5.0) == ("three",)
        assert a.incarnation == 2
        (letter,) = log.of(DeadLetter)
        assert letter.message == "two"
        assert isinstance(letter.error, InjectedCrashError)
        assert simulation.faults.crashes == 1


@pytest.mark.parametrize(
    ("kind", "runs"),
    [(FaultKind.CRASH, 1), (FaultKind.CRASH_LATE, 2), (FaultKind.CRASH_TWICE, 1)],
)
def test_a_late_crash_has_done_its_work_before(kind: FaultKind, runs: int) -> None:
    done: list[int] = []
    plan = planned(kind, Hook.RECEIVE, 1)
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        _top, (a,) = start(simulation, "a", redeliveries=2)
        a.tell(lambda puppet: done.append(puppet.actor_ref.incarnation))
        simulation.run(1.0)

    assert len(done) == runs
    assert done[-1] == (3 if kind is FaultKind.CRASH_TWICE else 2)


def test_a_delay_lets_others_go_on_and_the_handler_afterwards() -> None:
    plan = planned(FaultKind.DELAY, Hook.RECEIVE, 1, seconds=5.0)
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        _top, (a, b) = start(simulation, "a", "b")
        seen: list[tuple[str, float]] = []
        for ref in (a, b):
            ref.tell(lambda p: seen.append((p.actor_ref.name, simulation.now)))
        simulation.run(10.0)

    assert seen == [("b", 0.0), ("a", 5.0)]


def test_a_stuck_handler_is_replaced_and_what_it_does_later_is_void() -> None:
    """Own: hang_fenced_reply, hang_fenced_send."""
    errors: list[BaseException] = []
    plan = planned(FaultKind.STUCK, Hook.RECEIVE, 1, seconds=60.0)
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        log = EventLog(simulation.system)
        _top, (a, b) = start(simulation, "a", "b", stuck_after_s=10.0)

        def late(puppet: Puppet) -> str:
            assert puppet.abandoned
            try:
                b.tell("from the grave")
            except FencedError as error:
                errors.append(error)
            return "late"

        asked = a.ask(late, block=False)
        b.tell(lambda puppet: puppet.timers.start_once("ask", 20.0, ask_next))

        def ask_next(puppet: Puppet) -> None:
            # The one in the stuck one's place works, while that one is still stuck.
            assert not errors
            puppet.request(a, "alive")

        simulation.run(60.0)
        with pytest.raises(FencedError, match="stuck"):
            asked.get(timeout=1.0)
        assert [stuck.child for stuck in log.of(ChildStuck)] == ["a"]
        assert len(errors) == 1
        assert b.ask(received, timeout=5.0) == ("alive",)
        assert b.incarnation == 1
        assert simulation.system.abandoned == 1


def test_a_start_can_be_made_to_fail() -> None:
    plan = planned(FaultKind.CRASH, Hook.START, 1)
    with (
        Simulation(1, chances=CALM, plan=plan) as simulation,
        pytest.raises(ChildStartError, match="crash in start of a/1"),
    ):
        start(simulation, "a")


def test_a_stop_that_hangs_is_cut_off_by_its_limit() -> None:
    plan = planned(FaultKind.STUCK, Hook.STOP, 1, seconds=60.0)
    with Simulation(1, chances=CALM, plan=plan) as simulation:
        log = EventLog(simulation.system)
        top, _refs = start(simulation, "a", shutdown_s=2.0)
        assert top.stop(timeout=100.0)

        (failed,) = log.of(ChildFailed)
        assert "did not stop in time" in failed.reason
        assert any(
            line.startswith("     2.000") and "takes LimitPassed of a/1" in line
            for line in simulation.trace
        )


def test_nothing_goes_wrong_while_faults_are_paused() -> None:
    with Simulation(1, chances=Chances(crash=1.0)) as simulation:
        _top, (a,) = start(simulation, "a")
        with simulation.without_faults():
            assert a.ask("calm", timeout=5.0) == "calm"
        with pytest.raises(InjectedCrashError):
            a.ask("stormy", timeout=5.0)


# -- bare actors -------------------------------------------------------------------


class Asker(Actor):
    """Waits in its handler, as programs written for Pykka do."""

    def on_receive(self, message: Any) -> Any:
        other, question = message
        return other.ask(question)


def test_bare_actors_may_wait_in_handlers() -> None:
    with Simulation(1, chances=CALM) as simulation:
        puppet, asker = Puppet.start(), Asker.start()

        assert asker.ask((puppet, "question"), timeout=5.0) == "question"
        assert puppet.cell.system is simulation.system
        assert asker.stop(timeout=5.0)


# -- the promises --------------------------------------------------------------------


def test_a_handler_that_waits_breaks_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario(simulation: Simulation) -> None:
        _top, (a, b) = start(simulation, "a", "b")
        a.tell(lambda _puppet: b.ask("wait for it", timeout=5.0))
        simulation.run(10.0)

    with Simulation(1, chances=CALM) as simulation:
        _top, (a, b) = start(simulation, "a", "b")
        with pytest.raises(BlockingAskError):
            a.ask(lambda _puppet: b.ask("wait for it"), timeout=5.0)

    monkeypatch.setattr(Incarnation, "check_may_wait", lambda *_: None)
    with pytest.raises(ScheduleError, match="a handler of a waits"):
        simulate(scenario, 1, chances=CALM)


def test_a_problem_is_found_while_the_actors_still_run() -> None:
    def scenario(simulation: Simulation) -> None:
        start(simulation, "a")
        simulation.ledger.broken("something else")
        with pytest.raises(PromiseBrokenError, match="something else"):
            simulation.check()

    with pytest.raises(ScheduleError, match="something else"):
        simulate(scenario, 1, chances=CALM)


# -- where a simulation is -----------------------------------------------------------


def test_a_simulation_inside_another_is_refused() -> None:
    with Simulation(1), pytest.raises(SimulationError, match="inside a simulation"):
        Simulation(2).__enter__()


@pytest.mark.parametrize("where", ["after", "thread"])
def test_actors_are_started_inside_of_their_simulation(where: str) -> None:
    simulation = Simulation(1, chances=CALM)
    errors: list[BaseException] = []

    def begin() -> None:
        try:
            start(simulation, "a")
        except SimulationError as error:
            errors.append(error)

    with simulation:
        if where == "thread":
            _in_a_thread(begin)
    if where == "after":
        begin()

    assert "outside of its simulation" in str(errors[0])


def _in_a_thread(run: Callable[[], None]) -> None:
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10.0)
    assert not thread.is_alive()
