"""Children whose end ends their supervisor."""

import pytest

from orquestrador.supervisor import (
    ActorSystem,
    AutoShutdown,
    ChildSpec,
    ChildSpecError,
    ChildStarted,
    ChildStopped,
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


@pytest.mark.parametrize("mode", AutoShutdown)
@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
def test_the_end_of_an_insignificant_child_ends_nothing(
    system: ActorSystem, log: EventLog, mode: AutoShutdown, restart: Restart
) -> None:
    """OTP: nonsignificant_temporary, nonsignificant_transient."""
    top = start(system, mode, restart, "..")
    first, second = system.ref("child1"), system.ref("child2")

    first.tell(crash)
    if restart is Restart.TRANSIENT:
        log.wait_for(ChildStarted, child="child1", incarnation=2)
        first.tell(finish)
    assert first.ended.wait(5.0)
    top.terminate_child("child2")
    assert not second.is_alive()

    assert top.which_children() is not None
    assert top.is_alive()


@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
def test_the_first_end_of_a_significant_child_ends_the_supervisor(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    """OTP: significant_temporary, significant_transient."""
    top = start(system, AutoShutdown.ANY_SIGNIFICANT, restart, "!!.")

    top.terminate_child("child1")
    assert top.count_children().active == 2
    if restart is Restart.TRANSIENT:
        system.ref("child2").tell(crash)
        log.wait_for(ChildStarted, child="child2", incarnation=2)
    system.ref("child2").tell(finish)

    assert top.ended.wait(5.0)
    assert log.of(ChildStopped, child="child3")


@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
def test_the_last_end_of_the_significant_children_ends_the_supervisor(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    """OTP: significant_temporary, significant_transient."""
    top = start(system, AutoShutdown.ALL_SIGNIFICANT, restart, "!!.")

    system.ref("child1").tell(finish)
    log.wait_for(ChildStopped, child="child1")
    assert top.count_children().active == 2
    system.ref("child2").tell(finish)

    assert top.ended.wait(5.0)


@pytest.mark.parametrize("mode", AutoShutdown)
def test_a_dynamic_supervisor_has_no_significant_children(
    system: ActorSystem, mode: AutoShutdown
) -> None:
    """OTP: significant_simple."""
    with pytest.raises(ChildSpecError, match="bad_combination"):
        start(system, mode, Restart.TEMPORARY, "!", strategy=Strategy.DYNAMIC)


@pytest.mark.parametrize("strategy", STATIC)
@pytest.mark.parametrize(
    "mode", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT]
)
def test_a_significant_child_stopped_with_its_group_ends_nothing(
    system: ActorSystem, log: EventLog, strategy: Strategy, mode: AutoShutdown
) -> None:
    """OTP: significant_bystander."""
    top = start(system, mode, Restart.TRANSIENT, "!.!", strategy=strategy)

    system.ref("child2").tell(crash)

    last = "child2" if strategy is Strategy.ONE_FOR_ONE else "child3"
    log.wait_for(ChildStarted, child=last, incarnation=2)
    assert top.count_children().active == 3


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
        assert top.ended.wait(5.0)
    else:
        assert top.count_children().active == 0
        assert top.is_alive()
