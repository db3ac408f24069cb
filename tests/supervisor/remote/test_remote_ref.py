"""A remote ref tells and asks as a local one does, over either kind of socket."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import assert_type

import pykka
import pytest

from orquestrador.errors import (
    BlockingAskError,
    MailboxFullError,
    RemoteActorError,
    RequestRefusedError,
)
from orquestrador.supervisor import (
    ActorSystem,
    ChildSpec,
    FailingAsk,
    ManualClock,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)
from orquestrador.supervisor.choices import Overflow
from orquestrador.supervisor.remote import (
    Address,
    Child,
    Children,
    RemoteSystem,
    Restarted,
    Server,
    StopChild,
    listen,
)
from orquestrador.supervisor.requests import (
    ChildCounts,
    CountChildren,
    RestartChild,
    WhichChildren,
)
from orquestrador.supervisor.testkit import Puppet
from tests.supervisor.remote.conftest import (
    SERVICE,
    Add,
    Adder,
    Fail,
    GetSum,
    Hang,
    Long,
    ReplyLong,
    ReplyUndeclared,
    Serve,
    Sum,
    client_of,
)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What ends a `Hang`."""
    Adder.release = threading.Event()
    yield Adder.release
    Adder.release.set()


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.002)


def busy(system: ActorSystem) -> bool:
    return any(each.message_type == "Hang" for each in system.snapshot())


def test_an_ask_brings_the_reply(remote: RemoteSystem) -> None:
    reply = remote.ref("adder").ask(GetSum(), timeout=30.0)
    future = remote.ref("adder").ask(GetSum(), block=False)

    # Typed by the request, for the type checkers.
    assert assert_type(reply, Sum) == Sum(number=0)
    assert assert_type(future.get(timeout=30.0), Sum) == Sum(number=0)


def test_messages_are_handled_in_their_order(remote: RemoteSystem) -> None:
    ref = remote.ref("adder")
    for number in range(1000):
        ref.tell(Add(number=number))

    # The connection is a queue, and so is the mailbox: all were handled before.
    assert ref.ask(GetSum(), timeout=30.0) == Sum(number=sum(range(1000)))


def test_a_reply_of_none_is_one(remote: RemoteSystem) -> None:
    assert remote.ref("adder").ask(Add(number=1), timeout=30.0) is None


def test_a_future_waits_only_when_it_is_asked(remote: RemoteSystem) -> None:
    futures = [remote.ref("adder").ask(GetSum(), block=False) for _ in range(10)]

    assert pykka.get_all(futures, timeout=30.0) == [Sum(number=0)] * 10


def test_many_threads_share_a_connection(remote: RemoteSystem) -> None:
    ref = remote.ref("adder")

    def work() -> None:
        for _ in range(100):
            ref.ask(Add(number=1), timeout=30.0)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ref.ask(GetSum(), timeout=30.0) == Sum(number=800)


def test_the_actors_error_comes_with_its_type_and_its_words(
    remote: RemoteSystem,
) -> None:
    with pytest.raises(RemoteActorError, match="LookupError: no such thing") as info:
        remote.ref("adder").ask(Fail(words="no such thing"), timeout=30.0)

    assert info.value.error == "LookupError"
    assert info.value.words == "no such thing"


def test_an_error_with_endless_words_is_shortened(remote: RemoteSystem) -> None:
    with pytest.raises(RemoteActorError) as info:
        remote.ref("adder").ask(Fail(words="x" * 100_000), timeout=30.0)

    assert len(info.value.words) == 10_000


def test_an_actor_that_is_not_served_is_refused_with_those_that_are(
    remote: RemoteSystem,
) -> None:
    with pytest.raises(RequestRefusedError, match="there are: adder, ended, top"):
        remote.ref("secret")


def test_a_message_that_is_not_taken_is_refused_with_those_that_are(
    remote: RemoteSystem,
) -> None:
    for message in (WhichChildren(), "text"):
        with pytest.raises(RequestRefusedError, match="it takes Add, GetSum"):
            remote.ref("adder").ask(message, timeout=30.0)  # type: ignore[call-overload]
        with pytest.raises(RequestRefusedError, match="it takes Add, GetSum"):
            remote.ref("adder").tell(message)


