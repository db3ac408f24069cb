"""Restarts that wait: how long, for whom, and what ends the wait."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import random
import threading
from collections.abc import Iterator
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    Backoff,
    ChildFailed,
    ChildSpec,
    ChildSpecError,
    ChildStarted,
    ChildStartError,
    ChildStopped,
    DeadLetter,
    EndReason,
    ManualClock,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorGaveUp,
    SupervisorRef,
)
from orquestrador.supervisor.control import Ended
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash, received

MANY = SupervisorFlags(intensity=100, period_s=3600.0)
ONE_SECOND = Backoff(minimum_s=1.0, maximum_s=1.0, jitter=0.0)
TINY = 1e-6


class Broken:
    """Lets a puppet start until it is told to refuse."""

    def __init__(self) -> None:
        self.broken = False
        self.starts = 0

    def __call__(self, _puppet: Puppet) -> None:
        self.starts += 1
        if self.broken:
            raise Crash("cannot start")


def spec(name: str, backoff: Backoff | None = ONE_SECOND, **words: Any) -> ChildSpec:
    return ChildSpec(id=name, actor=Puppet, backoff=backoff, **words)


def fail(system: ActorSystem, top: SupervisorRef, name: str) -> None:
    """Make a child fail, and wait until its supervisor knows."""
    with pytest.raises(Crash):
        system.ref(name).ask(crash, timeout=30.0)
    settle(top, name)


def test_an_end_that_is_reported_twice_takes_no_delay_away(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """One that is cut off as its thread begins may be reported by both."""
    top = Supervisor.start(MANY, [spec("a")], system=system)
    fail(system, top, "a")
    cell = system.ref("a").cell

    cell.parent.notify(Ended(cell, cell.number, EndReason.killed("twice")))

    assert top.which_child("a").state == "restarting"
    clock.advance(1.0)
    log.wait_for(ChildStarted, child="a", incarnation=2)
    assert len(log.of(ChildFailed, child="a")) == 1


def settle(top: SupervisorRef, name: str) -> None:
    """Wait until a child neither runs nor starts."""
    while top.which_child(name).state in {"running", "starting"}:
        pass


def state(top: SupervisorRef, name: str) -> str:
    return top.which_child(name).state


def started(log: EventLog) -> list[tuple[str, int]]:
    return [(each.child, each.incarnation) for each in log.of(ChildStarted)]


# -- how long -----------------------------------------------------------------


@pytest.fixture
def seeded(clock: ManualClock) -> Iterator[ActorSystem]:
    """A system with the same chances every time."""
    system = ActorSystem(clock, chance=random.Random(7).random)
    yield system
    assert system.stop(timeout=30.0)


def test_the_delay_grows_to_its_maximum_and_falls_back_after_a_quiet_time(
    seeded: ActorSystem, clock: ManualClock
) -> None:
    """Own: backoff_growth."""
    log = EventLog(seeded)
    backoff = Backoff(
        minimum_s=0.1, maximum_s=1.0, factor=2.0, jitter=0.2, quiet_s=10.0
    )
    top = Supervisor.start(MANY, [spec("a", backoff)], system=seeded)
    chances = random.Random(7)
    bases = [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]
    delays = [base * (1 + 0.2 * chances.random()) for base in bases]
    assert all(
        base < delay < base * 1.2 for base, delay in zip(bases, delays, strict=True)
    )

    for number, delay_s in enumerate(delays, 2):
        fail(seeded, top, "a")
        clock.advance(delay_s - TINY)
        assert state(top, "a") == "restarting"
        clock.advance(2 * TINY)
        log.wait_for(ChildStarted, incarnation=number)

    # A moment less than the quiet time, and the maximum stays.
    clock.advance(9.9)
    fail(seeded, top, "a")
    clock.advance(0.99)
    assert state(top, "a") == "restarting"
    clock.advance(0.21)
    log.wait_for(ChildStarted, incarnation=9)
    clock.advance(10.0)
    fail(seeded, top, "a")
    clock.advance(0.12)
    log.wait_for(ChildStarted, incarnation=10)


def test_a_failed_start_is_a_failure_too(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_growth."""
    broken = Broken()
    backoff = Backoff(minimum_s=0.1, maximum_s=1.0, jitter=0.0)
    top = Supervisor.start(
        MANY, [spec("a", backoff, kwargs={"start": broken})], system=system
    )

    broken.broken = True
    fail(system, top, "a")
    for attempts, delay_s in enumerate([0.1, 0.2, 0.4, 0.8, 1.0, 1.0], 2):
        clock.advance(delay_s - TINY)
        assert broken.starts == attempts - 1
        clock.advance(2 * TINY)
        log.wait_for(ChildFailed, count=attempts)
        settle(top, "a")
        assert broken.starts == attempts

    broken.broken = False
    clock.advance(1.0)
    log.wait_for(ChildStarted, incarnation=8)


