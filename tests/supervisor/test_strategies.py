"""Which children are restarted together."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from typing import Any

from orquestrador.supervisor import (
    ActorSystem,
    ChildCounts,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    ChildStopped,
    EndKind,
    ManualClock,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash


class Gate:
    """Lets a puppet start, or refuses it, as often as it is told."""

    def __init__(self) -> None:
        self._answers: list[bool] = []
        self._asked = threading.Semaphore(0)

    def allow(self) -> None:
        self._answer(allowed=True)

    def refuse(self) -> None:
        self._answer(allowed=False)

    def _answer(self, *, allowed: bool) -> None:
        self._answers.append(allowed)
        self._asked.release()

    def __call__(self, _puppet: Puppet) -> None:
        assert self._asked.acquire(timeout=30.0)
        if not self._answers.pop(0):
            raise Crash("refused")


def start(
    system: ActorSystem, strategy: Strategy, *ids: str, intensity: int = 2
) -> SupervisorRef:
    return Supervisor.start(
        SupervisorFlags(strategy=strategy, intensity=intensity, period_s=3600.0),
        [ChildSpec(id=each, actor=Puppet) for each in ids],
        system=system,
    )


def incarnations(system: ActorSystem, *names: str) -> list[int]:
    return [system.ref(name).incarnation for name in names]


def fail(system: ActorSystem, log: EventLog, name: str, last: str, number: int) -> None:
    """Make a child fail and wait until the last of its group runs again."""
    system.ref(name).tell(crash)
    log.wait_for(ChildStarted, name=last, incarnation=number)


def assert_gave_up(top: SupervisorRef) -> None:
    assert top.ended.wait(30.0)
    assert top.ended.reason is not None
    assert top.ended.reason.kind is EndKind.SHUTDOWN
    assert top.ended.reason.info == "gave_up"


def test_restarts_that_are_long_ago_do_not_count(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """OTP: multiple_restarts."""
    top = Supervisor.start(
        SupervisorFlags(intensity=1, period_s=1.0),
        [ChildSpec(id="child1", actor=Puppet)],
        system=system,
    )
    for number in range(2, 6):
        fail(system, log, "child1", "child1", number)
        clock.advance(2.1)

    assert top.is_alive()
    top.terminate_child("child1")
    top.delete_child("child1")
    assert top.which_children() == ()


def test_one_for_one_restarts_only_the_child_that_failed(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: one_for_one."""
    top = start(system, Strategy.ONE_FOR_ONE, "child1", "child2")

    fail(system, log, "child1", "child1", 2)

    assert incarnations(system, "child1", "child2") == [2, 1]
    assert top.count_children() == ChildCounts(
        specs=2, active=2, supervisors=0, workers=2
    )
    fail(system, log, "child2", "child2", 2)
    system.ref("child1").tell(crash)
    assert_gave_up(top)


def test_one_for_all_restarts_all(system: ActorSystem, log: EventLog) -> None:
    """OTP: one_for_all."""
    top = start(system, Strategy.ONE_FOR_ALL, "child1", "child2")

    fail(system, log, "child1", "child2", 2)

    assert incarnations(system, "child1", "child2") == [2, 2]
    assert log.of(ChildStopped, name="child2", incarnation=1)
    assert top.count_children() == ChildCounts(
        specs=2, active=2, supervisors=0, workers=2
    )
    fail(system, log, "child2", "child2", 3)
    system.ref("child1").tell(crash)
    assert_gave_up(top)


def test_rest_for_one_restarts_the_child_and_the_later_ones(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: rest_for_one."""
    top = start(system, Strategy.REST_FOR_ONE, "child1", "child2", "child3")

    fail(system, log, "child2", "child3", 2)

    assert incarnations(system, "child1", "child2", "child3") == [1, 2, 2]
    assert top.count_children() == ChildCounts(
        specs=3, active=3, supervisors=0, workers=3
    )
    fail(system, log, "child3", "child3", 3)
    assert incarnations(system, "child1", "child2", "child3") == [1, 2, 3]
    system.ref("child2").tell(crash)
    assert_gave_up(top)


def start_gated(
    system: ActorSystem, strategy: Strategy
) -> tuple[SupervisorRef, Gate, Gate]:
    gates = Gate(), Gate()
    for gate in gates:
        gate.allow()
    top = Supervisor.start(
        SupervisorFlags(strategy=strategy, intensity=3, period_s=3600.0),
        [
            ChildSpec(id=name, actor=Puppet, kwargs={"start": gate})
            for name, gate in zip(("child1", "child2"), gates, strict=True)
        ],
        system=system,
    )
    return top, *gates


def started(log: EventLog) -> list[tuple[str, int]]:
    return [(each.child, each.incarnation) for each in log.of(ChildStarted)]


def test_one_for_all_begins_again_when_another_child_cannot_start(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: one_for_all_other_child_fails_restart."""
    _, gate1, gate2 = start_gated(system, Strategy.ONE_FOR_ALL)

    system.ref("child1").tell(crash)
    gate1.allow()
    gate2.refuse()
    log.wait_for(ChildStopped, child="child1", incarnation=2)
    gate1.allow()
    gate2.allow()

    log.wait_for(ChildStarted, child="child2", incarnation=3)
    assert started(log) == [
        ("child1", 1),
        ("child2", 1),
        ("child1", 2),
        ("child1", 3),
        ("child2", 3),
    ]


def test_rest_for_one_goes_on_from_the_child_that_could_not_start(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: rest_for_one_other_child_fails_restart."""
    _, gate1, gate2 = start_gated(system, Strategy.REST_FOR_ONE)

    system.ref("child1").tell(crash)
    gate1.allow()
    gate2.refuse()
    log.wait_for(ChildFailed, child="child2", incarnation=2)
    gate2.allow()

    log.wait_for(ChildStarted, child="child2", incarnation=3)
    assert incarnations(system, "child1", "child2") == [2, 3]
    assert not log.of(ChildStopped, child="child1", incarnation=2)


def test_children_start_in_order_and_stop_in_reverse(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: order_of_children."""
    ids = ("delta", "alpha", "echo", "bravo", "charlie")
    top = start(system, Strategy.REST_FOR_ONE, *ids)
    assert [child for child, _ in started(log)] == list(ids)

    fail(system, log, "echo", "charlie", 2)

    stopped = [each.child for each in log.of(ChildStopped)]
    assert stopped == ["charlie", "bravo"]
    assert started(log)[5:] == [("echo", 2), ("bravo", 2), ("charlie", 2)]
    assert incarnations(system, "delta", "alpha") == [1, 1]

    top.stop(timeout=30.0)

    stopped = [each.child for each in log.of(ChildStopped)]
    assert stopped[2:] == ["charlie", "bravo", "echo", "alpha", "delta"]


def test_a_group_keeps_refs_and_what_waits_in_the_mailboxes(
    system: ActorSystem, log: EventLog
) -> None:
    start(system, Strategy.ONE_FOR_ALL, "child1", "child2")
    sibling: Any = system.ref("child2")
    entered, leave = threading.Event(), threading.Event()

    def hold(_puppet: Puppet) -> None:
        entered.set()
        assert leave.wait(30.0)

    sibling.tell(hold)
    assert entered.wait(30.0)
    sibling.tell("kept")
    system.ref("child1").tell(crash)
    log.wait_for(ChildFailed, child="child1")
    leave.set()
    log.wait_for(ChildStarted, child="child2", incarnation=2)

    assert sibling.ask(lambda puppet: tuple(puppet.received), timeout=30.0) == ("kept",)
    assert system.ref("child2") is sibling
