"""Messages as bytes: what is data arrives as it was sent, anything else is refused."""

# What is sent to an actor has no declared type here.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from orquestrador.errors import NotEncodableError
from orquestrador.messages import Evidence, Label, Message
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildSpec,
    DeadLetter,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.testkit import Crash, EventLog

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


class Order(Message):
    """A message with parts."""

    number: int
    labels: tuple[Label, ...] = ()


class Later:
    """Nothing that can be sent."""


class Hold:
    """Keeps an actor busy."""

    def __init__(self, entered: threading.Event, leave: threading.Event) -> None:
        self.entered = entered
        self.leave = leave


class Keeper(Actor):
    """Keeps what it gets, and answers with what it is told to."""

    attribute = 5

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Any] = []
        self.answers: dict[str, Any] = {
            "future": pykka.ThreadingFuture(),
            "object": Later(),
            "set": {1},
            "tuple": (1, "two", {"three": None}),
        }

    def on_receive(self, message: object) -> object:
        if message == "all":
            return tuple(self.kept)
        if message == "crash":
            raise Crash(message)
        if isinstance(message, Hold):
            message.entered.set()
            assert message.leave.wait(30.0)
            return None
        if isinstance(message, str) and message in self.answers:
            return self.answers[message]
        self.kept.append(message)
        return None

    def add(self, amount: int, *, by: int = 1) -> int:
        return amount + by

    def request_from(self, name: str, message: object) -> None:
        self.request(self.system.ref(name), message)


def start(system: ActorSystem, **spec: Any) -> ActorRef[Keeper]:
    Supervisor.start(
        FLAGS,
        [
            ChildSpec(id="keeper", actor=Keeper, codec=True, **spec),
            ChildSpec(id="plain", actor=Keeper),
        ],
        system=system,
    )
    return system.ref("keeper")


Send = Callable[[ActorRef[Keeper], object], None]


def tell(ref: ActorRef[Keeper], message: object) -> None:
    ref.tell(message)


def ask(ref: ActorRef[Keeper], message: object) -> None:
    ref.ask(message, timeout=30.0)


def ask_for_a_future(ref: ActorRef[Keeper], message: object) -> None:
    ref.ask(message, block=False)


def kept(ref: ActorRef[Keeper]) -> tuple[Any, ...]:
    messages: tuple[Any, ...] = ref.ask("all", block=True, timeout=30.0)
    return messages


@pytest.mark.parametrize(
    "message",
    [
        None,
        True,
        123,
        -(2**63),
        123.456,
        "text",
        b"bytes",
        {"a": "dict"},
        {("a" if key else 1): key for key in (True, False)},
        ("a", "tuple", ("nested", {"and": ("more",)})),
        Order(number=3),
        {
            "order": (Order(number=1), Order(number=2)),
            "one": Evidence(rule="r", line=1, text="t"),
        },
    ],
)
def test_data_arrives_as_it_was_sent(system: ActorSystem, message: Any) -> None:
    ref = start(system)

    ref.tell(message)

    (arrived,) = kept(ref)
    assert arrived == message
    assert type(arrived) is type(message)


def test_a_list_arrives_as_a_tuple(system: ActorSystem) -> None:
    """As one of the messages of Pykka's own tests does."""
    ref = start(system)

    ref.tell(["a", ["list"], {"of": [1]}])

    assert kept(ref) == (("a", ("list",), {"of": (1,)}),)


def test_what_arrives_shares_nothing_with_what_was_sent(system: ActorSystem) -> None:
    ref = start(system)
    message = {"number": 1}
    system.ref("plain").tell(message)
    ref.tell(message)
    message["number"] = 2

    assert kept(ref) == ({"number": 1},)
    assert kept(system.ref("plain"))[0] is message


