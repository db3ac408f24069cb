"""Children that are added, stopped, started and dropped by hand."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pykka
import pytest

from orquestrador.messages import reply_type
from orquestrador.supervisor import (
    BRUTAL_KILL,
    Actor,
    ActorRef,
    ActorSystem,
    ChildCounts,
    ChildFailed,
    ChildRequestError,
    ChildSpec,
    ChildStarted,
    ChildStopped,
    CountChildren,
    EndReason,
    Restart,
    RestartChild,
    StartChild,
    StartedChild,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
    WhichChildren,
    requests,
)
from orquestrador.supervisor.control import Report
from orquestrador.supervisor.testkit import Crash, EventLog, Puppet, crash

FLAGS = SupervisorFlags(intensity=2, period_s=3600.0)
DYNAMIC = SupervisorFlags(strategy=Strategy.DYNAMIC, intensity=2, period_s=3600.0)
CHILD1 = ChildSpec(id="child1", actor=Puppet)

TraceFunction = Callable[[FrameType, str, object], Any]


def code(call: Callable[[], object]) -> str:
    with pytest.raises(ChildRequestError) as caught:
        call()
    return caught.value.code


def workers(specs: int, active: int, known: int | None = None) -> ChildCounts:
    known = specs if known is None else known
    return ChildCounts(specs=specs, active=active, supervisors=0, workers=known)


def test_a_static_child_is_managed_by_its_id(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: child_adm."""
    top = Supervisor.start(FLAGS, [CHILD1], system=system)
    ref = system.ref("child1")

    with pytest.raises(ChildRequestError) as caught:
        top.start_child(CHILD1)
    assert (caught.value.code, caught.value.ref) == ("already_started", ref)
    assert code(lambda: top.terminate_child("nobody")) == "not_found"

    top.terminate_child("child1")
    log.wait_for(ChildStopped, child="child1", reason="shutdown")
    assert [(each.id, each.ref) for each in top.which_children()] == [("child1", None)]
    assert top.count_children() == workers(1, 0)
    top.terminate_child("child1")
    assert code(lambda: top.start_child(CHILD1)) == "already_present"

    again = top.restart_child("child1")
    assert again is not None
    assert again.is_alive()
    assert not ref.is_alive()
    assert code(lambda: top.restart_child("child1")) == "running"
    assert code(lambda: top.restart_child("nobody")) == "not_found"
    assert code(lambda: top.delete_child("child1")) == "running"
    assert code(lambda: top.delete_child("nobody")) == "not_found"

    top.terminate_child("child1")
    top.delete_child("child1")
    assert top.count_children() == workers(0, 0)
    assert top.start_child(CHILD1) is not None
    assert code(lambda: top.terminate_child(system.ref("child1"))) == "not_found"

    top.stop(timeout=30.0)
    with pytest.raises(pykka.ActorDeadError):
        top.which_children()


def test_an_extra_value_of_the_factory_is_handed_over(
    system: ActorSystem, log: EventLog
) -> None:
    """OTP: extra_return, simple_one_for_one_extra."""

    def factory() -> tuple[Actor, str]:
        return Puppet(), "extra"

    top = Supervisor.start(FLAGS, system=system)
    spec = ChildSpec(id="child1", actor=factory)  # type: ignore[arg-type]
    started = top.ask(StartChild(spec), block=True, timeout=30.0)
    assert started == StartedChild("child1", system.ref("child1"), "extra")

    system.ref("child1").tell(crash)
    log.wait_for(ChildStarted, child="child1", incarnation=2)

    # The same round of calls as without it.
    with pytest.raises(ChildRequestError) as caught:
        top.start_child(spec)
    assert (caught.value.code, caught.value.ref) == (
        "already_started",
        system.ref("child1"),
    )
    top.terminate_child("child1")
    assert code(lambda: top.start_child(spec)) == "already_present"
    started = top.ask(RestartChild(id="child1"), block=True, timeout=30.0)
    assert started == StartedChild("child1", system.ref("child1"), "extra")
    assert code(lambda: top.restart_child("child1")) == "running"
    assert code(lambda: top.delete_child("child1")) == "running"
    top.terminate_child("child1")
    top.delete_child("child1")
    assert top.count_children() == workers(0, 0)

    dynamic = Supervisor.start(
        DYNAMIC,
        [ChildSpec(id="w", actor=factory)],  # type: ignore[arg-type]
        system=system,
    )
    started = dynamic.ask(StartChild(), block=True, timeout=30.0)
    assert started.extra == "extra"
    assert started.ref is not None
    started.ref.tell(crash)
    log.wait_for(ChildStarted, child="w", incarnation=2)


