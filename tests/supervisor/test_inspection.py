"""Looking inside an actor: its state, what it does, what waits."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import dataclasses
import datetime as dt
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest

from orquestrador.messages import Message
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    BlockingAskError,
    ChildSpec,
    ChildStarted,
    DeadLetter,
    EndReason,
    Inspection,
    ManualClock,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
    rendering,
)
from orquestrador.supervisor.choices import Overflow
from orquestrador.supervisor.rendering import HIDDEN, MAX_ALL, render
from orquestrador.supervisor.testkit import EventLog, Puppet, crash, received

FLAGS = SupervisorFlags(intensity=7, period_s=60.0)


class Login(Message):
    user: str
    password: str


class Keeper(Puppet):
    """Has something to show, and something to hide."""

    def __init__(self, count: int = 3) -> None:
        super().__init__()
        self.count = count
        self.api_token = "deep secret"  # noqa: S105 -- to be hidden
        self.logins = {"a": Login(user="u", password="hush")}  # noqa: S106 -- likewise


class Discreet(Puppet):
    def inspect_state(self) -> Mapping[str, object]:
        return {"answer": 42, "listened": len(self.received)}


class Touchy(Puppet):
    def inspect_state(self) -> Mapping[str, object]:
        raise ValueError("do not look")


@pytest.fixture
def hold() -> Iterator["Hold"]:
    hold = Hold()
    yield hold
    hold.leave.set()


class Hold:
    """Keeps a puppet busy until the test lets it go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()

    def __call__(self, _puppet: Puppet) -> None:
        self.entered.set()
        assert self.leave.wait(30.0)


def start(
    system: ActorSystem, actor: Callable[..., Any] = Puppet, **spec: Any
) -> ActorRef[Any]:
    Supervisor.start(FLAGS, [ChildSpec(id="a", actor=actor, **spec)], system=system)
    return system.ref("a")


def state(inspection: Inspection) -> dict[str, str]:
    assert inspection.state is not None
    return {each.name: each.value for each in inspection.state}


# -- the state ------------------------------------------------------------------


def test_a_look_inside_shows_the_attributes_and_hides_secrets(
    system: ActorSystem,
) -> None:
    ref = start(system, Keeper, args=(5,))

    seen = system.inspect(ref, timeout=30.0)

    shown = state(seen)
    assert shown["count"] == "5"
    assert shown["api_token"] == HIDDEN
    assert shown["logins"] == f"{{'a': Login(user='u', password={HIDDEN})}}"
    assert "hush" not in str(seen)
    assert not {"_cell", "_incarnation", "actor_inbox"} & shown.keys()
    assert (seen.actor.name, seen.actor.message_type) == ("a", None)
    assert seen.problem is None


def test_an_actor_says_itself_what_may_be_seen(system: ActorSystem) -> None:
    start(system, Discreet).ask("one", timeout=30.0)

    assert state(system.inspect("a", timeout=30.0)) == {"answer": "42", "listened": "1"}


def test_a_supervisor_shows_its_flags_and_how_its_children_stand(
    system: ActorSystem,
) -> None:
    top = Supervisor.start(
        FLAGS,
        [ChildSpec(id=each, actor=Puppet) for each in ("a", "b")],
        system=system,
        name="top",
    )
    top.terminate_child("b", timeout=30.0)

    shown = state(system.inspect("top", timeout=30.0))

    assert shown["children"] == ("{'a': ChildState.RUNNING, 'b': ChildState.STOPPED}")
    assert "intensity=7" in shown["flags"]


def test_a_state_that_cannot_be_shown_harms_nothing(system: ActorSystem) -> None:
    ref = start(system, Touchy)

    seen = system.inspect(ref, timeout=30.0)

    assert seen.state is None
    assert seen.problem == "its state cannot be shown: ValueError: do not look"
    assert seen.head == ()
    assert ref.ask("alive", timeout=30.0) == "alive"
    assert ref.incarnation == 1


