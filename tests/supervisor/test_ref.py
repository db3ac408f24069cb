"""The ref: valid for life, and careful about who waits."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import gc
import threading
import time
import weakref
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    BlockingAskError,
    ChildSpec,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
    UnknownActorError,
)
from orquestrador.supervisor.testkit import Crash, Puppet, crash, received

FLAGS = SupervisorFlags(intensity=100, period_s=3600.0)


@pytest.fixture
def pair(system: ActorSystem) -> tuple[ActorRef[Any], ActorRef[Any]]:
    Supervisor.start(
        FLAGS,
        [ChildSpec(id=each, actor=Puppet) for each in ("a", "b")],
        system=system,
    )
    return system.ref("a"), system.ref("b")


def test_a_ref_stays_the_same_over_a_restart(
    system: ActorSystem, pair: tuple[ActorRef[Any], ActorRef[Any]]
) -> None:
    """Own: ref_stable."""
    ref, _ = pair
    urn = ref.actor_urn

    ref.tell(crash)
    assert ref.is_alive()

    assert ref.ask(lambda puppet: puppet.actor_ref, timeout=30.0) is ref
    assert ref.ask(lambda puppet: puppet.actor_urn, timeout=30.0) == urn
    assert system.ref("a") is ref
    assert pykka.ActorRegistry.get_by_urn(urn) is ref
    assert (ref.name, ref.incarnation) == ("a", 2)


class Account(Actor):
    """Has something for a proxy to look at."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def add(self, amount: int) -> int:
        self.total += amount
        return self.total


def test_a_proxy_works_on_the_next_incarnation(system: ActorSystem) -> None:
    """Own: proxy_stable."""
    Supervisor.start(FLAGS, [ChildSpec(id="account", actor=Account)], system=system)
    proxy = system.ref("account").proxy()
    assert proxy.add(5).get(timeout=30.0) == 5

    proxy.add.defer("no number")

    assert proxy.add(1).get(timeout=30.0) == 1
    assert proxy.total.get(timeout=30.0) == 1


