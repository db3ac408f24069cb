"""A child that runs is restarted because somebody asks for it."""

import threading

import pytest

from orquestrador.errors import ChildRequestError, ChildStartError
from orquestrador.supervisor import (
    Actor,
    ActorSystem,
    ChildSpec,
    Restart,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)


class Recorder(Actor):
    """Writes down what becomes of it."""

    def __init__(self, name: str, record: list[str], gate: threading.Event) -> None:
        super().__init__()
        self._name = name
        self._record = record
        self._gate = gate

    def on_start(self) -> None:
        self._record.append(f"+{self._name}")

    def on_stop(self) -> None:
        self._record.append(f"-{self._name}")

    def on_receive(self, message: object) -> object:
        if message == "wait":
            self._gate.wait(30.0)
        return f"{message} by {self.actor_ref.incarnation}"


class Once(Actor):
    """Can be started once."""

    def __init__(self, starts: list[int]) -> None:
        super().__init__()
        if starts:
            raise RuntimeError("once only")
        starts.append(1)


@pytest.fixture
def record() -> list[str]:
    """Return what the actors write down."""
    return []


@pytest.fixture
def gate() -> threading.Event:
    """Return what `wait` waits for."""
    return threading.Event()


def _tree(
    system: ActorSystem,
    record: list[str],
    gate: threading.Event,
    strategy: Strategy,
    restart: Restart = Restart.PERMANENT,
) -> SupervisorRef:
    specs = [
        ChildSpec(id=each, actor=Recorder, args=(each, record, gate), restart=restart)
        for each in "abc"
    ]
    return Supervisor.start(
        SupervisorFlags(strategy=strategy, intensity=0), specs, system=system
    )


def test_it_comes_back_behind_its_ref_and_its_mailbox_is_kept(
    system: ActorSystem, record: list[str], gate: threading.Event
) -> None:
    top = _tree(system, record, gate, Strategy.ONE_FOR_ONE)
    ref = system.ref("b")
    ref.tell("wait")
    waiting = [ref.ask(number, block=False) for number in range(3)]
    renewing = threading.Thread(target=top.renew_child, args=("b",))
    renewing.start()
    gate.set()
    renewing.join(30.0)

    assert not renewing.is_alive()
    assert top.which_child("b").ref is ref
    assert ref.incarnation == 2
    numbers = [each.get(timeout=30.0).split()[0] for each in waiting]
    assert numbers == ["0", "1", "2"]
    assert record == ["+a", "+b", "+c", "-b", "+b"]


def test_it_is_not_counted(
    system: ActorSystem, record: list[str], gate: threading.Event
) -> None:
    top = _tree(system, record, gate, Strategy.ONE_FOR_ONE)

    for _each in range(5):
        top.renew_child("a", timeout=30.0)

    assert top.is_alive()
    assert system.ref("a").incarnation == 6


@pytest.mark.parametrize(
    ("strategy", "after"),
    [
        (Strategy.REST_FOR_ONE, ["-b", "-c", "+b", "+c"]),
        (Strategy.ONE_FOR_ALL, ["-b", "-c", "-a", "+a", "+b", "+c"]),
    ],
)
def test_its_group_is_restarted_with_it(
    system: ActorSystem,
    record: list[str],
    gate: threading.Event,
    strategy: Strategy,
    after: list[str],
) -> None:
    top = _tree(system, record, gate, strategy)

    top.renew_child("b", timeout=30.0)

    assert record[3:] == after


def test_what_does_not_run_or_never_comes_back_is_refused(
    system: ActorSystem, record: list[str], gate: threading.Event
) -> None:
    top = _tree(system, record, gate, Strategy.ONE_FOR_ONE)
    top.terminate_child("a", timeout=30.0)

    with pytest.raises(ChildRequestError) as stopped:
        top.renew_child("a", timeout=30.0)
    with pytest.raises(ChildRequestError) as unknown:
        top.renew_child("z", timeout=30.0)
    assert (stopped.value.code, unknown.value.code) == ("stopped", "not_found")

    top.stop(timeout=30.0)
    fleeting = _tree(system, [], gate, Strategy.ONE_FOR_ONE, Restart.TEMPORARY)
    with pytest.raises(ChildRequestError) as temporary:
        fleeting.renew_child("a", timeout=30.0)
    assert temporary.value.code == "temporary"


def test_one_that_cannot_come_back_is_a_failure_like_any_other(
    system: ActorSystem,
) -> None:
    spec = ChildSpec(id="once", actor=Once, args=([],))
    top = Supervisor.start(SupervisorFlags(intensity=0), [spec], system=system)

    with pytest.raises(ChildStartError, match="once only"):
        top.renew_child("once", timeout=30.0)

    assert top.ended.wait(30.0)