def test_an_actor_looks_inside_another_by_messages(system: ActorSystem) -> None:
    Supervisor.start(
        FLAGS,
        [ChildSpec(id=each, actor=Puppet) for each in ("looker", "seen")],
        system=system,
    )
    looker, seen = system.ref("looker"), system.ref("seen")

    def look(puppet: Puppet) -> str:
        with pytest.raises(BlockingAskError):
            system.inspect(seen)
        puppet.inspect(seen)
        return "asked"

    assert looker.ask(look, timeout=30.0) == "asked"
    # Its answer was put into the looker's mailbox before this one.
    seen.ask("done", timeout=30.0)
    (answer,) = looker.ask(received, timeout=30.0)
    assert isinstance(answer, Inspection)
    assert answer.actor.name == "seen"

    seen.stop(timeout=30.0)
    looker.ask(lambda puppet: puppet.inspect(seen), timeout=30.0)
    _, failed = looker.ask(received, timeout=30.0)
    assert isinstance(failed, RequestFailed)


# -- what waits -------------------------------------------------------------------


@pytest.mark.parametrize(
    "bound", [{}, {"mailbox_limit": 100, "overflow": Overflow.FAIL}]
)
def test_the_head_of_the_mailbox_is_shown_and_stays_in_order(
    system: ActorSystem, hold: Hold, bound: dict[str, Any]
) -> None:
    ref = start(system, **bound)
    looks: list[Inspection] = []
    ref.tell(hold)
    assert hold.entered.wait(30.0)
    for number in range(15):
        ref.tell(number)
    looking = threading.Thread(
        target=lambda: looks.append(system.inspect(ref, timeout=30.0))
    )
    looking.start()
    while not _asked(ref):
        pass
    hold.leave.set()
    looking.join(30.0)

    (seen,) = looks
    assert seen.head is not None
    assert [each.text for each in seen.head] == [str(number) for number in range(10)]
    assert seen.actor.mailbox == 15
    assert seen.head[0].sender is None
    assert ref.ask(received, timeout=30.0) == tuple(range(15))


def _asked(ref: ActorRef[Any]) -> bool:
    return bool(ref.cell.mailbox._system)  # pyright: ignore[reportPrivateUsage]


# -- without its thread ---------------------------------------------------------------


def test_a_busy_actor_shows_what_can_be_seen_without_its_thread(
    system: ActorSystem, clock: ManualClock, log: EventLog, hold: Hold
) -> None:
    ref = start(system)
    ref.tell(crash)
    log.wait_for(ChildStarted, incarnation=2)
    clock.advance(4.0)
    ref.tell(hold)
    assert hold.entered.wait(30.0)
    ref.tell("waits")
    clock.advance(3.0)

    seen = system.inspect("a", timeout=0.05)

    assert seen.state is None
    assert seen.problem == "its thread did not answer within 0.05 s"
    assert seen.message == "<Hold>"
    info = seen.actor
    assert (info.message_type, info.busy_s, info.mailbox) == ("Hold", 3.0, 1)
    assert info.last_failure == "Crash: crash of incarnation 1"
    assert info.last_failure_s == 7.0
    assert seen.window is not None
    assert (seen.window.restarts, seen.window.intensity) == (1, 7)
    clock.advance(60.0)
    later = system.inspect("a", timeout=0.05)
    assert later.window is not None
    assert later.window.restarts == 0
    hold.leave.set()
    # The question that was given up is no dead letter and no message.
    assert ref.ask(received, timeout=30.0) == ("waits",)
    assert log.of(DeadLetter, message=hold) == []


