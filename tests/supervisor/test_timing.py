"""How long messages take: measured where a system is made for it, at no cost else."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownMemberType=false

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildSpec,
    ManualClock,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.handling_times import WINDOW, HandlingTimer
from orquestrador.supervisor.special import SPECIAL

FLAGS = SupervisorFlags(intensity=100, period_s=3600.0)


class Worker(Actor):
    """Takes as long, by the test's clock, as it is told."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    def on_receive(self, message: Any) -> None:
        """Work."""
        match message:
            case float():
                self._clock.advance(message)
            case "later":
                self.timers.start_once("tick", 0.0, 3.0)
            case _:
                self._clock.advance(100.0)
                raise ValueError(message)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def measured(clock: ManualClock) -> Iterator[ActorSystem]:
    system = ActorSystem(clock, timed=True)
    yield system
    assert system.stop(timeout=30.0)


def worker(system: ActorSystem, clock: ManualClock) -> ActorRef[Any]:
    spec = ChildSpec(id="worker", actor=Worker, args=(clock,), codec=False)
    Supervisor.start(FLAGS, [spec], system=system)
    return system.ref("worker")


def test_the_quantiles_are_times_that_were_measured(
    measured: ActorSystem, clock: ManualClock
) -> None:
    ref = worker(measured, clock)
    for number in range(1, 101):
        ref.ask(float(number), timeout=30.0)

    times = measured.inspect(ref).actor.handling

    assert times is not None
    assert (times.count, times.total_s) == (100, 5050.0)
    assert (times.p50_s, times.p95_s, times.p99_s) == (50.0, 95.0, 99.0)


def test_they_go_on_over_a_restart_and_count_the_message_that_failed(
    measured: ActorSystem, clock: ManualClock
) -> None:
    ref = worker(measured, clock)
    ref.ask(1.0, timeout=30.0)
    with pytest.raises(ValueError, match="fail"):
        ref.ask("fail", timeout=30.0)
    ref.ask(2.0, timeout=30.0)

    info = measured.inspect(ref).actor

    assert info.restarts == 1
    assert info.handling is not None
    assert (info.handling.count, info.handling.total_s) == (3, 103.0)


def test_a_timer_s_message_is_timed_too_and_the_runtime_s_own_are_not(
    measured: ActorSystem, clock: ManualClock
) -> None:
    ref = worker(measured, clock)
    measured.inspect(ref)
    measured.suspend(ref)
    measured.resume(ref)
    ref.ask("later", timeout=30.0)
    clock.advance(0.0)
    ref.ask(1.0, timeout=30.0)

    times = measured.inspect(ref).actor.handling

    assert times is not None
    assert (times.count, times.total_s) == (3, 4.0)


def test_a_traced_actor_is_timed_as_well(
    measured: ActorSystem, clock: ManualClock
) -> None:
    ref = worker(measured, clock)
    with measured.trace(ref) as trace:
        ref.ask(5.0, timeout=30.0)
    times = measured.inspect(ref).actor.handling

    assert [each.event for each in trace.records()] == ["taken", "handled"]
    assert times is not None
    assert times.total_s == 5.0


def test_any_other_system_s_loops_have_the_same_table_as_ever(
    system: ActorSystem, clock: ManualClock
) -> None:
    ref = worker(system, clock)

    assert system.tracing.table(ref.cell, SPECIAL) is SPECIAL
    assert system.inspect(ref).actor.handling is None


def test_memory_does_not_grow_with_the_messages() -> None:
    timer = HandlingTimer()
    tracemalloc.start()
    try:
        for number in range(100 * WINDOW):
            timer.add(float(number))
        grown, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert grown < 1024
    assert timer.times().count == 100 * WINDOW
    # Only the last ones count.
    assert timer.times().p50_s == 99.5 * WINDOW - 1
