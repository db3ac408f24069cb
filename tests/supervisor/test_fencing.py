"""An incarnation that hangs is cut off, replaced, and can do no more harm."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    ChildStuck,
    EndKind,
    EndReason,
    FencedError,
    ManualClock,
    Supervisor,
    SupervisorFlags,
    SupervisorGaveUp,
    SupervisorRef,
)
from orquestrador.supervisor.control import Ended, LimitPassed, Shutdown
from orquestrador.supervisor.testkit import EventLog, Puppet, crash

FLAGS = SupervisorFlags(intensity=2, period_s=3600.0)


class Hang:
    """Keeps a puppet busy, then lets it do one thing more."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.left = threading.Event()
        self.abandoned: bool | None = None
        self.afterwards: Any = lambda: None
        self.error: BaseException | None = None
        self.thread = threading.current_thread()

    def __call__(self, puppet: Puppet) -> str:
        self.thread = threading.current_thread()
        self.entered.set()
        self.leave.wait(30.0)
        self.abandoned = puppet.abandoned
        try:
            self.afterwards()
        except Exception as error:  # noqa: BLE001 -- looked at by the test
            self.error = error
        self.left.set()
        return "late"


@pytest.fixture
def hang(system: ActorSystem) -> Iterator[Hang]:
    hang = Hang()
    yield hang
    hang.leave.set()


@pytest.fixture
def other(system: ActorSystem) -> Iterator[ActorRef[Any]]:
    """A bare actor, which ends however the test ends."""
    ref = Puppet.start()
    yield ref
    ref.stop(timeout=30.0)


def start(system: ActorSystem) -> tuple[SupervisorRef, ActorRef[Any]]:
    top = Supervisor.start(
        FLAGS,
        [ChildSpec(id="a", actor=Puppet, stuck_after_s=10.0)],
        system=system,
        name="top",
    )
    return top, system.ref("a")


def pass_time(clock: ManualClock, seconds: float) -> None:
    for _ in range(int(seconds * 10)):
        clock.advance(0.1)


def test_a_stuck_incarnation_is_replaced(
    system: ActorSystem, log: EventLog, clock: ManualClock, hang: Hang
) -> None:
    """Own: hang_replaced."""
    top, ref = start(system)
    ref.tell(hang)
    assert hang.entered.wait(30.0)
    ref.tell("next")

    pass_time(clock, 9.8)
    assert not log.of(ChildStuck)
    pass_time(clock, 0.5)

    stuck = log.wait_for(ChildStuck)
    assert (stuck.child, stuck.message_type) == ("a", "Hang")
    assert 10.0 <= stuck.busy_s < 10.4
    assert "in __call__" in stuck.stack
    log.wait_for(ChildStarted, incarnation=2)
    assert ref.ask(lambda puppet: tuple(puppet.received), timeout=30.0) == ("next",)
    assert len(log.of(ChildFailed)) == 1
    assert system.abandoned == 1
    assert top.is_alive()


def test_a_late_reply_of_a_fenced_incarnation_is_dropped(
    system: ActorSystem, log: EventLog, clock: ManualClock, hang: Hang
) -> None:
    """Own: hang_fenced_reply."""
    _, ref = start(system)
    asked = ref.ask(hang, block=False)
    assert hang.entered.wait(30.0)

    pass_time(clock, 11.0)

    with pytest.raises(FencedError, match="stuck in Hang"):
        asked.get(timeout=30.0)
    log.wait_for(ChildStarted, incarnation=2)
    hang.leave.set()
    assert hang.left.wait(30.0)
    assert hang.abandoned is True
    assert ref.ask("alive", timeout=30.0) == "alive"
    assert ref.incarnation == 2
    with pytest.raises(FencedError):
        asked.get(timeout=30.0)
    # The old thread ends, and changes nothing of what has come after it.
    hang.thread.join(30.0)
    assert not hang.thread.is_alive()
    info = next(each for each in system.snapshot() if each.name == "a")
    assert (info.state, info.handled) == ("running", 1)


