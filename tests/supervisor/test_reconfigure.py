"""Flags and specs that are changed while the children run."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Callable
from typing import Any

import pytest

from orquestrador.supervisor import (
    IGNORE,
    ActorRef,
    ActorSystem,
    AutoShutdown,
    Backoff,
    ChildCounts,
    ChildFailed,
    ChildRequestError,
    ChildSpec,
    ChildSpecError,
    ChildStarted,
    ChildStartError,
    ChildStopped,
    ChildStuck,
    Decision,
    Ignore,
    ManualClock,
    Reconfigured,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash

FLAGS = SupervisorFlags(intensity=2, period_s=3600.0)
DYNAMIC = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=2, period_s=3600.0)
CHILD1 = ChildSpec(id="child1", actor=Puppet)
CHILD2 = ChildSpec(id="child2", actor=Puppet)
CHILD3 = ChildSpec(id="child3", actor=Puppet)
FAULTY: Any = "rubbish"


def code(call: Callable[[], object]) -> str:
    with pytest.raises(ChildSpecError) as caught:
        call()
    return caught.value.code


def finish(puppet: Puppet) -> None:
    puppet.stop()


def listed(top: SupervisorRef) -> list[tuple[str | None, str]]:
    """Return ids and states, in the order of start."""
    return [(each.id, each.state) for each in reversed(top.which_children())]


def seen(top: SupervisorRef) -> tuple[object, ...]:
    """Return everything that a refused change could have touched."""
    ids = [each.id for each in top.which_children() if each.id is not None]
    return (
        top.which_children(),
        top.count_children(),
        tuple(top.get_child_spec(each) for each in ids),
    )


# -- OTP's code_change --------------------------------------------------------


def test_flags_and_specs_change_while_the_supervisor_runs(
    system: ActorSystem,
) -> None:
    """OTP: code_change, code_change_map."""
    top = Supervisor.start(FLAGS, system=system)

    # New flags, then a faulty spec.
    assert top.reconfigure(SupervisorFlags(intensity=3)) == Reconfigured()
    assert code(lambda: top.reconfigure(FLAGS, [FAULTY])) == "invalid_child_spec"
    assert top.which_children() == ()

    # Two children are added, and not started.
    assert top.reconfigure(FLAGS, [CHILD1, CHILD2]) == Reconfigured(
        added=("child1", "child2")
    )
    assert listed(top) == [("child1", "stopped"), ("child2", "stopped")]
    assert top.count_children() == ChildCounts(
        specs=2, active=0, supervisors=0, workers=2
    )
    child1, child2 = top.restart_child("child1"), top.restart_child("child2")
    assert None not in {child1, child2}

    # The first is changed, the second is left out, a third is added.
    changed = ChildSpec(id="child1", actor=Puppet, shutdown_s=1.0)
    assert top.reconfigure(FLAGS, [changed, CHILD3]) == Reconfigured(
        changed=("child1",), added=("child3",), kept=("child2",)
    )
    assert listed(top) == [
        ("child1", "running"),
        ("child3", "stopped"),
        ("child2", "running"),
    ]
    assert top.get_child_spec("child1").shutdown_s == 1.0
    assert top.get_child_spec("child2") == CHILD2
    assert (top.which_child("child1").ref, top.which_child("child2").ref) == (
        child1,
        child2,
    )
    assert top.restart_child("child3") is not None


def test_the_function_that_supplies_specs_may_supply_no_change_or_rubbish(
    system: ActorSystem,
) -> None:
    """OTP: code_change, code_change_map."""

    def ignore() -> Ignore:
        return IGNORE

    def rubbish() -> Any:
        return "rubbish"

    def broken() -> Any:
        raise Crash("no specs today")

    top = Supervisor.start(FLAGS, [CHILD1], system=system)
    before = seen(top)

    assert top.reconfigure(ignore) == Reconfigured()
    assert code(lambda: top.reconfigure(rubbish)) == "bad_return"
    with pytest.raises(Crash, match="no specs today"):
        top.reconfigure(broken)
    assert code(lambda: top.reconfigure(FAULTY, [CHILD2])) == "invalid_type"
    assert seen(top) == before
    assert top.reconfigure(lambda: (FLAGS, [CHILD1, CHILD2])) == Reconfigured(
        changed=("child1",), added=("child2",)
    )


def test_the_new_flags_count_at_once(system: ActorSystem, log: EventLog) -> None:
    """OTP: code_change, code_change_map."""
    top = Supervisor.start(
        SupervisorFlags(intensity=0), [CHILD1, CHILD2], system=system
    )

    top.reconfigure(
        SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=1, period_s=3600.0)
    )
    system.ref("child1").tell(crash)

    log.wait_for(ChildStarted, child="child2", incarnation=2)
    assert top.is_alive()
    # What was counted before a change stays counted after it.
    top.reconfigure(SupervisorFlags(intensity=1, period_s=3600.0))
    system.ref("child1").tell(crash)
    assert top.ended.wait(30.0)
    assert len(log.of(ChildStarted, incarnation=2)) == 2


@pytest.mark.parametrize(
    ("fault", "flags", "children"),
    [
        ("duplicate_child_name", FLAGS, [CHILD3, CHILD1, CHILD3]),
        ("invalid_child_spec", FLAGS, [CHILD3, CHILD1, FAULTY]),
        ("invalid_strategy", DYNAMIC, [CHILD3]),
        (
            "invalid_child_type",
            FLAGS,
            [CHILD3, ChildSpec(id="child1", actor=Supervisor, args=(FLAGS,))],
        ),
        (
            "bad_combination",
            FLAGS,
            [
                CHILD3,
                ChildSpec(
                    id="child1",
                    actor=Puppet,
                    restart=Restart.TRANSIENT,
                    significant=True,
                ),
            ],
        ),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    system: ActorSystem,
    log: EventLog,
    fault: str,
    flags: SupervisorFlags,
    children: list[ChildSpec],
) -> None:
    """OTP: code_change, code_change_map."""
    top = Supervisor.start(FLAGS, [CHILD1, CHILD2], system=system)
    before = seen(top)

    # The flags would make the first failure the last.
    other = SupervisorFlags(
        strategy=flags.strategy, intensity=0, auto_shutdown=flags.auto_shutdown
    )
    assert code(lambda: top.reconfigure(other, children)) == fault

    assert seen(top) == before
    system.ref("child1").tell(crash)
    log.wait_for(ChildStarted, child="child1", incarnation=2)
    assert top.is_alive()


def test_a_template_is_exchanged_as_a_whole(system: ActorSystem) -> None:
    """OTP: code_change_simple, code_change_simple_map."""
    top = Supervisor.start(DYNAMIC, [ChildSpec(id="w", actor=Puppet)], system=system)
    ref = top.start_child()
    assert ref is not None
    changed = ChildSpec(id="w2", actor=Puppet, shutdown_s=1.0)

    assert top.reconfigure(DYNAMIC, [changed]) == Reconfigured(changed=("w2",))
    assert top.get_child_spec(ref) == changed
    assert code(lambda: top.reconfigure(DYNAMIC, [CHILD1, CHILD2])) == "bad_start_spec"
    assert code(lambda: top.reconfigure(DYNAMIC, [])) == "bad_start_spec"
    assert code(lambda: top.reconfigure(FLAGS, [changed])) == "invalid_strategy"

    other = top.start_child()
    assert other is not None
    assert [top.get_child_spec(each) for each in (ref, other)] == [changed, changed]
    assert top.count_children() == ChildCounts(
        specs=1, active=2, supervisors=0, workers=2
    )


def test_a_dynamic_child_goes_on_with_its_own_arguments_and_the_new_template(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: code_change_simple, code_change_simple_map."""
    made: list[tuple[str, str]] = []

    def build(kind: str, own: str) -> Puppet:
        made.append((kind, own))
        return Puppet()

    template = ChildSpec(id="w", actor=build, args=("old",))
    top = Supervisor.start(DYNAMIC, [template], system=system)
    ref = top.start_child(args=("mine",))
    assert ref is not None

    top.reconfigure(DYNAMIC, [ChildSpec(id="w", actor=build, args=("new",))])
    ref.tell(crash)
    log.wait_for(ChildStarted, incarnation=2)

    assert made == [("old", "mine"), ("new", "mine")]


