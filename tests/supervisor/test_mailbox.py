"""What was sent is handled once, in order, or becomes a dead letter."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import itertools
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildFailed,
    ChildSpec,
    DeadLetter,
    FailingAsk,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.mailbox import Mailbox
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, busy, crash

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


class Counting(Actor):
    """Notes the numbers it gets, and fails on some the first time it sees them."""

    def __init__(self, handled: list[object], failing: dict[object, int]) -> None:
        super().__init__()
        self.handled = handled
        self.failing = failing

    def on_receive(self, message: object) -> object:
        if self.failing.get(message, 0) > 0:
            self.failing[message] -= 1
            raise Crash(f"fails on {message}")
        self.handled.append(message)
        return message


def start(
    system: ActorSystem,
    failing: dict[object, int],
    redeliveries: int = 0,
    failing_ask: FailingAsk = FailingAsk.RESTART,
) -> tuple[ActorRef[Counting], list[Any]]:
    handled: list[Any] = []
    Supervisor.start(
        FLAGS,
        [
            ChildSpec(
                id="counting",
                actor=Counting,
                args=(handled, failing),
                redeliveries=redeliveries,
                failing_ask=failing_ask,
            )
        ],
        system=system,
    )
    return system.ref("counting"), handled


def test_every_message_but_the_failing_one_is_handled_once_in_order(
    system: ActorSystem,
) -> None:
    """Own: mailbox_kept_in_order."""
    ref, handled = start(system, {("a", 50): 1})

    def send(who: str) -> None:
        for number in range(100):
            ref.tell((who, number))

    senders = [threading.Thread(target=send, args=(who,)) for who in "ab"]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    ref.ask("end", timeout=30.0)

    for who in "ab":
        numbers = [each[1] for each in handled if each[0] == who]
        assert numbers == [n for n in range(100) if (who, n) != ("a", 50)]
    assert ref.incarnation == 2


def test_a_second_failure_on_a_kept_message_loses_nothing_else(
    system: ActorSystem,
) -> None:
    """Own: mailbox_kept_twice."""
    ref, handled = start(system, {1: 1, 2: 1, 3: 1})

    for number in range(6):
        ref.tell(number)

    assert ref.ask("end", timeout=30.0) == "end"
    assert handled == [0, 4, 5, "end"]
    assert ref.incarnation == 4


@pytest.mark.parametrize("redeliveries", [0, 2])
def test_a_message_that_always_fails_becomes_a_dead_letter(
    system: ActorSystem, log: EventLog, redeliveries: int
) -> None:
    """Own: failing_message."""
    failing: dict[object, int] = {"poison": 1000}
    ref, _ = start(system, failing, redeliveries)

    ref.tell("poison")

    assert ref.ask("after", timeout=30.0) == "after"
    assert ref.incarnation == 2 + redeliveries
    (letter,) = log.of(DeadLetter)
    assert letter.message == "poison"
    assert letter.receiver is ref
    assert isinstance(letter.error, Crash)
    assert letter.deliveries == 1 + redeliveries
    assert system.dead_letters.count == 1
    # Handled once, or once more for each redelivery; each time is a failure.
    assert failing["poison"] == 1000 - (1 + redeliveries)
    assert len(log.of(ChildFailed)) == 1 + redeliveries

    # No worker is restarted for it any more.
    for number in range(10):
        assert ref.ask(number, timeout=30.0) == number
    assert ref.incarnation == 2 + redeliveries
    assert ref.mailbox_size == 0


def test_a_redelivered_message_is_the_next_one(system: ActorSystem) -> None:
    ref, handled = start(system, {1: 1}, redeliveries=1)

    for number in range(4):
        ref.tell(number)

    ref.ask("end", timeout=30.0)
    assert handled == [0, 1, 2, 3, "end"]


def test_a_redelivered_ask_is_answered_by_the_next_incarnation(
    system: ActorSystem,
) -> None:
    ref, _ = start(system, {"once": 1}, redeliveries=1)

    assert ref.ask("once", timeout=30.0) == "once"
    assert ref.incarnation == 2


def test_an_ask_that_fails_for_good_gets_the_original_error(
    system: ActorSystem,
) -> None:
    """Own: ask_gets_cause."""
    ref, _ = start(system, {"bad": 1000}, redeliveries=2)

    with pytest.raises(Crash, match="fails on bad"):
        ref.ask("bad", timeout=30.0)

    assert ref.ask("good", timeout=30.0) == "good"
    assert ref.incarnation == 4


def test_a_failing_ask_may_be_an_answer_only(system: ActorSystem) -> None:
    """Own: ask_gets_cause."""
    ref, _ = start(system, {"bad": 1}, failing_ask=FailingAsk.RETURN)

    with pytest.raises(Crash, match="fails on bad"):
        ref.ask("bad", timeout=30.0)

    assert ref.ask("good", timeout=30.0) == "good"
    assert ref.incarnation == 1


def test_an_expected_error_is_an_answer_and_ends_nothing(system: ActorSystem) -> None:
    class Picky(Puppet):
        expected_errors = (Crash,)

    Supervisor.start(FLAGS, [ChildSpec(id="picky", actor=Picky)], system=system)
    ref = system.ref("picky")

    with pytest.raises(Crash):
        ref.ask(crash, timeout=30.0)

    assert ref.ask("alive", timeout=30.0) == "alive"
    assert ref.incarnation == 1


def test_asks_behind_a_failing_message_are_answered_by_the_next_incarnation(
    system: ActorSystem,
) -> None:
    """Own: ask_queued_survives."""
    ref, _ = start(system, {"bad": 1})

    ref.tell("bad")
    asked = [ref.ask(number, block=False) for number in range(10)]

    assert [each.get(timeout=30.0) for each in asked] == list(range(10))


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns a hundred times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 100)
    yield
    sys.setswitchinterval(before)


def hammer(
    ref: ActorRef[Puppet], go: threading.Barrier, asked: list[pykka.Future[object]]
) -> None:
    go.wait(30.0)
    while ref.is_alive():
        asked.append(ref.ask("x", block=False))
    # The last one is sent when it is too late for certain.
    asked.append(ref.ask("x", block=False))


@pytest.mark.usefixtures("hasty")
def test_no_ask_is_left_without_an_answer_when_the_actor_stops(
    system: ActorSystem,
) -> None:
    """Own: no_stranded_ask."""
    top = Supervisor.start(FLAGS, system=system)
    refused = answered = 0
    for number in range(500):
        spec = ChildSpec(id=f"puppet{number}", actor=Puppet)
        ref = top.start_child(spec)
        assert isinstance(ref, ActorRef)
        go = threading.Barrier(3)
        asked: tuple[list[pykka.Future[object]], ...] = ([], [])
        senders = [
            threading.Thread(target=hammer, args=(ref, go, each)) for each in asked
        ]
        for sender in senders:
            sender.start()
        go.wait(30.0)
        top.terminate_child(spec.id, timeout=30.0)
        for sender in senders:
            sender.join()
        for future in itertools.chain(*asked):
            # A stranded ask would be a Timeout.
            try:
                assert future.get(timeout=30.0) == "x"
                answered += 1
            except pykka.ActorDeadError:
                refused += 1
        assert ref.mailbox_size == 0
    assert refused >= 1000
    assert answered > 0


def test_what_nobody_handles_is_a_dead_letter_once(
    system: ActorSystem, log: EventLog
) -> None:
    """Own: dead_letters."""
    top = Supervisor.start(
        FLAGS,
        [ChildSpec(id="a", actor=Puppet), ChildSpec(id="b", actor=Puppet)],
        system=system,
    )
    ref, other = system.ref("a"), system.ref("b")
    with busy(ref):
        ref.tell("left")
        other.ask(lambda _: ref.tell("left by b"), timeout=30.0)
        stopped = threading.Thread(target=lambda: top.terminate_child("a"))
        stopped.start()
        while top.which_child("a").state != "stopping":
            pass
    stopped.join(30.0)
    with pytest.raises(pykka.ActorDeadError):
        ref.tell("late")

    letters = log.of(DeadLetter)
    assert [(each.message, each.sender, each.receiver) for each in letters] == [
        ("left", None, ref),
        ("left by b", other, ref),
        ("late", None, ref),
    ]
    assert all(each.reason for each in letters)
    assert system.dead_letters.count == 3


def test_an_ask_that_waited_too_long_is_not_handled(timed_system: ActorSystem) -> None:
    """Own: ask_deadline."""
    log = EventLog(timed_system)
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=timed_system)
    ref = timed_system.ref("a")
    leave = threading.Event()
    ref.tell(lambda _: leave.wait(30.0))

    with pytest.raises(pykka.Timeout):
        ref.ask("late", timeout=0.05)
    leave.set()

    assert ref.ask(lambda puppet: tuple(puppet.received), timeout=30.0) == ()
    (letter,) = log.of(DeadLetter)
    assert (letter.message, letter.reason) == ("late", "its deadline has passed")


def test_the_system_lane_is_served_first_and_given_back_mail_second() -> None:
    dead: list[object] = []
    mailbox = Mailbox(lambda envelope: dead.append(envelope.message))
    for number in (1, 2):
        mailbox.put(Envelope(number))
    mailbox.put_back(Envelope(0))
    mailbox.put_system(Envelope("system"))

    assert [mailbox.take().message for _ in range(4)] == ["system", 0, 1, 2]
    assert mailbox.empty()

    mailbox.put(Envelope("waiting"))
    mailbox.close()
    mailbox.drain()
    mailbox.put(Envelope("late"))
    assert dead == ["waiting", "late"]


@pytest.mark.parametrize("how", ["tell", "ask"])
def test_a_message_sent_while_the_mailbox_closes_is_a_dead_letter(how: str) -> None:
    """Own: no_stranded_ask."""
    ref = Puppet.start()
    log = EventLog(ref.cell.system)
    mailbox = ref.cell.mailbox
    append = mailbox.append

    def append_late(envelope: Envelope) -> None:
        # The actor ends between the sender's look and its putting.
        mailbox.append = append
        assert ref.stop(timeout=30.0)
        append(envelope)

    mailbox.append = append_late
    if how == "tell":
        ref.tell("late")
    else:
        with pytest.raises(pykka.ActorDeadError):
            ref.ask("late", timeout=30.0)

    assert [each.message for each in log.of(DeadLetter)] == ["late"]


def test_an_idle_actor_does_not_keep_its_last_message_alive(
    system: ActorSystem,
) -> None:
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Weak)], system=system)
    message = Weak.Message()
    seen = weakref.ref(message)

    system.ref("a").ask(message, timeout=30.0)
    del message

    deadline = time.monotonic() + 30.0
    while seen() is not None:
        assert time.monotonic() < deadline


class Weak(Actor):
    """Takes messages that a weak reference can point at."""

    class Message:
        pass

    def on_receive(self, message: object) -> object:
        return message


def test_a_busy_actor_does_not_lose_its_place_under_many_senders(
    system: ActorSystem,
) -> None:
    ref, handled = start(system, dict.fromkeys(range(0, 400, 40), 1), redeliveries=1)

    senders = [
        threading.Thread(target=lambda s=s: [ref.tell(n) for n in range(s, 400, 4)])
        for s in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    ref.ask("end", timeout=30.0)

    assert Counter(handled) == Counter([*range(400), "end"])
    for first in range(4):
        mine = [n for n in handled if isinstance(n, int) and n % 4 == first]
        assert mine == sorted(mine)
