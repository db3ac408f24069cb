"""A thread in reserve: used by one incarnation, and never in anybody's way."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# The narrow moments are inside of it.
# pyright: reportPrivateUsage=false

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, cast

import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildSpec,
    Supervisor,
    SupervisorFlags,
    spare,
)
from orquestrador.supervisor.spare import SpareThreads
from orquestrador.supervisor.testkit import Puppet, crash

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


@pytest.fixture(autouse=True)
def _names_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell this test's threads from those that other tests have left for a while."""
    monkeypatch.setattr(spare, "NAME", f"{spare.NAME}-{uuid.uuid4().hex[:8]}")


def start(system: ActorSystem) -> ActorRef[Any]:
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=system)
    return system.ref("a")


def in_reserve() -> list[threading.Thread]:
    """Return the threads that wait; the last of them perhaps not yet to be had."""
    return [each for each in threading.enumerate() if each.name == spare.NAME]


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30.0
    while not is_so():
        assert time.monotonic() < deadline


def fail_and_leave_one(
    system: ActorSystem, ref: ActorRef[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the actor fail, and wait for the thread that this leaves in reserve."""
    restarted = threading.Event()
    make_way = system.make_way

    def make_all_the_way() -> None:
        # A restart that is slower than the thread that failed would take its spare.
        assert restarted.wait(30.0)
        make_way()

    with monkeypatch.context() as patch:
        patch.setattr(system, "make_way", make_all_the_way)
        ref.tell(crash)
        ref.ask("restarted", timeout=30.0)
        restarted.set()
        # It is put where a restart finds it after it has begun.
        wait_until(lambda: system._spares._idle)


def test_a_restart_takes_the_thread_that_an_earlier_failure_left(
    system: ActorSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = start(system)
    assert in_reserve() == []
    fail_and_leave_one(system, ref, monkeypatch)
    (waiting,) = in_reserve()

    ref.tell(crash)

    thread = ref.ask(lambda _: threading.current_thread(), block=True, timeout=30.0)
    assert thread is waiting
    assert thread.name.startswith("Puppet-")
    assert thread.daemon
    # It serves one incarnation, and another is there for the next.
    ref.tell(crash)
    other = ref.ask(lambda _: threading.current_thread(), block=True, timeout=30.0)
    assert other is not thread
    thread.join(30.0)
    assert not thread.is_alive()


def test_none_is_left_when_the_system_has_stopped(
    system: ActorSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = start(system)
    fail_and_leave_one(system, ref, monkeypatch)

    assert system.stop(timeout=30.0)

    wait_until(lambda: not in_reserve())


def test_what_is_closed_takes_none_in_until_it_is_opened() -> None:
    spares = SpareThreads()
    spares.close()
    spares.refill()
    assert spares.thread_for(print, "nobody") is None

    spares.open()
    spares.refill()
    spares.refill()
    ran = threading.Event()
    thread = spares.thread_for(ran.set, "somebody")
    assert thread is not None
    assert spares.thread_for(print, "nobody") is None
    thread.start()

    assert ran.wait(30.0)
    thread.join(30.0)
    assert not thread.is_alive()


def test_one_that_nobody_needs_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "IDLE_S", 0.01)
    spares = SpareThreads()

    spares.refill()
    wait_until(lambda: not in_reserve())

    assert spares.thread_for(print, "nobody") is None


def test_one_that_is_taken_when_its_time_is_over_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spare, "IDLE_S", 0.2)
    spares = SpareThreads()
    spares.refill()
    ran = threading.Event()

    thread = spares.thread_for(ran.set, "late")
    assert thread is not None
    thread.join(0.4)
    thread.start()

    assert ran.wait(30.0)
    thread.join(30.0)


def test_one_is_ready_before_anybody_can_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who has it asks whether it runs; one that had not begun would count as ended."""
    spares = SpareThreads()
    start = threading.Thread.start
    early: list[object] = []

    def start_slowly(thread: threading.Thread) -> None:
        early.append(spares.thread_for(print, "somebody"))
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_slowly)

    spares.refill()

    assert early == [None]
    thread = spares.thread_for(threading.Event().set, "somebody")
    assert thread is not None
    assert thread.is_alive()
    thread.start()
    thread.join(30.0)
    assert not thread.is_alive()


def test_closing_bears_that_somebody_takes_the_last_one() -> None:
    spares = SpareThreads()
    spares.refill()

    class Shared(list[object]):
        """Is emptied by others after it was found not to be empty."""

        def pop(self, *_place: Any) -> Any:
            raise IndexError("pop from empty list")

    (thread,) = spares._idle
    spares._idle = cast("Any", Shared(spares._idle))

    spares.close()

    thread.start()
    thread.join(30.0)
