"""What a supervised actor does where Pykka's own tests expect a plain one.

One test for each difference listed in `dropin/kinds.toml`.
"""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Iterator
from typing import Any

import pykka
import pytest

from orquestrador.errors import NotEncodableError
from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    ManualClock,
    Restart,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.testkit import Act, EventLog, Puppet, crash

THREE = SupervisorFlags(intensity=3, period_s=3600.0)
RESTARTED = [Restart.TRANSIENT, Restart.PERMANENT]


@pytest.fixture
def system() -> Iterator[ActorSystem]:
    system = ActorSystem(ManualClock())
    yield system
    assert system.stop(timeout=30)


@pytest.fixture
def log(system: ActorSystem) -> EventLog:
    return EventLog(system)


def start(system: ActorSystem, spec: ChildSpec) -> tuple[SupervisorRef, ActorRef[Any]]:
    return Supervisor.start(THREE, [spec], system=system), system.ref("a")


def reach(ref: ActorRef[Any], incarnation: int) -> None:
    """Wait until an incarnation answers."""
    while ref.ask(number, block=True, timeout=30) < incarnation:
        pass


def number(puppet: Puppet) -> int:
    return puppet.actor_ref.incarnation


@pytest.mark.parametrize("restart", RESTARTED)
def test_after_a_failure_the_same_ref_answers_again(
    system: ActorSystem, restart: Restart
) -> None:
    failures: list[Puppet] = []
    spec = ChildSpec(
        id="a", actor=Puppet, kwargs={"failure": failures.append}, restart=restart
    )
    _, ref = start(system, spec)

    ref.tell(crash)

    assert ref.ask("alive", timeout=30) == "alive"
    assert ref.incarnation == 2
    assert len(failures) == 1
    assert ref in pykka.ActorRegistry.get_all()
    assert not ref.actor_stopped.is_set()


@pytest.mark.parametrize("restart", RESTARTED)
def test_an_error_in_on_failure_is_part_of_the_same_failure(
    system: ActorSystem,
    log: EventLog,
    caplog: pytest.LogCaptureFixture,
    restart: Restart,
) -> None:
    def fail_too(_puppet: Puppet) -> None:
        raise RuntimeError("on_failure failed")

    spec = ChildSpec(
        id="a", actor=Puppet, kwargs={"failure": fail_too}, restart=restart
    )
    _, ref = start(system, spec)

    ref.tell(crash)

    assert ref.ask("alive", timeout=30) == "alive"
    (failed,) = log.of(ChildFailed)
    assert "crash of incarnation 1" in failed.reason
    assert "on_failure failed" in caplog.text


@pytest.mark.parametrize("restart", RESTARTED)
def test_a_failing_on_start_is_tried_again_until_the_limit_ends_it(
    system: ActorSystem, log: EventLog, restart: Restart
) -> None:
    starts: list[int] = []

    def work_once(puppet: Puppet) -> None:
        starts.append(number(puppet))
        if len(starts) > 1:
            crash(puppet)

    spec = ChildSpec(id="a", actor=Puppet, kwargs={"start": work_once}, restart=restart)
    top, ref = start(system, spec)

    ref.tell(crash)

    assert ref.actor_stopped.wait(30)
    assert top.ended.wait(30)
    assert starts == [1, 2, 3, 4]
    assert len(log.of(ChildFailed)) == 4
    assert ref not in pykka.ActorRegistry.get_all()


@pytest.mark.parametrize(
    ("restart", "incarnations"),
    [(Restart.TRANSIENT, [1]), (Restart.PERMANENT, [1, 2, 3, 4])],
)
def test_one_that_stops_itself_in_on_start_is_started_again_only_if_permanent(
    system: ActorSystem, log: EventLog, restart: Restart, incarnations: list[int]
) -> None:
    refs: list[ActorRef[Any]] = []

    def stop_at_once(puppet: Puppet) -> None:
        refs.append(puppet.actor_ref)
        puppet.stop()

    spec = ChildSpec(
        id="a", actor=Puppet, kwargs={"start": stop_at_once}, restart=restart
    )
    top = Supervisor.start(THREE, [spec], system=system)

    # The limit ends the permanent one.
    assert refs[0].actor_stopped.wait(30)
    if restart is Restart.PERMANENT:
        assert top.ended.wait(30)
    assert top.is_alive() is (restart is Restart.TRANSIENT)
    assert [each.incarnation for each in log.of(ChildStarted)] == incarnations


