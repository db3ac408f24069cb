"""A supervisor that gives up, and what its own supervisor makes of it."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import pytest

from orquestrador.supervisor import (
    Actor,
    ActorSystem,
    ChildCounts,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    ChildStopped,
    Restart,
    RestartLimitError,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorGaveUp,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash


class StartsOnce:
    """Lets a puppet start the first time only."""

    def __init__(self) -> None:
        self.starts = 0

    def __call__(self, _puppet: Puppet) -> None:
        self.starts += 1
        if self.starts > 1:
            raise Crash("cannot start again")


def flags(strategy: Strategy, intensity: int = 4) -> SupervisorFlags:
    return SupervisorFlags(strategy=strategy, intensity=intensity, period_s=3600.0)


@pytest.mark.parametrize(
    ("strategy", "failing", "once"),
    [
        (Strategy.ONE_FOR_ONE, "child1", "child1"),
        (Strategy.ONE_FOR_ALL, "child1", "child2"),
        (Strategy.REST_FOR_ONE, "child1", "child2"),
    ],
)
def test_a_child_that_cannot_be_restarted_ends_the_supervisor(
    system: ActorSystem, log: EventLog, strategy: Strategy, failing: str, once: str
) -> None:
    """OTP: one_for_one_escalation, one_for_all_escalation, rest_for_one_escalation."""
    starts = StartsOnce()
    top = Supervisor.start(
        flags(strategy),
        [
            ChildSpec(
                id=each, actor=Puppet, kwargs={"start": starts} if each == once else {}
            )
            for each in ("child1", "child2")
        ],
        system=system,
        name="top",
    )
    others = [system.ref(each) for each in ("child1", "child2")]

    system.ref(failing).tell(crash)

    assert top.ended.wait(30.0)
    assert not any(each.is_alive() for each in others)
    # Every attempt is counted before it is made: four are allowed.
    attempts = 4 if once == failing else starts.starts - 1
    assert starts.starts == 1 + attempts
    assert len(log.of(ChildFailed)) == 5
    (gave_up,) = log.of(SupervisorGaveUp)
    assert (gave_up.supervisor, gave_up.child) == ("top", once)
    assert top.ended.reason is not None
    error = top.ended.reason.error
    assert isinstance(error, RestartLimitError)
    assert repr(once) in str(error)
    assert "Crash: cannot start again" in str(error)


def test_a_dynamic_child_that_cannot_be_restarted_ends_the_supervisor(
    system: ActorSystem,
) -> None:
    """OTP: simple_one_for_one_escalation."""
    template = ChildSpec(id="w", actor=Puppet)
    top = Supervisor.start(flags(Strategy.DYNAMIC), [template], system=system)
    first = top.start_child(kwargs={"start": StartsOnce()})
    other = top.start_child()
    assert first is not None
    assert other is not None

    first.tell(crash)

    assert top.ended.wait(30.0)
    assert not other.is_alive()


def test_an_escalation_through_a_tree_restarts_everything_above(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: tree."""

    def supervisor(
        name: str, *children: ChildSpec, restart: Restart = Restart.PERMANENT
    ) -> ChildSpec:
        return ChildSpec(
            id=name,
            actor=Supervisor,
            args=(flags(Strategy.ONE_FOR_ONE), children),
            restart=restart,
        )

    top = Supervisor.start(
        flags(Strategy.ONE_FOR_ALL),
        [
            supervisor(
                "sup1",
                ChildSpec(id="child1", actor=Puppet),
                ChildSpec(id="child2", actor=Puppet),
            ),
            supervisor("sup2"),
            supervisor("sup3", restart=Restart.TRANSIENT),
        ],
        system=system,
    )
    top.terminate_child("sup3")
    assert top.count_children() == ChildCounts(
        specs=3, active=2, supervisors=3, workers=0
    )
    sup2 = ref_of(system, "sup2")
    sup2.start_child(
        ChildSpec(id="child3", actor=Puppet, kwargs={"start": StartsOnce()})
    )
    sup2.start_child(ChildSpec(id="child4", actor=Puppet))

    system.ref("child4").tell(crash)
    log.wait_for(ChildStarted, child="child4", incarnation=2)
    assert [system.ref(f"child{n}").incarnation for n in (1, 2, 3)] == [1, 1, 1]

    added = [system.ref(name) for name in ("child3", "child4")]
    kept = [system.ref(name) for name in ("sup1", "sup2", "child1", "child2")]
    system.ref("child3").tell(crash)
    log.wait_for(ChildStarted, child="sup3", count=2)

    assert top.count_children() == ChildCounts(
        specs=3, active=3, supervisors=3, workers=0
    )
    assert [ref.incarnation for ref in kept] == [2, 2, 2, 2]
    assert [system.ref(ref.name) for ref in kept] == kept
    assert ref_of(system, "sup1").count_children().active == 2
    assert not any(ref.is_alive() for ref in added)
    for name in ("sup2", "sup3"):
        assert ref_of(system, name).which_children() == ()