def test_a_reply_that_is_not_declared_is_an_error_and_does_not_leave(
    remote: RemoteSystem,
) -> None:
    with pytest.raises(RemoteActorError, match="Undeclared, which is not declared"):
        remote.ref("adder").ask(ReplyUndeclared(), timeout=30.0)


def test_a_message_that_is_too_long_is_refused_here(remote: RemoteSystem) -> None:
    ref = remote.ref("adder")
    with pytest.raises(RequestRefusedError, match="send it in parts"):
        ref.tell(Long(data=bytes(2 << 20)))

    assert ref.ask(GetSum(), timeout=30.0) == Sum(number=0)


def test_a_reply_that_is_too_long_is_an_error_and_the_next_is_not(
    serve: Serve, place: Address
) -> None:
    serve(reply_bytes=10_000)
    with client_of(place) as remote:
        ref = remote.ref("adder")
        with pytest.raises(RequestRefusedError, match="the limit is 10000"):
            ref.ask(ReplyLong(size=10_000), timeout=30.0)
        assert ref.ask(ReplyLong(size=9_000), timeout=30.0) == Long(data=bytes(9_000))


def test_a_ref_outlives_a_restart_of_its_actor(
    remote: RemoteSystem, adder: ActorSystem
) -> None:
    ref = remote.ref("adder")
    ref.tell(Add(number=1))
    ref.tell(Fail(words="ends the incarnation: it was told"))

    assert ref.ask(GetSum(), timeout=30.0) == Sum(number=0)
    assert adder.ref("adder").incarnation == 2


# -- ends ------------------------------------------------------------------------------


def test_an_actor_that_has_ended_is_dead(
    remote: RemoteSystem, adder: ActorSystem
) -> None:
    with pytest.raises(pykka.ActorDeadError, match="ended has ended"):
        remote.ref("ended").ask(GetSum(), timeout=30.0)
    adder.ref("adder").stop(timeout=30.0)
    with pytest.raises(pykka.ActorDeadError):
        remote.ref("adder").ask(GetSum(), timeout=30.0)


def test_a_refused_tell_is_logged(
    remote: RemoteSystem, caplog: pytest.LogCaptureFixture
) -> None:
    remote.ref("ended").tell(GetSum())
    with pytest.raises(pykka.ActorDeadError):
        remote.ref("ended").ask(GetSum(), timeout=30.0)

    assert "refused a message: ended has ended" in caplog.text


def test_an_ask_in_flight_fails_when_the_other_side_ends(
    serve: Serve, place: Address, release: threading.Event
) -> None:
    server = serve()
    with client_of(place) as remote:
        asked = remote.ref("adder").ask(Hang(), block=False)
        # Behind it on the connection: the ask has arrived when this has failed.
        with pytest.raises(pykka.ActorDeadError):
            remote.ref("ended").ask(GetSum(), timeout=30.0)
        assert server.close(timeout=30.0)

        with pytest.raises(pykka.ActorDeadError, match="the system ends"):
            asked.get(timeout=30.0)
        assert remote.wait_closed(timeout=30.0)
        assert not remote.ref("adder").is_alive()
        for _ in range(2):
            with pytest.raises(pykka.ActorDeadError, match="the system ends"):
                remote.ref("adder").ask(GetSum(), timeout=30.0)
            with pytest.raises(pykka.ActorDeadError, match="the system ends"):
                remote.ref("adder").tell(Add(number=1))
    assert not release.is_set()


def test_a_closed_connection_fails_what_was_asked(
    serve: Serve, place: Address, release: threading.Event
) -> None:
    serve()
    remote = client_of(place)
    asked = remote.ref("adder").ask(Hang(), block=False)
    remote.close()
    remote.close()

    with pytest.raises(pykka.ActorDeadError, match="closed here"):
        asked.get(timeout=30.0)
    assert not release.is_set()


def test_an_ask_that_ran_out_of_time_is_not_handled(
    remote: RemoteSystem,
    adder: ActorSystem,
    clock: ManualClock,
    release: threading.Event,
) -> None:
    ref = remote.ref("adder")
    hanging = ref.ask(Hang(), block=False)
    with pytest.raises(pykka.Timeout):
        ref.ask(Add(number=100), timeout=0.05)
    wait_until(lambda: busy(adder) and adder.ref("adder").mailbox_size == 1)
    clock.advance(1.0)
    release.set()
    hanging.get(timeout=30.0)

    assert ref.ask(GetSum(), timeout=30.0) == Sum(number=0)


