"""Actors that say which messages they accept, and the refs that hold others to it."""

# A class that cannot be made is not used either.
# pyright: reportUnusedClass=false

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, Generic, TypeVar, cast

import pykka
import pytest

from orquestrador.messages import Message, Request, reply_type
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildSpec,
    ChildStarted,
    DeadLetter,
    LaterReply,
    ProtocolActor,
    ProtocolDefinitionError,
    ProtocolRef,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
    UnacceptedMessageError,
    handles,
)
from orquestrador.supervisor.testkit import EventLog, Puppet, received


class Count(Message):
    number: int


class Add(Message):
    number: int = 1


class AddTwice(Add):
    """Derived from a message that is accepted."""


class GetCount(Request[Count]):
    pass


class GetCountLater(Request[Count]):
    pass


class Fail(Request[None]):
    pass


class Unknown(Message):
    pass


class Private(Message):
    """Sent by the counter to itself."""


class CounterActor(ProtocolActor[Add | GetCount | GetCountLater | Fail]):
    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    @handles(Add)
    def _add(self, message: Add) -> None:
        self._count += message.number

    @handles(GetCount)
    def _get_count(self, message: GetCount) -> Count:
        return Count(number=self._count)

    @handles(GetCountLater)
    def _get_count_later(self, message: GetCountLater) -> Count | LaterReply:
        later = self.reply_later()
        self._later = later
        self.tell_self(Private())
        return later

    @handles(Private)
    def _reply_now(self, message: Private) -> None:
        self._later.set(Count(number=-self._count))

    @handles(Fail)
    def _fail(self, message: Fail) -> None:
        raise ValueError("asked for")


class ForwarderActor(ProtocolActor[Add | GetCount | Unknown]):
    """Requests of the counter what it is sent; has no handler for a failure."""

    def __init__(self, to: ActorRef[Any]) -> None:
        super().__init__()
        self._to = to
        self.errors: list[str] = []
        self._asker: LaterReply | None = None

    @handles(Add)
    def _add(self, message: Add) -> None:
        self.request(self._to, message)

    @handles(GetCount)
    def _get_count(self, message: GetCount) -> Count | LaterReply:
        self._asker = self.reply_later()
        self.request(self._to, message)
        return self._asker

    @handles(Count)
    def _answer(self, message: Count) -> None:
        assert self._asker is not None
        self._asker.set(message)

    @handles(Unknown)
    def _unknown(self, message: Unknown) -> None:
        self.request(self._to, message)


def start(system: ActorSystem, *specs: ChildSpec) -> list[ActorRef[Any]]:
    Supervisor.start(
        SupervisorFlags(intensity=10, period_s=3600.0), specs, system=system
    )
    return [system.ref(each.id) for each in specs]


@pytest.fixture(autouse=True)
def _no_bare_actor_is_left() -> Iterator[None]:
    yield
    pykka.ActorRegistry.stop_all(timeout=30.0)


@pytest.fixture
def counter(system: ActorSystem) -> ProtocolRef[Any]:
    (ref,) = start(system, ChildSpec(id="counter", actor=CounterActor))
    assert isinstance(ref, ProtocolRef)
    return cast("ProtocolRef[Any]", ref)


def test_each_message_goes_to_the_method_marked_for_its_type(
    counter: ProtocolRef[Any],
) -> None:
    counter.tell(Add(number=2))
    counter.tell(Add(number=3))

    assert counter.ask(GetCount(), timeout=30.0) == Count(number=5)


def test_a_handler_may_reply_later_by_a_message_to_itself(
    counter: ProtocolRef[Any],
) -> None:
    counter.tell(Add())

    assert counter.ask(GetCountLater(), timeout=30.0) == Count(number=-1)


def test_a_message_derived_from_an_accepted_one_is_accepted(
    counter: ProtocolRef[Any],
) -> None:
    for _ in range(2):
        counter.tell(AddTwice(number=7))

    assert counter.ask(GetCount(), timeout=30.0) == Count(number=14)


