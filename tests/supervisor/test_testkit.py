"""The test kit: probes, expectations about dead letters, threads left behind."""

import threading
from typing import Any

import pykka
import pytest

from orquestrador.messages import Message, Request
from orquestrador.supervisor import (
    ActorSystem,
    ChildRequestError,
    RequestFailed,
)
from orquestrador.supervisor.testkit import (
    DeadLetterLog,
    Probe,
    left_running,
)


class Hello(Message):
    name: str = "you"


class Ask(Request[Hello]):
    pass


@pytest.fixture
def probe(system: ActorSystem) -> Probe:
    return Probe(system)


def test_a_probe_gives_the_messages_in_their_order(probe: Probe) -> None:
    probe.ref.tell(Hello(name="a"))
    probe.ref.tell("text")
    probe.ref.tell(3)

    hello = probe.expect(Hello)
    assert hello.name == "a"
    assert probe.expect("text") == "text"
    assert probe.expect(int) == 3
    probe.expect_nothing()


def test_a_probe_fails_on_another_message_or_on_none(probe: Probe) -> None:
    with pytest.raises(AssertionError, match="expected Hello; but nothing came"):
        probe.expect(Hello, timeout=0.01)
    probe.ref.tell("text")
    with pytest.raises(AssertionError, match="expected Hello; but 'text' came"):
        probe.expect(Hello)
    probe.ref.tell("more")
    with pytest.raises(AssertionError, match="expected nothing; but 'more' came"):
        probe.expect_nothing()


def test_a_probe_can_wait_for_one_message_among_others(probe: Probe) -> None:
    for message in ("a", "b", Hello(), "c"):
        probe.ref.tell(message)

    assert probe.fish_for(Hello) == Hello()
    assert probe.expect(str) == "c"
    with pytest.raises(AssertionError, match="expected Hello; but nothing came"):
        probe.fish_for(Hello, timeout=0.01)


def test_a_probe_replies_to_what_was_expected_last(probe: Probe) -> None:
    first = probe.ref.ask(Ask(), block=False)
    second = probe.ref.ask(Ask(), block=False)
    with pytest.raises(AssertionError, match="say `expect` first"):
        probe.reply(Hello())

    probe.expect(Ask)
    probe.reply(Hello(name="first"))
    probe.expect(Ask)
    probe.fail(ValueError("second"))

    assert first.get(timeout=30.0) == Hello(name="first")
    with pytest.raises(ValueError, match="second"):
        second.get(timeout=30.0)


def test_who_asks_a_probe_that_ends_is_answered(system: ActorSystem) -> None:
    with Probe(system) as probe:
        asked = probe.ref.ask(Ask(), block=False)
        probe.expect(Ask)

    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=30.0)


def test_a_probe_stands_in_for_an_actor_by_its_name(system: ActorSystem) -> None:
    target = Probe(system, name="target")
    probe = Probe(system)

    probe.tell(system.ref("target"), Hello())
    assert target.expect(Hello) == Hello()
    assert target.sender is probe.ref
    with pytest.raises(ChildRequestError, match="already_started"):
        Probe(system, name="target")


def test_a_probe_requests_and_watches(system: ActorSystem, probe: Probe) -> None:
    other = Probe(system)
    probe.watch(other.ref)
    probe.request(other.ref, Ask())
    other.expect(Ask)
    other.reply(Hello())
    assert probe.expect(Hello) == Hello()

    probe.request(other.ref, Ask())
    other.expect(Ask)
    other.stop()

    assert isinstance(probe.expect(RequestFailed).reason, pykka.ActorDeadError)
    probe.expect_terminated(other.ref)
    probe.watch(other.ref)
    with pytest.raises(AssertionError, match="expected the end of"):
        probe.expect_terminated(probe.ref)
    probe.watch(other.ref)
    probe.unwatch(other.ref)


def test_dead_letters_are_expected_and_read_once(system: ActorSystem) -> None:
    letters = DeadLetterLog(system)
    dead = Probe(system).ref
    dead.stop(timeout=30.0)
    for message in ("a", Hello()):
        with pytest.raises(pykka.ActorDeadError):
            dead.tell(message)

    letter = letters.expect(Hello, receiver=dead, reason="has stopped")
    assert letter.message == Hello()
    # What one log has read, all have.
    assert [each.message for each in DeadLetterLog(system).unread()] == ["a"]
    with pytest.raises(AssertionError, match="no dead letter with Hello came"):
        letters.expect(Hello, timeout=0.01)
    with pytest.raises(AssertionError, match="no dead letter with 'a'"):
        letters.expect("a", reason="another", timeout=0.01)
    assert [each.message for each in letters.read_all()] == ["a"]
    assert letters.unread() == ()


def test_a_dead_letter_is_waited_for(system: ActorSystem) -> None:
    letters = DeadLetterLog(system)
    dead = Probe(system).ref
    dead.stop(timeout=30.0)
    expecting = threading.Event()
    subscribe = system.events.subscribe

    def subscribed(*args: Any) -> Any:
        expecting.set()
        return subscribe(*args)

    system.events.subscribe = subscribed  # type: ignore[method-assign]

    def tell_late() -> None:
        assert expecting.wait(30.0)
        with pytest.raises(pykka.ActorDeadError):
            dead.tell("late")

    telling = threading.Thread(target=tell_late)
    telling.start()

    assert letters.expect("late", timeout=30.0).receiver is dead
    telling.join(30.0)


def test_threads_left_behind_are_named() -> None:
    before = set(threading.enumerate())
    leave = threading.Event()
    threads = [
        threading.Thread(target=leave.wait, name=name, daemon=True)
        for name in ("leaked", "allowed-1")
    ]
    for thread in threads:
        thread.start()

    assert left_running(before, allowed=("allowed",), timeout=0.01) == ("leaked",)
    leave.set()
    assert left_running(before) == ()