def test_a_stuck_incarnation_that_was_replaced_is_the_last_failure(
    system: ActorSystem, clock: ManualClock, log: EventLog, hold: Hold
) -> None:
    ref = start(system, stuck_after_s=1.0)
    ref.tell(hold)
    assert hold.entered.wait(30.0)
    for _ in range(3):
        clock.advance(1.0)
    log.wait_for(ChildStarted, incarnation=2)

    (_, info) = system.snapshot()

    assert info.failures == 1
    assert "stuck in Hold" in str(info.last_failure)


def test_an_actor_that_has_ended_can_still_be_looked_at(system: ActorSystem) -> None:
    ref = start(system)
    ref.stop(timeout=30.0)

    seen = system.inspect(ref)

    assert seen.actor.state == "stopped"
    assert seen.problem == "it has ended: shutdown"


def test_a_look_at_an_actor_that_ends_meanwhile_is_answered(
    system: ActorSystem, hold: Hold, log: EventLog
) -> None:
    ref = start(system)
    looks: list[Inspection] = []
    ref.tell(hold)
    assert hold.entered.wait(30.0)
    stopped = ref.stop(block=False)
    incarnation = ref.cell.incarnation
    assert incarnation is not None
    looking = threading.Thread(
        target=lambda: looks.append(system.inspect(ref, timeout=30.0))
    )
    looking.start()
    while not _asked(ref):
        pass
    # What takes the fence's word first gives the question back to the mailbox.
    incarnation.fence(EndReason.killed("by the test"))
    looking.join(30.0)
    assert stopped.get(timeout=30.0)

    assert len(looks) == 1
    assert log.of(DeadLetter, reason="the receiver stopped before handling it") == []


# -- rendering ------------------------------------------------------------------------


class Rude:
    def __repr__(self) -> str:
        raise AssertionError("no code of the value's may run")

    @property
    def fields(self) -> str:
        raise AssertionError("no code of the value's may run")


@dataclasses.dataclass
class Address:
    street: str
    secret_key: str


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (1.5, "1.5"),
        ("a\nb", "'a\\nb'"),
        (b"\x00", "b'\\x00'"),
        ([1, (2, {3})], "[1, (2, {3})]"),
        ((1,), "(1)"),
        (deque([1]), "deque([1])"),
        ({"a": 1, "password": "x"}, f"{{'a': 1, 'password': {HIDDEN}}}"),
        (Address("here", "x"), f"Address(street='here', secret_key={HIDDEN})"),
        (Rude(), "<Rude>"),
        (Address, "<class Address>"),
        (ValueError("no", 1), "ValueError('no', 1)"),
        (dt.timedelta(seconds=3), "0:00:03"),
        (PurePosixPath("a/b"), "a/b"),
        ("https://me:pw@host/x", f"'https://me:{HIDDEN}@host/x'"),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, ... 92 more]"),
        ([[[[1]]]], "[[[[...]]]]"),
        ("x" * 200, f"'{'x' * 120}'... 200 characters"),
        (10**1000, "<int of 3322 bits>"),
    ],
)
def test_values_are_shown_bounded_harmless_and_without_secrets(
    value: object, text: str
) -> None:
    assert render(value) == text


def test_a_value_that_contains_itself_has_an_end() -> None:
    endless: list[Any] = [1]
    endless.append(endless)

    assert render(endless) == "[1, [1, [1, [...]]]]"
    wide = [[["x" * 100] * 100] * 100] * 100
    assert len(render(wide)) == MAX_ALL


def test_a_value_that_changes_while_it_is_shown_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changing = {"a": 1, "b": 2}

    def change_and_judge(_name: object) -> bool:
        changing["c"] = 3
        return False

    monkeypatch.setattr(rendering, "is_secret", change_and_judge)

    assert render(changing) == "<dict that changes>"


def test_a_look_at_a_plain_actor_needs_no_supervisor() -> None:
    class Plain(Actor):
        def on_receive(self, message: object) -> object:
            return message

    ref = Plain.start()
    seen = ref.cell.system.inspect(ref, timeout=30.0)
    ref.stop()

    assert seen.state == ()
    assert seen.window is None
