"""Children whose end ends their supervisor."""

from typing import Any

import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    AutoShutdown,
    ChildFailed,
    ChildSpec,
    ChildSpecError,
    ChildStarted,
    ChildStopped,
    EndReason,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import EventLog, Puppet, crash

STATIC = [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]


def start(
    system: ActorSystem,
    mode: AutoShutdown,
    restart: Restart,
    significant: str,
    strategy: Strategy = Strategy.ONE_FOR_ONE,
) -> SupervisorRef:
    """Start one child for each sign; those with `!` are significant."""
    return Supervisor.start(
        SupervisorFlags(
            strategy=strategy, intensity=5, period_s=3600.0, auto_shutdown=mode
        ),
        [
            ChildSpec(
                id=f"child{n}", actor=Puppet, restart=restart, significant=each == "!"
            )
            for n, each in enumerate(significant, 1)
        ],
        system=system,
    )


def finish(puppet: Puppet) -> None:
    puppet.stop()


def kill(ref: ActorRef[Any]) -> None:
    incarnation = ref.cell.incarnation
    assert incarnation is not None
    incarnation.fence(EndReason.killed("by the test"))


def end(top: SupervisorRef, log: EventLog, name: str, how: str) -> None:
    """End a child, and wait until its supervisor has taken note of it."""
    ref = top.which_child(name).ref
    assert isinstance(ref, ActorRef)
    before = len(log.of(ChildFailed) + log.of(ChildStopped))
    match how:
        case "terminate":
            top.terminate_child(name)
        case "kill":
            kill(ref)
        case "fail":
            ref.tell(crash)
        case _:
            ref.tell(finish)
    while len(log.of(ChildFailed) + log.of(ChildStopped)) == before:
        pass


WAYS = ["terminate", "kill", "fail", "normal"]


@pytest.mark.parametrize("mode", AutoShutdown)
@pytest.mark.parametrize("how", WAYS)
def test_the_end_of_an_insignificant_temporary_child_ends_nothing(
    system: ActorSystem, log: EventLog, mode: AutoShutdown, how: str
) -> None:
    """OTP: nonsignificant_temporary."""
    top = start(system, mode, Restart.TEMPORARY, ".")

    end(top, log, "child1", how)

    assert top.which_children() == ()
    assert top.is_alive()


@pytest.mark.parametrize("mode", AutoShutdown)
@pytest.mark.parametrize("how", WAYS)
def test_the_end_of_an_insignificant_transient_child_ends_nothing(
    system: ActorSystem, log: EventLog, mode: AutoShutdown, how: str
) -> None:
    """OTP: nonsignificant_transient."""
    top = start(system, mode, Restart.TRANSIENT, ".")

    end(top, log, "child1", how)

    if how in {"kill", "fail"}:
        log.wait_for(ChildStarted, child="child1", incarnation=2)
        assert top.which_child("child1").state == "running"
    else:
        assert top.which_child("child1").state == "stopped"
    assert top.is_alive()


