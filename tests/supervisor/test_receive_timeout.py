"""An actor is told when nothing came, and never when something did."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
import time
from typing import Any

import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildSpec,
    ManualClock,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.notices import ReceiveTimeout
from orquestrador.supervisor.testkit import Puppet, busy, crash, received

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)
TOLD = ReceiveTimeout(after_s=5.0)


@pytest.fixture
def ref(system: ActorSystem) -> ActorRef[Any]:
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=system)
    ref = system.ref("a")
    ref.ask(lambda puppet: puppet.timers.set_receive_timeout(5.0), timeout=30.0)
    Counted(ref.cell)
    return ref


class Counted:
    """A mailbox that counts what comes into it, from senders and from the clock."""

    def __init__(self, cell: Any) -> None:
        self.count = cell.handled
        self._mailbox = cell.mailbox
        self._append = cell.mailbox.append
        cell.mailbox.append = self.append
        cell.mailbox = self

    def __len__(self) -> int:
        return len(self._mailbox)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mailbox, name)

    def append(self, envelope: object) -> None:
        self.count += 1
        self._append(envelope)

    def put(self, envelope: object) -> None:
        self.count += 1
        self._mailbox.put(envelope)


def told(ref: ActorRef[Any]) -> int:
    """Return how often it was told, without sending it anything."""
    cell: Any = ref.cell
    deadline = time.monotonic() + 30.0
    # All that came into its mailbox is handled.
    while cell.handled < cell.mailbox.count:
        assert time.monotonic() < deadline
    count: int = cell.incarnation.actor.received.count(TOLD)
    return count


def test_it_is_told_after_every_silence(ref: ActorRef[Any], clock: ManualClock) -> None:
    clock.advance(4.9)
    assert told(ref) == 0
    clock.advance(0.1)
    assert told(ref) == 1
    clock.advance(4.9)
    assert told(ref) == 1
    clock.advance(0.1)
    assert told(ref) == 2


def test_a_message_begins_the_count_anew(
    ref: ActorRef[Any], clock: ManualClock
) -> None:
    for _ in range(3):
        clock.advance(4.0)
        ref.ask("message", timeout=30.0)
    assert told(ref) == 0
    clock.advance(4.9)
    assert told(ref) == 0
    clock.advance(0.1)
    assert told(ref) == 1


def test_an_error_that_is_an_answer_begins_the_count_anew(
    ref: ActorRef[Any], clock: ManualClock
) -> None:
    class ExpectedError(Exception):
        pass

    def refuse(_puppet: Puppet) -> None:
        raise ExpectedError

    ref.ask(lambda puppet: setattr(type(puppet), "expected_errors", (ExpectedError,)))
    clock.advance(4.0)
    with pytest.raises(ExpectedError):
        ref.ask(refuse, timeout=30.0)
    clock.advance(4.9)

    assert told(ref) == 0
    Puppet.expected_errors = ()


def test_a_handler_that_takes_longer_is_no_silence(
    ref: ActorRef[Any], clock: ManualClock
) -> None:
    with busy(ref):
        clock.advance(20.0)
    assert told(ref) == 0
    clock.advance(4.9)
    assert told(ref) == 0
    clock.advance(0.1)
    assert told(ref) == 1


def test_a_message_that_comes_before_the_notice_is_handled_takes_its_place(
    ref: ActorRef[Any], clock: ManualClock
) -> None:
    mailbox = ref.cell.mailbox
    put = mailbox.put

    class Late:
        """The mailbox, when a message overtakes the notice."""

        def __len__(self) -> int:
            return 0

        def put(self, envelope: object) -> None:
            ref.tell("first")
            put(envelope)

    cell: Any = ref.cell
    cell.mailbox = Late()
    clock.advance(5.0)
    cell.mailbox = mailbox

    assert ref.ask(lambda puppet: list(puppet.received), timeout=30.0) == ["first"]


def test_it_can_be_changed_and_ended(ref: ActorRef[Any], clock: ManualClock) -> None:
    def change(after_s: float | None) -> None:
        ref.ask(lambda puppet: puppet.timers.set_receive_timeout(after_s), timeout=30.0)

    change(50.0)
    clock.advance(49.0)
    assert told(ref) == 0
    change(None)
    clock.advance(100.0)
    assert told(ref) == 0
    assert clock.pending() == 0
    with pytest.raises(ValueError, match="not above 0"):
        change(0.0)


def test_a_notice_that_waits_when_it_is_ended_is_not_handled(
    ref: ActorRef[Any], clock: ManualClock
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def end(puppet: Puppet) -> None:
        entered.set()
        assert leave.wait(30.0)
        puppet.timers.set_receive_timeout(None)

    ref.tell(end)
    assert entered.wait(30.0)
    clock.advance(5.0)
    assert ref.mailbox_size == 1
    leave.set()

    assert told(ref) == 0
    assert clock.pending() == 0


def test_no_notice_reaches_the_next_incarnation(
    ref: ActorRef[Any], clock: ManualClock
) -> None:
    """Own: timers_and_restart."""

    def wait_and_crash(puppet: Puppet) -> None:
        clock.advance(5.0)
        crash(puppet)

    ref.tell(wait_and_crash)
    assert ref.ask("restarted") == "restarted"
    assert ref.incarnation == 2
    clock.advance(50.0)

    assert ref.ask(received) == ("restarted",)
    assert clock.pending() == 0
