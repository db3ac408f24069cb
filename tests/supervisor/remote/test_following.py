"""Events are followed over a connection: in order, bounded, with what was missed."""

import threading
from collections.abc import Callable, Iterator

import pykka
import pytest

from orquestrador.errors import RequestRefusedError
from orquestrador.messages import Decoder, Message
from orquestrador.supervisor import ActorSystem
from orquestrador.supervisor.remote import (
    Address,
    Following,
    MissedEvents,
    RemoteSystem,
    wire,
)
from orquestrador.supervisor.remote.outbox import EventQueue, Gap, Heard
from tests.supervisor.remote.conftest import (
    Added,
    AddedTwice,
    GetSum,
    Peer,
    Serve,
    client_of,
)

ADDED = Decoder(Added)


@pytest.fixture
def following(remote: RemoteSystem) -> Iterator[Following]:
    found = remote.follow(Added)
    settle(remote)
    yield found
    found.close()


def settle(remote: RemoteSystem) -> None:
    """Return once the other side has handled everything said before."""
    remote.ref("adder").ask(GetSum(), timeout=30.0)


def listeners(system: ActorSystem) -> int:
    return len(system.events._listeners(Added))  # pyright: ignore[reportPrivateUsage] -- nobody else asks


def publish(system: ActorSystem, numbers: range) -> None:
    for number in numbers:
        system.events.publish(Added(number=number))
    assert system.events.flush(timeout=30.0)


def test_events_come_in_their_order(adder: ActorSystem, following: Following) -> None:
    publish(adder, range(500))

    came = [following.next(timeout=30.0) for _ in range(500)]
    assert came == [Added(number=number) for number in range(500)]
    assert following.next(timeout=0.01) is None


def test_a_derived_type_of_event_stays_there(
    adder: ActorSystem, following: Following
) -> None:
    adder.events.publish(AddedTwice(number=1))
    adder.events.publish(Added(number=2))

    assert following.next(timeout=30.0) == Added(number=2)


def test_events_of_before_do_not_come(remote: RemoteSystem, adder: ActorSystem) -> None:
    publish(adder, range(10))
    following = remote.follow(Added)
    settle(remote)
    publish(adder, range(10, 11))

    assert following.next(timeout=30.0) == Added(number=10)


def test_who_follows_no_more_hears_no_more(
    remote: RemoteSystem, adder: ActorSystem, following: Following
) -> None:
    following.close()
    following.close()
    settle(remote)
    publish(adder, range(10))

    assert following.over
    assert list(following) == []
    # Nobody listens there either.
    assert listeners(adder) == 0


def test_only_what_is_served_can_be_followed(remote: RemoteSystem) -> None:
    with pytest.raises(RequestRefusedError, match="it can: Added"):
        remote.follow(Added, AddedTwice)
    with pytest.raises(RequestRefusedError, match="'AddedTwice'"):
        remote.subscribe(AddedTwice, print)


def test_the_end_of_the_other_side_ends_the_events(
    serve: Serve, place: Address, adder: ActorSystem
) -> None:
    server = serve()
    with client_of(place) as remote:
        following = remote.follow(Added)
        settle(remote)
        publish(adder, range(3))
        came = [following.next(timeout=30.0) for _ in range(3)]
        assert server.close(timeout=30.0)

        assert None not in came
        assert list(following) == []
        assert following.over
        with pytest.raises(pykka.ActorDeadError):
            remote.follow(Added)


def test_the_end_of_a_connection_ends_what_it_followed(
    serve: Serve, place: Address, adder: ActorSystem
) -> None:
    server = serve()
    with client_of(place) as remote:
        remote.follow(Added)
        settle(remote)
        assert listeners(adder) == 1
    assert server.close(timeout=30.0)

    assert listeners(adder) == 0


def test_a_reader_that_stands_still_is_told_how_many_it_missed(
    remote: RemoteSystem, adder: ActorSystem
) -> None:
    following = remote.follow(Added, limit=10)
    settle(remote)
    publish(adder, range(100))
    settle(remote)

    came = [following.next(timeout=30.0) for _ in range(11)]
    assert came[:10] == [Added(number=number) for number in range(10)]
    assert came[10] == MissedEvents(count=90)
    publish(adder, range(100, 101))
    assert following.next(timeout=30.0) == Added(number=100)


def test_a_peer_that_does_not_read_costs_a_bounded_queue_and_is_told_what_it_missed(
    served: Serve, peers: Callable[[], Peer], adder: ActorSystem
) -> None:
    served(events=100)
    peer = peers()
    peer.greet()
    peer.send(wire.Follow(number=1, events=("Added",)))
    with_reply = wire.Ask(
        number=2, actor="ended", message=b"\x81\xa4type\xa6GetSum", timeout_s=None
    )
    peer.send(with_reply)
    peer.answer()
    publish(adder, range(50_000))

    heard: list[int] = []
    missed = 0
    while len(heard) + missed < 50_000:
        match peer.answer():
            case wire.Happened(event=event):
                heard.append(ADDED.decode(event).number)
            case wire.Missed(number=1, count=count):
                missed += count
                assert heard
            case other:
                raise AssertionError(other)
    assert missed > 0
    assert heard == sorted(set(heard))


def test_a_gap_stands_where_the_events_are_missing() -> None:
    queue = EventQueue(2)
    events = [Added(number=number) for number in range(7)]
    for event in events[:3]:
        queue.add(1, event)
    assert queue.take() == Heard(1, events[0])
    # There is room again, but the third was left out before these.
    queue.add(1, events[3])
    queue.add(2, events[3])
    assert queue.take() == Heard(1, events[1])
    assert {queue.take(), queue.take()} == {Gap(1, 2), Gap(2, 1)}
    assert len(queue) == 0
    assert queue.take() is None
    queue.add(1, events[4])
    assert queue.take() == Heard(1, events[4])


def test_callbacks_hear_several_types_in_one_order_and_one_that_fails_stays(
    remote: RemoteSystem, adder: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Message] = []
    done = threading.Event()

    def hear(event: Added) -> None:
        heard.append(event)
        if event.number == 1:
            raise ValueError("a bad callback")
        if event.number == 2:
            done.set()

    subscription = remote.subscribe(Added, hear)
    settle(remote)
    publish(adder, range(3))

    assert done.wait(30.0)
    assert heard == [Added(number=number) for number in range(3)]
    assert "A subscriber to Added failed" in caplog.text
    subscription.cancel()
    settle(remote)
    publish(adder, range(3, 5))
    settle(remote)
    assert len(heard) == 3


def test_a_callback_may_be_told_how_many_events_were_missed(
    serve: Serve, place: Address, adder: ActorSystem
) -> None:
    serve(events=10)
    going_on = threading.Event()
    heard: list[Added] = []
    missed: list[int] = []
    all_there = threading.Event()

    def hear(event: Added) -> None:
        going_on.wait(30.0)
        heard.append(event)

    def miss(count: int) -> None:
        missed.append(count)
        all_there.set()

    with client_of(place) as remote:
        remote.subscribe(Added, hear, missed=miss)
        settle(remote)
        # More than the sockets between the two hold.
        publish(adder, range(100_000))
        going_on.set()
        assert all_there.wait(30.0)
        assert heard[0] == Added(number=0)
        assert sum(missed) > 0
