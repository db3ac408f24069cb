"""Children made from one template (OTP's simple_one_for_one)."""

import threading

import pykka
import pytest

from orquestrador.supervisor import (
    BRUTAL_KILL,
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
    assert stranger.ask("alive", timeout=30.0) == "alive"
    stranger.stop()
    for manage in (top.restart_child, top.delete_child):
        with pytest.raises(ChildRequestError, match="simple_one_for_one"):
            manage("w")
    assert top.count_children() == counts(1)

    top.stop(timeout=30.0)
    with pytest.raises(pykka.ActorDeadError):
        top.terminate_child(second)


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

    assert top.ended.wait(30.0)
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
        ref.ask(crash, timeout=30.0)

    assert ref.ended.wait(30.0)
    assert top.which_children() == ()
    assert top.stop(timeout=30.0)


class Faulty:
    """Lets puppets start; once broken, each attempt waits for leave to fail."""

    def __init__(self) -> None:
        self.broken = False
        self._attempts = threading.Semaphore(0)
        self._leave = threading.Semaphore(0)

    def __call__(self, _puppet: Puppet) -> None:
        if self.broken:
            self._attempts.release()
            assert self._leave.acquire(timeout=30.0)
            if self.broken:
                raise Crash("still broken")

    def wait_for_attempts(self, number: int) -> None:
        for _ in range(number):
            assert self._attempts.acquire(timeout=30.0)

    def fail(self, number: int) -> None:
        """Let attempts fail; each is followed by the next."""
        self._leave.release(number)
        self.wait_for_attempts(number)

    def mend(self, number: int) -> None:
        self.broken = False
        self._leave.release(number)


SLOW_FLAGS = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=20, period_s=10.0)


def start_faulty(system: ActorSystem, faulty: Faulty) -> SupervisorRef:
    template = ChildSpec(
        id="w", actor=Puppet, kwargs={"start": faulty}, shutdown_s=BRUTAL_KILL
    )
    return Supervisor.start(SLOW_FLAGS, [template], system=system)


def test_some_dynamic_children_wait_to_be_restarted_while_others_run(
    system: ActorSystem,
) -> None:
    """OTP: count_restarting_children."""

    def counted(active: int, known: int = 3) -> ChildCounts:
        return ChildCounts(specs=1, active=active, supervisors=0, workers=known)

    faulty = Faulty()
    top = start_faulty(system, faulty)
    refs = [add(top) for _ in range(3)]
    assert top.count_children() == counted(3)
    for ref in refs:
        ref.tell(crash)
    for ref in refs:
        assert ref.ask("back", timeout=30.0) == "back"
    assert [ref.incarnation for ref in refs] == [2, 2, 2]
    assert top.count_children() == counted(3)

    faulty.broken = True
    for ref in refs[:2]:
        ref.tell(crash)
    faulty.wait_for_attempts(2)
    for _ in range(3):
        faulty.fail(2)
        assert top.count_children() == counted(1)
    assert all(ref.is_alive() for ref in refs)

    faulty.mend(2)
    for ref in refs:
        assert ref.ask("back", timeout=30.0) == "back"
    assert top.count_children() == counted(3)
    for left, ref in zip((2, 1, 0), refs, strict=True):
        top.terminate_child(ref)
        assert top.count_children() == counts(left)


def test_a_supervisor_answers_while_a_dynamic_child_fails_again_and_again(
    system: ActorSystem,
) -> None:
    """OTP: hanging_restart_loop_simple."""
    faulty = Faulty()
    top = start_faulty(system, faulty)
    ref = add(top)

    def loop(ref: ActorRef[Puppet]) -> None:
        faulty.broken = True
        ref.tell(crash)
        faulty.wait_for_attempts(1)
        faulty.fail(1)

    loop(ref)
    for manage in (top.restart_child, top.delete_child):
        with pytest.raises(ChildRequestError, match="simple_one_for_one"):
            manage("w")
    (entry,) = top.which_children()
    assert entry == top.which_child(ref)
    assert (entry.id, entry.ref) == (None, None)
    # An attempt is being made right now; between two of them it is `restarting`.
    assert entry.state in {"starting", "restarting"}
    assert top.count_children() == ChildCounts(
        specs=1, active=0, supervisors=0, workers=1
    )

    top.terminate_child(ref, timeout=30.0)
    assert top.which_children() == ()
    assert not ref.is_alive()
    faulty.mend(1)

    again = add(top)
    loop(again)
    assert top.stop(timeout=30.0)
    assert not again.is_alive()
    faulty.mend(1)
