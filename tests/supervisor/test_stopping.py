"""How children stop, how long they may take, and what becomes of those that hang."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Callable, Iterator

import pytest

from orquestrador.supervisor import (
    BRUTAL_KILL,
    INFINITY,
    ActorSystem,
    BlockingAskError,
    ChildFailed,
    ChildRequestError,
    ChildSpec,
    ChildStarted,
    ChildStopped,
    EndKind,
    EndReason,
    ManualClock,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorGaveUp,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash

FLAGS = SupervisorFlags(intensity=2, period_s=3600.0)
DYNAMIC = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=2, period_s=3600.0)


class Hang:
    """Keeps a puppet busy until the test ends."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()

    def __call__(self, _puppet: Puppet) -> None:
        self.entered.set()
        self.leave.wait(30.0)


@pytest.fixture
def hang(timed_system: ActorSystem) -> Iterator[Hang]:
    hang = Hang()
    yield hang
    hang.leave.set()


@pytest.fixture
def log(timed_system: ActorSystem) -> EventLog:
    return EventLog(timed_system)


def stop(top: SupervisorRef) -> EndKind:
    assert top.stop(timeout=30.0)
    assert top.ended.reason is not None
    return top.ended.reason.kind


def ends(log: EventLog) -> dict[str, str]:
    return {
        each.name: each.reason for each in log.of(ChildStopped) + log.of(ChildFailed)
    }


def test_a_child_without_a_limit_is_waited_for(
    timed_system: ActorSystem, log: EventLog
) -> None:
    """OTP: sup_stop_infinity."""
    top = Supervisor.start(
        FLAGS,
        [
            ChildSpec(
                id="child1", actor=Supervisor, args=(FLAGS,), shutdown_s=INFINITY
            ),
            ChildSpec(id="child2", actor=Puppet, shutdown_s=INFINITY),
        ],
        system=timed_system,
    )

    assert stop(top) is EndKind.SHUTDOWN
    assert ends(log) == {"child1": "shutdown", "child2": "shutdown"}


def test_a_child_that_is_busy_after_its_limit_is_left_behind(
    timed_system: ActorSystem, log: EventLog, hang: Hang
) -> None:
    """OTP: sup_stop_timeout."""
    top = Supervisor.start(
        FLAGS,
        [ChildSpec(id=each, actor=Puppet, shutdown_s=0.1) for each in ("one", "two")],
        system=timed_system,
    )
    timed_system.ref("two").tell(hang)
    assert hang.entered.wait(30.0)

    assert stop(top) is EndKind.SHUTDOWN
    assert ends(log) == {"one": "shutdown", "two": "killed (did not stop in time)"}
    assert timed_system.abandoned == 1


def test_a_busy_dynamic_child_is_left_behind(
    timed_system: ActorSystem, log: EventLog, hang: Hang
) -> None:
    """OTP: sup_stop_timeout_dynamic."""
    template = ChildSpec(
        id="w", actor=Puppet, restart=Restart.TEMPORARY, shutdown_s=0.1
    )
    top = Supervisor.start(DYNAMIC, [template], system=timed_system)
    top.start_child()
    busy = top.start_child()
    assert busy is not None
    busy.tell(hang)
    assert hang.entered.wait(30.0)

    assert stop(top) is EndKind.SHUTDOWN
    assert ends(log) == {"w-1": "shutdown", "w-2": "killed (did not stop in time)"}


def test_a_brutally_killed_child_runs_no_hook(
    timed_system: ActorSystem, log: EventLog
) -> None:
    """OTP: sup_stop_brutal_kill."""
    hooks: list[str] = []
    top = Supervisor.start(
        FLAGS,
        [
            ChildSpec(
                id=name,
                actor=Puppet,
                kwargs={"stop": lambda _, name=name: hooks.append(name)},
                shutdown_s=limit_s,
            )
            for name, limit_s in (("polite", 1.0), ("brutal", BRUTAL_KILL))
        ],
        system=timed_system,
    )

    assert stop(top) is EndKind.SHUTDOWN
    assert ends(log) == {"polite": "shutdown", "brutal": "killed (brutal kill)"}
    assert hooks == ["polite"]