def test_children_are_listed_newest_first(system: ActorSystem) -> None:
    """OTP: which_children."""
    top = Supervisor.start(FLAGS, system=system)
    assert top.which_children() == ()
    assert code(lambda: top.which_child("child1")) == "not_found"

    child1 = top.start_child(CHILD1)
    assert top.which_child("child1").ref is child1
    top.start_child(ChildSpec(id="child2", actor=Puppet))
    assert [each.id for each in top.which_children()] == ["child2", "child1"]
    assert top.which_children() == tuple(
        top.which_child(each) for each in ("child2", "child1")
    )

    top.terminate_child("child1")
    assert top.which_child("child1").ref is None
    top.delete_child("child1")
    assert code(lambda: top.which_child("child1")) == "not_found"
    assert [each.id for each in top.which_children()] == ["child2"]


@pytest.mark.parametrize("kind", ["worker", "supervisor"])
def test_many_children_are_counted(system: ActorSystem, kind: str) -> None:
    """OTP: count_children, count_children_supervisor."""
    is_supervisor = kind == "supervisor"
    template = (
        ChildSpec(id="w", actor=Supervisor, args=(FLAGS,), restart=Restart.TEMPORARY)
        if is_supervisor
        else ChildSpec(id="w", actor=Puppet, restart=Restart.TEMPORARY)
    )
    top = Supervisor.start(DYNAMIC, [template], system=system)

    def counts(number: int) -> ChildCounts:
        return ChildCounts(
            specs=1,
            active=number,
            supervisors=number if is_supervisor else 0,
            workers=0 if is_supervisor else number,
        )

    for number in (100, 200):
        for _ in range(100):
            top.start_child()
        assert top.count_children() == counts(number)
        assert top.which_children() == top.which_children()
    for each in top.which_children():
        top.terminate_child(each.ref)  # type: ignore[arg-type]
    assert top.count_children() == counts(0)


class Argument:
    """Something big that a child is started with."""


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("restart", Restart)
def test_only_the_arguments_of_a_temporary_child_are_not_kept(
    system: ActorSystem, log: EventLog, strategy: Strategy, restart: Restart
) -> None:
    """OTP: do_not_save_start_parameters_for_temporary_children,
    simple_one_for_one_corruption.
    """

    def build(_argument: object) -> Actor:
        return Puppet()

    def start(argument: object) -> ActorRef[Any]:
        if strategy is Strategy.DYNAMIC:
            ref = top.start_child(args=(argument,))
        else:
            ref = top.start_child(
                ChildSpec(
                    id=type(argument).__name__,
                    actor=build,
                    args=(argument,),
                    restart=restart,
                )
            )
        assert isinstance(ref, ActorRef)
        return ref

    flags = SupervisorFlags(strategy=strategy, intensity=2, period_s=3600.0)
    template = ChildSpec(id="w", actor=build, restart=restart)
    children = [template] if strategy is Strategy.DYNAMIC else []
    top = Supervisor.start(flags, children, system=system)
    # One that fails first.
    start("small").tell(crash)
    log.wait_for(ChildFailed)
    argument = Argument()
    seen = weakref.ref(argument)
    ref = start(argument)
    del argument
    # Both loops have let go of the request once they have handled another message.
    top.count_children()
    assert ref.ask("running", timeout=30.0) == "running"
    gc.collect()

    assert (seen() is None) == (restart is Restart.TEMPORARY)


def kill(ref: ActorRef[Any]) -> None:
    incarnation = ref.cell.incarnation
    assert incarnation is not None
    incarnation.fence(EndReason.killed("by the test"))


@pytest.mark.parametrize(
    "strategy", [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]
)
@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("how", ["kill", "normal", "abnormal", "terminate"])
def test_only_the_spec_of_a_temporary_child_goes_with_it(
    system: ActorSystem, log: EventLog, strategy: Strategy, restart: Restart, how: str
) -> None:
    """OTP: do_not_save_child_specs_for_temporary_children."""
    top = Supervisor.start(
        SupervisorFlags(strategy=strategy, intensity=2, period_s=3600.0), system=system
    )
    spec = ChildSpec(id="child1", actor=Puppet, restart=restart)
    ref = top.start_child(spec)
    assert ref is not None

    restarted = restart is Restart.PERMANENT or (
        restart is Restart.TRANSIENT and how in {"kill", "abnormal"}
    )
    if how == "terminate":
        top.terminate_child("child1")
    else:
        if how == "kill":
            kill(system.ref("child1"))
        else:
            ref.tell(crash if how == "abnormal" else lambda puppet: puppet.stop())
        log.wait_for(ChildStopped if how == "normal" else ChildFailed)
        if restarted:
            log.wait_for(ChildStarted, incarnation=2)

    if restart is Restart.TEMPORARY:
        assert top.start_child(spec) is not None
    elif how == "terminate" or not restarted:
        assert code(lambda: top.start_child(spec)) == "already_present"
        assert top.restart_child("child1") is not None
    else:
        assert code(lambda: top.start_child(spec)) == "already_started"