def test_a_restart_is_counted_when_it_is_tried(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_growth."""
    flags = SupervisorFlags(intensity=1, period_s=2.5)
    top = Supervisor.start(flags, [spec("a")], system=system)

    # Tried at 1 and, a second and a half after that, at 2.5: two in 2.5 seconds.
    fail(system, top, "a")
    clock.advance(1.0)
    log.wait_for(ChildStarted, incarnation=2)
    clock.advance(0.5)
    fail(system, top, "a")
    assert not log.of(SupervisorGaveUp)
    assert state(top, "a") == "restarting"
    clock.advance(1.0)

    assert top.ended.wait(30.0)
    assert log.of(SupervisorGaveUp)


def test_a_delay_can_keep_a_supervisor_below_its_limit(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    flags = SupervisorFlags(intensity=1, period_s=2.5)
    slow = Backoff(minimum_s=3.0, maximum_s=3.0, jitter=0.0)
    top = Supervisor.start(flags, [spec("a", slow)], system=system)

    for number in range(2, 8):
        fail(system, top, "a")
        clock.advance(3.0)
        log.wait_for(ChildStarted, incarnation=number)

    assert top.is_alive()


def test_messages_wait_with_the_child(system: ActorSystem, clock: ManualClock) -> None:
    top = Supervisor.start(MANY, [spec("a")], system=system)
    ref = system.ref("a")

    fail(system, top, "a")
    ref.tell("kept")
    assert ref.is_alive()
    assert top.count_children().active == 0
    clock.advance(1.0)

    assert ref.ask(received, timeout=30.0) == ("kept",)
    assert ref.incarnation == 2


def test_dynamic_children_wait_each_for_itself(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    flags = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=100, period_s=3600.0)
    top = Supervisor.start(flags, [spec("w")], system=system)
    refs = [top.start_child() for _ in range(2)]

    for ref in refs:
        clock.advance(0.5)
        assert ref is not None
        with pytest.raises(Crash):
            ref.ask(crash, timeout=30.0)
        log.wait_for(ChildFailed, urn=ref.actor_urn)
        # The answer comes after the delay has begun.
        top.count_children()
    assert top.count_children().active == 0

    clock.advance(0.5)
    log.wait_for(ChildStarted, name="w-1", incarnation=2)
    assert top.count_children().active == 1
    clock.advance(0.5)
    log.wait_for(ChildStarted, name="w-2", incarnation=2)


@pytest.mark.parametrize(
    "words",
    [
        {"minimum_s": 0.0},
        {"maximum_s": 0.05},
        {"maximum_s": float("inf")},
        {"factor": 0.5},
        {"jitter": -0.1},
        {"jitter": 1.1},
        {"quiet_s": 0.0},
        {"minimum_s": "soon"},
    ],
)
def test_delays_without_sense_are_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ChildSpecError, match="invalid_backoff"):
        Backoff(**{"minimum_s": 0.1, "maximum_s": 1.0, **words})
    with pytest.raises(ChildSpecError, match="invalid_backoff"):
        ChildSpec(id="a", actor=Puppet, backoff=1.0)  # type: ignore[arg-type]


def test_a_delay_has_no_overflow() -> None:
    backoff = Backoff(minimum_s=0.1, maximum_s=30.0, factor=10.0, jitter=0.5)
    assert backoff.delay_s(100_000, 0.0) == 30.0
    assert backoff.delay_s(100_000, 1.0) == 45.0


def test_chance_without_a_seed_is_below_one(system: ActorSystem) -> None:
    chances = {system.chance() for _ in range(100)}
    assert len(chances) > 90
    assert all(0 <= each < 1 for each in chances)


# -- what ends the wait -------------------------------------------------------


@pytest.fixture
def waiting(
    system: ActorSystem, clock: ManualClock, log: EventLog
) -> tuple[SupervisorRef, ActorRef[Any]]:
    """A child that waits for its restart, which nobody interrupts yet."""
    top = Supervisor.start(MANY, [spec("a")], system=system)
    ref = system.ref("a")
    fail(system, top, "a")
    assert state(top, "a") == "restarting"
    assert log.of(ChildFailed)
    # What else was to be done at once is done; the alarm is left.
    clock.advance(0.0)
    assert clock.pending() == 1
    return top, ref


def test_a_child_that_is_terminated_while_it_waits_does_not_come_back(
    waiting: tuple[SupervisorRef, ActorRef[Any]], log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_interrupted."""
    top, ref = waiting

    top.terminate_child("a", timeout=30.0)

    assert ref.ended.is_set()
    clock.advance(10.0)
    assert state(top, "a") == "stopped"
    assert not log.of(ChildStarted, incarnation=2)
    # It begins a new life, with the shortest delay.
    assert top.restart_child("a") is not None
    assert state(top, "a") == "running"


def test_a_child_that_waits_ends_at_once_when_it_is_stopped_through_its_ref(
    waiting: tuple[SupervisorRef, ActorRef[Any]], log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_interrupted (an administrative stop)."""
    top, ref = waiting
    asked = ref.ask("late", block=False)
    ref.tell("too late")

    assert ref.stop(timeout=30.0)

    assert ref.ended.is_set()
    assert state(top, "a") == "stopped"
    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=30.0)
    assert log.of(DeadLetter, message="too late")
    clock.advance(10.0)
    assert not log.of(ChildStarted, incarnation=2)
    assert not ref.stop(timeout=30.0)
    # It begins a new life, as another actor.
    assert top.restart_child("a") is not ref
    assert state(top, "a") == "running"


def test_a_stop_that_lay_behind_the_failure_ends_the_wait_before_it_begins(
    system: ActorSystem, log: EventLog
) -> None:
    """Own: backoff_interrupted (a stop that comes before the failure is known)."""
    top = Supervisor.start(MANY, [spec("a")], system=system)
    ref, leave = system.ref("a"), threading.Event()

    def wait_and_crash(puppet: Puppet) -> None:
        leave.wait(30.0)
        crash(puppet)

    ref.tell(wait_and_crash)
    stopped = ref.stop(block=False)
    leave.set()

    assert stopped.get(timeout=30.0)
    assert ref.ended.is_set()
    log.wait_for(ChildFailed, child="a")
    assert state(top, "a") == "stopped"


def test_a_dynamic_child_that_waits_is_forgotten_when_it_is_stopped_through_its_ref(
    system: ActorSystem,
) -> None:
    flags = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=9, period_s=3600.0)
    top = Supervisor.start(flags, [spec("a")], system=system)
    ref = top.start_child()
    assert ref is not None
    ref.tell(crash)
    while any(each.state == "running" for each in top.which_children()):
        pass

    assert ref.stop(timeout=30.0)

    assert top.which_children() == ()


def test_who_is_held_up_by_another_s_delay_ends_at_once_when_it_is_stopped(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    broken = Broken()
    flags = SupervisorFlags(
        strategy=Strategy.REST_FOR_ONE, intensity=5, period_s=3600.0
    )
    top = Supervisor.start(
        flags, [spec("a", kwargs={"start": broken}), spec("b", None)], system=system
    )
    held_up = system.ref("b")
    broken.broken = True
    fail(system, top, "a")
    clock.advance(1.0)
    log.wait_for(ChildFailed, child="a", incarnation=2)
    settle(top, "a")
    assert state(top, "b") == "stopped"
    assert held_up.is_alive()

    assert held_up.stop(timeout=30.0)

    assert held_up.ended.is_set()
    # As one that has ended while it ran, it comes back with its group.
    broken.broken = False
    clock.advance(1.0)
    log.wait_for(ChildStarted, child="a", incarnation=3)
    log.wait_for(ChildStarted, child="b", count=2)
    assert system.ref("b") is not held_up


def test_a_child_that_is_restarted_by_hand_while_it_waits_runs_at_once_and_once(
    waiting: tuple[SupervisorRef, ActorRef[Any]], log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_interrupted."""
    top, ref = waiting

    assert top.restart_child("a", timeout=30.0) is ref

    assert ref.ask("hello", timeout=30.0) == "hello"
    clock.advance(10.0)
    assert ref.ask(received, timeout=30.0) == ("hello",)
    assert ref.incarnation == 2
    assert started(log) == [("a", 1), ("a", 2)]


def test_a_supervisor_shuts_down_while_a_child_waits(
    waiting: tuple[SupervisorRef, ActorRef[Any]], log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_interrupted."""
    top, ref = waiting

    assert top.stop(timeout=30.0)

    assert ref.ended.is_set()
    assert clock.pending() == 0
    clock.advance(10.0)
    assert started(log) == [("a", 1)]


def test_a_restart_by_hand_is_not_counted(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_interrupted."""
    flags = SupervisorFlags(intensity=1, period_s=3600.0)
    top = Supervisor.start(flags, [spec("a")], system=system)

    for number in (2, 3, 4):
        fail(system, top, "a")
        top.restart_child("a")
        log.wait_for(ChildStarted, incarnation=number)

    fail(system, top, "a")
    clock.advance(1.0)
    log.wait_for(ChildStarted, incarnation=5)
    assert top.is_alive()


def test_a_start_by_hand_that_fails_waits_again(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_interrupted."""
    broken = Broken()
    child = spec("a", kwargs={"start": broken})
    top = Supervisor.start(MANY, [child], system=system)
    fail(system, top, "a")

    broken.broken = True
    with pytest.raises(ChildStartError, match="cannot start"):
        top.restart_child("a", timeout=30.0)
    assert state(top, "a") == "restarting"
    broken.broken = False
    clock.advance(1.0)

    log.wait_for(ChildStarted, incarnation=3)


# -- groups -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "group"),
    [
        (Strategy.ONE_FOR_ALL, ["a", "b", "c"]),
        (Strategy.REST_FOR_ONE, ["b", "c"]),
    ],
)
@pytest.mark.parametrize("first", ["b", "c"])
def test_a_group_is_restarted_once_after_the_longest_delay(
    system: ActorSystem,
    log: EventLog,
    clock: ManualClock,
    strategy: Strategy,
    group: list[str],
    first: str,
) -> None:
    """Own: backoff_groups."""
    # One restart is allowed: two would end the supervisor.
    flags = SupervisorFlags(strategy=strategy, intensity=1, period_s=3600.0)
    short = Backoff(minimum_s=2.0, maximum_s=2.0, jitter=0.0)
    long = Backoff(minimum_s=5.0, maximum_s=5.0, jitter=0.0)
    top = Supervisor.start(
        flags, [spec("a"), spec("b", short), spec("c", long)], system=system
    )
    second = "c" if first == "b" else "b"

    fail(system, top, first)
    clock.advance(1.0)
    # Its siblings go on meanwhile.
    assert system.ref(second).ask("still here", timeout=30.0) == "still here"
    fail(system, top, second)
    # The long delay is over at 5 s, or at 6 s if it began at 1 s.
    clock.advance(3.99 if first == "c" else 4.99)
    assert (state(top, "b"), state(top, "c")) == ("restarting", "restarting")
    clock.advance(0.02)

    log.wait_for(ChildStarted, child="c", incarnation=2)
    clock.advance(60.0)
    assert top.count_children().active == 3
    assert started(log)[3:] == [(each, 2) for each in group]
    stopped = [each.child for each in log.of(ChildStopped)]
    assert stopped == (["a"] if strategy is Strategy.ONE_FOR_ALL else [])


def test_a_sibling_without_a_delay_waits_for_the_group(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: backoff_groups."""
    flags = SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=1, period_s=3600.0)
    top = Supervisor.start(flags, [spec("a", None), spec("b")], system=system)

    fail(system, top, "b")
    fail(system, top, "a")
    clock.advance(0.9)
    assert (state(top, "a"), state(top, "b")) == ("restarting", "restarting")
    clock.advance(0.1)

    log.wait_for(ChildStarted, child="b", incarnation=2)
    assert started(log)[2:] == [("a", 2), ("b", 2)]


@pytest.mark.parametrize("how", ["terminate", "restart"])
def test_a_group_goes_on_when_the_one_it_waits_for_is_taken_out(
    system: ActorSystem, log: EventLog, clock: ManualClock, how: str
) -> None:
    """Own: backoff_groups, backoff_interrupted."""
    flags = SupervisorFlags(
        strategy=Strategy.REST_FOR_ONE, intensity=5, period_s=3600.0
    )
    top = Supervisor.start(flags, [spec("a", None), spec("b")], system=system)
    fail(system, top, "b")
    fail(system, top, "a")
    assert (state(top, "a"), state(top, "b")) == ("restarting", "restarting")

    if how == "terminate":
        top.terminate_child("b", timeout=30.0)
    else:
        assert top.restart_child("b", timeout=30.0) is not None

    log.wait_for(ChildStarted, child="a", incarnation=2)
    # A child terminated by hand comes back with its group: rule 5.
    log.wait_for(ChildStarted, child="b", count=2 if how == "terminate" else 3)
    clock.advance(60.0)
    assert top.count_children().active == 2


@pytest.mark.parametrize("how", ["terminate", "restart", "wait", "shut down"])
def test_those_after_a_child_that_cannot_start_wait_with_it(
    system: ActorSystem, log: EventLog, clock: ManualClock, how: str
) -> None:
    """Own: backoff_groups, backoff_interrupted."""
    broken = Broken()
    flags = SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=5, period_s=3600.0)
    top = Supervisor.start(
        flags,
        [
            spec("a", None),
            spec("b", kwargs={"start": broken}),
            spec("c"),
            spec("d", restart=Restart.TEMPORARY),
        ],
        system=system,
    )
    last = system.ref("c")
    broken.broken = True
    system.ref("a").tell(crash)
    log.wait_for(ChildFailed, child="b", incarnation=2)
    settle(top, "b")
    assert (state(top, "a"), state(top, "b")) == ("running", "restarting")
    assert (state(top, "c"), last.is_alive()) == ("stopped", True)
    assert [each.id for each in top.which_children()] == ["c", "b", "a"]
    last.tell("kept")
    broken.broken = False

    if how == "terminate":
        top.terminate_child("b", timeout=30.0)
        clock.advance(60.0)
        assert (state(top, "b"), state(top, "c")) == ("stopped", "stopped")
        assert not last.is_alive()
        assert log.of(DeadLetter, message="kept")
    elif how == "shut down":
        assert top.stop(timeout=30.0)
        assert not last.is_alive()
        assert log.of(DeadLetter, message="kept")
    else:
        if how == "wait":
            clock.advance(1.0)
        else:
            top.restart_child("b", timeout=30.0)
        log.wait_for(ChildStarted, child="c", incarnation=2)
        clock.advance(60.0)
        assert top.count_children().active == 3
        assert last.ask(received, timeout=30.0) == ("kept",)


def test_a_held_up_child_that_is_deleted_leaves_nothing_behind(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    broken = Broken()
    flags = SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=5, period_s=3600.0)
    top = Supervisor.start(
        flags, [spec("a", kwargs={"start": broken}), spec("b")], system=system
    )
    last = system.ref("b")
    broken.broken = True
    last.tell(crash)
    log.wait_for(ChildFailed, child="b", incarnation=1)
    settle(top, "b")
    clock.advance(1.0)
    log.wait_for(ChildFailed, child="a", incarnation=2)
    settle(top, "a")

    top.delete_child("b")

    assert last.ended.is_set()
    assert "b" not in system.names()
    broken.broken = False
    clock.advance(1.0)
    log.wait_for(ChildStarted, child="a", incarnation=3)
    assert [each.id for each in top.which_children()] == ["a"]