def test_dynamic_children_are_killed_all_at_once(
    timed_system: ActorSystem, log: EventLog
) -> None:
    """OTP: sup_stop_brutal_kill_dynamic."""
    template = ChildSpec(id="w", actor=Puppet, shutdown_s=BRUTAL_KILL)
    top = Supervisor.start(DYNAMIC, [template], system=timed_system)
    for _ in range(10):
        top.start_child()

    assert stop(top) is EndKind.SHUTDOWN
    assert list(ends(log).values()) == ["killed (brutal kill)"] * 10


REASONS = {
    "normal": EndReason(EndKind.NORMAL),
    "shutdown": EndReason(EndKind.SHUTDOWN),
    "shutdown (tired)": EndReason(EndKind.SHUTDOWN, info="tired"),
    "failed: Crash: other": EndReason(EndKind.FAILED, Crash("other")),
}


def test_children_that_end_during_the_stop_keep_their_reason(
    timed_system: ActorSystem, log: EventLog
) -> None:
    """OTP: sup_stop_race."""
    stopping, go_on = threading.Event(), threading.Event()

    def slow(_puppet: Puppet) -> None:
        stopping.set()
        assert go_on.wait(30.0)

    names = {
        f"{restart.value} {each}": (restart, each)
        for restart in Restart
        for each in REASONS
    }
    top = Supervisor.start(
        FLAGS,
        [
            ChildSpec(id="child_a", actor=Puppet),
            *(
                ChildSpec(id=name, actor=Puppet, restart=restart)
                for name, (restart, _) in names.items()
            ),
            ChildSpec(id="child_z", actor=Puppet, kwargs={"stop": slow}),
        ],
        system=timed_system,
    )
    refs = {name: timed_system.ref(name) for name in names}
    stopped = top.stop(block=False)
    assert stopping.wait(30.0)
    for name, (_, each) in names.items():
        refs[name].tell(lambda puppet, each=each: puppet.stop(REASONS[each]))
    for ref in refs.values():
        # Ended, or waiting for its supervisor: either way it took the message.
        ref.actor_stopped.wait(0.05)
    go_on.set()

    assert stopped.get(timeout=30.0)
    found = ends(log)
    assert {name: found[name] for name in names} == {
        name: each for name, (_, each) in names.items()
    }
    assert (found["child_a"], found["child_z"]) == ("shutdown", "shutdown")
    assert not [each for each in log.of(ChildStarted) if each.incarnation > 1]
    assert not log.of(SupervisorGaveUp)


