"""Limits travel with the message: what nobody waits for any more is not begun."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
import time
from types import SimpleNamespace
from typing import Any

import pykka
import pytest

from orquestrador.errors import RestartingError
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    BlockingAskError,
    ChildFailed,
    ChildSpec,
    DeadLetter,
    ManualClock,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
    asking,
)
from orquestrador.supervisor.asking import ask_all
from orquestrador.supervisor.choices import RestartingAsk
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.testkit import (
    Crash,
    EventLog,
    Puppet,
    busy,
    crash,
    received,
)

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


def start(
    system: ActorSystem,
    *ids: str,
    restarting_ask: RestartingAsk = RestartingAsk.WAIT,
    redeliveries: int = 0,
) -> list[ActorRef[Any]]:
    specs = [
        ChildSpec(
            id=each,
            actor=Puppet,
            restarting_ask=restarting_ask,
            redeliveries=redeliveries,
        )
        for each in ids
    ]
    Supervisor.start(FLAGS, specs, system=system)
    if isinstance(system.clock, ManualClock):
        # What a start has set is over.
        system.clock.advance(0.0)
    return [system.ref(each) for each in ids]


def got(ref: ActorRef[Any], count: int = 1) -> tuple[Any, ...]:
    """Wait until it has received so many messages."""
    deadline = time.monotonic() + 30.0
    while len(messages := ref.ask(received, block=True)) < count:
        assert time.monotonic() < deadline
    return tuple(messages)


# -- asks --------------------------------------------------------------------------


def test_a_future_has_a_limit_too(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: ask_deadline."""
    (ref,) = start(system, "a")
    with busy(ref):
        asked = ref.ask("late", block=False, timeout=2.0)
        in_time = ref.ask("in time", block=False, timeout=3.0)
        clock.advance(2.5)

    with pytest.raises(pykka.Timeout):
        asked.get(timeout=30.0)
    assert in_time.get(timeout=30.0) == "in time"
    assert got(ref) == ("in time",)
    (letter,) = log.of(DeadLetter)
    assert (letter.message, letter.receiver) == ("late", ref)
    assert letter.reason == "its deadline has passed"


# -- requests ----------------------------------------------------------------------


