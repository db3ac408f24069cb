"""Dead letters can be looked at, and do not flood the log."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import gc
import logging
import time
import weakref
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildSpec,
    DeadLetter,
    ManualClock,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.testkit import EventLog, Puppet, crash

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)
LOGGER = "orquestrador.supervisor.dead_letters"


def start(system: ActorSystem) -> tuple[ActorRef[Any], ActorRef[Any]]:
    Supervisor.start(
        FLAGS, [ChildSpec(id=each, actor=Puppet) for each in "ab"], system=system
    )
    return system.ref("a"), system.ref("b")


def tell_dead(ref: ActorRef[Any], message: object) -> None:
    with pytest.raises(pykka.ActorDeadError):
        ref.tell(message)


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == LOGGER]


def test_the_last_ones_can_be_looked_at(system: ActorSystem, log: EventLog) -> None:
    """Own: dead_letters."""
    ref, other = start(system)
    other.stop(timeout=30.0)

    ref.ask(lambda _: tell_dead(other, "from a"), timeout=30.0)
    for number in range(150):
        tell_dead(other, number)

    last = system.dead_letters.last
    assert [each.message for each in last] == list(range(50, 150))
    assert system.dead_letters.count == 151
    first = log.of(DeadLetter)[0]
    assert (first.message, first.sender, first.receiver) == ("from a", ref, other)
    assert first.reason == last[0].reason == "the receiver has stopped"


def test_one_that_failed_is_kept_in_words_and_keeps_no_instance(
    system: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    # A log record keeps an error, and that its traceback.
    caplog.set_level(logging.CRITICAL, logger="pykka")
    published: list[DeadLetter] = []
    system.events.subscribe(DeadLetter, published.append)

    class Failing(Actor):
        def on_receive(self, message: object) -> object:
            if message == "crash":
                raise ValueError(message)
            return weakref.ref(self)

    Supervisor.start(FLAGS, [ChildSpec(id="failing", actor=Failing)], system=system)
    ref = system.ref("failing")
    old = ref.ask("who", block=True, timeout=30.0)
    ref.tell("crash")
    ref.ask("restarted", timeout=30.0)

    (letter,) = system.dead_letters.last
    assert letter.error is None
    assert letter.reason == "its handler failed: ValueError: crash"
    assert system.events.flush(5.0)
    assert isinstance(published.pop().error, ValueError)
    # Its failure is logged, and that is enough.
    assert logged(caplog) == []
    deadline = time.monotonic() + 30.0
    while old() is not None and time.monotonic() < deadline:
        gc.collect()
    assert old() is None


def test_the_log_gets_the_first_ones_of_a_window_and_then_a_number(
    system: ActorSystem, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    ref, _ = start(system)
    ref.stop(timeout=30.0)
    clock.advance(100.0)
    caplog.set_level(logging.WARNING)

    for number in range(25):
        tell_dead(ref, number)
    assert len(logged(caplog)) == 10
    assert logged(caplog)[0] == (
        f"Dead letter: int from outside to {ref}: the receiver has stopped"
    )
    clock.advance(59.0)
    tell_dead(ref, "in the same window")
    assert len(logged(caplog)) == 10
    clock.advance(1.0)
    assert logged(caplog)[10:] == ["16 more dead letters in 60 s"]

    tell_dead(ref, "in the next")
    clock.advance(1000.0)
    assert len(logged(caplog)) == 12


def test_the_log_can_be_spared_all_of_them(
    system: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    ref, _ = start(system)
    system.dead_letters.log_limit = 0
    ref.stop(timeout=30.0)

    for number in range(25):
        tell_dead(ref, number)

    assert logged(caplog) == []
    assert system.dead_letters.count == 25


def test_a_failing_message_is_logged_once(
    system: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    ref, _ = start(system)

    ref.tell(crash)
    deadline = time.monotonic() + 30.0
    while not caplog.records:
        # By the thread of the incarnation that has ended, when it has time.
        assert time.monotonic() < deadline
    ref.tell(crash)
    while len(caplog.records) < 2:
        assert time.monotonic() < deadline

    assert system.dead_letters.count == 2
    assert logged(caplog) == []
    assert len(caplog.records) == 2
