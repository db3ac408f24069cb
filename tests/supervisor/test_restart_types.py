"""Which ends are followed by a restart."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildCounts,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    ChildStopped,
    EndKind,
    EndReason,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash

FLAGS = SupervisorFlags(intensity=2, period_s=3600.0)
SHUTDOWN = EndReason(EndKind.SHUTDOWN)
SHUTDOWN_INFO = EndReason(EndKind.SHUTDOWN, info="tired")
NORMAL = EndReason(EndKind.NORMAL)


def start_one(system: ActorSystem, restart: Restart) -> SupervisorRef:
    top = Supervisor.start(FLAGS, system=system)
    top.start_child(ChildSpec(id="child1", actor=Puppet, restart=restart))
    return top


def end(ref: ActorRef[Puppet], reason: EndReason) -> None:
    ref.tell(lambda puppet: puppet.stop(reason))


def counts(specs: int, active: int) -> ChildCounts:
    return ChildCounts(specs=specs, active=active, supervisors=0, workers=specs)


def test_a_permanent_child_that_ended_normally_is_restarted(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: permanent_normal."""
    top = start_one(system, Restart.PERMANENT)
    ref = system.ref("child1")

    end(ref, NORMAL)

    log.wait_for(ChildStarted, incarnation=2)
    assert ref.ask("again", timeout=30.0) == "again"
    assert top.count_children() == counts(1, 1)


def test_a_permanent_child_that_ended_with_shutdown_is_restarted(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: permanent_shutdown."""
    start_one(system, Restart.PERMANENT)
    ref = system.ref("child1")

    end(ref, SHUTDOWN)
    log.wait_for(ChildStarted, incarnation=2)
    end(ref, SHUTDOWN_INFO)
    log.wait_for(ChildStarted, incarnation=3)


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
def test_a_child_that_failed_is_restarted(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    """OTP: permanent_abnormal, transient_abnormal."""
    top = start_one(system, restart)
    ref = system.ref("child1")

    ref.tell(crash)

    assert ref.ask("again", timeout=30.0) == "again"
    assert ref.incarnation == 2
    assert log.of(ChildFailed)[0].message_type == "function"
    assert top.count_children() == counts(1, 1)


def test_a_transient_child_that_ended_normally_keeps_only_its_spec(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: transient_normal."""
    top = start_one(system, Restart.TRANSIENT)

    end(system.ref("child1"), NORMAL)

    log.wait_for(ChildStopped, reason="normal")
    assert [(each.id, each.ref) for each in top.which_children()] == [("child1", None)]
    assert top.count_children() == counts(1, 0)


def test_a_transient_child_that_ended_with_shutdown_can_be_started_by_hand(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: transient_shutdown."""
    top = start_one(system, Restart.TRANSIENT)

    end(system.ref("child1"), SHUTDOWN)
    log.wait_for(ChildStopped, reason="shutdown")
    assert top.count_children() == counts(1, 0)

    ref = top.restart_child("child1")
    assert ref is not None
    end(ref, SHUTDOWN_INFO)  # type: ignore[arg-type]
    log.wait_for(ChildStopped, reason="shutdown (tired)")
    assert top.count_children() == counts(1, 0)


def test_a_temporary_child_that_ended_normally_is_forgotten(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: temporary_normal."""
    top = start_one(system, Restart.TEMPORARY)

    end(system.ref("child1"), NORMAL)

    log.wait_for(ChildStopped)
    assert top.count_children() == counts(0, 0)


def test_the_id_of_a_temporary_child_that_ended_is_free_again(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: temporary_shutdown."""
    top = start_one(system, Restart.TEMPORARY)

    end(system.ref("child1"), SHUTDOWN)
    log.wait_for(ChildStopped)
    assert top.count_children() == counts(0, 0)

    spec = ChildSpec(id="child1", actor=Puppet, restart=Restart.TEMPORARY)
    ref = top.start_child(spec)
    assert ref is not None
    end(ref, SHUTDOWN_INFO)  # type: ignore[arg-type]
    log.wait_for(ChildStopped, count=2)
    assert top.count_children() == counts(0, 0)


def test_a_temporary_child_that_failed_is_forgotten(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: temporary_abnormal."""
    top = start_one(system, Restart.TEMPORARY)

    with pytest.raises(Crash):
        system.ref("child1").ask(crash, timeout=30.0)

    log.wait_for(ChildFailed)
    assert top.count_children() == counts(0, 0)


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
def test_a_temporary_sibling_is_stopped_and_forgotten(
    system: ActorSystem, log: EventLog, strategy: Strategy
) -> None:
    """OTP: temporary_bystander."""
    top = Supervisor.start(
        SupervisorFlags(strategy=strategy, intensity=2, period_s=3600.0),
        [
            ChildSpec(id="child1", actor=Puppet),
            ChildSpec(id="child2", actor=Puppet, restart=Restart.TEMPORARY),
        ],
        system=system,
    )
    bystander = system.ref("child2")

    end(system.ref("child1"), NORMAL)

    log.wait_for(ChildStarted, child="child1", incarnation=2)
    assert [each.id for each in top.which_children()] == ["child1"]
    assert not bystander.is_alive()
    assert top.is_alive()
