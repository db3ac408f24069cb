"""An actor that is suspended: its messages wait, the runtime's own word does not."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from typing import Any

import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildSpec,
    ChildStarted,
    ChildStuck,
    DeadLetter,
    ManualClock,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.choices import Overflow
from orquestrador.supervisor.simulation import simulate
from orquestrador.supervisor.testkit import EventLog, Puppet, busy, crash, received

BOUNDED: dict[str, Any] = {"mailbox_limit": 100, "overflow": Overflow.FAIL}


@pytest.fixture(params=["plain", "bounded"])
def mailbox(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {} if request.param == "plain" else BOUNDED


def start(
    system: ActorSystem, **spec: Any
) -> tuple[SupervisorRef, ActorRef[Any], ActorRef[Any]]:
    top = Supervisor.start(
        SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=10, period_s=3600.0),
        [
            ChildSpec(id="a", actor=Puppet, **spec),
            ChildSpec(id="b", actor=Puppet),
        ],
        system=system,
    )
    return top, system.ref("a"), system.ref("b")


def barrier(system: ActorSystem, ref: ActorRef[Any]) -> None:
    """Wait until the actor has served everything of the system lane."""
    assert system.inspect(ref, timeout=30.0).problem is None


def test_messages_of_a_suspended_actor_wait_in_their_order(
    system: ActorSystem, mailbox: dict[str, Any]
) -> None:
    _, ref, _ = start(system, **mailbox)
    ref.ask(0, timeout=30.0)

    system.suspend(ref)
    barrier(system, ref)
    for number in range(1, 6):
        ref.tell(number)
    asked = ref.ask("asked", block=False)

    # It goes on to serve what others look at.
    seen = system.inspect("a", timeout=30.0)
    assert seen.state is not None
    assert "received" in {each.name for each in seen.state}
    assert [each.text for each in seen.head or ()] == [*"12345", "'asked'"]
    assert (seen.actor.suspended, seen.actor.mailbox) == (True, 6)
    assert "a (Puppet) running, suspended, 6 waiting" in system.tree()

    system.resume("a")
    assert asked.get(timeout=30.0) == "asked"
    assert ref.ask(received, timeout=30.0) == (0, 1, 2, 3, 4, 5, "asked")
    assert not system.inspect("a", timeout=30.0).actor.suspended


def test_the_message_in_hand_is_finished_first(system: ActorSystem) -> None:
    _, ref, _ = start(system)
    entered, leave = threading.Event(), threading.Event()

    def hold(_puppet: Puppet) -> str:
        entered.set()
        assert leave.wait(30.0)
        return "finished"

    held = ref.ask(hold, block=False)
    assert entered.wait(30.0)
    system.suspend(ref)
    ref.tell("waits")
    leave.set()

    assert held.get(timeout=30.0) == "finished"
    barrier(system, ref)
    assert ref.mailbox_size == 1


def test_a_suspended_actor_stops_at_once_and_loses_nothing_in_silence(
    system: ActorSystem, log: EventLog, mailbox: dict[str, Any]
) -> None:
    _, ref, _ = start(system, **mailbox)
    system.suspend(ref)
    barrier(system, ref)
    for number in range(3):
        ref.tell(number)

    assert ref.stop(timeout=30.0)

    assert [each.message for each in log.of(DeadLetter)] == [0, 1, 2]


def test_a_stop_that_waits_already_is_found_when_an_actor_is_suspended(
    system: ActorSystem, mailbox: dict[str, Any]
) -> None:
    _, ref, _ = start(system, **mailbox)
    with busy(ref):
        ref.tell("before the stop")
        stopped = ref.stop(block=False)
        system.suspend(ref)

    assert stopped.get(timeout=30.0) is True


def test_a_suspended_actor_stays_suspended_over_a_restart(
    system: ActorSystem, log: EventLog, mailbox: dict[str, Any]
) -> None:
    top, ref, other = start(system, **mailbox)
    system.suspend(ref)
    barrier(system, ref)
    ref.tell("kept")

    # One for all: the failure of the other restarts the suspended one too.
    other.tell(crash)
    log.wait_for(ChildStarted, child="a", incarnation=2)
    log.wait_for(ChildStarted, child="b", incarnation=2)
    barrier(system, ref)
    assert ref.mailbox_size == 1
    assert top.count_children(timeout=30.0).active == 2

    system.resume(ref)
    assert ref.ask(received, timeout=30.0) == ("kept",)


def test_a_suspended_actor_is_terminated_like_any_other(system: ActorSystem) -> None:
    top, ref, _ = start(system)
    system.suspend(ref)

    top.terminate_child("a", timeout=30.0)

    assert not ref.is_alive()


def test_a_suspended_actor_is_not_stuck(
    system: ActorSystem, clock: ManualClock, log: EventLog
) -> None:
    _, ref, _ = start(system, stuck_after_s=1.0)
    system.suspend(ref)
    barrier(system, ref)
    ref.tell("waits")

    for _ in range(10):
        clock.advance(1.0)

    assert log.of(ChildStuck) == []
    system.resume(ref)
    assert ref.ask(received, timeout=30.0) == ("waits",)


def test_suspending_and_resuming_under_fire_loses_and_doubles_nothing(
    system: ActorSystem, mailbox: dict[str, Any]
) -> None:
    _, ref, _ = start(system, **(mailbox and {**mailbox, "mailbox_limit": 10_000}))
    done = threading.Event()

    def send() -> None:
        for number in range(2000):
            ref.tell(number)
        done.set()

    sender = threading.Thread(target=send)
    sender.start()
    while not done.is_set():
        system.suspend(ref)
        system.resume(ref)
    sender.join()

    assert ref.ask(received, timeout=30.0) == tuple(range(2000))


def test_a_suspended_actor_waits_in_a_simulation_too() -> None:
    def story(simulation: Any) -> None:
        system = simulation.system
        Supervisor.start(
            SupervisorFlags(), [ChildSpec(id="a", actor=Puppet)], system=system
        )
        ref = system.ref("a")
        with simulation.without_faults():
            system.suspend(ref)
            ref.tell("one")
            assert system.inspect(ref, timeout=30.0).actor.mailbox == 1
            system.resume(ref)
            assert ref.ask(received, timeout=30.0) == ("one",)

    for seed in range(20):
        simulate(story, seed)