def test_the_time_that_an_ask_has_runs_out_in_the_mailbox(
    remote: RemoteSystem,
    adder: ActorSystem,
    clock: ManualClock,
    release: threading.Event,
) -> None:
    ref = remote.ref("adder")
    hanging = ref.ask(Hang(), block=False)
    wait_until(lambda: busy(adder))
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            ref.ask(GetSum(), timeout=60)
        except pykka.Timeout as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: adder.ref("adder").mailbox_size == 1)
    clock.advance(61.0)
    release.set()
    thread.join(30.0)
    hanging.get(timeout=30.0)

    assert "deadline" in str(failures[0])


def test_a_handler_of_a_supervised_actor_does_not_wait_for_a_remote_one_either(
    remote: RemoteSystem, adder: ActorSystem
) -> None:
    top = adder.ref("top")
    assert isinstance(top, SupervisorRef)
    puppet = top.start_child(
        ChildSpec(id="puppet", actor=Puppet, failing_ask=FailingAsk.RETURN)
    )
    assert puppet is not None

    def ask(_puppet: Puppet) -> object:
        return remote.ref("adder").ask(Add(number=1), timeout=30.0)

    with pytest.raises(BlockingAskError):
        puppet.ask(ask, block=True, timeout=30.0)
    assert remote.ref("adder").ask(GetSum(), timeout=30.0) == Sum(number=0)


# -- supervisors -----------------------------------------------------------------------


def test_a_supervisor_tells_about_its_children_as_data(remote: RemoteSystem) -> None:
    top = remote.ref("top")

    children = top.ask(WhichChildren(), timeout=30.0)
    assert children == Children(
        children=(
            Child(
                id="adder",
                name="adder",
                state="running",
                is_supervisor=False,
                restart="permanent",
            ),
        )
    )
    assert top.ask(CountChildren(), timeout=30.0) == ChildCounts(
        specs=1, active=1, supervisors=0, workers=1
    )


def test_a_supervisor_stops_and_starts_a_child_for_a_peer(
    remote: RemoteSystem,
) -> None:
    top = remote.ref("top")
    stopped = top.ask(StopChild(id="adder"), timeout=30.0)
    assert stopped.state == "stopped"
    with pytest.raises(pykka.ActorDeadError):
        remote.ref("adder").ask(GetSum(), timeout=30.0)

    assert top.ask(RestartChild(id="adder"), timeout=30.0) == Restarted(
        id="adder", name="adder"
    )
    assert remote.ref("adder").ask(GetSum(), timeout=30.0) == Sum(number=0)


def test_what_a_supervisor_refuses_comes_with_its_word_for_why(
    remote: RemoteSystem,
) -> None:
    with pytest.raises(RemoteActorError, match="ChildRequestError: not_found"):
        remote.ref("top").ask(StopChild(id="nobody"), timeout=30.0)


# -- mailboxes with a limit ------------------------------------------------------------


@pytest.mark.parametrize("overflow", [Overflow.FAIL, Overflow.WAIT])
def test_a_full_mailbox_is_the_peers_to_wait_for_and_keeps_nobody_else_waiting(
    overflow: Overflow,
    system: ActorSystem,
    place: Address,
    release: threading.Event,
) -> None:
    spec = ChildSpec(id="adder", actor=Adder, mailbox_limit=1, overflow=overflow)
    Supervisor.start(SupervisorFlags(), [spec], system=system, name="top")
    server = Server(system, SERVICE, listen(place))
    with client_of(place) as remote:
        ref = remote.ref("adder")
        ref.tell(Hang())
        wait_until(lambda: busy(system))
        waiting = ref.ask(GetSum(), block=False)

        with pytest.raises(MailboxFullError, match="1 messages wait"):
            ref.ask(GetSum(), timeout=30.0)
        assert remote.ref("top").ask(CountChildren(), timeout=30.0).active == 1
        release.set()
        assert waiting.get(timeout=30.0) == Sum(number=0)
    assert server.close(timeout=30.0)