@pytest.mark.parametrize(
    ("message", "part"),
    [
        # Those of Pykka's own tests that send what is no data.
        (Exception("an exception"), r"it is Exception"),
        ({"callback": lambda: None}, r"it\['callback'\] is <function"),
        # And others.
        (("a", (1, {2: Later()})), r"it\[1\]\[1\]\[2\] is .*Later"),
        ({("a", 1): "key"}, r"a key of it is \('a', 1\)"),
        (2**64, "int"),
        ("\ud800", "str"),
        (bytearray(b"x"), "bytearray"),
        (threading.Lock(), "lock"),
    ],
)
@pytest.mark.parametrize("how", [tell, ask, ask_for_a_future])
def test_what_is_no_data_is_refused_at_the_call(
    system: ActorSystem, log: EventLog, message: object, part: str, how: Send
) -> None:
    ref = start(system)

    with pytest.raises(NotEncodableError, match=f"not encodable: .*{part}"):
        how(ref, message)

    # Nothing was queued, and the sender still has it.
    assert ref.cell.handled == 0
    assert kept(ref) == ()
    assert log.of(DeadLetter) == []


def test_a_callback_in_a_proxys_call_is_refused_at_the_call(
    system: ActorSystem,
) -> None:
    proxy = start(system).proxy()

    assert proxy.add(2, by=3).get(timeout=30.0) == 5
    assert proxy.attribute.get(timeout=30.0) == 5
    with pytest.raises(NotEncodableError, match=r"\['by'\] is <function"):
        proxy.add(2, by=lambda: 3)
    with pytest.raises(NotEncodableError):
        proxy.add.defer(Later())
    with pytest.raises(NotEncodableError):
        proxy.attribute = Later()


def test_a_request_that_is_no_data_fails_as_a_message(system: ActorSystem) -> None:
    start(system)
    plain = system.ref("plain")

    plain.proxy().request_from("keeper", {1}).get(timeout=30.0)

    (failed,) = kept(plain)
    assert isinstance(failed, RequestFailed)
    assert failed.request == {1}
    assert isinstance(failed.reason, NotEncodableError)


@pytest.mark.parametrize("answer", ["future", "object", "set"])
def test_a_reply_that_is_no_data_is_an_error_for_the_asker(
    system: ActorSystem, answer: str
) -> None:
    """The replies of Pykka's own tests that are a future or an object."""
    ref = start(system, codec_replies=True)

    with pytest.raises(NotEncodableError, match="not encodable: it is"):
        ref.ask(answer, timeout=30.0)

    assert ref.incarnation == 1
    assert ref.ask("tuple", timeout=30.0) == (1, "two", {"three": None})


def test_replies_are_as_they_are_unless_the_spec_says_so(system: ActorSystem) -> None:
    ref = start(system)

    assert isinstance(ref.ask("object", timeout=30.0), Later)


def test_a_reply_that_is_data_shares_nothing(system: ActorSystem) -> None:
    ref = start(system, codec_replies=True)

    first = ref.ask("tuple", block=True, timeout=30.0)
    first[2]["three"] = "changed"

    assert ref.ask("tuple", timeout=30.0) == (1, "two", {"three": None})


def test_an_encoded_message_that_fails_is_shown_as_it_was_sent(
    system: ActorSystem, log: EventLog
) -> None:
    ref = start(system, redeliveries=1)

    with pytest.raises(Crash):
        ref.ask("crash", timeout=30.0)
    ref.tell("crash")
    assert kept(ref) == ()

    assert [each.message for each in log.of(DeadLetter)] == ["crash", "crash"]
    assert ref.incarnation == 5


def test_a_message_left_in_the_mailbox_is_shown_as_it_was_sent(
    system: ActorSystem, log: EventLog
) -> None:
    ref = start(system)
    mailbox = ref.cell.mailbox
    entered, leave = threading.Event(), threading.Event()
    # What cannot be sent can be put there by the runtime itself.
    mailbox.put(Envelope(Hold(entered, leave)))
    assert entered.wait(30.0)
    stopped = ref.stop(block=False)
    ref.tell(Order(number=2))
    leave.set()
    assert stopped.get(timeout=30.0)

    assert [each.message for each in log.of(DeadLetter)] == [Order(number=2)]


def test_a_limit_and_the_codec_go_together(system: ActorSystem, log: EventLog) -> None:
    ref = start(system, mailbox_limit=1)

    with pytest.raises(NotEncodableError):
        ref.tell({1})
    ref.tell((1,))

    while ref.mailbox_size:
        pass
    assert kept(ref) == ((1,),)