def test_a_dynamic_child_whose_arguments_are_gone_stays_temporary(
    system: ActorSystem, log: EventLog
) -> None:
    template = ChildSpec(id="w", actor=Puppet, restart=Restart.TEMPORARY)
    top = Supervisor.start(DYNAMIC, [template], system=system)
    ref = top.start_child()
    assert isinstance(ref, ActorRef)

    top.reconfigure(DYNAMIC, [ChildSpec(id="w", actor=Puppet, shutdown_s=1.0)])

    spec = top.get_child_spec(ref)
    assert (spec.restart, spec.shutdown_s) == (Restart.TEMPORARY, 1.0)
    with pytest.raises(Crash):
        ref.ask(crash, timeout=30.0)
    log.wait_for(ChildFailed)
    assert top.which_children() == ()


# -- what a changed spec means for a child that runs ------------------------------


def test_a_running_child_is_restarted_by_its_new_spec(
    system: ActorSystem, log: EventLog
) -> None:
    top = Supervisor.start(FLAGS, [CHILD1], system=system)
    ref = system.ref("child1")

    def new_puppet() -> Puppet:
        return Puppet(start=lambda puppet: puppet.received.append("by the new spec"))

    top.reconfigure(FLAGS, [ChildSpec(id="child1", actor=new_puppet, redeliveries=1)])
    assert ref.incarnation == 1
    crashes = [True]
    ref.tell(lambda puppet: crash(puppet) if crashes and crashes.pop() else None)
    log.wait_for(ChildStarted, incarnation=2)

    assert system.ref("child1") is ref
    received = ref.ask(lambda puppet: tuple(puppet.received), block=True, timeout=30.0)
    assert received == ("by the new spec",)
    assert system.dead_letters.count == 0


