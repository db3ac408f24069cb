"""What is put aside comes again, in order, or becomes a dead letter."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from typing import Any

import pykka
import pytest

from orquestrador.errors import FencedError, StashFullError
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildFailed,
    ChildSpec,
    DeadLetter,
    ManualClock,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.testkit import Crash, EventLog

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


class Door(Actor):
    """Puts everything aside until it is opened."""

    def __init__(self, handled: list[Any]) -> None:
        super().__init__()
        self.open = False
        self.handled = handled

    def on_receive(self, message: Any) -> object:
        match message:
            case "open":
                self.open = True
                self.unstash_all()
            case "close":
                self.open = False
            case "crash":
                raise Crash(message)
            case "stash and crash":
                self.stash()
                raise Crash(message)
            case "stash twice":
                self.stash()
                self.stash()
            case _ if callable(message):
                return message(self)
            case _ if self.open:
                self.handled.append(message)
                return message
            case _:
                self.stash()
        return None


def start(
    system: ActorSystem,
    *,
    stash_limit: int = 100,
    redeliveries: int = 0,
    stuck_after_s: float | None = None,
) -> tuple[ActorRef[Door], list[Any]]:
    handled: list[Any] = []
    Supervisor.start(
        FLAGS,
        [
            ChildSpec(
                id="door",
                actor=Door,
                args=(handled,),
                stash_limit=stash_limit,
                redeliveries=redeliveries,
                stuck_after_s=stuck_after_s,
            )
        ],
        system=system,
    )
    return system.ref("door"), handled


def test_what_was_put_aside_comes_before_what_waits_in_its_order(
    system: ActorSystem,
) -> None:
    ref, handled = start(system)
    for number in range(3):
        ref.tell(number)

    def fill_and_open(door: Door) -> None:
        door.actor_ref.tell("behind")
        door.open = True
        door.unstash_all()

    ref.ask(fill_and_open, timeout=30.0)
    ref.ask("end", timeout=30.0)

    assert handled == [0, 1, 2, "behind", "end"]


def test_some_of_it_can_come_first(system: ActorSystem) -> None:
    ref, handled = start(system)
    for number in range(5):
        ref.tell(number)

    def open_for_two(door: Door) -> None:
        door.open = True
        door.unstash(2)
        door.actor_ref.tell("close")

    ref.ask(open_for_two, timeout=30.0)
    ref.ask(lambda _: None, timeout=30.0)
    assert handled == [0, 1]
    ref.ask("open", timeout=30.0)
    ref.ask("end", timeout=30.0)

    assert handled == [0, 1, 2, 3, 4, "end"]


def test_an_ask_that_was_put_aside_is_answered_later(system: ActorSystem) -> None:
    ref, _ = start(system)
    asked = [ref.ask(number, block=False) for number in range(3)]
    ref.ask(lambda _: None, timeout=30.0)
    with pytest.raises(pykka.Timeout):
        asked[0].get(timeout=0.0)

    ref.tell("open")

    assert [each.get(timeout=30.0) for each in asked] == [0, 1, 2]


def test_an_ask_that_waits_too_long_aside_is_not_handled(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: ask_deadline."""
    ref, handled = start(system)
    asked = ref.ask("late", block=False, timeout=2.0)
    ref.ask(lambda _: None, timeout=30.0)
    clock.advance(3.0)

    ref.tell("open")

    with pytest.raises(pykka.Timeout):
        asked.get(timeout=30.0)
    assert handled == []
    assert [each.message for each in log.of(DeadLetter)] == ["late"]


def test_the_next_incarnation_begins_with_what_was_put_aside(
    system: ActorSystem, log: EventLog
) -> None:
    ref, handled = start(system)
    for number in range(3):
        ref.tell(number)
    asked = ref.ask(3, block=False)

    ref.tell("crash")
    # It is closed again, and puts them aside once more.
    ref.tell(4)
    ref.tell("open")

    assert ref.ask("end", timeout=30.0) == "end"
    assert asked.get(timeout=30.0) == 3
    assert handled == [0, 1, 2, 3, 4, "end"]
    assert ref.incarnation == 2
    assert [each.message for each in log.of(DeadLetter)] == ["crash"]


