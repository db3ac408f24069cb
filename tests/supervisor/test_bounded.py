"""A mailbox with a limit: what becomes of one message more."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
import time
from collections import Counter
from typing import Any

import pykka
import pytest

from orquestrador.errors import MailboxFullError
from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildSpec,
    DeadLetter,
    ManualClock,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.choices import Overflow
from orquestrador.supervisor.testkit import EventLog, Puppet, busy, crash, received

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


def start(
    system: ActorSystem,
    overflow: Overflow,
    *,
    mailbox_limit: int = 3,
    overflow_wait_s: float | None = None,
    redeliveries: int = 0,
) -> ActorRef[Any]:
    Supervisor.start(
        FLAGS,
        [
            ChildSpec(
                id="full",
                actor=Puppet,
                overflow=overflow,
                overflow_wait_s=overflow_wait_s,
                mailbox_limit=mailbox_limit,
                redeliveries=redeliveries,
            ),
            ChildSpec(id="other", actor=Puppet),
        ],
        system=system,
    )
    return system.ref("full")


def got(ref: ActorRef[Any]) -> tuple[Any, ...]:
    deadline = time.monotonic() + 30.0
    while ref.mailbox_size:
        assert time.monotonic() < deadline
    messages: tuple[Any, ...] = ref.ask(received, block=True, timeout=30.0)
    return messages


def test_a_full_mailbox_refuses_the_message_and_queues_nothing(
    system: ActorSystem, log: EventLog
) -> None:
    ref = start(system, Overflow.FAIL)
    with busy(ref):
        for number in range(3):
            ref.tell(number)
        with pytest.raises(MailboxFullError, match=r"full is full \(3 messages wait\)"):
            ref.tell("too much")
        with pytest.raises(MailboxFullError):
            ref.ask("too much", block=False)
        with pytest.raises(MailboxFullError):
            ref.ask("too much", timeout=30.0)
        assert ref.mailbox_size == 3

    assert got(ref) == (0, 1, 2)
    # The sender still has it.
    assert log.of(DeadLetter) == []


def test_a_request_to_a_full_mailbox_fails_as_a_message(system: ActorSystem) -> None:
    ref, other = start(system, Overflow.FAIL), system.ref("other")
    with busy(ref):
        for number in range(3):
            ref.tell(number)
        other.ask(lambda puppet: puppet.request(ref, "please"), timeout=30.0)
        (failed,) = got(other)

    assert isinstance(failed, RequestFailed)
    assert (failed.request, failed.receiver) == ("please", ref)
    assert isinstance(failed.reason, MailboxFullError)


@pytest.mark.parametrize(
    ("overflow", "kept", "dropped"),
    [(Overflow.DROP_NEWEST, (0, 1, 2), 3), (Overflow.DROP_OLDEST, (1, 2, 3), 0)],
)
def test_a_dropped_message_is_a_dead_letter_once(
    system: ActorSystem,
    log: EventLog,
    overflow: Overflow,
    kept: tuple[int, ...],
    dropped: int,
) -> None:
    """Own: dead_letters."""
    ref, other = start(system, overflow), system.ref("other")
    with busy(ref):
        other.ask(lambda _: [ref.tell(number) for number in range(4)], timeout=30.0)
        assert ref.mailbox_size == 3

    assert got(ref) == kept
    (letter,) = log.of(DeadLetter)
    assert (letter.message, letter.sender, letter.receiver) == (dropped, other, ref)
    assert letter.reason == "its mailbox is full (3 wait)"


@pytest.mark.parametrize("overflow", [Overflow.DROP_NEWEST, Overflow.DROP_OLDEST])
def test_whoever_asked_gets_an_error_when_the_ask_is_dropped(
    system: ActorSystem, overflow: Overflow
) -> None:
    ref = start(system, overflow)
    with busy(ref):
        asked = [ref.ask(number, block=False) for number in range(4)]
        lost = asked.pop(3 if overflow is Overflow.DROP_NEWEST else 0)
        with pytest.raises(MailboxFullError, match=overflow.value):
            lost.get(timeout=0.0)

    assert len([each.get(timeout=30.0) for each in asked]) == 3


def test_what_the_runtime_has_to_say_always_comes_through(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    ref, other = start(system, Overflow.DROP_OLDEST), system.ref("other")
    ref.ask(lambda puppet: puppet.watch(other), timeout=30.0)
    ref.ask(lambda puppet: puppet.request(other, "reply"), timeout=30.0)
    ref.ask(lambda puppet: puppet.timers.start_once("t", 1.0, "tick"), timeout=30.0)
    while "reply" not in got(ref):
        pass

    with busy(ref):
        for number in range(3):
            ref.tell(number)
        clock.advance(1.0)
        other.stop(timeout=30.0)
        # More than the limit: a notice and a tick came to a full mailbox.
        assert ref.mailbox_size == 5
        ref.tell(3)
        ref.tell(4)

    messages = got(ref)
    assert [each for each in messages if isinstance(each, int)] == [2, 3, 4]
    assert "tick" in messages
    assert len(messages) == 6
    assert len(log.of(DeadLetter)) == 2


def test_a_full_mailbox_takes_a_stop(system: ActorSystem, log: EventLog) -> None:
    ref = start(system, Overflow.FAIL)
    with busy(ref):
        for number in range(3):
            ref.tell(number)
        stopped = ref.stop(block=False)

    assert stopped.get(timeout=30.0)
    assert log.of(DeadLetter) == []


def test_a_full_mailbox_takes_the_supervisors_shutdown(system: ActorSystem) -> None:
    ref = start(system, Overflow.FAIL)
    with busy(ref):
        for number in range(3):
            ref.tell(number)

    assert system.stop(timeout=30.0)


def test_a_redelivered_message_goes_to_the_head_of_a_full_mailbox(
    system: ActorSystem,
) -> None:
    ref = start(system, Overflow.FAIL, redeliveries=1)
    tried: list[int] = []

    def once(puppet: Puppet) -> None:
        tried.append(puppet.actor_ref.mailbox_size)
        if len(tried) == 1:
            for number in range(3):
                puppet.actor_ref.tell(number)
            crash(puppet)

    ref.ask(once, timeout=30.0)

    assert tried == [0, 3]
    assert got(ref) == (0, 1, 2)


def test_a_sender_outside_actors_waits_for_room(system: ActorSystem) -> None:
    ref = start(system, Overflow.WAIT)
    sent = threading.Event()

    def send() -> None:
        for number in range(10):
            ref.tell(number)
        sent.set()

    with busy(ref):
        sender = threading.Thread(target=send)
        sender.start()
        while ref.mailbox_size < 3:
            pass
        assert not sent.is_set()
    sender.join(30.0)

    assert got(ref) == tuple(range(10))


def test_a_sender_waits_no_longer_than_its_limit(timed_system: ActorSystem) -> None:
    ref = start(timed_system, Overflow.WAIT, overflow_wait_s=0.05)
    with busy(ref):
        for number in range(3):
            ref.tell(number)
        with pytest.raises(MailboxFullError, match=r"also after 0\.05 s"):
            ref.tell("too much")
        assert ref.mailbox_size == 3


def test_a_sender_waits_no_longer_than_its_ask(timed_system: ActorSystem) -> None:
    ref = start(timed_system, Overflow.WAIT, overflow_wait_s=20.0)
    with busy(ref):
        for number in range(3):
            ref.tell(number)
        with pytest.raises(MailboxFullError, match="also after") as caught:
            ref.ask("too much", timeout=0.05)
        assert "also after 20 s" not in str(caught.value)
        assert ref.mailbox_size == 3


def test_a_handler_never_waits_for_room(system: ActorSystem) -> None:
    ref, other = start(system, Overflow.WAIT), system.ref("other")
    with busy(ref):
        for number in range(3):
            ref.tell(number)
        with pytest.raises(MailboxFullError, match="a handler does not wait"):
            other.ask(lambda _: ref.tell("too much"), timeout=30.0)


def test_a_sender_that_waits_hears_of_the_end(
    system: ActorSystem, log: EventLog
) -> None:
    """Own: no_stranded_ask."""
    ref = start(system, Overflow.WAIT)
    answers: list[object] = []

    def ask() -> None:
        try:
            ref.ask("waiting", timeout=30.0)
        except pykka.ActorDeadError as error:
            answers.append(error)

    with busy(ref):
        for number in range(3):
            ref.tell(number)
        stopped = ref.stop(block=False)
        sender = threading.Thread(target=ask)
        sender.start()
        assert ref.mailbox_size == 4
    assert stopped.get(timeout=30.0)
    sender.join(30.0)

    assert len(answers) == 1
    assert [each.message for each in log.of(DeadLetter)] == ["waiting"]


@pytest.mark.parametrize("overflow", list(Overflow))
def test_nothing_is_lost_or_handled_twice_under_many_senders(
    system: ActorSystem, log: EventLog, overflow: Overflow
) -> None:
    ref = start(system, overflow, mailbox_limit=5)
    sizes: set[int] = set()
    refused: list[int] = []

    def send(first: int) -> None:
        for number in range(first, 1000, 4):
            try:
                ref.tell(number)
            except MailboxFullError:
                refused.append(number)
            sizes.add(ref.mailbox_size)

    senders = [threading.Thread(target=send, args=(first,)) for first in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(30.0)
    handled = got(ref)

    dropped = [each.message for each in log.of(DeadLetter)]
    assert Counter(handled) + Counter(dropped) + Counter(refused) == Counter(
        range(1000)
    )
    assert max(sizes) <= 5
    for first in range(4):
        mine = [number for number in handled if number % 4 == first]
        assert mine == sorted(mine)
