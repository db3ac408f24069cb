"""How a supervisor and its children start."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false

import threading
import time
from typing import Any, NoReturn

import pytest

from orquestrador.supervisor import (
    IGNORE,
    Actor,
    ActorRef,
    ActorSystem,
    ChildCounts,
    ChildRequestError,
    ChildSpec,
    ChildSpecError,
    ChildStartError,
    EndKind,
    Ignore,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.testkit import Crash, Puppet, crash

ONE_FOR_ONE = SupervisorFlags(intensity=2, period_s=3600.0)
DYNAMIC = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=2, period_s=3600.0)


def ignore() -> Ignore:
    return IGNORE


class IgnoreOnce:
    """A factory that has nothing to run the first time."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Actor | Ignore:
        self.calls += 1
        return IGNORE if self.calls == 1 else Puppet()


class FailLater:
    """A factory that works once."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Actor:
        self.calls += 1
        if self.calls > 1:
            raise Crash("works only once")
        return Puppet()


def test_a_supervisor_without_children_starts_and_ends_with_shutdown(
    system: ActorSystem,
) -> None:
    """OTP: sup_start_normal."""
    top = Supervisor.start(ONE_FOR_ONE, system=system)

    assert top.is_alive()
    assert top.stop(timeout=30.0)
    assert top.ended.wait(30.0)
    assert top.ended.reason is not None
    assert top.ended.reason.kind is EndKind.SHUTDOWN


def test_a_function_that_answers_ignore_starts_nothing(system: ActorSystem) -> None:
    """OTP: sup_start_ignore_init."""
    before = threading.active_count()

    assert Supervisor.start(ignore, system=system, name="top") is None
    assert system.names() == ()
    assert system.snapshot() == ()
    assert threading.active_count() <= before + 1


def test_an_ignored_child_keeps_its_spec(system: ActorSystem) -> None:
    """OTP: sup_start_ignore_child."""
    top = Supervisor.start(ONE_FOR_ONE, system=system)

    assert top.start_child(ChildSpec(id="child1", actor=ignore)) is None
    child2 = top.start_child(ChildSpec(id="child2", actor=Puppet))

    assert [(each.id, each.ref) for each in top.which_children()] == [
        ("child2", child2),
        ("child1", None),
    ]
    assert top.count_children() == ChildCounts(
        specs=2, active=1, supervisors=0, workers=2
    )


def test_an_ignored_temporary_child_is_forgotten_at_the_start(
    system: ActorSystem,
) -> None:
    """OTP: sup_start_ignore_temporary_child."""
    top = Supervisor.start(
        ONE_FOR_ONE,
        [
            ChildSpec(id="child1", actor=ignore, restart=Restart.TEMPORARY),
            ChildSpec(id="child2", actor=Puppet, restart=Restart.TEMPORARY),
        ],
        system=system,
    )

    assert [each.id for each in top.which_children()] == ["child2"]
    assert top.count_children() == ChildCounts(
        specs=1, active=1, supervisors=0, workers=1
    )


def test_an_ignored_temporary_child_is_forgotten_when_added(
    system: ActorSystem,
) -> None:
    """OTP: sup_start_ignore_temporary_child_start_child."""
    top = Supervisor.start(ONE_FOR_ONE, system=system)
    spec = ChildSpec(id="child1", actor=ignore, restart=Restart.TEMPORARY)

    assert top.start_child(spec) is None
    top.start_child(ChildSpec(id="child2", actor=Puppet, restart=Restart.TEMPORARY))

    assert [each.id for each in top.which_children()] == ["child2"]
    assert top.count_children() == ChildCounts(
        specs=1, active=1, supervisors=0, workers=1
    )


@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.PERMANENT])
def test_an_ignored_dynamic_child_is_never_stored(
    system: ActorSystem, restart: Restart
) -> None:
    """OTP: sup_start_ignore_temporary_child_start_child_simple,
    sup_start_ignore_permanent_child_start_child_simple.
    """
    template = ChildSpec(id="worker", actor=IgnoreOnce(), restart=restart)
    top = Supervisor.start(DYNAMIC, [template], system=system)

    assert top.start_child() is None
    ref = top.start_child()

    assert [(each.id, each.ref) for each in top.which_children()] == [(None, ref)]
    assert top.count_children() == ChildCounts(
        specs=1, active=1, supervisors=0, workers=1
    )
    top.stop(timeout=30.0)
    assert top.ended.reason is not None
    assert top.ended.reason.kind is EndKind.SHUTDOWN


def test_a_function_that_returns_rubbish_is_named(system: ActorSystem) -> None:
    """OTP: sup_start_error_return."""

    def rubbish() -> object:
        return "rubbish"

    with pytest.raises(ChildSpecError, match=r"bad_return.*rubbish") as caught:
        Supervisor.start(rubbish, system=system)  # type: ignore[call-overload]

    assert caught.value.code == "bad_return"
    assert system.snapshot() == ()


def test_a_function_that_raises_fails_the_start_with_its_error(
    system: ActorSystem,
) -> None:
    """OTP: sup_start_fail."""

    def broken() -> NoReturn:
        raise Crash("no flags")

    with pytest.raises(Crash, match="no flags") as caught:
        Supervisor.start(broken, system=system)

    assert "broken" in [each.name for each in caught.traceback]
    assert system.snapshot() == ()


def test_a_child_that_cannot_start_is_not_kept(system: ActorSystem) -> None:
    """OTP: sup_start_child_returns_error."""
    top = Supervisor.start(ONE_FOR_ONE, system=system)

    with pytest.raises(ChildStartError) as failed:
        top.start_child(
            ChildSpec(id="child1", actor=Puppet, kwargs={"construct": crash})
        )
    with pytest.raises(ChildStartError) as rubbish:
        top.start_child(ChildSpec(id="child1", actor=lambda: "rubbish"))  # type: ignore[arg-type, return-value]

    assert isinstance(failed.value.__cause__, Crash)
    assert "rubbish" in str(rubbish.value)
    assert top.which_children() == ()


def test_a_child_that_cannot_be_restarted_by_hand_keeps_its_spec(
    system: ActorSystem,
) -> None:
    """OTP: sup_start_restart_child_returns_error."""
    top = Supervisor.start(
        ONE_FOR_ONE, [ChildSpec(id="child1", actor=FailLater())], system=system
    )
    top.terminate_child("child1")

    with pytest.raises(ChildStartError, match="works only once"):
        top.restart_child("child1")

    assert [(each.id, each.ref) for each in top.which_children()] == [("child1", None)]


def test_a_dynamic_child_that_cannot_start_is_not_kept(system: ActorSystem) -> None:
    """OTP: sup_start_child_returns_error_simple."""

    def factory(how: str) -> Actor:
        if how == "fail":
            raise Crash("no such worker")
        return "rubbish"  # type: ignore[return-value]

    top = Supervisor.start(
        DYNAMIC, [ChildSpec(id="worker", actor=factory)], system=system
    )

    with pytest.raises(ChildStartError, match="no such worker"):
        top.start_child(args=("fail",))
    with pytest.raises(ChildStartError, match="rubbish"):
        top.start_child(args=("rubbish",))

    assert top.which_children() == ()


def test_a_name_that_is_taken_refuses_the_child_and_leaves_the_stranger(
    system: ActorSystem,
) -> None:
    """OTP: already_started_outside_supervisor."""
    other = Supervisor.start(
        ONE_FOR_ONE, [ChildSpec(id="a", actor=Puppet, name="printer")], system=system
    )
    stranger = system.ref("printer")
    top = Supervisor.start(ONE_FOR_ONE, system=system)

    with pytest.raises(ChildStartError) as caught:
        top.start_child(ChildSpec(id="b", actor=Puppet, name="printer"))

    cause = caught.value.__cause__
    assert isinstance(cause, ChildRequestError)
    assert (cause.code, cause.ref) == ("already_started", stranger)
    assert system.ref("printer") is stranger
    assert top.stop(timeout=30.0)
    assert stranger.ask("still here", timeout=30.0) == "still here"
    assert other.is_alive()


def test_a_worker_that_fails_deep_down_names_the_whole_way(system: ActorSystem) -> None:
    """OTP: faulty_application_shutdown."""
    worker = ChildSpec(id="worker", actor=Puppet, kwargs={"start": crash})
    inner = ChildSpec(id="inner", actor=Supervisor, args=(ONE_FOR_ONE, [worker]))

    with pytest.raises(ChildStartError) as caught:
        Supervisor.start(ONE_FOR_ONE, [inner], system=system, name="top")

    below = caught.value.__cause__
    assert isinstance(below, ChildStartError)
    assert (caught.value.child, below.child) == ("inner", "worker")
    original = below.__cause__
    assert isinstance(original, Crash)
    assert original.__traceback__ is not None
    assert "inner" in str(caught.value)
    assert "crash of incarnation" in str(caught.value)
    assert system.snapshot() == ()
    assert system.names() == ()


def test_children_before_the_one_that_cannot_start_are_stopped_in_reverse(
    system: ActorSystem,
) -> None:
    stopped: list[str] = []
    children = [
        ChildSpec(
            id=each,
            actor=Puppet,
            kwargs={"stop": lambda _, each=each: stopped.append(each)},
        )
        for each in ("first", "second")
    ]
    last = ChildSpec(id="third", actor=Puppet, kwargs={"start": crash})

    with pytest.raises(ChildStartError, match="third"):
        Supervisor.start(ONE_FOR_ONE, [*children, last], system=system)

    assert stopped == ["second", "first"]


class Eager(Actor):
    """Sends, asks and sets a timer in its constructor."""

    def __init__(self, other: ActorRef[Any]) -> None:
        super().__init__()
        self.received: list[object] = []
        self.tell_self("own")
        self.request(other, "question")
        self.timers.start_once("key", 0.0, "tick")

    def on_receive(self, message: object) -> object:
        """Keep a message; return all for "all"."""
        if message == "all":
            return set(self.received)
        self.received.append(message)
        return None


@pytest.mark.parametrize("how", ["bare", "supervised"])
def test_a_constructor_may_send_and_set_timers(
    timed_system: ActorSystem, how: str
) -> None:
    other = Puppet.start()
    ref: ActorRef[Any]
    if how == "bare":
        ref = Eager.start(other)
    else:
        spec = ChildSpec(id="eager", actor=Eager, args=(other,))
        Supervisor.start(SupervisorFlags(), [spec], system=timed_system)
        ref = timed_system.ref("eager")

    everything = {"own", "question", "tick"}
    until = time.monotonic() + 30.0
    while ref.ask("all", timeout=30.0) != everything:
        assert time.monotonic() < until
    assert ref.incarnation == 1
    ref.stop(timeout=30.0)
    other.stop(timeout=30.0)