def test_an_unaccepted_message_is_an_error_in_the_sender_and_not_queued(
    counter: ProtocolRef[Any], log: EventLog
) -> None:
    busy, leave = threading.Event(), threading.Event()

    class Blocking(CounterActor):
        def _add(self, message: Add) -> None:
            busy.set()
            assert leave.wait(30.0)

    ref = Blocking.start()
    ref.tell(Add())
    assert busy.wait(30.0)
    untyped: Any = ref
    with pytest.raises(UnacceptedMessageError):
        untyped.tell(Unknown())
    with pytest.raises(UnacceptedMessageError):
        untyped.ask(Unknown(), timeout=30.0)
    with pytest.raises(UnacceptedMessageError):
        asyncio.run(untyped.ask_async(Unknown()))
    with pytest.raises(UnacceptedMessageError) as raised:
        untyped.ask(Unknown(), block=False)
    assert ref.mailbox_size == 0
    leave.set()
    ref.stop(5.0)

    assert raised.value.message_type == "Unknown"
    assert raised.value.accepted == ("Add", "Fail", "GetCount", "GetCountLater")
    assert "does not accept Unknown; it accepts Add, Fail, GetCount" in str(
        raised.value
    )
    assert log.of(DeadLetter) == []


def test_a_message_kept_private_is_not_accepted_from_others(
    counter: ProtocolRef[Any],
) -> None:
    with pytest.raises(UnacceptedMessageError, match="does not accept Private"):
        counter.tell(Private())


def test_an_actor_that_requests_what_is_not_accepted_fails_at_once(
    system: ActorSystem, log: EventLog
) -> None:
    counter = CounterActor.start()
    (forwarder,) = start(
        system, ChildSpec(id="forwarder", actor=ForwarderActor, args=(counter,))
    )

    assert forwarder.ask(GetCount(), timeout=30.0) == Count(number=0)
    forwarder.tell(Unknown())
    letter = log.wait_for(DeadLetter)

    assert isinstance(letter.error, UnacceptedMessageError)
    assert letter.receiver is forwarder
    log.wait_for(ChildStarted, child="forwarder", incarnation=2)
    counter.stop(5.0)


def test_an_actor_with_a_protocol_is_reached_by_its_messages_alone() -> None:
    ref = CounterActor.start()
    untyped: Any = ref

    with pytest.raises(UnacceptedMessageError, match="does not accept ActorProxy"):
        untyped.proxy()
    with pytest.raises(UnacceptedMessageError):
        pykka.ActorProxy(actor_ref=untyped).actor_urn.get(timeout=30.0)
    with pytest.raises(UnacceptedMessageError):
        pykka.ActorProxy(actor_ref=untyped).number = 5
    assert ref.ask(GetCount(), timeout=30.0) == Count(number=0)

    assert ref.stop(timeout=30.0)
    assert not ref.is_alive()


def test_an_expected_failure_reaches_the_asker(counter: ProtocolRef[Any]) -> None:
    with pytest.raises(ValueError, match="asked for"):
        counter.ask(Fail(), timeout=30.0)


def test_a_reply_without_a_handler_is_a_dead_letter_and_harms_nothing(
    system: ActorSystem, log: EventLog
) -> None:
    counter = Puppet.start()
    (forwarder,) = start(
        system, ChildSpec(id="forwarder", actor=ForwarderActor, args=(counter,))
    )
    counter.stop(5.0)

    # The answer to the request is a `RequestFailed`, which has no handler there.
    forwarder.tell(Add())
    letter = log.wait_for(
        DeadLetter, reason="the receiver has no handler for RequestFailed"
    )

    assert isinstance(letter.message, RequestFailed)
    assert letter.sender is counter
    assert forwarder.incarnation == 1