def test_a_child_that_becomes_temporary_is_not_restarted(
    system: ActorSystem, log: EventLog
) -> None:
    top = Supervisor.start(FLAGS, [CHILD1, CHILD2], system=system)
    ref = system.ref("child1")

    top.reconfigure(
        FLAGS, [ChildSpec(id="child1", actor=Puppet, restart=Restart.TEMPORARY)]
    )
    ref.tell(crash)

    log.wait_for(ChildFailed, child="child1")
    assert not ref.is_alive()
    assert listed(top) == [("child2", "running")]


def test_a_new_limit_counts_for_the_message_in_hand(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    top = Supervisor.start(FLAGS, [CHILD1], system=system)
    ref = system.ref("child1")
    entered, leave = threading.Event(), threading.Event()

    def hang(_puppet: Puppet) -> None:
        entered.set()
        leave.wait(30.0)

    ref.tell(hang)
    assert entered.wait(30.0)
    clock.advance(3.0)

    for limit_s in (100.0, 5.0):
        top.reconfigure(
            FLAGS, [ChildSpec(id="child1", actor=Puppet, stuck_after_s=limit_s)]
        )
    clock.advance(1.9)
    assert top.count_children().active == 1
    assert not log.of(ChildStuck)
    clock.advance(0.2)

    assert log.wait_for(ChildStuck).busy_s == pytest.approx(5.0)
    log.wait_for(ChildStarted, incarnation=2)
    leave.set()


def test_new_delays_and_decisions_count_at_once(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    top = Supervisor.start(FLAGS, [CHILD1], system=system)
    ref = system.ref("child1")

    top.reconfigure(
        FLAGS,
        [
            ChildSpec(
                id="child1",
                actor=Puppet,
                decisions=((Crash, Decision.RESUME),),
                backoff=Backoff(minimum_s=1.0, maximum_s=1.0, jitter=0.0),
            )
        ],
    )
    ref.tell(crash)
    assert ref.ask("the same", timeout=30.0) == "the same"
    assert ref.incarnation == 1

    ref.tell(finish)
    log.wait_for(ChildStopped)
    assert top.which_child("child1").state == "restarting"
    clock.advance(1.0)
    log.wait_for(ChildStarted, incarnation=2)


def test_a_supervisor_that_shuts_down_is_not_changed(system: ActorSystem) -> None:
    stopping, go_on = threading.Event(), threading.Event()

    def slow(_puppet: Puppet) -> None:
        stopping.set()
        assert go_on.wait(30.0)

    slow_child = ChildSpec(id="slow", actor=Puppet, kwargs={"stop": slow})
    top = Supervisor.start(FLAGS, [slow_child], system=system)
    stopped = top.stop(block=False)
    assert stopping.wait(30.0)

    with pytest.raises(ChildRequestError, match="shutting_down"):
        top.reconfigure(FLAGS, [CHILD1])

    go_on.set()
    assert stopped.get(timeout=30.0)


def test_a_supervisor_that_is_started_again_begins_with_its_own_spec(
    system: ActorSystem, log: EventLog
) -> None:
    inner = ChildSpec(
        id="inner", actor=Supervisor, args=(SupervisorFlags(intensity=0), [CHILD1])
    )
    Supervisor.start(FLAGS, [inner], system=system)
    ref = system.ref("inner")
    assert isinstance(ref, SupervisorRef)

    ref.reconfigure(SupervisorFlags(intensity=0), [CHILD1, CHILD2])
    ref.restart_child("child2")
    system.ref("child1").tell(crash)
    log.wait_for(ChildStarted, child="inner", incarnation=2)

    assert listed(ref) == [("child1", "running")]


# -- significant children -----------------------------------------------------


def significant(name: str) -> ChildSpec:
    return ChildSpec(id=name, actor=Puppet, restart=Restart.TRANSIENT, significant=True)


def mode(auto_shutdown: AutoShutdown) -> SupervisorFlags:
    return SupervisorFlags(intensity=2, period_s=3600.0, auto_shutdown=auto_shutdown)


NEVER = mode(AutoShutdown.NEVER)
ANY = mode(AutoShutdown.ANY_SIGNIFICANT)
ALL = mode(AutoShutdown.ALL_SIGNIFICANT)


def end(system: ActorSystem, log: EventLog, name: str) -> None:
    """Let a child end normally, and wait until its supervisor has noticed."""
    system.ref(name).tell(finish)
    log.wait_for(ChildStopped, child=name, reason="normal")


def test_significant_children_may_be_added_once_they_count(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: significant_upgrade_never_any."""
    top = Supervisor.start(NEVER, system=system)
    assert code(lambda: top.start_child(significant("child1"))) == "bad_combination"

    top.reconfigure(ANY)
    for name in ("child1", "child2"):
        assert top.start_child(significant(name)) is not None
    other = system.ref("child2")
    end(system, log, "child1")

    assert top.ended.wait(30.0)
    assert not other.is_alive()


@pytest.mark.parametrize(
    "before",
    [
        # OTP: significant_upgrade_any_never, significant_upgrade_all_never.
        pytest.param(ANY, id="any_never"),
        pytest.param(ALL, id="all_never"),
    ],
)
def test_a_significant_child_means_nothing_once_they_never_count(
    system: ActorSystem, log: EventLog, before: SupervisorFlags
) -> None:
    """OTP: significant_upgrade_any_never, significant_upgrade_all_never."""
    top = Supervisor.start(before, system=system)
    ref = top.start_child(significant("child1"))

    top.reconfigure(NEVER)

    assert ref is not None
    assert ref.is_alive()
    assert listed(top) == [("child1", "running")]
    assert code(lambda: top.start_child(significant("child2"))) == "bad_combination"
    end(system, log, "child1")
    assert listed(top) == [("child1", "stopped")]
    assert top.restart_child("child1") is not None
    assert listed(top) == [("child1", "running")]


def test_all_significant_children_end_a_supervisor_that_ended_never(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: significant_upgrade_never_all."""
    top = Supervisor.start(NEVER, system=system)
    top.reconfigure(ALL)
    for name in ("child1", "child2"):
        assert top.start_child(significant(name)) is not None

    end(system, log, "child1")
    assert listed(top) == [("child1", "stopped"), ("child2", "running")]
    end(system, log, "child2")

    assert top.ended.wait(30.0)


def test_all_significant_children_end_a_supervisor_that_any_of_them_ended(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: significant_upgrade_any_all."""
    children = [significant("child1"), significant("child2")]
    top = Supervisor.start(ANY, children, system=system)
    top.reconfigure(ALL, children)

    end(system, log, "child1")
    assert listed(top) == [("child1", "stopped"), ("child2", "running")]
    end(system, log, "child2")

    assert top.ended.wait(30.0)


def test_any_significant_child_ends_a_supervisor_that_all_of_them_ended(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: significant_upgrade_all_any."""
    children = [significant("child1"), significant("child2")]
    top = Supervisor.start(ALL, children, system=system)
    other = system.ref("child2")
    top.reconfigure(ANY, children)

    end(system, log, "child1")

    assert top.ended.wait(30.0)
    assert not other.is_alive()


INSIGNIFICANT = ChildSpec(id="child1", actor=Puppet, restart=Restart.TRANSIENT)


def test_a_child_becomes_significant_or_stops_being_it(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: significant_upgrade_child."""
    top = Supervisor.start(NEVER, [INSIGNIFICANT], system=system)
    change = significant("child1")
    assert code(lambda: top.reconfigure(NEVER, [change])) == "bad_combination"
    assert not top.get_child_spec("child1").significant
    top.stop(timeout=30.0)

    top = Supervisor.start(ANY, [INSIGNIFICANT], system=system)
    top.reconfigure(ANY, [change])
    assert top.get_child_spec("child1").significant
    end(system, log, "child1")
    assert top.ended.wait(30.0)

    top = Supervisor.start(ANY, [change], system=system)
    top.reconfigure(ANY, [INSIGNIFICANT])
    system.ref("child1").tell(finish)
    log.wait_for(ChildStopped, child="child1", reason="normal", count=2)
    assert listed(top) == [("child1", "stopped")]
    assert top.is_alive()


def test_an_added_child_that_cannot_start_is_kept(system: ActorSystem) -> None:
    top = Supervisor.start(FLAGS, system=system)
    broken = ChildSpec(id="broken", actor=Puppet, kwargs={"start": crash})

    top.reconfigure(FLAGS, [broken])
    with pytest.raises(ChildStartError):
        top.restart_child("broken")

    assert listed(top) == [("broken", "stopped")]
    top.reconfigure(FLAGS, [ChildSpec(id="broken", actor=Puppet)])
    assert top.restart_child("broken") is not None


def test_a_child_that_waits_for_its_group_goes_on_when_there_are_no_groups_any_more(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    def flags(strategy: Strategy) -> SupervisorFlags:
        return SupervisorFlags(strategy=strategy, intensity=2, period_s=3600.0)

    slow = Backoff(minimum_s=5.0, maximum_s=5.0, jitter=0.0)
    children = [CHILD1, ChildSpec(id="child2", actor=Puppet, backoff=slow)]
    top = Supervisor.start(flags(Strategy.ONE_FOR_ALL), children, system=system)
    for name in ("child2", "child1"):
        system.ref(name).tell(crash)
        log.wait_for(ChildFailed, child=name)
    assert listed(top) == [("child1", "restarting"), ("child2", "restarting")]

    top.reconfigure(flags(Strategy.ONE_FOR_ONE), children)

    log.wait_for(ChildStarted, child="child1", incarnation=2)
    assert listed(top) == [("child1", "running"), ("child2", "restarting")]
    clock.advance(5.0)
    log.wait_for(ChildStarted, child="child2", incarnation=2)


@pytest.mark.parametrize("how", ["wait", "by hand"])
def test_those_stopped_with_a_group_come_back_when_there_are_no_groups_any_more(
    system: ActorSystem, log: EventLog, clock: ManualClock, how: str
) -> None:
    broken: list[bool] = []

    def start(puppet: Puppet) -> None:
        if broken:
            crash(puppet)

    def flags(strategy: Strategy) -> SupervisorFlags:
        return SupervisorFlags(strategy=strategy, intensity=2, period_s=3600.0)

    slow = Backoff(minimum_s=5.0, maximum_s=5.0, jitter=0.0)
    first = ChildSpec(id="first", actor=Puppet, kwargs={"start": start}, backoff=slow)
    children = [first, CHILD1, CHILD2]
    top = Supervisor.start(flags(Strategy.ONE_FOR_ALL), children, system=system)
    broken.append(True)
    system.ref("child2").tell(crash)
    log.wait_for(ChildFailed, child="first")
    stopped = ["stopped", "stopped"]
    assert [state for _, state in listed(top)] == ["restarting", *stopped]

    # In another order too: the first comes last.
    top.reconfigure(flags(Strategy.ONE_FOR_ONE), [CHILD1, CHILD2])
    broken.clear()
    if how == "wait":
        clock.advance(5.0)
    else:
        top.restart_child("first")

    log.wait_for(ChildStarted, child="first", incarnation=3)
    for name in ("child1", "child2"):
        log.wait_for(ChildStarted, child=name, incarnation=2)
    assert [state for _, state in listed(top)] == ["running"] * 3