def test_a_request_without_a_reply_in_time_fails_at_its_limit(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: ask_deadline."""
    asking, asked = start(system, "asking", "asked")
    with busy(asked):
        asking.ask(lambda puppet: puppet.request(asked, "late", timeout=2.0))
        clock.advance(1.9)
        assert asking.ask(received) == ()
        clock.advance(0.2)
        (failed,) = got(asking)

    assert isinstance(failed, RequestFailed)
    assert (failed.request, failed.receiver) == ("late", asked)
    assert isinstance(failed.reason, pykka.Timeout)
    # And the receiver, once it has time, does not begin with it.
    assert asked.ask(received) == ()
    assert [each.message for each in log.of(DeadLetter)] == ["late"]
    assert len(got(asking)) == 1


def test_a_reply_in_time_ends_the_limit(
    system: ActorSystem, clock: ManualClock
) -> None:
    asking, asked = start(system, "asking", "asked")

    asking.ask(lambda puppet: puppet.request(asked, "please", timeout=2.0))

    assert got(asking) == ("please",)
    assert clock.pending() == 0


def test_a_late_reply_is_dropped(system: ActorSystem, clock: ManualClock) -> None:
    asking, asked = start(system, "asking", "asked")
    begun, leave = threading.Event(), threading.Event()

    def take_long(_puppet: Puppet) -> str:
        begun.set()
        assert leave.wait(30.0)
        return "late"

    asking.ask(lambda puppet: puppet.request(asked, take_long, timeout=2.0))
    assert begun.wait(30.0)
    clock.advance(2.0)
    leave.set()
    asked.ask("done")

    (failed,) = got(asking)
    assert isinstance(failed, RequestFailed)
    assert len(got(asking)) == 1


def test_the_limit_of_a_request_outlives_a_restart_of_who_made_it(
    system: ActorSystem, clock: ManualClock
) -> None:
    asking, asked = start(system, "asking", "asked")
    with busy(asked):
        asking.ask(lambda puppet: puppet.request(asked, "late", timeout=2.0))
        asking.tell(crash)
        asking.ask("restarted")
        clock.advance(2.0)

        messages = got(asking, 2)

    assert isinstance(messages[1], RequestFailed)
    assert asking.incarnation == 2


# -- asks that are made while an ask is handled --------------------------------------


@pytest.mark.parametrize(("own_s", "left_s"), [(None, 2.0), (10.0, 2.0), (1.0, 1.0)])
def test_a_request_has_no_more_than_the_time_left(
    system: ActorSystem,
    log: EventLog,
    clock: ManualClock,
    own_s: float | None,
    left_s: float,
) -> None:
    """Own: ask_deadline."""
    asking, asked = start(system, "asking", "asked")

    def pass_on(puppet: Puppet) -> float | None:
        clock.advance(3.0)
        puppet.request(asked, "please", timeout=own_s)
        return puppet.remaining_s

    with busy(asked):
        assert asking.ask(pass_on, timeout=5.0) == 2.0
        clock.advance(left_s - 0.1)
        assert asking.ask(received) == ()
        clock.advance(0.1)
        (failed,) = got(asking)

    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.reason, pykka.Timeout)
    asked.ask("done")
    assert [each.message for each in log.of(DeadLetter)] == ["please"]


def test_without_a_limit_nothing_is_passed_on(
    system: ActorSystem, clock: ManualClock
) -> None:
    asking, asked = start(system, "asking", "asked")

    def pass_on(puppet: Puppet) -> float | None:
        puppet.request(asked, "please")
        return puppet.remaining_s

    assert asking.ask(pass_on) is None
    assert clock.pending() == 0
    assert got(asking) == ("please",)


def test_a_bare_actor_waits_no_longer_than_its_own_asker() -> None:
    """Own: ask_deadline."""

    class Passing(Actor):
        def on_receive(self, message: Any) -> object:
            return message() if callable(message) else message

    first, second = Passing.start(), Passing.start()
    leave = threading.Event()
    second.tell(lambda: leave.wait(30.0))
    log = EventLog(second.cell.system)

    asked = first.ask(lambda: second.ask("late"), block=False, timeout=0.1)

    # Without that limit it would have its reply before this is over.
    with pytest.raises(pykka.Timeout):
        asked.get(timeout=60.0)
    leave.set()
    assert second.ask("after", timeout=30.0) == "after"
    assert [each.message for each in log.of(DeadLetter)] == ["late"]
    first.stop()
    second.stop()


# -- many asks with one limit ----------------------------------------------------------


def test_ten_asks_have_one_limit_together(
    system: ActorSystem, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own: group_of_asks."""
    refs = start(system, *(f"a{number}" for number in range(10)))

    assert ask_all([(ref, ref.name) for ref in refs], timeout=30.0) == tuple(
        ref.name for ref in refs
    )

    # By a clock that goes on a second with each reply, the later ones have less.
    seconds, left_s = [100.0], list[float | None]()
    get = ReplyFuture[object].get

    def slow_get(
        future: ReplyFuture[object], *, timeout: float | None = None
    ) -> object:
        left_s.append(timeout)
        seconds[0] += 1.0
        return get(future, timeout=30.0)

    with monkeypatch.context() as patch:
        patch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
        patch.setattr(ReplyFuture, "get", slow_get)
        ask_all([(ref, ref.name) for ref in refs], timeout=5.0)
    assert left_s == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    leave = threading.Event()
    for ref in refs:
        ref.tell(lambda _: leave.wait(30.0))
    with pytest.raises(pykka.Timeout):
        ask_all([(ref, "late") for ref in refs], timeout=0.1)
    clock.advance(0.1)
    leave.set()
    # None of them is begun after that.
    assert [ref.ask(received) for ref in refs] == [(ref.name,) * 2 for ref in refs]


def test_the_first_error_of_many_asks_is_raised(system: ActorSystem) -> None:
    a, b = start(system, "a", "b")

    with pytest.raises(Crash):
        ask_all([(a, 1), (b, crash)], timeout=30.0)


def test_no_handler_asks_many(system: ActorSystem) -> None:
    a, b = start(system, "a", "b")

    with pytest.raises(BlockingAskError):
        a.ask(lambda _: ask_all([(b, 1)], timeout=30.0), timeout=30.0)

    assert b.ask(received) == ()


# -- asks during a restart ---------------------------------------------------------


def test_asks_fail_at_once_while_the_actor_is_restarted(
    system: ActorSystem, log: EventLog
) -> None:
    """Own: ask_queued_survives."""
    ref, other = start(system, "a", "b", restarting_ask=RestartingAsk.FAIL)
    entered, leave = threading.Event(), threading.Event()
    started: list[int] = []

    def hold_the_next_start(puppet: Puppet) -> None:
        assert puppet.actor_ref.incarnation == 1
        on_start = Puppet.on_start

        def slow(next_one: Puppet) -> None:
            Puppet.on_start = on_start  # type: ignore[method-assign]
            started.append(next_one.actor_ref.incarnation)
            entered.set()
            assert leave.wait(30.0)

        Puppet.on_start = slow  # type: ignore[method-assign]
        crash(puppet)

    with busy(ref):
        ref.tell(hold_the_next_start)
        asked = [ref.ask(number, block=False) for number in range(3)]
        ref.tell("told")
    for each in asked:
        with pytest.raises(RestartingError, match="is being restarted"):
            each.get(timeout=30.0)
    assert entered.wait(30.0)
    with pytest.raises(RestartingError):
        ref.ask("now", timeout=30.0)
    other.ask(lambda puppet: puppet.request(ref, "now"), timeout=30.0)
    (failed,) = got(other)
    ref.tell("told too")
    leave.set()

    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.reason, RestartingError)
    while ref.mailbox_size:
        pass
    log.wait_for(ChildFailed)
    deadline = time.monotonic() + 30.0
    while ref.cell.restarting:
        assert time.monotonic() < deadline
    assert got(ref, 2) == ("told", "told too")
    assert started == [2]
    assert [each.message for each in log.of(DeadLetter)][-3:] == [0, 1, 2]


def test_an_ask_that_is_redelivered_does_not_fail_for_the_restart(
    system: ActorSystem,
) -> None:
    (ref,) = start(system, "a", restarting_ask=RestartingAsk.FAIL, redeliveries=1)

    def once(puppet: Puppet) -> int:
        if puppet.actor_ref.incarnation == 1:
            crash(puppet)
        return puppet.actor_ref.incarnation

    assert ref.ask(once, timeout=30.0) == 2


def test_asks_of_a_fenced_incarnation_fail_at_once(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: ask_queued_survives, hang_replaced."""
    spec = ChildSpec(
        id="a", actor=Puppet, restarting_ask=RestartingAsk.FAIL, stuck_after_s=5.0
    )
    Supervisor.start(FLAGS, [spec], system=system)
    ref = system.ref("a")
    with busy(ref):
        asked = ref.ask("queued", block=False)
        clock.advance(5.0)
        clock.advance(5.0)
        with pytest.raises(RestartingError):
            asked.get(timeout=30.0)
        log.wait_for(ChildFailed)
