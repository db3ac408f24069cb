"""The control actor: serves the system, and comes back with its address."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pykka
import pytest

from orquestrador.actors import ControlActor, ControlPlace
from orquestrador.errors import ChildStartError, RemoteActorError
from orquestrador.messages import Message
from orquestrador.messages.control import (
    GetStatus,
    RunDefaults,
    Stopping,
    StopRequested,
    StopSystem,
)
from orquestrador.messages.run import RunFinished, RunProgressed
from orquestrador.supervisor import (
    ActorSystem,
    Backoff,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    ChildStuck,
    FailingAsk,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.protocol import ProtocolActor, handles
from orquestrador.supervisor.remote import (
    Address,
    GetTree,
    RemoteSystem,
    Served,
    Service,
    address,
    connect,
    listen,
)
from orquestrador.supervisor.testkit import EventLog

PROGRESS = RunProgressed(
    token="t",  # noqa: S106 -- a run's name
    run=1,
    files=10,
    looked_at=5,
    settled=4,
    classified=3,
    problems=1,
    current="a.mq4",
)
FINISHED = RunFinished(
    token="t",  # noqa: S106 -- a run's name
    run=1,
    problem=None,
    files=10,
    classified=10,
    problems=1,
    changed=True,
    duration_s=1.0,
    backup=False,
    report=False,
)


class Hang(Message):
    """For `HangingControlActor`."""


class Crash(Message):
    """For `HangingControlActor`."""


class HangingControlActor(  # pyright: ignore[reportGeneralTypeIssues] -- it takes more
    ControlActor, ProtocolActor[GetStatus | GetTree | StopSystem | Hang | Crash]
):
    """A control actor that can be made to fail."""

    release = threading.Event()

    @handles(Hang)
    def _hang(self, _message: Hang) -> None:
        self.release.wait(30)

    @handles(Crash)
    def _crash(self, _message: Crash) -> None:
        raise RuntimeError("crashed")


SERVICE = Service(
    actors=(
        Served(actor="control", messages=(GetStatus, GetTree, StopSystem, Hang, Crash)),
    ),
    events=(StopRequested,),
)

Start = Callable[..., ActorSystem]


@pytest.fixture
def place() -> Iterator[Address]:
    with tempfile.TemporaryDirectory(prefix="orq") as folder:
        yield address("app", "subject", environment={"XDG_RUNTIME_DIR": folder})


@pytest.fixture
def start(place: Address) -> Iterator[Start]:
    """Start a system with a control actor."""
    systems: list[ActorSystem] = []

    def begin(**spec: object) -> ActorSystem:
        systems.append(ActorSystem())
        control = ControlPlace(
            address=place,
            service=SERVICE,
            library="/library",
            state=Path("/state"),
            since=1.0,
            defaults=RunDefaults(level="full", backup=True, report=False),
        )
        child = ChildSpec(
            id="control",
            actor=HangingControlActor,
            args=(control,),
            **spec,  # type: ignore[arg-type]
        )
        flags = SupervisorFlags(intensity=50, period_s=60.0)
        Supervisor.start(flags, [child], system=systems[-1], name="top")
        return systems[-1]

    yield begin
    HangingControlActor.release.set()
    for system in systems:
        assert system.stop(timeout=30)
    HangingControlActor.release.clear()


def peer(place: Address) -> RemoteSystem:
    return connect(place, SERVICE)


def test_the_status_tells_what_runs_where(start: Start, place: Address) -> None:
    start()
    with peer(place) as remote:
        status = remote.ref("control").ask(GetStatus(), timeout=30)

        assert (status.library, status.pid) == ("/library", remote.pid)
        assert status.defaults == RunDefaults(level="full", backup=True, report=False)
        assert status.connections == 1
        assert status.run is None


def test_the_status_tells_how_far_the_run_is(start: Start, place: Address) -> None:
    system = start()
    with peer(place) as remote:
        control = remote.ref("control")
        for event, expected in ((PROGRESS, PROGRESS), (FINISHED, None)):
            system.events.publish(event)
            assert system.events.flush(timeout=30)
            # It was sent to the actor before this question.
            assert control.ask(GetStatus(), timeout=30).run == expected


def test_the_tree_tells_every_actor(start: Start, place: Address) -> None:
    start()
    with peer(place) as remote:
        tree = remote.ref("control").ask(GetTree(), timeout=30)

    assert [actor.name for actor in tree.actors] == ["top", "control"]


def test_a_stop_is_answered_and_told_to_whoever_can_do_it(
    start: Start, place: Address
) -> None:
    log = EventLog(start())
    with peer(place) as remote:
        answer = remote.ref("control").ask(StopSystem(), timeout=30)

        assert answer == Stopping(pid=remote.pid)
        log.wait_for(StopRequested)


def test_after_a_crash_the_address_is_open_again(start: Start, place: Address) -> None:
    log = EventLog(start())
    with peer(place) as before:
        before.ref("control").tell(Crash())
        log.wait_for(ChildStarted, child="control", incarnation=2)
        assert before.wait_closed(timeout=30)
        with pytest.raises(pykka.ActorDeadError, match="the system ends"):
            before.ref("control").ask(GetStatus(), timeout=30)

    with peer(place) as after:
        assert after.ref("control").ask(GetStatus(), timeout=30).connections == 1


def test_a_crash_is_the_askers_answer_before_the_connection_ends(
    start: Start, place: Address
) -> None:
    start(failing_ask=FailingAsk.RESTART)
    with (
        peer(place) as remote,
        pytest.raises(RemoteActorError, match="RuntimeError: crashed"),
    ):
        remote.ref("control").ask(Crash(), timeout=30)


def test_an_incarnation_that_was_cut_off_lets_go_of_the_address(
    start: Start, place: Address
) -> None:
    log = EventLog(start(stuck_after_s=0.3, shutdown_s=0.1))
    with peer(place) as before:
        before.ref("control").tell(Hang())
        log.wait_for(ChildStuck, child="control")
        log.wait_for(ChildStarted, child="control", incarnation=2)
        assert before.wait_closed(timeout=30)

    with peer(place) as after:
        assert after.ref("control").ask(GetStatus(), timeout=30).connections == 1


def test_an_error_of_the_server_is_the_actors_and_mended_by_its_restart(
    start: Start, place: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = start()
    log = EventLog(system)
    with monkeypatch.context() as broken, peer(place) as remote:

        def fail(_server: object) -> None:
            raise MemoryError("no more")

        broken.setattr("orquestrador.supervisor.remote.server.Server._settle", fail)
        remote.ref("control").tell(GetStatus())
        log.wait_for(ChildFailed, child="control")
    log.wait_for(ChildStarted, child="control")

    failure = log.of(ChildFailed, child="control")[0]
    assert "RemoteError: MemoryError: no more" in failure.reason


def test_an_address_that_another_process_has_keeps_the_system_from_starting(
    start: Start, place: Address
) -> None:
    listening = listen(place)
    try:
        with pytest.raises(ChildStartError, match="held by a system that runs"):
            start()
    finally:
        listening.close()


def test_a_control_actor_that_cannot_come_back_tries_again_and_again(
    start: Start, place: Address
) -> None:
    log = EventLog(start(backoff=Backoff(minimum_s=0.01, maximum_s=0.05, jitter=0.0)))
    place.path.parent.chmod(0o755)
    with peer_before_the_change(place) as remote:
        remote.ref("control").tell(Crash())
        log.wait_for(ChildFailed, child="control", count=4)
    place.path.parent.chmod(0o700)
    log.wait_for(ChildStarted, child="control")

    with peer(place) as after:
        assert after.ref("control").ask(GetStatus(), timeout=30).connections == 1


def peer_before_the_change(place: Address) -> RemoteSystem:
    """Connect while the folder looks as it should, and spoil it again."""
    place.path.parent.chmod(0o700)
    remote = peer(place)
    place.path.parent.chmod(0o755)
    return remote


def test_after_the_end_nothing_listens_and_nothing_is_left(
    start: Start, place: Address
) -> None:
    system = start()
    threads = {each.name for each in threading.enumerate()}
    assert "orquestrador-server" in threads
    assert system.stop(timeout=30)

    assert not place.path.exists()
    assert "orquestrador-server" not in {each.name for each in threading.enumerate()}
