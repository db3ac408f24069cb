"""Children made from one template (OTP's simple_one_for_one)."""

import threading

import pytest

from orquestrador.supervisor import (
    IGNORE,
    Actor,
    ActorRef,
    ActorSystem,
    ChildCounts,
    ChildRequestError,
    ChildSpec,
    ChildStarted,
    EndKind,
    Ignore,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash

FLAGS = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=2, period_s=3600.0)


def counts(number: int) -> ChildCounts:
    return ChildCounts(specs=1, active=number, supervisors=0, workers=number)


def add(top: SupervisorRef) -> ActorRef[Puppet]:
    ref = top.start_child()
    assert isinstance(ref, ActorRef)
    return ref


def test_dynamic_children_are_managed_by_their_refs(system: ActorSystem) -> None:
    """OTP: child_adm_simple."""
    top = Supervisor.start(FLAGS, [ChildSpec(id="w", actor=Puppet)], system=system)
    assert top.which_children() == ()
    assert top.count_children() == counts(0)

    first, second = add(top), add(top)
    assert [(each.id, each.ref) for each in top.which_children()] == [
        (None, second),
        (None, first),
    ]
    with pytest.raises(ChildRequestError, match="simple_one_for_one"):
        top.terminate_child("w")
    top.terminate_child(first)
    assert not first.is_alive()
    top.terminate_child(first)
    stranger = Puppet.start()
    with pytest.raises(ChildRequestError, match="not_found"):
        top.terminate_child(stranger)
    assert stranger.ask("alive", timeout=5.0) == "alive"
    stranger.stop()
    for manage in (top.restart_child, top.delete_child):
        with pytest.raises(ChildRequestError, match="simple_one_for_one"):
            manage("w")
    assert top.count_children() == counts(1)


def test_one_dynamic_child_is_found_by_its_ref(system: ActorSystem) -> None:
    """OTP: which_children_simple_one_for_one."""
    template = ChildSpec(id="w", actor=Puppet, restart=Restart.TEMPORARY)
    top = Supervisor.start(FLAGS, [template], system=system)
    first, second = add(top), add(top)

    assert top.which_child(first).ref is first
    top.terminate_child(first)
    assert top.which_children() == (top.which_child(second),)
    with pytest.raises(ChildRequestError, match="not_found"):
        top.which_child(first)
    with pytest.raises(ChildRequestError, match="not_found"):
        top.which_child(top)
    with pytest.raises(ChildRequestError, match="simple_one_for_one"):
        top.which_child("w")


def test_only_the_dynamic_child_that_failed_is_restarted(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: simple_one_for_one."""
    top = Supervisor.start(FLAGS, [ChildSpec(id="w", actor=Puppet)], system=system)
    first, second = add(top), add(top)

    first.tell(crash)
    log.wait_for(ChildStarted, name="w-1", incarnation=2)
    assert (first.incarnation, second.incarnation) == (2, 1)
    assert top.count_children() == counts(2)

    second.tell(crash)
    log.wait_for(ChildStarted, name="w-2", incarnation=2)
    first.tell(crash)

    assert top.ended.wait(5.0)
    assert top.ended.reason is not None
    assert top.ended.reason.kind is EndKind.SHUTDOWN


@pytest.mark.parametrize("restart", [Restart.TRANSIENT, Restart.PERMANENT])
def test_a_child_that_has_nothing_to_run_any_more_is_dropped(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    """OTP: simple_one_for_one_restart_ignore."""
    answers: list[Actor | Ignore] = []

    def factory() -> Actor | Ignore:
        return IGNORE if len(answers) == 2 else (answers.append(IGNORE) or Puppet())

    template = ChildSpec(id="w", actor=factory, restart=restart)
    top = Supervisor.start(FLAGS, [template], system=system)
    ref = add(top)

    ref.tell(crash)
    log.wait_for(ChildStarted, incarnation=2)
    with pytest.raises(Crash):
        ref.ask(crash, timeout=5.0)

    assert ref.ended.wait(5.0)
    assert top.which_children() == ()
    assert top.stop(timeout=5.0)


def test_some_dynamic_children_wait_to_be_restarted_while_others_run(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: count_restarting_children, hanging_restart_loop_simple."""
    broken, go_on = threading.Event(), threading.Event()

    def start(_puppet: Puppet) -> None:
        if broken.is_set():
            assert go_on.wait(10.0)

    template = ChildSpec(id="w", actor=Puppet, kwargs={"start": start})
    flags = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=20, period_s=10.0)
    top = Supervisor.start(flags, [template], system=system)
    refs = [add(top) for _ in range(3)]
    for ref in refs:
        ref.tell(crash)
    for ref in refs:
        assert ref.ask("back", timeout=5.0) == "back"
    assert top.count_children() == counts(3)

    broken.set()
    for ref in refs[:2]:
        with pytest.raises(Crash):
            ref.ask(crash, timeout=5.0)
    while top.count_children().active != 1:
        pass
    assert top.count_children().specs == 1
    states = {each.state for each in top.which_children()}
    assert states == {"starting", "running"}
    assert all(ref.is_alive() for ref in refs)

    go_on.set()
    for ref in refs:
        assert ref.ask("back", timeout=5.0) == "back"
    for left, ref in zip((2, 1, 0), refs, strict=True):
        top.terminate_child(ref)
        assert top.count_children() == counts(left)