def test_what_comes_past_the_ref_unaccepted_is_an_error_for_its_asker(
    system: ActorSystem,
) -> None:
    def make() -> pykka.Actor:
        return CounterActor()

    # The class is not known before the child runs: nothing can be checked outside.
    (ref,) = start(system, ChildSpec(id="made", actor=make))

    with pytest.raises(UnacceptedMessageError, match="does not accept Unknown"):
        ref.ask(Unknown(), timeout=30.0)
    assert ref.ask(GetCount(), timeout=30.0) == Count(number=0)
    assert ref.incarnation == 1


def test_a_ref_by_name_is_held_to_the_protocol_it_is_looked_up_with(
    system: ActorSystem,
) -> None:
    counter = ChildSpec(id="counter", actor=CounterActor)
    start(system, counter, ChildSpec(id="puppet", actor=Puppet))

    assert system.ref("counter", CounterActor).ask(GetCount(), timeout=30.0) == Count(
        number=0
    )
    with pytest.raises(UnacceptedMessageError, match="does not accept Unknown"):
        system.ref("counter", ForwarderActor)
    # An actor that declares nothing may play any part.
    puppet = system.ref("puppet", CounterActor)
    puppet.tell(Add(number=3))
    assert system.ref("puppet").ask(received, timeout=30.0) == (Add(number=3),)


# -- the class statement --------------------------------------------------------


def test_a_declared_message_without_a_handler_is_an_error_of_the_class() -> None:
    with pytest.raises(
        ProtocolDefinitionError, match="Lazy declares GetCount and has no handler"
    ):

        class Lazy(ProtocolActor[Add | GetCount]):
            @handles(Add)
            def _add(self, message: Add) -> None: ...


def test_two_handlers_for_one_message_are_an_error_of_the_class() -> None:
    with pytest.raises(
        ProtocolDefinitionError, match="two handlers for Add: _first and _second"
    ):

        class Torn(ProtocolActor[Add]):
            @handles(Add)
            def _first(self, message: Add) -> None: ...

            @handles(Add)
            def _second(self, message: Add) -> None: ...


@pytest.mark.parametrize("declared", ["Add", Any])
def test_a_protocol_that_is_no_class_is_an_error_of_the_class(declared: Any) -> None:
    with pytest.raises(ProtocolDefinitionError, match="a protocol is a class"):

        class Wrong(ProtocolActor[declared]): ...


def test_a_handler_for_something_that_is_no_type_is_an_error() -> None:
    nonsense: Any = Add(number=1)
    with pytest.raises(ProtocolDefinitionError, match="a handler is for a type"):
        handles(nonsense)


M = TypeVar("M")


class Greeting(ProtocolActor[M], Generic[M]):
    """A base with a handler of its own, for classes that declare what they accept."""

    @handles(GetCount)
    def _count(self, message: GetCount) -> Count:
        return Count(number=1)


class Greeter(Greeting[GetCount]):
    pass


class LouderGreeter(Greeter):
    # No mark: the method it overrides has it.
    def _count(self, message: GetCount) -> Count:
        return Count(number=2)


def test_a_class_takes_handlers_and_protocol_from_its_bases() -> None:
    for actor, number in ((Greeter, 1), (LouderGreeter, 2)):
        ref = actor.start()
        assert ref.ask(GetCount(), timeout=30.0) == Count(number=number)
        assert actor.protocol.messages == (GetCount,)
        ref.stop()


def test_a_protocol_tells_what_each_message_is_answered_with() -> None:
    assert CounterActor.protocol.replies() == (
        (Add, None),
        (GetCount, Count),
        (GetCountLater, Count),
        (Fail, None),
    )


class GetEarly(Request["Late"]):
    pass


class GetLost(Request["Lost"]):  # type: ignore[name-defined]
    pass


class Late(Message):
    pass


def test_a_reply_may_be_named_before_it_is_defined() -> None:
    assert reply_type(GetEarly) is Late
    with pytest.raises(NameError, match="GetLost is answered by 'Lost'"):
        reply_type(GetLost)


def test_an_actor_without_a_protocol_has_the_plain_ref() -> None:
    ref = Puppet.start()

    assert type(ref) is ActorRef
    assert issubclass(CounterActor, Actor)
    ref.stop()