def ref_of(system: ActorSystem, name: str) -> SupervisorRef:
    ref = system.ref(name)
    assert isinstance(ref, SupervisorRef)
    return ref


def actor_of(system: ActorSystem, name: str) -> Actor:
    incarnation = system.ref(name).cell.incarnation
    assert incarnation is not None
    assert incarnation.actor is not None
    return incarnation.actor


def test_names_mean_the_renewed_actors_after_every_kind_of_end(
    system: ActorSystem, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OTP: simple_global_supervisor."""
    worker = ChildSpec(id="worker", actor=Puppet)
    sibling = ChildSpec(id="sibling", actor=Puppet)
    middle = ChildSpec(
        id="middle",
        actor=Supervisor,
        args=(flags(Strategy.ONE_FOR_ONE), [worker, sibling]),
    )
    top = Supervisor.start(
        SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=3, period_s=60.0),
        [middle],
        system=system,
    )
    ref = system.ref("worker")

    def die(_report: object) -> None:
        raise SystemExit

    # The middle supervisor's thread dies; nobody stops the worker in order.
    monkeypatch.setattr(actor_of(system, "middle"), "child_reported", die)
    ref.tell(crash)
    log.wait_for(ChildStarted, child="worker", incarnation=2)
    assert system.ref("worker") is ref
    assert system.ref("middle").incarnation == 2
    log.wait_for(ChildStarted, child="sibling", incarnation=2)
    # An orphan would take every second message.
    for number in range(10):
        assert system.ref("sibling").ask(number, timeout=30.0) == number

    ref.tell(crash)
    log.wait_for(ChildStarted, child="worker", incarnation=3)
    assert system.ref("middle").incarnation == 2

    ref_of(system, "middle").terminate_child("worker")
    assert not ref.is_alive()
    again = ref_of(system, "middle").restart_child("worker")
    assert system.ref("worker") is again

    top.stop(timeout=30.0)
    assert system.names() == ()


@pytest.mark.parametrize("where", ["request", "report"])
def test_a_supervisor_whose_own_code_fails_stops_its_children_in_order(
    system: ActorSystem, log: EventLog, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Own: supervisor_crash."""
    inner = ChildSpec(
        id="inner",
        actor=Supervisor,
        args=(
            flags(Strategy.ONE_FOR_ONE),
            [ChildSpec(id=each, actor=Puppet) for each in ("one", "two", "three")],
        ),
        restart=Restart.TRANSIENT,
    )
    Supervisor.start(flags(Strategy.ONE_FOR_ONE), [inner], system=system)
    supervision = actor_of(system, "inner").__dict__["_supervision"]

    def fail(*_: object) -> None:
        raise Crash("the supervisor's own fault")

    if where == "request":
        monkeypatch.setattr(supervision.children, "counts", fail)
        with pytest.raises(Crash, match="own fault"):
            ref_of(system, "inner").count_children(timeout=30.0)
    else:
        monkeypatch.setattr(supervision.verdicts, "_ended_by_itself", fail)
        system.ref("one").tell(crash)

    failed = log.wait_for(ChildFailed, child="inner")
    assert "own fault" in failed.reason
    log.wait_for(ChildStarted, child="inner", incarnation=2)
    stopped = [each.child for each in log.of(ChildStopped, supervisor="inner")]
    assert stopped == (
        ["three", "two", "one"] if where == "request" else ["three", "two"]
    )
    assert [system.ref(each).incarnation for each in ("one", "two", "three")] == [2] * 3


def test_what_waits_in_a_mailbox_survives_the_supervisor_above(
    system: ActorSystem, log: EventLog
) -> None:
    worker = ChildSpec(id="worker", actor=Puppet)
    inner = ChildSpec(
        id="inner",
        actor=Supervisor,
        args=(flags(Strategy.ONE_FOR_ONE, intensity=0), [worker]),
    )
    Supervisor.start(flags(Strategy.ONE_FOR_ONE), [inner], system=system)
    ref = system.ref("worker")

    def fail_with_mail(puppet: Puppet) -> None:
        puppet.actor_ref.tell("kept")
        crash(puppet)

    ref.tell(fail_with_mail)
    log.wait_for(ChildStarted, child="inner", incarnation=2)

    kept = ref.ask(lambda puppet: tuple(puppet.received), timeout=30.0)
    assert (kept, ref.incarnation) == (("kept",), 2)
    assert not log.of(ChildStopped, child="worker")