@pytest.mark.parametrize("how", ["tell", "ask", "request"])
def test_a_fenced_incarnation_can_send_nothing(
    system: ActorSystem,
    log: EventLog,
    clock: ManualClock,
    hang: Hang,
    other: ActorRef[Any],
    how: str,
) -> None:
    """Own: hang_fenced_send."""
    top, ref = start(system)
    actors: list[Puppet] = []
    ref.ask(actors.append, timeout=30.0)
    sends = {
        "tell": lambda: other.tell("from the grave"),
        "ask": lambda: other.ask("from the grave", block=False),
        "request": lambda: actors[0].request(other, "from the grave"),
    }
    hang.afterwards = sends[how]
    ref.tell(hang)
    assert hang.entered.wait(30.0)

    pass_time(clock, 11.0)
    log.wait_for(ChildStarted, incarnation=2)
    hang.leave.set()
    assert hang.left.wait(30.0)

    assert isinstance(hang.error, FencedError)
    assert other.ask(lambda puppet: tuple(puppet.received), timeout=30.0) == ()
    assert top.is_alive()


def test_an_idle_actor_is_never_stuck(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    """Own: hang_idle_not_flagged."""
    _, ref = start(system)
    ref.ask("hello", timeout=30.0)

    pass_time(clock, 60.0)

    # A message after the long silence begins a time of its own.
    ref.ask("again", timeout=30.0)
    pass_time(clock, 1.0)
    assert ref.incarnation == 1
    assert not log.of(ChildStuck)


def test_a_long_but_allowed_message_is_not_stuck(
    system: ActorSystem, log: EventLog, clock: ManualClock, hang: Hang
) -> None:
    """Own: hang_idle_not_flagged."""
    _, ref = start(system)
    for _ in range(3):
        # Each is within its limit; all of them together are not.
        ref.tell(hang)
        assert hang.entered.wait(30.0)
        pass_time(clock, 9.5)
        hang.leave.set()
        ref.ask("done", timeout=30.0)
        hang.entered.clear()
        hang.leave.clear()

    assert ref.incarnation == 1
    assert not log.of(ChildStuck)
    assert hang.abandoned is False


def test_a_child_that_is_stuck_again_and_again_escalates(
    system: ActorSystem, clock: ManualClock
) -> None:
    """Own: hang_limit."""
    top, ref = start(system)
    hangs = [Hang() for _ in range(3)]
    for hang in hangs:
        ref.tell(hang)
    for hang in hangs:
        assert hang.entered.wait(30.0)
        pass_time(clock, 11.0)

    assert top.ended.wait(30.0)
    assert system.abandoned == 3
    assert "stuck in Hang" in str(top.ended.reason)
    for hang in hangs:
        hang.leave.set()


def stuck_children(system: ActorSystem, clock: ManualClock, number: int) -> list[Hang]:
    """Let `a` hang so often, and its supervisor know."""
    hangs = [Hang() for _ in range(number)]
    for hang in hangs:
        system.ref("a").tell(hang)
    for hang in hangs:
        before = system.abandoned
        assert hang.entered.wait(30.0)
        pass_time(clock, 11.0)
        while system.abandoned == before:
            pass
    return hangs


def test_a_supervisor_gives_up_when_too_many_threads_are_left_behind(
    clock: ManualClock,
) -> None:
    """Own: hang_limit."""
    system = ActorSystem(clock, abandoned_limit=2)
    flags = SupervisorFlags(intensity=1000, period_s=3600.0)
    worker = ChildSpec(id="a", actor=Puppet, stuck_after_s=10.0)
    inner = ChildSpec(id="inner", actor=Supervisor, args=(flags, [worker]))
    top = Supervisor.start(
        SupervisorFlags(intensity=0), [inner], system=system, name="top"
    )
    log = EventLog(system)

    hangs = stuck_children(system, clock, 3)

    # It escalates to the top, which has no restart to spare.
    assert top.ended.wait(30.0)
    first, second = log.of(SupervisorGaveUp)
    assert (first.supervisor, first.child) == ("inner", "a")
    assert "3 threads of actors that hang are left behind, 2 may be" in first.reason
    assert (second.supervisor, second.child) == ("top", "inner")
    assert system.abandoned == system.abandoned_threads.alive() == 3
    for hang in hangs:
        hang.leave.set()
    assert system.stop(timeout=30.0)


def test_a_thread_that_has_ended_after_all_is_not_counted_any_more(
    clock: ManualClock,
) -> None:
    """Own: hang_limit."""
    system = ActorSystem(clock, abandoned_limit=2)
    flags = SupervisorFlags(intensity=1000, period_s=3600.0)
    worker = ChildSpec(id="a", actor=Puppet, stuck_after_s=10.0)
    top = Supervisor.start(flags, [worker], system=system)

    for _ in range(3):
        for hang in stuck_children(system, clock, 2):
            hang.leave.set()
            hang.thread.join(30.0)
            assert not hang.thread.is_alive()

    assert system.ref("a").ask("alive", timeout=30.0) == "alive"
    assert top.is_alive()
    assert (system.abandoned, system.abandoned_threads.alive()) == (6, 0)
    assert system.stop(timeout=30.0)


def test_the_limit_of_threads_concerns_only_those_who_leave_them_behind(
    clock: ManualClock,
) -> None:
    """Own: hang_limit."""
    system = ActorSystem(clock, abandoned_limit=0)
    log = EventLog(system)
    children = [
        ChildSpec(id="a", actor=Puppet, stuck_after_s=10.0),
        ChildSpec(id="b", actor=Puppet),
    ]
    other = Supervisor.start(FLAGS, children[1:], system=system)
    top = Supervisor.start(FLAGS, children[:1], system=system)
    (hang,) = stuck_children(system, clock, 1)
    assert top.ended.wait(30.0)

    system.ref("b").tell(crash)

    log.wait_for(ChildStarted, child="b", incarnation=2)
    assert other.is_alive()
    hang.leave.set()
    assert system.stop(timeout=30.0)


def test_a_killed_idle_child_does_not_swallow_the_next_message(
    system: ActorSystem, log: EventLog
) -> None:
    Supervisor.start(
        SupervisorFlags(intensity=100, period_s=1.0),
        [ChildSpec(id="a", actor=Puppet)],
        system=system,
    )
    ref = system.ref("a")
    for number in range(2, 52):
        incarnation = ref.cell.incarnation
        assert incarnation is not None
        incarnation.fence(EndReason.killed("by the test"))
        ref.tell(number)
        log.wait_for(ChildStarted, incarnation=number)
        assert ref.ask(lambda puppet: tuple(puppet.received), timeout=30.0) == (number,)


def test_a_message_taken_while_the_fence_goes_up_is_given_back(
    system: ActorSystem, log: EventLog
) -> None:
    _, ref = start(system)
    incarnation = ref.cell.incarnation
    assert incarnation is not None

    # The first half of `fence`; the second would wake the loop.
    incarnation.fence_reason = EndReason.killed("by the test")
    incarnation.fenced = True
    ref.tell("kept")

    log.wait_for(ChildStarted, incarnation=2)
    assert ref.ask(lambda puppet: tuple(puppet.received), timeout=30.0) == ("kept",)


def test_a_reply_owed_by_an_idle_incarnation_that_is_fenced_is_an_error(
    system: ActorSystem,
) -> None:
    _, ref = start(system)
    asked = ref.ask(lambda puppet: puppet.reply_later() and None, block=False)
    ref.ask("idle now", timeout=30.0)
    incarnation = ref.cell.incarnation
    assert incarnation is not None

    incarnation.fence(EndReason.killed("by the test"))

    with pytest.raises(pykka.ActorDeadError, match="before it replied"):
        asked.get(timeout=30.0)


class SlowOnce(Puppet):
    """Hangs in its first constructor, before it is an actor at all."""

    def __init__(self, hangs: list[Hang]) -> None:
        if hangs:
            hangs.pop()(self)
        super().__init__()


def test_an_instance_that_is_made_too_late_takes_nobodys_place(
    timed_system: ActorSystem,
) -> None:
    """Own: start_timeout."""
    hang, hangs = Hang(), list[Hang]()
    spec = ChildSpec(id="a", actor=SlowOnce, args=(hangs,), start_s=0.2)
    Supervisor.start(FLAGS, [spec], system=timed_system)
    ref = timed_system.ref("a")
    hangs.append(hang)

    ref.tell(crash)
    assert ref.ask("third", timeout=30.0) == "third"
    assert hang.entered.is_set()
    hang.leave.set()
    hang.thread.join(30.0)

    assert ref.incarnation == 3
    assert ref.proxy().received.get(timeout=30.0) == ["third"]
    assert ref.cell.holds(ref.ask(lambda puppet: puppet, timeout=30.0))


def test_the_supervisors_word_to_an_earlier_incarnation_means_nothing(
    system: ActorSystem, log: EventLog
) -> None:
    top, ref = start(system)
    ref.tell(crash)
    log.wait_for(ChildStarted, incarnation=2)

    shutdown = EndReason(EndKind.SHUTDOWN)
    ref.cell.control(Shutdown(1, shutdown, final=True))
    top.cell.notify(Ended(ref.cell, 1, shutdown))
    top.cell.notify(LimitPassed(ref.cell, 1))

    assert top.count_children().active == 1
    assert ref.ask("alive", timeout=30.0) == "alive"
    assert ref.incarnation == 2


def test_what_runs_below_a_supervisor_that_is_cut_off_ends_with_it(
    timed_system: ActorSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = Hang()
    worker = ChildSpec(id="worker", actor=Puppet)
    inner = ChildSpec(
        id="inner", actor=Supervisor, args=(FLAGS, [worker]), shutdown_s=0.1
    )
    top = Supervisor.start(FLAGS, [inner], system=timed_system)
    worker_thread = timed_system.ref("worker").ask(
        lambda _: threading.current_thread(), block=True, timeout=5.0
    )
    incarnation = timed_system.ref("inner").cell.incarnation
    assert incarnation is not None
    monkeypatch.setattr(incarnation.actor, "stop_requested", lambda _: hang(Puppet()))

    top.terminate_child("inner", timeout=30.0)

    assert hang.entered.is_set()
    worker_thread.join(30.0)
    assert not worker_thread.is_alive()
    hang.leave.set()


HANGING_PROGRAM = """
import threading
from orquestrador.supervisor import ActorSystem, ChildSpec, Supervisor, SupervisorFlags
from orquestrador.supervisor.testkit import Puppet

system = ActorSystem()
Supervisor.start(
    SupervisorFlags(),
    [
        ChildSpec(id="b", actor=Puppet, kwargs={"stop": lambda _: print("stopped")}),
        ChildSpec(id="a", actor=Puppet, shutdown_s=0.2),
    ],
    system=system,
)
entered = threading.Event()

def hang(_puppet):
    entered.set()
    threading.Event().wait()

system.ref("a").tell(hang)
entered.wait()
print("done", flush=True)
"""


def test_a_program_with_a_hung_child_ends_in_order_and_in_time() -> None:
    """Own: hang_at_exit."""
    ended = subprocess.run(
        [sys.executable, "-c", HANGING_PROGRAM],
        capture_output=True,
        check=True,
        text=True,
        timeout=30.0,
    )
    assert ended.stdout.split() == ["done", "stopped"]
    assert ended.stderr == ""