def test_a_fenced_incarnation_gives_back_what_it_put_aside(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: hang_replaced."""
    ref, handled = start(system, stuck_after_s=5.0)
    entered, leave, tried = (threading.Event() for _ in range(3))
    errors: list[Exception] = []

    def hang(door: Door) -> None:
        door.stash()
        entered.set()
        assert leave.wait(30.0)
        for late in (door.stash, door.unstash_all):
            try:
                late()
            except FencedError as error:
                errors.append(error)
        tried.set()

    for number in range(3):
        ref.tell(number)
    asked = ref.ask(hang, block=False)
    assert entered.wait(30.0)
    clock.advance(5.0)
    clock.advance(5.0)
    log.wait_for(ChildFailed)
    ref.tell("open")
    assert ref.ask("end", timeout=30.0) == "end"

    # The message that hung counts as failed, though it was put aside.
    with pytest.raises(FencedError):
        asked.get(timeout=30.0)
    assert handled == [0, 1, 2, "end"]
    leave.set()
    assert tried.wait(30.0)
    assert len(errors) == 2
    assert len(log.of(DeadLetter)) == 1


def test_what_is_put_aside_at_the_end_becomes_dead_letters_in_order(
    system: ActorSystem, log: EventLog
) -> None:
    """Own: dead_letters."""
    ref, _ = start(system)
    for number in range(3):
        ref.tell(number)
    asked = ref.ask("asked", block=False)

    ref.stop(timeout=30.0)

    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=30.0)
    assert [each.message for each in log.of(DeadLetter)] == [0, 1, 2, "asked"]


def test_more_than_the_limit_is_a_failure(system: ActorSystem, log: EventLog) -> None:
    ref, handled = start(system, stash_limit=2)
    for number in range(2):
        ref.tell(number)

    with pytest.raises(StashFullError, match="put 2 messages aside"):
        ref.ask("too much", timeout=30.0)

    ref.tell("open")
    assert ref.ask("end", timeout=30.0) == "end"
    assert handled == [0, 1, "end"]
    assert [each.message for each in log.of(DeadLetter)] == ["too much"]


@pytest.mark.parametrize("redeliveries", [0, 1])
def test_a_message_that_was_put_aside_and_then_failed_has_failed(
    system: ActorSystem, log: EventLog, redeliveries: int
) -> None:
    ref, _ = start(system, redeliveries=redeliveries)

    with pytest.raises(Crash):
        ref.ask("stash and crash", timeout=30.0)

    assert ref.ask(lambda _: 1, timeout=30.0) == 1
    assert ref.incarnation == 2 + redeliveries
    assert [each.message for each in log.of(DeadLetter)] == ["stash and crash"]


def test_a_message_is_put_aside_once(system: ActorSystem) -> None:
    ref, _ = start(system)

    with pytest.raises(RuntimeError, match="has put this message aside"):
        ref.ask("stash twice", timeout=30.0)


def test_there_is_something_to_put_aside_only_in_a_handler(
    system: ActorSystem,
) -> None:
    class Early(Door):
        def on_start(self) -> None:
            with pytest.raises(RuntimeError, match="no message in hand"):
                self.stash()

    Supervisor.start(
        FLAGS, [ChildSpec(id="early", actor=Early, args=([],))], system=system
    )

    assert system.ref("early").ask(lambda _: 1, timeout=30.0) == 1


def test_a_message_put_aside_is_not_unstashed_by_its_own_handler(
    system: ActorSystem,
) -> None:
    ref, handled = start(system)
    ref.tell(1)

    def stash_and_unstash(door: Door) -> None:
        door.open = True
        if not door.handled:
            door.stash()
            door.unstash_all()

    asked = ref.ask(stash_and_unstash, block=False)
    ref.ask("end", timeout=30.0)
    assert handled == [1, "end"]
    ref.tell("open")

    assert asked.get(timeout=30.0) is None


# -- ticks that are put aside ---------------------------------------------------


def ticking(system: ActorSystem) -> tuple[ActorRef[Door], list[Any]]:
    ref, handled = start(system)
    ref.ask(
        lambda door: (
            door.timers.start_once("one", 1.0, "once"),
            door.timers.start_periodic("many", 1.0, "tick"),
        ),
        timeout=30.0,
    )
    return ref, handled


def test_a_tick_that_was_put_aside_comes_again_and_the_beat_goes_on(
    system: ActorSystem, clock: ManualClock
) -> None:
    ref, handled = ticking(system)
    for _ in range(3):
        clock.advance(1.0)
        ref.ask(lambda _: None, timeout=30.0)

    ref.ask("open", timeout=30.0)
    ref.ask("end", timeout=30.0)
    # A beat is left out while the one before it is put aside.
    assert handled == ["once", "tick", "end"]
    for _ in range(2):
        clock.advance(1.0)
        ref.ask("beat", timeout=30.0)

    assert handled.count("tick") == 3


def test_a_tick_that_was_put_aside_is_stale_once_its_timer_is_cancelled(
    system: ActorSystem, clock: ManualClock
) -> None:
    ref, handled = ticking(system)
    clock.advance(1.0)
    ref.ask(
        lambda door: (door.timers.cancel("one"), door.timers.cancel("many")),
        timeout=30.0,
    )

    ref.ask("open", timeout=30.0)
    ref.ask("end", timeout=30.0)

    assert handled == ["end"]
    assert clock.pending() == 0


def test_a_tick_that_was_put_aside_does_not_reach_the_next_incarnation(
    system: ActorSystem, clock: ManualClock
) -> None:
    """Own: timers_and_restart."""
    ref, handled = ticking(system)
    clock.advance(1.0)
    ref.tell("crash")
    ref.tell("open")
    ref.ask("end", timeout=30.0)

    assert handled == ["end"]
    assert ref.incarnation == 2
    assert clock.pending() == 0
