"""What an error means, by its type: go on, restart, stop, or fail the supervisor."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import logging
from collections.abc import Callable
from typing import Any

import pytest

from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    AutoShutdown,
    Backoff,
    ChildFailed,
    ChildSpec,
    ChildSpecError,
    ChildStarted,
    ChildStartError,
    ChildStopped,
    DeadLetter,
    Decision,
    EndKind,
    ManualClock,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorGaveUp,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash, received

NONE = SupervisorFlags(intensity=0)
"""Flags under which the first restart that is counted ends the supervisor."""

FLAGS = SupervisorFlags(intensity=100, period_s=3600.0)


class SpecialCrash(Crash):
    """A crash of a kind of its own."""


def special(_puppet: Puppet) -> None:
    raise SpecialCrash("special")


def start(
    system: ActorSystem,
    decisions: Any,
    flags: SupervisorFlags = NONE,
    **words: Any,
) -> tuple[SupervisorRef, ActorRef[Any]]:
    top = Supervisor.start(
        flags,
        [
            ChildSpec(id="a", actor=Puppet, decisions=decisions, **words),
            ChildSpec(id="sibling", actor=Puppet),
        ],
        system=system,
        name="top",
    )
    return top, system.ref("a")


def state(top: SupervisorRef, name: str = "a") -> str:
    return top.which_child(name).state


# -- resume -------------------------------------------------------------------

RESUME = ((Crash, Decision.RESUME),)


def test_a_resumed_actor_goes_on_as_it_is_without_the_message(
    system: ActorSystem, log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    hooks: list[str] = []
    top, ref = start(
        system,
        RESUME,
        redeliveries=5,
        kwargs={
            "failure": lambda _: hooks.append("failure"),
            "stop": lambda _: hooks.append("stop"),
        },
    )
    ref.tell("before")
    with caplog.at_level(logging.ERROR):
        ref.tell(crash)
        ref.tell("after")
        assert ref.ask(received, timeout=30.0) == ("before", "after")

    assert ref.incarnation == 1
    assert hooks == []
    (letter,) = log.of(DeadLetter)
    assert (letter.message, letter.receiver, letter.deliveries) == (crash, ref, 1)
    assert isinstance(letter.error, Crash)
    assert len(caplog.records) == 1
    assert not log.of(ChildFailed)
    info = next(each for each in system.snapshot() if each.name == "a")
    assert (info.failures, info.restarts) == (1, 0)
    assert info.last_failure == "Crash: crash of incarnation 1"
    assert top.is_alive()


def test_the_asker_of_a_resumed_actor_gets_the_error(
    system: ActorSystem, log: EventLog
) -> None:
    _, ref = start(system, RESUME)

    with pytest.raises(Crash, match="crash of incarnation 1"):
        ref.ask(crash, timeout=30.0)

    assert ref.ask("alive", timeout=30.0) == "alive"
    assert ref.incarnation == 1
    assert len(log.of(DeadLetter)) == 1


def test_an_actor_whose_start_fails_has_nothing_to_resume(
    system: ActorSystem, log: EventLog
) -> None:
    starts: list[int] = []

    def start_second_time(puppet: Puppet) -> None:
        starts.append(1)
        if len(starts) == 2:
            crash(puppet)

    _, ref = start(
        system,
        ((SpecialCrash, Decision.RESTART), (Crash, Decision.RESUME)),
        FLAGS,
        kwargs={"start": start_second_time},
    )
    ref.tell(special)

    log.wait_for(ChildStarted, child="a", incarnation=3)
    assert len(log.of(ChildFailed, child="a")) == 2


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_what_is_no_exception_is_not_decided_about(
    system: ActorSystem, log: EventLog, error: type[BaseException]
) -> None:
    asked: list[BaseException] = []

    def decide(error: Exception) -> Decision:
        asked.append(error)
        return Decision.RESUME

    def leave(_puppet: Puppet) -> None:
        raise error

    _, ref = start(system, decide, FLAGS)
    ref.tell(leave)

    log.wait_for(ChildStarted, child="a", incarnation=2)
    assert asked == []


def test_a_supervisor_is_not_resumed(system: ActorSystem, log: EventLog) -> None:
    worker = ChildSpec(
        id="worker", actor=Puppet, decisions=((Crash, Decision.ESCALATE),)
    )
    inner = ChildSpec(
        id="inner", actor=Supervisor, args=(FLAGS, [worker]), decisions=RESUME
    )
    Supervisor.start(FLAGS, [inner], system=system)

    system.ref("worker").tell(crash)

    log.wait_for(ChildStarted, child="inner", incarnation=2)
    assert system.ref("worker").ask("alive", timeout=30.0) == "alive"


# -- restart ------------------------------------------------------------------


@pytest.mark.parametrize(
    "decisions",
    [
        (),
        ((Crash, Decision.RESTART),),
        ((ValueError, Decision.STOP),),
        lambda _: Decision.RESTART,
    ],
)
def test_an_error_means_a_restart_unless_something_else_is_said(
    system: ActorSystem, log: EventLog, decisions: Any
) -> None:
    _, ref = start(system, decisions, FLAGS)

    ref.tell(crash)

    log.wait_for(ChildStarted, child="a", incarnation=2)


def test_the_first_type_that_fits_decides(system: ActorSystem, log: EventLog) -> None:
    decisions = (
        (SpecialCrash, Decision.RESUME),
        (Exception, Decision.RESTART),
        (Crash, Decision.ESCALATE),
    )
    _, ref = start(system, decisions, FLAGS)

    ref.tell(special)
    assert ref.ask("alive", timeout=30.0) == "alive"
    assert ref.incarnation == 1
    ref.tell(crash)

    log.wait_for(ChildStarted, child="a", incarnation=2)


def test_a_function_decides_once_for_each_error(system: ActorSystem) -> None:
    asked: list[str] = []

    def decide(error: Exception) -> Decision:
        asked.append(type(error).__name__)
        return Decision.RESUME if isinstance(error, SpecialCrash) else Decision.STOP

    _, ref = start(system, decide)
    ref.tell(special)
    ref.tell(crash)

    assert ref.ended.wait(30.0)
    assert asked == ["SpecialCrash", "Crash"]


def broken(error: Exception) -> Decision:
    raise ValueError(error)


def rubbish(_error: Exception) -> Any:
    return "resume it"


@pytest.mark.parametrize("decide", [broken, rubbish])
def test_a_decision_that_fails_is_a_restart_and_in_the_log(
    system: ActorSystem,
    log: EventLog,
    caplog: pytest.LogCaptureFixture,
    decide: Callable[[Exception], Any],
) -> None:
    _, ref = start(system, decide, FLAGS)

    ref.tell(crash)

    log.wait_for(ChildStarted, child="a", incarnation=2)
    assert any("decision" in each.getMessage() for each in caplog.records)


# -- stop ---------------------------------------------------------------------

STOP = ((Crash, Decision.STOP),)


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
def test_a_stopped_child_keeps_only_its_spec(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    top, ref = start(system, STOP, restart=restart, redeliveries=5)

    def fail_with_mail(puppet: Puppet) -> None:
        puppet.actor_ref.tell("never handled")
        crash(puppet)

    ref.tell(fail_with_mail)

    log.wait_for(ChildFailed, child="a")
    assert ref.ended.reason is not None
    assert ref.ended.reason.kind is EndKind.FAILED
    assert (state(top), state(top, "sibling")) == ("stopped", "running")
    letters = log.of(DeadLetter)
    assert [each.message for each in letters] == [fail_with_mail, "never handled"]
    # As after `terminate_child`: it can be started by hand.
    assert top.restart_child("a") is not None
    assert top.is_alive()


def test_a_temporary_or_dynamic_child_that_is_stopped_is_forgotten(
    system: ActorSystem, log: EventLog
) -> None:
    top, ref = start(system, STOP, restart=Restart.TEMPORARY)
    ref.tell(crash)
    log.wait_for(ChildFailed, child="a")
    assert [each.id for each in top.which_children()] == ["sibling"]

    flags = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=0)
    template = ChildSpec(id="w", actor=Puppet, decisions=STOP)
    dynamic = Supervisor.start(flags, [template], system=system)
    started = dynamic.start_child()
    assert isinstance(started, ActorRef)
    started.tell(crash)
    log.wait_for(ChildFailed, child="w")
    assert dynamic.which_children() == ()


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
def test_the_siblings_of_a_stopped_child_go_on(
    system: ActorSystem, log: EventLog, strategy: Strategy
) -> None:
    top, ref = start(system, STOP, SupervisorFlags(strategy=strategy, intensity=0))

    ref.tell(crash)

    log.wait_for(ChildFailed, child="a")
    assert state(top, "sibling") == "running"
    assert system.ref("sibling").incarnation == 1


def test_a_significant_child_that_is_stopped_has_ended_by_itself(
    system: ActorSystem,
) -> None:
    flags = SupervisorFlags(intensity=0, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)
    top, ref = start(system, STOP, flags, restart=Restart.TRANSIENT, significant=True)

    ref.tell(crash)

    assert top.ended.wait(30.0)
    assert top.ended.reason is not None
    assert top.ended.reason.kind is EndKind.SHUTDOWN


class StartsOnce:
    """Lets a puppet start the first time only."""

    def __init__(self) -> None:
        self.starts = 0

    def __call__(self, puppet: Puppet) -> None:
        self.starts += 1
        if self.starts > 1:
            special(puppet)


def test_a_child_that_is_not_to_be_started_again_is_left_out_of_its_group(
    system: ActorSystem, log: EventLog
) -> None:
    once = StartsOnce()
    top = Supervisor.start(
        SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=1),
        [
            ChildSpec(id="first", actor=Puppet),
            ChildSpec(
                id="once",
                actor=Puppet,
                kwargs={"start": once},
                decisions=((SpecialCrash, Decision.STOP),),
            ),
            ChildSpec(id="last", actor=Puppet),
        ],
        system=system,
    )

    system.ref("first").tell(crash)

    log.wait_for(ChildStarted, child="last", incarnation=2)
    assert [each.state for each in top.which_children()] == [
        "running",
        "stopped",
        "running",
    ]
    assert once.starts == 2


def test_a_start_by_hand_that_fails_is_not_decided_about(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    once = StartsOnce()
    top, ref = start(
        system,
        ((SpecialCrash, Decision.ESCALATE),),
        FLAGS,
        kwargs={"start": once},
    )
    top.terminate_child("a")

    with pytest.raises(ChildStartError, match="special"):
        top.restart_child("a")

    assert not ref.is_alive()
    assert state(top) == "stopped"
    assert top.is_alive()
    assert clock.pending() <= 1
    assert not log.of(SupervisorGaveUp)


# -- escalate -----------------------------------------------------------------

ESCALATE = ((SpecialCrash, Decision.ESCALATE),)


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TEMPORARY])
def test_an_escalated_error_is_the_supervisors_own(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    top, ref = start(system, ESCALATE, FLAGS, restart=restart)

    ref.tell(special)

    assert top.ended.wait(30.0)
    assert top.ended.reason is not None
    assert top.ended.reason.kind is EndKind.FAILED
    assert isinstance(top.ended.reason.error, SpecialCrash)
    assert not ref.is_alive()
    assert [each.child for each in log.of(ChildStopped)] == ["sibling"]
    (gave_up,) = log.of(SupervisorGaveUp)
    assert (gave_up.supervisor, gave_up.child) == ("top", "a")
    assert "escalated" in gave_up.reason


def nested(decisions: Any, restart: Restart = Restart.TRANSIENT) -> ChildSpec:
    worker = ChildSpec(
        id="worker", actor=Puppet, decisions=((Crash, Decision.ESCALATE),)
    )
    return ChildSpec(
        id="inner",
        actor=Supervisor,
        args=(FLAGS, [worker]),
        restart=restart,
        decisions=decisions,
    )


def test_a_transient_supervisor_that_an_error_ended_is_restarted(
    system: ActorSystem, log: EventLog
) -> None:
    Supervisor.start(FLAGS, [nested(())], system=system)
    ref = system.ref("worker")

    def fail_with_mail(puppet: Puppet) -> None:
        puppet.actor_ref.tell("kept")
        crash(puppet)

    ref.tell(fail_with_mail)

    log.wait_for(ChildStarted, child="inner", incarnation=2)
    assert system.ref("worker") is ref
    assert ref.ask(received, timeout=30.0) == ("kept",)
    assert ref.incarnation == 2


def test_an_error_climbs_as_far_as_it_is_escalated(
    system: ActorSystem, log: EventLog
) -> None:
    top = Supervisor.start(
        FLAGS, [nested(((Crash, Decision.ESCALATE),))], system=system, name="top"
    )

    system.ref("worker").tell(crash)

    assert top.ended.wait(30.0)
    assert top.ended.reason is not None
    assert isinstance(top.ended.reason.error, Crash)
    assert [each.supervisor for each in log.of(SupervisorGaveUp)] == ["inner", "top"]


def test_a_supervisor_that_escalates_can_be_stopped_for_good(
    system: ActorSystem, log: EventLog
) -> None:
    top = Supervisor.start(NONE, [nested(STOP, Restart.PERMANENT)], system=system)
    worker, inner = system.ref("worker"), system.ref("inner")

    worker.tell(crash)

    log.wait_for(ChildFailed, child="inner")
    assert inner.ended.wait(30.0)
    assert not worker.is_alive()
    assert state(top, "inner") == "stopped"
    assert top.is_alive()


def test_a_start_that_fails_during_a_restart_can_escalate(
    system: ActorSystem, clock: ManualClock
) -> None:
    once = StartsOnce()
    top, ref = start(
        system,
        ESCALATE,
        FLAGS,
        kwargs={"start": once},
        backoff=Backoff(minimum_s=1.0, maximum_s=1.0),
    )

    with pytest.raises(Crash):
        ref.ask(crash, timeout=30.0)
    while state(top) != "restarting":
        pass
    clock.advance(1.2)

    assert top.ended.wait(30.0)
    assert top.ended.reason is not None
    assert isinstance(top.ended.reason.error, SpecialCrash)
    assert once.starts == 2


# -- the spec -----------------------------------------------------------------


@pytest.mark.parametrize(
    "decisions",
    [
        [(Crash, Decision.STOP)],
        (Crash, Decision.STOP),
        ((Crash, "stop"),),
        ((BaseException, Decision.STOP),),
        ((SystemExit, Decision.RESUME),),
        (("Crash", Decision.STOP),),
        "stop",
        None,
    ],
)
def test_decisions_without_sense_are_refused(decisions: Any) -> None:
    with pytest.raises(ChildSpecError, match="invalid_decisions"):
        ChildSpec(id="a", actor=Puppet, decisions=decisions)