def test_a_terminated_significant_child_ends_nothing(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: significant_temporary, significant_transient."""
    for restart in (Restart.TEMPORARY, Restart.TRANSIENT):
        for mode in (AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT):
            top = start(system, mode, restart, "!!.")
            for name in ("child1", "child2"):
                end(top, log, name, "terminate")
            assert top.count_children().active == 1
            assert top.stop(timeout=30.0)


@pytest.mark.parametrize("how", ["kill", "fail", "normal"])
def test_the_first_end_of_a_significant_temporary_child_ends_the_supervisor(
    system: ActorSystem, log: EventLog, how: str
) -> None:
    """OTP: significant_temporary."""
    top = start(system, AutoShutdown.ANY_SIGNIFICANT, Restart.TEMPORARY, "!!.")

    end(top, log, "child1", how)

    assert top.ended.wait(30.0)
    assert [each.child for each in log.of(ChildStopped, reason="shutdown")] == [
        "child3",
        "child2",
    ]


@pytest.mark.parametrize("how", ["kill", "fail", "normal"])
def test_the_last_end_of_the_significant_temporary_children_ends_the_supervisor(
    system: ActorSystem, log: EventLog, how: str
) -> None:
    """OTP: significant_temporary."""
    top = start(system, AutoShutdown.ALL_SIGNIFICANT, Restart.TEMPORARY, "!!.")

    end(top, log, "child1", how)
    assert top.count_children().active == 2
    end(top, log, "child2", how)

    assert top.ended.wait(30.0)
    assert [each.child for each in log.of(ChildStopped, reason="shutdown")] == [
        "child3"
    ]


@pytest.mark.parametrize("how", ["kill", "fail"])
@pytest.mark.parametrize(
    "mode", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT]
)
def test_a_significant_transient_child_that_fails_is_restarted(
    system: ActorSystem, log: EventLog, mode: AutoShutdown, how: str
) -> None:
    """OTP: significant_transient."""
    top = start(system, mode, Restart.TRANSIENT, "!!.")

    for name in ("child1", "child2"):
        end(top, log, name, how)
        log.wait_for(ChildStarted, child=name, incarnation=2)

    assert top.count_children().active == 3


@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
def test_the_first_end_of_a_significant_child_ends_the_supervisor(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    """OTP: significant_temporary, significant_transient."""
    top = start(system, AutoShutdown.ANY_SIGNIFICANT, restart, "!!.")

    end(top, log, "child1", "terminate")
    # Not only that they are there: none of them is being stopped.
    assert {name: top.which_child(name).state for name in ("child2", "child3")} == {
        "child2": "running",
        "child3": "running",
    }
    end(top, log, "child2", "normal")

    assert top.ended.wait(30.0)
    assert log.of(ChildStopped, child="child3")


@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
def test_the_last_end_of_the_significant_children_ends_the_supervisor(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    """OTP: significant_temporary, significant_transient."""
    top = start(system, AutoShutdown.ALL_SIGNIFICANT, restart, "!!.")

    end(top, log, "child1", "normal")
    assert top.count_children().active == 2
    end(top, log, "child2", "normal")

    assert top.ended.wait(30.0)
    assert log.of(ChildStopped, child="child3")


@pytest.mark.parametrize(
    "mode", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT]
)
@pytest.mark.parametrize("significant", [".", "!"])
def test_a_dynamic_supervisor_is_not_ended_by_its_children(
    system: ActorSystem, mode: AutoShutdown, significant: str
) -> None:
    """OTP: significant_simple."""
    with pytest.raises(ChildSpecError, match="bad_combination"):
        start(system, mode, Restart.TEMPORARY, significant, strategy=Strategy.DYNAMIC)


def test_a_dynamic_supervisor_starts_when_its_children_never_end_it(
    system: ActorSystem,
) -> None:
    """OTP: significant_simple."""
    dynamic = Strategy.DYNAMIC
    never = AutoShutdown.NEVER
    top = start(system, never, Restart.TEMPORARY, ".", strategy=dynamic)

    assert top.start_child() is not None
    with pytest.raises(ChildSpecError, match="bad_combination"):
        start(system, never, Restart.TEMPORARY, "!", strategy=dynamic)


@pytest.mark.parametrize("strategy", STATIC)
@pytest.mark.parametrize(
    "mode", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT]
)
def test_a_significant_child_stopped_with_its_group_ends_nothing(
    system: ActorSystem, log: EventLog, strategy: Strategy, mode: AutoShutdown
) -> None:
    """OTP: significant_bystander."""
    top = start(system, mode, Restart.TRANSIENT, "!.!", strategy=strategy)

    end(top, log, "child2", "kill")

    last = "child2" if strategy is Strategy.ONE_FOR_ONE else "child3"
    log.wait_for(ChildStarted, child=last, incarnation=2)
    assert top.count_children().active == 3
    renewed = {
        Strategy.ONE_FOR_ONE: [1, 2, 1],
        Strategy.ONE_FOR_ALL: [2, 2, 2],
        Strategy.REST_FOR_ONE: [1, 2, 2],
    }
    numbers = [system.ref(f"child{n}").incarnation for n in (1, 2, 3)]
    assert numbers == renewed[strategy]


@pytest.mark.parametrize("middle", ["significant", "insignificant"])
def test_an_automatic_shutdown_climbs_only_through_significant_supervisors(
    system: ActorSystem, log: EventLog, middle: str
) -> None:
    """OTP: significant_escalation."""
    flags = SupervisorFlags(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)
    worker = ChildSpec(
        id="c", actor=Puppet, restart=Restart.TRANSIENT, significant=True
    )
    inner = ChildSpec(
        id="b",
        actor=Supervisor,
        args=(flags, [worker]),
        restart=Restart.TRANSIENT,
        significant=middle == "significant",
    )
    top = Supervisor.start(flags, [inner], system=system)

    system.ref("c").tell(finish)

    log.wait_for(ChildStopped, child="b")
    if middle == "significant":
        assert top.ended.wait(30.0)
    else:
        assert top.count_children().active == 0
        assert top.is_alive()
