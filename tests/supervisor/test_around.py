"""Timers, death watch, events, and looking in from outside."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import logging
import threading
import uuid
from typing import Any, assert_type

import pykka
import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildEvent,
    ChildSpec,
    ChildStarted,
    EndKind,
    EventStream,
    ManualClock,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
    Terminated,
    UnknownActorError,
)
from orquestrador.supervisor.testkit import EventLog, Puppet, crash, received
from orquestrador.supervisor.urn import new_urn

FLAGS = SupervisorFlags(intensity=100, period_s=3600.0)


def start(system: ActorSystem, *ids: str) -> list[ActorRef[Any]]:
    Supervisor.start(
        FLAGS, [ChildSpec(id=each, actor=Puppet) for each in ids], system=system
    )
    return [system.ref(each) for each in ids]


# -- timers -------------------------------------------------------------------


def test_a_timer_sends_a_message_once_or_again_and_again(
    system: ActorSystem, clock: ManualClock
) -> None:
    (ref,) = start(system, "a")
    ref.ask(lambda puppet: puppet.timers.start_once("one", 1.0, "once"), timeout=30.0)
    ref.ask(
        lambda puppet: puppet.timers.start_periodic("many", 0.5, "tick"), timeout=5.0
    )

    for _ in range(4):
        clock.advance(0.5)
        # The next beat is set when this one has been handled.
        ref.ask("beat", timeout=30.0)

    messages = ref.ask(received, block=True, timeout=30.0)
    assert messages.count("once") == 1
    assert messages.count("tick") == 4


def test_a_timer_started_again_replaces_the_first(
    system: ActorSystem, clock: ManualClock
) -> None:
    (ref,) = start(system, "a")
    for message in ("old", "new"):
        ref.ask(
            lambda puppet, message=message: puppet.timers.start_once(
                "key", 1.0, message
            ),
            timeout=30.0,
        )

    clock.advance(2.0)

    assert ref.ask(received, timeout=30.0) == ("new",)


def test_a_tick_that_waits_when_its_timer_is_cancelled_is_not_handled(
    system: ActorSystem, clock: ManualClock
) -> None:
    (ref,) = start(system, "a")
    ref.ask(lambda puppet: puppet.timers.start_once("key", 1.0, "stale"), timeout=30.0)
    entered, leave = threading.Event(), threading.Event()

    def cancel(puppet: Puppet) -> None:
        entered.set()
        assert leave.wait(30.0)
        puppet.timers.cancel("key")

    ref.tell(cancel)
    assert entered.wait(30.0)
    clock.advance(2.0)
    assert ref.mailbox_size == 1
    leave.set()

    assert ref.ask(received, timeout=30.0) == ()


def test_no_timer_outlives_its_incarnation(
    system: ActorSystem, clock: ManualClock
) -> None:
    """Own: timers_and_restart."""
    (ref,) = start(system, "a")

    def set_and_wait(puppet: Puppet) -> None:
        puppet.timers.start_once("one", 1.0, "once")
        puppet.timers.start_once("far", 1000.0, "once")
        puppet.timers.start_periodic("many", 0.5, "tick")
        # Both are in the mailbox, behind the crash, before this handler is over.
        puppet.actor_ref.tell(crash)
        clock.advance(5.0)

    ref.ask(set_and_wait, timeout=30.0)
    clock.advance(5.0)

    assert ref.ask(received, timeout=30.0) == ()
    assert ref.incarnation == 2
    assert clock.pending() == 0


# -- death watch --------------------------------------------------------------


def terminated(ref: ActorRef[Any]) -> list[Terminated]:
    return [
        each
        for each in ref.ask(received, block=True, timeout=30.0)
        if isinstance(each, Terminated)
    ]


def test_a_watcher_is_told_once_of_an_end_and_never_of_a_restart(
    system: ActorSystem,
) -> None:
    """Own: watch."""
    watcher, watched = start(system, "watcher", "watched")
    for _ in range(2):
        watcher.ask(lambda puppet: puppet.watch(watched), timeout=30.0)

    watched.tell(crash)
    watched.ask("restarted", timeout=30.0)
    assert terminated(watcher) == []

    watched.stop(timeout=30.0)
    (notice,) = terminated(watcher)
    assert notice.ref is watched
    assert notice.reason.kind is EndKind.SHUTDOWN


def test_watching_an_actor_that_has_ended_tells_at_once(system: ActorSystem) -> None:
    """Own: watch."""
    watcher, watched = start(system, "watcher", "watched")
    watched.stop(timeout=30.0)

    watcher.ask(lambda puppet: puppet.watch(watched), timeout=30.0)

    assert len(terminated(watcher)) == 1


def test_a_watch_can_be_taken_back(system: ActorSystem) -> None:
    watcher, watched = start(system, "watcher", "watched")
    watcher.ask(lambda puppet: puppet.watch(watched), timeout=30.0)
    watcher.ask(lambda puppet: puppet.unwatch(watched), timeout=30.0)

    watched.stop(timeout=30.0)

    assert terminated(watcher) == []


# -- events -------------------------------------------------------------------


def test_a_subscriber_gets_events_of_its_type_and_its_subclasses(
    system: ActorSystem,
) -> None:
    every: list[object] = []
    children: list[object] = []
    system.events.subscribe(str, every.append)
    subscription = system.events.subscribe(ChildEvent, children.append)
    start(system, "a", "b")
    assert system.events.flush(5.0)

    assert [type(each) for each in children] == [ChildStarted, ChildStarted]
    assert every == []

    subscription.cancel()
    system.events.publish("text")
    system.ref("a").tell(crash)
    assert system.events.flush(5.0)
    assert (len(children), every) == (2, ["text"])


def test_what_is_published_after_a_stop_reaches_who_has_subscribed_before_it() -> None:
    system = ActorSystem()
    threads: list[threading.Thread] = []
    heard: list[object] = []

    def hear(event: object) -> None:
        heard.append(event)
        threads.append(threading.current_thread())

    system.events.subscribe(int, hear)
    system.events.publish(0)
    assert system.events.flush(5.0)
    assert system.stop(timeout=30.0)
    threads[0].join(30.0)
    assert not threads[0].is_alive()
    for number in range(1, 500):
        system.events.publish(number)
        if number % 50 == 0:
            system.events.close()

    assert system.events.flush(5.0)
    assert heard == list(range(500))
    assert {each.name for each in threads} == {"orquestrador-events"}


def test_a_stream_that_was_closed_keeps_no_thread() -> None:
    events = EventStream()
    threads: list[threading.Thread] = []
    events.subscribe(int, lambda _: threads.append(threading.current_thread()))
    events.close()
    events.close()

    for number in range(3):
        events.publish(number)
        assert events.flush(5.0)

    assert len(threads) == 3
    for thread in threads:
        thread.join(30.0)
        assert not thread.is_alive()
    # A later subscription opens it again.
    events.subscribe(str, lambda _: threads.append(threading.current_thread()))
    events.publish("four")
    assert events.flush(5.0)
    assert threads[-1].is_alive()
    events.close()
    threads[-1].join(30.0)
    assert not threads[-1].is_alive()


def test_a_subscriber_that_raises_is_logged_and_kept(
    system: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def broken(event: str) -> None:
        heard.append(event)
        raise ValueError(event)

    also: list[str] = []
    system.events.subscribe(str, broken)
    system.events.subscribe(str, also.append)
    with caplog.at_level(logging.ERROR):
        for event in ("first", "second"):
            system.events.publish(event)
        assert system.events.flush(5.0)

    assert heard == also == ["first", "second"]
    assert len(caplog.records) == 2


# -- looking in ---------------------------------------------------------------


def test_a_snapshot_shows_every_actor_without_asking_it(
    system: ActorSystem, log: EventLog, clock: ManualClock
) -> None:
    inner = ChildSpec(
        id="inner", actor=Supervisor, args=(FLAGS, [ChildSpec(id="a", actor=Puppet)])
    )
    Supervisor.start(FLAGS, [inner], system=system, name="top")
    ref = system.ref("a")
    ref.tell(crash)
    log.wait_for(ChildStarted, child="a", incarnation=2)
    ref.ask("one", timeout=30.0)
    entered, leave = threading.Event(), threading.Event()

    class Hold:
        def __call__(self, _puppet: Puppet) -> None:
            entered.set()
            assert leave.wait(30.0)

    ref.tell(Hold())
    assert entered.wait(30.0)
    ref.tell("waiting")
    clock.advance(3.0)

    top, middle, actor = system.snapshot()
    leave.set()

    assert (top.name, middle.name, actor.name) == ("top", "inner", "a")
    assert (top.parent, middle.parent, actor.parent) == ("", top.urn, middle.urn)
    assert actor.urn == ref.actor_urn
    assert (actor.actor_class, actor.state) == ("Puppet", "running")
    assert (actor.mailbox, actor.handled) == (1, 1)
    assert (actor.failures, actor.restarts) == (1, 1)
    assert actor.last_failure == "Crash: crash of incarnation 1"
    assert (actor.message_type, actor.busy_s) == ("Hold", 3.0)
    assert "    a (Puppet) running" in system.tree()


def test_a_urn_is_that_of_a_random_uuid_and_never_the_same() -> None:
    urns = {new_urn() for _ in range(1000)}

    assert len(urns) == 1000
    assert all(uuid.UUID(each).urn == each for each in urns)
    assert {uuid.UUID(each).version for each in urns} == {4}
    assert {uuid.UUID(each).variant for each in urns} == {uuid.RFC_4122}


def test_several_systems_live_side_by_side(system: ActorSystem) -> None:
    other = ActorSystem()
    (mine,) = start(system, "a")
    (theirs,) = start(other, "a")

    assert mine is not theirs
    assert other.stop(timeout=30.0)
    assert mine.ask("alive", timeout=30.0) == "alive"


def test_a_supervisor_stays_out_of_pykkas_registry(system: ActorSystem) -> None:
    top = Supervisor.start(
        FLAGS, [ChildSpec(id="a", actor=Puppet)], system=system, name="top"
    )
    ref = system.ref("a")

    registered = pykka.ActorRegistry.get_all()
    assert ref in registered
    assert top not in registered
    assert ref.stop(timeout=30.0)
    assert ref not in pykka.ActorRegistry.get_all()


def test_an_actor_can_be_started_as_in_plain_pykka() -> None:
    class Plain(Actor):
        def on_receive(self, message: object) -> object:
            return message

    ref = Plain.start()
    assert ref.ask("hello") == "hello"
    assert ref.stop()
    assert not ref.is_alive()


# -- a supervisor by its name -------------------------------------------------


def test_a_supervisor_is_found_by_name_and_typed_as_one(system: ActorSystem) -> None:
    top = Supervisor.start(
        FLAGS, [ChildSpec(id="a", actor=Puppet)], system=system, name="top"
    )

    assert assert_type(system.supervisor("top"), SupervisorRef) is top
    with pytest.raises(UnknownActorError, match="'a' is no supervisor"):
        system.supervisor("a")
    with pytest.raises(UnknownActorError, match="no actor is named 'b'"):
        system.supervisor("b")