class Faulty:
    """Lets a puppet start until it is told to refuse; then each start waits."""

    def __init__(self) -> None:
        self.broken = False
        self.attempts = 0
        self.attempt = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)

    def __call__(self, _puppet: Puppet) -> None:
        if self.broken:
            self.attempts += 1
            self.entered.release()
            assert self.attempt.acquire(timeout=30.0)
            if self.broken:
                raise Crash("still broken")

    def break_down(self) -> None:
        self.broken = True

    def mend(self) -> None:
        self.broken = False
        self.attempt.release()

    def fail_once_more(self) -> None:
        """Let one attempt fail, and wait until the next one waits."""
        self.attempt.release()
        assert self.entered.acquire(timeout=30.0)


def start_faulty(
    system: ActorSystem, strategy: Strategy, faulty: Faulty
) -> SupervisorRef:
    child = ChildSpec(
        id="faulty", actor=Puppet, kwargs={"start": faulty}, shutdown_s=BRUTAL_KILL
    )
    children = [child]
    if strategy is Strategy.REST_FOR_ONE:
        children = [CHILD1, child, ChildSpec(id="child3", actor=Puppet)]
    flags = SupervisorFlags(strategy=strategy, intensity=8, period_s=10.0)
    return Supervisor.start(flags, children, system=system)


def loop(system: ActorSystem, faulty: Faulty) -> None:
    """Make the faulty child fail, and go on failing."""
    faulty.break_down()
    system.ref("faulty").tell(crash)
    assert faulty.entered.acquire(timeout=30.0)
    faulty.fail_once_more()


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ONE, Strategy.REST_FOR_ONE])
def test_a_supervisor_answers_while_a_child_fails_again_and_again(
    system: ActorSystem, strategy: Strategy
) -> None:
    """OTP: hanging_restart_loop, hanging_restart_loop_rest_for_one."""
    faulty = Faulty()
    top = start_faulty(system, strategy, faulty)
    rest = strategy is Strategy.REST_FOR_ONE
    loop(system, faulty)

    spec = ChildSpec(id="faulty", actor=Puppet)
    assert code(lambda: top.start_child(spec)) == "already_present"
    assert code(lambda: top.restart_child("faulty")) == "restarting"
    assert code(lambda: top.delete_child("faulty")) == "restarting"
    assert top.which_child("faulty").state in {"restarting", "starting"}
    assert top.which_child("faulty").ref is None
    assert top.count_children() == (workers(3, 1) if rest else workers(1, 0))
    if rest:
        assert top.which_child("child1").state == "running"
        assert top.which_child("child3").ref is None

    top.terminate_child("faulty", timeout=30.0)
    assert top.which_child("faulty").state == "stopped"
    attempts = faulty.attempts
    if rest:
        assert top.which_child("child3").ref is None
        assert system.ref("child1").incarnation == 1
    assert faulty.attempts == attempts

    faulty.mend()
    assert top.restart_child("faulty") is not None
    loop(system, faulty)
    assert top.stop(timeout=30.0)
    faulty.mend()
    # A cut-off attempt may have taken a leave that was another's.
    faulty.attempt.release(faulty.attempts)


def test_a_group_whose_restart_is_interrupted_stays_stopped(
    system: ActorSystem, log: EventLog
) -> None:
    stopping, go_on = threading.Event(), threading.Event()

    def slow(_puppet: Puppet) -> None:
        stopping.set()
        assert go_on.wait(30.0)

    flags = SupervisorFlags(strategy=Strategy.ONE_FOR_ALL, intensity=2, period_s=10.0)
    sibling = ChildSpec(id="sibling", actor=Puppet, kwargs={"stop": slow})
    top = Supervisor.start(flags, [CHILD1, sibling], system=system)
    refs = system.ref("child1"), system.ref("sibling")

    refs[0].tell(crash)
    assert stopping.wait(30.0)
    top.terminate_child("child1", timeout=30.0)
    go_on.set()
    log.wait_for(ChildStopped, child="sibling")

    assert top.count_children() == workers(2, 0)
    assert not any(ref.is_alive() for ref in refs)
    assert top.restart_child("sibling") is not None