@pytest.mark.parametrize("restart", RESTARTED)
def test_an_error_in_on_stop_changes_nothing_of_a_stop_that_was_asked_for(
    system: ActorSystem, caplog: pytest.LogCaptureFixture, restart: Restart
) -> None:
    spec = ChildSpec(id="a", actor=Puppet, kwargs={"stop": crash}, restart=restart)
    top, ref = start(system, spec)

    assert ref.stop(timeout=30)

    assert not ref.is_alive()
    assert ref.incarnation == 1
    assert top.is_alive()
    assert "crash of incarnation 1" in caplog.text


def test_a_permanent_actor_that_stops_itself_and_fails_in_on_stop_comes_back(
    system: ActorSystem,
) -> None:
    spec = ChildSpec(id="a", actor=Puppet, kwargs={"stop": crash})
    _, ref = start(system, spec)

    ref.tell(lambda self: self.stop())
    ref.tell(lambda self: self.stop())

    reach(ref, incarnation=3)
    assert ref.is_alive()


def test_what_came_before_a_stop_of_its_own_is_handled_and_the_rest_after_it(
    system: ActorSystem,
) -> None:
    entered, leave = threading.Event(), threading.Event()
    handled: list[tuple[int, str]] = []

    def note(word: str) -> Act:
        return lambda self: handled.append((number(self), word))

    def stop(puppet: Puppet) -> None:
        entered.set()
        assert leave.wait(30)
        puppet.stop()

    _, ref = start(system, ChildSpec(id="a", actor=Puppet))
    ref.tell(stop)
    assert entered.wait(30)
    ref.tell(note("before"))
    leave.set()
    reach(ref, incarnation=2)
    ref.ask(note("after"), timeout=30)

    assert handled == [(1, "before"), (2, "after")]


NOT_DATA: list[object] = [number, {1, 2, 3}, Exception("an error"), object()]


@pytest.mark.parametrize("message", NOT_DATA, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("how", ["tell", "ask"])
def test_what_is_no_data_is_refused_at_the_call(
    system: ActorSystem, message: object, how: str
) -> None:
    _, ref = start(system, ChildSpec(id="a", actor=Keeper, codec=True))

    with pytest.raises(NotEncodableError, match="not encodable"):
        ref.tell(message) if how == "tell" else ref.ask(message, timeout=30)

    assert ref.ask("kept", timeout=30) == ["kept"]
    assert system.dead_letters.count == 0


def test_a_list_arrives_as_a_tuple(system: ActorSystem) -> None:
    _, ref = start(system, ChildSpec(id="a", actor=Keeper, codec=True))

    ref.tell([1, 2, 3])

    assert ref.ask("kept", timeout=30) == [(1, 2, 3), "kept"]


@pytest.mark.parametrize("reply", ["a future", "an object", "a set"])
def test_a_reply_that_is_no_data_is_an_error_for_the_asker_only(
    system: ActorSystem, reply: str
) -> None:
    spec = ChildSpec(id="a", actor=Answering, codec=True, codec_replies=True)
    _, ref = start(system, spec)

    with pytest.raises(NotEncodableError, match="not encodable"):
        ref.ask(reply, timeout=30)

    assert ref.ask("some data", timeout=30) == ("some", "data")
    assert ref.incarnation == 1


class Keeper(Puppet):
    """Answers with everything that it has received."""

    def on_receive(self, message: object) -> object:
        super().on_receive(message)
        return self.received


class Answering(Puppet):
    """Answers with what it is asked for."""

    def on_receive(self, message: object) -> object:
        match message:
            case "a future":
                return pykka.ThreadingFuture[int]()
            case "an object":
                return object()
            case "a set":
                return {1, 2, 3}
            case _:
                return tuple(str(message).split())