def test_an_old_instance_can_be_collected(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    ref, _ = pair
    old = ref.ask(weakref.ref, block=True, timeout=30.0)

    ref.tell(lambda puppet: puppet.stop())
    while ref.ask(lambda puppet: puppet.actor_ref.incarnation, timeout=30.0) == 1:
        pass
    deadline = time.monotonic() + 30.0
    while old() is not None and time.monotonic() < deadline:
        gc.collect()

    assert old() is None


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(
    system: ActorSystem, pair: object
) -> None:
    with pytest.raises(UnknownActorError, match=r"'nobody'; there are: a, b"):
        system.ref("nobody")


def test_waiting_in_a_handler_is_an_error_that_names_both(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    ref, other = pair

    def wait(_puppet: Puppet) -> object:
        return other.ask("hello", timeout=30.0)

    def wait_for_future(_puppet: Puppet) -> object:
        return other.ask(lambda _: threading.Event().wait(0.2), block=False).get()

    for act in (wait, wait_for_future):
        with pytest.raises(BlockingAskError) as caught:
            ref.ask(act, timeout=30.0)
        assert str(ref) in str(caught.value)
        assert str(other) in str(caught.value)


def test_a_reply_comes_as_a_message(pair: tuple[ActorRef[Any], ActorRef[Any]]) -> None:
    ref, other = pair

    ref.tell(lambda puppet: puppet.request(other, "hello"))

    assert _received_by(ref) == ("hello",)


def test_a_failed_request_comes_as_a_message(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    ref, other = pair

    ref.tell(lambda puppet: puppet.request(other, crash))

    (failed,) = _received_by(ref)
    assert isinstance(failed, RequestFailed)
    assert (failed.request, failed.receiver) == (crash, other)
    assert isinstance(failed.reason, Crash)
    assert other.ask("restarted", timeout=30.0) == "restarted"


def test_a_request_to_an_actor_that_has_ended_fails_as_a_message(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    ref, other = pair
    other.stop(timeout=30.0)

    ref.tell(lambda puppet: puppet.request(other, "hello"))

    (failed,) = _received_by(ref)
    assert isinstance(failed.reason, pykka.ActorDeadError)


def test_a_reply_taken_over_by_a_handler_that_ends_is_an_error(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    ref, _ = pair
    asked = ref.ask(lambda puppet: puppet.reply_later() and None, block=False)

    ref.tell(crash)

    with pytest.raises(pykka.ActorDeadError, match="before it replied"):
        asked.get(timeout=30.0)


def test_a_reply_can_be_given_later(pair: tuple[ActorRef[Any], ActorRef[Any]]) -> None:
    ref, _ = pair

    def keep(puppet: Any) -> None:
        puppet.kept = puppet.reply_later()

    asked = ref.ask(keep, block=False)
    ref.tell(lambda puppet: puppet.kept.set("later"))

    assert asked.get(timeout=30.0) == "later"


def test_an_ask_is_answered_when_its_handler_raises_a_base_exception(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    """Own: base_exception."""
    ref, other = pair

    def leave(_puppet: Puppet) -> None:
        raise SystemExit(3)

    with pytest.raises(pykka.ActorDeadError, match="SystemExit: 3"):
        ref.ask(leave, timeout=30.0)

    assert ref.ask("restarted", timeout=30.0) == "restarted"
    assert other.incarnation == 1


def test_a_future_that_somebody_else_completes_does_not_hurt_the_actor(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    """Own: late_future."""
    ref, _ = pair
    entered, leave = threading.Event(), threading.Event()

    def hold(_puppet: Puppet) -> str:
        entered.set()
        assert leave.wait(30.0)
        return "second"

    future = ref.ask(hold, block=False)
    assert entered.wait(30.0)
    future.set("first")
    leave.set()

    assert ref.ask("alive", timeout=30.0) == "alive"
    assert future.get(timeout=30.0) == "first"
    assert ref.incarnation == 1


def test_bare_actors_that_wait_for_each_other_get_an_error() -> None:
    """Own: ask_cycle."""

    class Asking(Actor):
        def on_receive(self, message: object) -> object:
            match message:
                case [first, *rest]:
                    return first.ask(rest, timeout=30.0)
                case _:
                    return "end"

    a, b = Asking.start(), Asking.start()
    assert a.ask([b], timeout=30.0) == "end"

    # Not noticed, it would be a Timeout.
    with pytest.raises(BlockingAskError) as caught:
        a.ask([b, a], timeout=30.0)

    assert str(a) in str(caught.value)
    assert str(b) in str(caught.value)
    a.stop()
    b.stop()


class Passing(Actor):
    """Asks the first of a row for the rest, in one of the ways there are."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def on_receive(self, message: Any) -> object:
        if not message:
            return "end"
        first, *rest = message
        if self.how == "ask":
            return first.ask(rest)
        future = first.ask(rest, block=False)
        if self.how == "get later":
            return future.get()
        if self.how == "map":
            return future.map(lambda reply: reply).get()
        return first.proxy().on_receive(rest).get()


@pytest.mark.parametrize("how", ["ask", "get later", "map", "proxy"])
@pytest.mark.parametrize("length", [2, 3, 5])
def test_any_row_of_bare_actors_that_wait_for_each_other_gets_an_error(
    how: str, length: int
) -> None:
    """Own: ask_cycle."""
    row = [Passing.start(how) for _ in range(length)]
    first, *others = row
    assert first.ask(others, timeout=30.0) == "end"

    # Not noticed, it would be a Timeout.
    with pytest.raises(BlockingAskError) as caught:
        first.ask([*others, first], block=False).get(timeout=30.0)

    for each in row:
        assert str(each) in str(caught.value)
    for each in row:
        assert each.stop(timeout=30.0)


def test_a_cycle_that_closes_from_two_sides_gets_an_error() -> None:
    """Own: ask_cycle."""
    meet = threading.Barrier(3)

    class Meeting(Actor):
        def on_receive(self, message: Any) -> object:
            if message is None:
                return None
            meet.wait(30.0)
            return message.ask(None)

    actors = [Meeting.start() for _ in range(3)]
    asked = [
        each.ask(actors[(number + 1) % 3], block=False)
        for number, each in enumerate(actors)
    ]

    # Not noticed, it would be a Timeout.
    errors: list[BlockingAskError] = []
    for each in asked:
        try:
            each.get(timeout=30.0)
        except BlockingAskError as error:
            errors.append(error)
    # Whoever sees it answers with an error, and the others get on.
    assert errors
    for actor in actors:
        assert actor.stop(timeout=30.0)


def test_a_bare_actor_that_waits_for_itself_gets_an_error() -> None:
    puppet = Puppet.start()

    with pytest.raises(BlockingAskError):
        puppet.ask(lambda actor: actor.actor_ref.stop(), timeout=30.0)

    puppet.stop()


def test_ten_joined_asks_are_waited_for_together(
    pair: tuple[ActorRef[Any], ActorRef[Any]],
) -> None:
    """Own: group_of_asks."""
    ref, _ = pair
    leave = threading.Event()
    ref.tell(lambda _: leave.wait(30.0))
    first, *rest = [ref.ask(number, block=False) for number in range(10)]

    with pytest.raises(pykka.Timeout):
        first.join(*rest).get(timeout=0.1)

    leave.set()
    assert first.join(*rest).get(timeout=30.0) == list(range(10))


def _received_by(ref: ActorRef[Any]) -> tuple[Any, ...]:
    deadline = time.monotonic() + 30.0
    while not (messages := ref.ask(received, block=True, timeout=30.0)):
        assert time.monotonic() < deadline
    return tuple(messages)