class Counted(Supervisor):
    """Counts the lines of Python that it takes for what it is sent: its work.

    Seconds would be those of a busy machine.
    """

    lines = 0

    def on_receive(self, message: object) -> object:
        with self._counted():
            return super().on_receive(message)

    def child_reported(self, report: Report) -> None:
        with self._counted():
            super().child_reported(report)

    @contextmanager
    def _counted(self) -> Generator[None]:
        before = sys.gettrace()
        sys.settrace(self._count)
        try:
            yield
        finally:
            sys.settrace(before)

    def _count(self, _frame: FrameType, event: str, _what: object) -> TraceFunction:
        if event == "line":
            type(self).lines += 1
        return self._count


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    monkeypatch.setattr(Counted, "lines", 0)
    return Counted


def lines_for_dynamic(top: SupervisorRef, number: int) -> int:
    """Return the work in which a number of children comes and goes."""
    begun = Counted.lines
    refs = [top.start_child() for _ in range(number)]
    assert top.count_children() == workers(1, number, number)
    for ref in refs:
        assert ref is not None
        top.terminate_child(ref)
    assert top.count_children() == workers(1, 0, 0)
    return Counted.lines - begun


def test_ten_times_as_many_dynamic_children_take_ten_times_the_work(
    system: ActorSystem, counted: type[Counted]
) -> None:
    """OTP: simple_one_for_one_scale_many_temporary_children."""
    template = ChildSpec(id="w", actor=Puppet, restart=Restart.TEMPORARY)
    top = counted.start(DYNAMIC, [template], system=system)

    few = lines_for_dynamic(top, 100)
    many = lines_for_dynamic(top, 1000)

    assert few > 100
    assert many <= 1.1 * 10 * few


def lines_for_static(top: SupervisorRef, number: int) -> tuple[int, int]:
    """Return the work in which children start, and in which they stop."""
    begun = Counted.lines
    for each in range(number):
        top.start_child(ChildSpec(id=f"child{each}", actor=Puppet))
    started = Counted.lines
    for each in range(number):
        top.terminate_child(f"child{each}")
    stopped = Counted.lines
    assert top.count_children() == workers(number, 0)
    for each in range(number):
        top.delete_child(f"child{each}")
    return started - begun, stopped - started


def test_twenty_times_as_many_static_children_take_twenty_times_the_work(
    system: ActorSystem, counted: type[Counted]
) -> None:
    """OTP: scale_start_stop_many_children."""
    top = counted.start(FLAGS, system=system)

    few = lines_for_static(top, 50)
    many = lines_for_static(top, 1000)

    for which in (0, 1):
        assert few[which] > 50
        assert many[which] <= 1.1 * 20 * few[which]


class Asker(Actor):
    """Asks a supervisor in the way an actor may."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[object] = []

    def on_receive(self, message: object) -> object:
        match message:
            case ("request", ref, what):
                self.request(ref, what)
            case "answers":
                return tuple(self.answers)
            case _:
                self.answers.append(message)
        return None


def test_an_actor_manages_children_without_waiting(
    system: ActorSystem, log: EventLog
) -> None:
    template = ChildSpec(id="w", actor=Puppet)
    top = Supervisor.start(DYNAMIC, [template], system=system)
    children = [ChildSpec(id="asker", actor=Asker)]
    manager = Supervisor.start(FLAGS, children, system=system)
    asker = system.ref("asker")

    for what in (StartChild(), WhichChildren(), CountChildren()):
        asker.tell(("request", top, what))
    log.wait_for(ChildStarted, child="w")

    assert manager.is_alive()
    top.count_children()
    while len(answers := asker.ask("answers", block=True, timeout=30.0)) < 3:
        pass
    kinds = {type(each) for each in answers}
    assert kinds == {StartedChild, tuple, ChildCounts}


def test_requests_that_name_their_reply_are_answered_by_it(system: ActorSystem) -> None:
    top = Supervisor.start(FLAGS, [ChildSpec(id="a", actor=Puppet)], system=system)
    replies: list[tuple[object, type]] = [
        (StartChild(ChildSpec(id="b", actor=Puppet)), StartedChild),
        (requests.WhichChild("a"), requests.ChildInfo),
        (requests.GetChildSpec("a"), ChildSpec),
        (CountChildren(), ChildCounts),
        (requests.Reconfigure(FLAGS, ()), requests.Reconfigured),
        (requests.TerminateChild("a"), requests.ChildInfo),
    ]

    for request, reply in replies:
        answer: object = top.ask(request, block=True, timeout=30.0)
        assert type(answer) is reply
        assert reply_type(type(request)) is reply
    assert reply_type(requests.DeleteChild) is requests.ChildInfo
