"""Tracing messages: what an actor takes and what becomes of it, at no cost when off."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from orquestrador.messages import Message
from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildSpec,
    ChildStarted,
    ManualClock,
    Supervisor,
    SupervisorFlags,
    TraceRecord,
    UnknownActorError,
)
from orquestrador.supervisor.special import SPECIAL
from orquestrador.supervisor.testkit import EventLog, Puppet, crash, received

FLAGS = SupervisorFlags(intensity=100, period_s=3600.0)


class Login(Message):
    password: str


class Other(Message):
    number: int = 0


def start(system: ActorSystem, *ids: str, **spec: Any) -> list[ActorRef[Any]]:
    Supervisor.start(
        FLAGS, [ChildSpec(id=each, actor=Puppet, **spec) for each in ids], system=system
    )
    return [system.ref(each) for each in ids]


def told(records: Sequence[TraceRecord]) -> list[tuple[str, str, str]]:
    return [(each.actor, each.event, each.message_type) for each in records]


def test_a_traced_message_gives_two_records(
    system: ActorSystem, clock: ManualClock
) -> None:
    a, b = start(system, "a", "b")
    clock.advance(5.0)

    with system.trace("a") as trace:
        a.ask(Login(password="hush"), timeout=30.0)  # noqa: S106 -- to be hidden
        b.ask(Other(), timeout=30.0)
    a.ask(Other(), timeout=30.0)

    taken, handled = trace.records()
    assert told([taken, handled]) == [
        ("a", "taken", "Login"),
        ("a", "handled", "Login"),
    ]
    assert (taken.at, taken.duration_s, taken.sender) == (5.0, None, None)
    assert (handled.incarnation, handled.duration_s, handled.error) == (1, 0.0, None)
    assert handled.urn == a.actor_urn
    assert "hush" not in str(trace.records())


def test_messages_are_traced_by_their_type_over_all_actors(
    system: ActorSystem,
) -> None:
    a, b = start(system, "a", "b", codec=True)

    with system.trace(None, Other) as trace:
        for ref in (a, b):
            ref.ask(Login(password="x"), timeout=30.0)  # noqa: S106 -- likewise
            ref.ask(Other(), timeout=30.0)

    assert told(trace.records()) == [
        ("a", "taken", "Other"),
        ("a", "handled", "Other"),
        ("b", "taken", "Other"),
        ("b", "handled", "Other"),
    ]


def test_the_sender_and_the_error_are_recorded_and_a_restart_ends_no_trace(
    system: ActorSystem, log: EventLog
) -> None:
    a, b = start(system, "a", "b")

    with system.trace(b) as trace:
        a.ask(lambda _: b.tell(crash), timeout=30.0)
        log.wait_for(ChildStarted, child="b", incarnation=2)
        b.ask("alive", timeout=30.0)

    taken, failed, *after = trace.records()
    assert (taken.sender, failed.event) == ("a", "failed")
    assert failed.error == "Crash: crash of incarnation 1"
    assert [(each.event, each.incarnation) for each in after] == [
        ("taken", 2),
        ("handled", 2),
    ]


def test_a_timers_message_is_traced_as_itself(
    system: ActorSystem, clock: ManualClock
) -> None:
    (a,) = start(system, "a")
    a.ask(lambda puppet: puppet.timers.start_once("t", 1.0, Other()), timeout=30.0)

    with system.trace(a, Other) as trace:
        clock.advance(1.0)
        a.ask("handled", timeout=30.0)

    assert told(trace.records()) == [("a", "taken", "Other"), ("a", "handled", "Other")]


def test_a_trace_keeps_the_newest_records_and_counts_the_others(
    system: ActorSystem,
) -> None:
    (a,) = start(system, "a")

    with system.trace(a, limit=4) as trace:
        for number in range(10):
            a.ask(Other(number=number), timeout=30.0)

    assert trace.dropped == 16
    assert [each.message for each in trace] == [
        f"Other(number={number})" for number in (8, 8, 9, 9)
    ]
    with pytest.raises(ValueError, match="at least one record"):
        system.trace(a, limit=0)


def test_records_are_iterated_over_as_they_come(system: ActorSystem) -> None:
    (a,) = start(system, "a")
    trace = system.trace(a)
    seen: list[TraceRecord] = []
    enough = threading.Event()

    def read() -> None:
        for record in trace:
            seen.append(record)
            if len(seen) == 2:
                enough.set()

    reader = threading.Thread(target=read)
    reader.start()
    a.tell("one")
    assert enough.wait(30.0)
    trace.stop()
    reader.join(30.0)

    assert not reader.is_alive()
    assert [each.event for each in seen] == ["taken", "handled"]


def test_several_traces_of_one_actor_do_not_disturb_each_other(
    system: ActorSystem,
) -> None:
    (a,) = start(system, "a")

    with system.trace(a) as outer:
        with system.trace(a, Other) as inner:
            a.ask(Other(), timeout=30.0)
        a.ask(Other(), timeout=30.0)

    assert (len(inner.records()), len(outer.records())) == (2, 4)
    assert a.ask(received, timeout=30.0) == (Other(), Other())


def test_actors_started_later_are_traced_too(system: ActorSystem) -> None:
    with system.trace(None, Other) as trace:
        (a,) = start(system, "a")
        a.ask(Other(), timeout=30.0)

    assert len(trace.records()) == 2


def test_without_a_trace_a_loop_uses_the_table_that_it_always_does(
    system: ActorSystem,
) -> None:
    a, b = start(system, "a", "b")

    assert system.tracing.table(a.cell, SPECIAL) is SPECIAL
    with system.trace("a"):
        assert system.tracing.table(a.cell, SPECIAL) is not SPECIAL
        assert system.tracing.table(b.cell, SPECIAL) is SPECIAL
    assert system.tracing.table(a.cell, SPECIAL) is SPECIAL


def test_a_trace_of_nobody_is_an_error(system: ActorSystem) -> None:
    with pytest.raises(UnknownActorError):
        system.trace("nobody")