@pytest.mark.parametrize("restart", Restart)
def test_dynamic_children_that_answer_the_stop_with_another_end(
    timed_system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    """OTP: sup_stop_non_shutdown_exit_dynamic."""

    def puppet(how: str) -> Puppet:
        return Puppet(stop=lambda puppet: puppet.stop(REASONS[how]))

    template = ChildSpec(id="w", actor=puppet, restart=restart)
    top = Supervisor.start(DYNAMIC, [template], system=timed_system)
    for each in REASONS:
        top.start_child(args=(each,))

    assert stop(top) is EndKind.SHUTDOWN
    assert set(ends(log).values()) == set(REASONS)


def test_a_child_that_ignores_its_stop_does_not_block_the_supervisor(
    system: ActorSystem, clock: ManualClock
) -> None:
    """OTP: child_unlink. Own: supervisor_responsive."""
    hang = Hang()
    top = Supervisor.start(
        FLAGS,
        [ChildSpec(id="deaf", actor=Puppet, kwargs={"stop": hang}, shutdown_s=0.5)],
        system=system,
    )
    terminated = threading.Thread(target=lambda: top.terminate_child("deaf"))
    terminated.start()
    assert hang.entered.wait(30.0)

    (info,) = top.which_children(timeout=20.0)
    assert (info.id, info.state) == ("deaf", "stopping")
    assert terminated.is_alive()

    clock.advance(0.5)
    terminated.join(30.0)
    assert not terminated.is_alive()
    assert top.count_children().active == 0
    hang.leave.set()


class Deaf(Puppet):
    """Swallows the request to stop."""

    def stop_requested(self, reason: EndReason) -> None:
        """Go on as if nothing had been said."""


def test_a_child_that_swallows_its_stop_is_cut_off(
    timed_system: ActorSystem, log: EventLog
) -> None:
    """OTP: child_unlink."""
    top = Supervisor.start(
        FLAGS,
        [
            ChildSpec(id="deaf", actor=Deaf, shutdown_s=0.1),
            ChildSpec(id="other", actor=Puppet),
        ],
        system=timed_system,
    )
    deaf = timed_system.ref("deaf")

    top.terminate_child("deaf", timeout=30.0)

    assert not deaf.is_alive()
    assert ends(log) == {"deaf": "killed (did not stop in time)"}
    # It was idle: its thread has nothing to hang in.
    assert timed_system.abandoned == 0
    assert top.count_children().active == 1
    assert top.restart_child("deaf") is not None


def test_nothing_is_started_once_the_shutdown_has_begun(
    timed_system: ActorSystem,
) -> None:
    """Own: start_during_shutdown."""
    stopping, go_on = threading.Event(), threading.Event()

    def slow(_puppet: Puppet) -> None:
        stopping.set()
        assert go_on.wait(30.0)

    top = Supervisor.start(
        FLAGS,
        [ChildSpec(id="slow", actor=Puppet, kwargs={"stop": slow})],
        system=timed_system,
    )
    stopped = top.stop(block=False)
    assert stopping.wait(30.0)

    with pytest.raises(ChildRequestError) as caught:
        top.start_child(ChildSpec(id="late", actor=Puppet))

    assert caught.value.code == "shutting_down"
    go_on.set()
    assert stopped.get(timeout=30.0)
    assert timed_system.names() == ()


def test_dynamic_children_stop_at_the_same_time(
    timed_system: ActorSystem, log: EventLog, hang: Hang
) -> None:
    """OTP: simple_one_for_one_shutdown."""
    meeting = threading.Barrier(2, timeout=30.0)

    def puppet(how: str) -> Puppet:
        # Two that stop only together: one after the other would never end.
        return Puppet(stop=hang if how == "late" else lambda _: meeting.wait())

    template = ChildSpec(id="w", actor=puppet, shutdown_s=0.5)
    top = Supervisor.start(DYNAMIC, [template], system=timed_system)
    for how in ("together", "late", "together"):
        top.start_child(args=(how,))

    assert stop(top) is EndKind.SHUTDOWN
    assert sorted(ends(log).values()) == [
        "killed (did not stop in time)",
        "shutdown",
        "shutdown",
    ]


def test_a_constructor_that_never_returns_is_given_up(
    timed_system: ActorSystem, hang: Hang
) -> None:
    """Own: start_timeout."""
    top = Supervisor.start(FLAGS, system=timed_system)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            top.start_child(
                ChildSpec(
                    id="slow", actor=Puppet, kwargs={"construct": hang}, start_s=0.3
                )
            )
        except Exception as error:  # noqa: BLE001 -- looked at below
            failed.append(error)

    starting = threading.Thread(target=start)
    starting.start()
    assert hang.entered.wait(30.0)
    other = top.start_child(ChildSpec(id="other", actor=Puppet), timeout=30.0)

    assert other is not None
    starting.join(30.0)
    assert "start_timeout" in str(failed[0])
    assert [each.id for each in top.which_children()] == ["other"]


def test_a_stop_asked_for_in_a_handler_never_blocks(timed_system: ActorSystem) -> None:
    """Own: stop_self_no_deadlock."""
    top = Supervisor.start(
        FLAGS, [ChildSpec(id="a", actor=Puppet)], system=timed_system
    )
    ref = timed_system.ref("a")

    ref.tell(lambda puppet: puppet.actor_ref.stop(block=False))
    assert ref.ended.wait(30.0)
    top.restart_child("a")
    again = timed_system.ref("a")
    again.tell(lambda _: top.stop(block=False))

    assert top.ended.wait(30.0)


@pytest.mark.parametrize("whom", ["itself", "its supervisor", "everything"])
def test_a_stop_that_is_waited_for_in_a_handler_is_an_error_and_done(
    timed_system: ActorSystem, whom: str
) -> None:
    """Own: stop_self_no_deadlock."""
    top = Supervisor.start(
        FLAGS, [ChildSpec(id="a", actor=Puppet)], system=timed_system
    )
    ref = timed_system.ref("a")
    stops: dict[str, Callable[[], object]] = {
        "itself": ref.stop,
        "its supervisor": top.stop,
        "everything": timed_system.stop,
    }
    errors: list[BaseException] = []

    def stop(_puppet: Puppet) -> None:
        try:
            stops[whom]()
        except BlockingAskError as error:
            errors.append(error)

    ref.tell(stop)

    assert ref.ended.wait(30.0)
    assert len(errors) == 1
    if whom != "itself":
        assert top.ended.wait(30.0)


class Unwilling(Puppet):
    """Starts once; after that its `on_start` fails, as often as it is tried."""

    starts = 0

    def on_start(self) -> None:
        type(self).starts += 1
        if self.actor_ref.incarnation > 1:
            raise ValueError("not again")


@pytest.mark.parametrize(
    ("restart", "strategy", "left"),
    [
        (Restart.PERMANENT, Strategy.ONE_FOR_ONE, {"a": "running", "c": "running"}),
        # It was stopped for the sake of the one that never comes.
        (Restart.PERMANENT, Strategy.REST_FOR_ONE, {"a": "running", "c": "stopped"}),
        (Restart.TRANSIENT, Strategy.ONE_FOR_ALL, {"a": "running", "c": "stopped"}),
    ],
)
def test_a_child_that_fails_to_start_again_and_again_can_be_stopped(
    timed_system: ActorSystem,
    log: EventLog,
    restart: Restart,
    strategy: Strategy,
    left: dict[str, str],
) -> None:
    top = Supervisor.start(
        SupervisorFlags(strategy=strategy, intensity=10**9, period_s=3600.0),
        [
            ChildSpec(id="a", actor=Puppet),
            ChildSpec(id="b", actor=Unwilling, restart=restart),
            ChildSpec(id="c", actor=Puppet),
        ],
        system=timed_system,
    )
    ref = timed_system.ref("b")
    ref.tell(crash)
    log.wait_for(ChildFailed, child="b", incarnation=5)
    ref.tell("never handled")

    assert ref.stop(timeout=30.0)

    assert ref.ended.wait(30.0)
    assert not ref.is_alive()
    assert top.which_child("b").state == "stopped"
    assert {name: top.which_child(name).state for name in left} == left
    starts = Unwilling.starts
    assert timed_system.dead_letters.last[-1].message == "never handled"
    # It is there to be started by somebody, and nobody does it unasked.
    assert top.count_children().specs == 3
    assert Unwilling.starts == starts


def test_a_stop_behind_the_message_that_fails_is_read_by_the_next_incarnation(
    timed_system: ActorSystem, hang: Hang
) -> None:
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=timed_system)
    ref = timed_system.ref("a")
    handled: list[int] = []
    ref.tell(hang)
    assert hang.entered.wait(30.0)
    ref.tell(crash)
    ref.tell(lambda puppet: handled.append(puppet.actor_ref.incarnation))
    stopped = ref.stop(block=False)
    hang.leave.set()

    assert stopped.get(timeout=30.0)

    assert handled == [2]
    assert ref.incarnation == 2
