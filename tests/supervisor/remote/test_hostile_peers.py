"""Peers that keep to no rule cost bounded time and memory, and harm nobody else.

Each speaks through a real socket. After whatever it did, a proper peer is answered.
"""

import contextlib
import errno
import os
import random
import select
import socket
import struct
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import msgpack
import msgspec
import pytest

from orquestrador.errors import PeerRefusedError
from orquestrador.messages.codec import encode, frame
from orquestrador.supervisor import ActorSystem, ManualClock
from orquestrador.supervisor.remote import Address, greeting, wire
from orquestrador.supervisor.remote import server as server_module
from tests.supervisor.remote.conftest import (
    Add,
    Adder,
    GetSum,
    Hang,
    Peer,
    ReplyLong,
    Serve,
    Sum,
    client_of,
)

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the peers here use a Unix socket"
)

Peers = Callable[[], Peer]


@pytest.fixture(autouse=True)
def proper_peer(unix: Address, served: Serve) -> Iterator[None]:
    """See to it that a proper peer is still answered after the test."""
    yield
    with client_of(unix) as remote:
        assert remote.ref("adder").ask(GetSum(), timeout=30.0) is not None


def ask(number: int, message: object = GetSum(), actor: str = "adder") -> wire.Ask:
    data = encode(message) if not isinstance(message, bytes) else message  # type: ignore[arg-type]
    return wire.Ask(number=number, actor=actor, message=data, timeout_s=None)


def goodbye_of(peer: Peer) -> str:
    """Return the words with which the server leaves."""
    answer = peer.answer()
    while not isinstance(answer, wire.Goodbye):
        assert answer is not None, "it left without a word"
        answer = peer.answer()
    assert peer.is_left()
    return answer.words


# -- before the greeting ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "expected a frame"),
        (b"\x00" * 100, "expected a frame"),
        (b"\xc1", "no frame"),
        # A frame of 4 GB is announced, and begun.
        (b"\xc6" + struct.pack(">I", 2**32 - 1) + bytes(400), "limit"),
        (b"\xc6" + struct.pack(">I", 300) + bytes(300), "limit"),
        (b"\xdf" + struct.pack(">I", 2**32 - 1), "no frame"),
        (b"\x91" * 200, "no frame"),
        (frame(b""), "truncated"),
        (frame(b"\x91" * 200), "object"),
        (frame(encode(wire.Hello(version=999))), "version 999"),
        (frame(encode(wire.Unfollow(number=1))), "before Hello"),
        (frame(msgspec.msgpack.encode({"type": "Nonsense"})), "Nonsense"),
    ],
)
def test_what_is_no_greeting_is_told_so_and_left(
    served: Serve, peers: Peers, data: bytes, words: str
) -> None:
    served()
    peer = peers()
    peer.socket.sendall(data)

    assert words in goodbye_of(peer)


def test_who_speaks_before_he_is_welcomed_is_left(served: Serve, peers: Peers) -> None:
    served()
    peer = peers()
    hello = frame(encode(wire.Hello(version=wire.VERSION)))
    peer.socket.sendall(hello + frame(encode(ask(1)))[:10])

    assert "before it was welcomed" in goodbye_of(peer)


def test_who_says_nothing_is_left_after_a_while(
    served: Serve, peers: Peers, clock: ManualClock
) -> None:
    server = served(greeting_s=5.0)
    peer = peers()
    wait_for(lambda: server.connections == 1)
    clock.advance(5.1)

    assert "who it is in time" in goodbye_of(peer)


def test_who_greets_letter_by_letter_is_left_all_the_same(
    served: Serve, peers: Peers, clock: ManualClock
) -> None:
    server = served(greeting_s=5.0)
    peer = peers()
    wait_for(lambda: server.connections == 1)
    hello = frame(encode(wire.Hello(version=wire.VERSION)))
    for byte in hello[:6]:
        peer.socket.sendall(bytes([byte]))
        clock.advance(0.9)

    assert "in time" in goodbye_of(peer)


# -- after it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"\xc6" + struct.pack(">I", 2**31) + bytes(2 << 20),
        b"\xc6" + struct.pack(">I", (1 << 20) + 1) + bytes((1 << 20) + 1),
        b"junk",
        frame(b"junk"),
        frame(b"\x91" * 100_000),
        frame(b"\x81\xa4type" + b"\x91" * 100_000),
        frame(encode(wire.Hello(version=wire.VERSION))),
        frame(msgspec.msgpack.encode({"type": "Ask", "number": -1})),
        frame(msgspec.msgpack.encode({"type": "Tell", "number": 2**63, "actor": ""})),
    ],
)
def test_what_is_no_request_is_told_so_and_left(
    served: Serve, peers: Peers, data: bytes
) -> None:
    served()
    peer = peers()
    peer.greet()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        # It may be left before it has said all.
        peer.socket.sendall(data)

    assert goodbye_of(peer)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ask(7, b""), "truncated"),
        (ask(7, b"\xc1"), "no message that 'adder' takes"),
        (ask(7, msgspec.msgpack.encode({"type": "Add", "number": "1"})), "number"),
        (ask(7, msgspec.msgpack.encode({"type": "Add"})), "number"),
        (ask(7, msgspec.msgpack.encode({"type": "StopChild", "id": "x"})), "StopChild"),
        (ask(7, b"\x91" * 200_000), "no message"),
        (ask(7, b"\x81\xa1x" * 100_000), "no message"),
        (ask(7, GetSum(), "classified"), "is not served"),
        (ask(7, GetSum(), "orquestrador"), "is not served"),
        (wire.Tell(number=7, actor="adder", message=b"\x00"), "no message"),
        (wire.Follow(number=7, events=("DeadLetter",)), "cannot be followed"),
        (wire.Follow(number=7, events=("Added",) * 99), "can follow"),
    ],
)
def test_a_request_that_is_wrong_is_answered_with_why_and_the_next_is_not(
    served: Serve, peers: Peers, request_: wire.Requests, words: str
) -> None:
    served()
    peer = peers()
    peer.greet()
    peer.send(request_)
    peer.send(ask(8))

    failed, replied = peer.answer(), peer.answer()
    assert isinstance(failed, wire.Failed)
    assert (failed.number, failed.kind) == (7, "refused")
    assert words in failed.words
    assert isinstance(replied, wire.Replied)
    assert replied.number == 8


def test_no_pickle_is_ever_loaded(served: Serve, peers: Peers, tmp_path: Path) -> None:
    served()
    mark = tmp_path / "loaded"
    bomb = b"cos\nsystem\n(S'touch %s'\ntR." % os.fsencode(mark)
    for data in (bomb, frame(bomb)):
        peer = peers()
        peer.greet()
        peer.socket.sendall(data)
        assert peer.is_left()
    peer = peers()
    peer.greet()
    peer.send(ask(1, bomb))
    assert isinstance(peer.answer(), wire.Failed)
    assert not mark.exists()


def test_one_number_for_two_asks_is_refused(
    served: Serve, peers: Peers, release: threading.Event
) -> None:
    served()
    peer = peers()
    peer.greet()
    peer.send(ask(1, Hang()))
    peer.send(ask(1))

    assert "number 1 twice" in goodbye_of(peer)
    release.set()


def test_a_frame_that_never_ends_is_not_waited_for_for_ever(
    served: Serve, peers: Peers, clock: ManualClock
) -> None:
    served(frame_s=10.0)
    peer = peers()
    peer.greet()
    data = frame(encode(ask(1)))
    # The whole one in front proves, by its answer, that the part has come too.
    peer.socket.sendall(data + data[:5])
    peer.answer()
    for byte in data[5:15]:
        clock.advance(0.99)
        peer.socket.sendall(bytes([byte]))
    clock.advance(0.2)

    assert "finished a frame in time" in goodbye_of(peer)


def test_a_slow_but_honest_peer_is_served(
    served: Serve, peers: Peers, clock: ManualClock
) -> None:
    served(frame_s=10.0, greeting_s=5.0)
    peer = peers()
    peer.greet()
    data = frame(encode(ask(1)))
    for _ in range(3):
        # Each frame takes its time, and there is more between them.
        peer.socket.sendall(data[:5])
        clock.advance(9.0)
        peer.socket.sendall(data[5:])
        assert isinstance(peer.answer(), wire.Replied)
        clock.advance(1000.0)


def test_more_asks_than_may_wait_are_refused_until_some_are_answered(
    served: Serve, peers: Peers, release: threading.Event
) -> None:
    served(pending=10)
    peer = peers()
    peer.greet()
    peer.send(ask(0, Hang()))
    for number in range(1, 21):
        peer.send(ask(number))
    refused = [peer.answer() for _ in range(11)]
    assert {each.number for each in refused if isinstance(each, wire.Failed)} == set(
        range(10, 21)
    )
    release.set()
    replied = [peer.answer() for _ in range(10)]
    assert all(isinstance(each, wire.Replied) for each in replied)
    peer.send(ask(99))
    assert isinstance(peer.answer(), wire.Replied)


def test_a_flood_of_tells_to_a_slow_actor_fills_its_mailbox_to_the_limit_only(
    served: Serve, peers: Peers, adder: ActorSystem, release: threading.Event
) -> None:
    served(waiting=50)
    peer = peers()
    peer.greet()
    peer.send(ask(0, Hang()))
    # Afterwards the mailbox is empty, and its actor hangs.
    ref = adder.ref("adder")
    wait_for(lambda: ref.mailbox_size == 0 and is_busy(adder))
    tell = encode(Add(number=1))
    for number in range(1, 201):
        peer.send(wire.Tell(number=number, actor="adder", message=tell))
    failed = [peer.answer() for _ in range(150)]

    assert {each.kind for each in failed if isinstance(each, wire.Failed)} == {"full"}
    assert ref.mailbox_size == 50
    release.set()
    assert ref.ask(GetSum(), block=True, timeout=30.0) == Sum(number=50)


def test_a_peer_that_goes_in_the_middle_of_an_ask_harms_nobody(
    served: Serve, peers: Peers, adder: ActorSystem, release: threading.Event
) -> None:
    server = served()
    for _ in range(20):
        peer = peers()
        peer.greet()
        peer.send(ask(1, Hang()))
        peer.send(ask(2, Add(number=1)))
        peer.socket.close()
    wait_for(lambda: server.connections == 0)
    release.set()

    # What had come was handled, once each; its replies went nowhere.
    assert adder.ref("adder").ask(GetSum(), block=True, timeout=30.0) == Sum(number=20)
    assert adder.ref("adder").incarnation == 1


def test_a_peer_that_is_reset_in_the_middle_of_a_frame_harms_nobody(
    served: Serve, peers: Peers
) -> None:
    server = served()
    data = frame(encode(ask(1)))
    for cut in range(1, len(data), 7):
        peer = peers()
        peer.greet()
        peer.socket.sendall(data[:cut])
        peer.socket.close()
    wait_for(lambda: server.connections == 0)


def test_a_peer_that_only_closes_its_own_half_is_left(
    served: Serve, peers: Peers
) -> None:
    served()
    peer = peers()
    peer.greet()
    peer.socket.shutdown(socket.SHUT_WR)

    assert peer.is_left()


def test_a_peer_that_reads_nothing_is_read_no_more_and_costs_bounded_memory(
    served: Serve, peers: Peers, clock: ManualClock
) -> None:
    server = served(unread_bytes=4 << 20, reply_bytes=1 << 20, stall_s=30.0)
    peer = peers()
    peer.greet()
    peer.socket.settimeout(0.2)
    tracemalloc.start()
    try:
        with pytest.raises(TimeoutError):
            ask_without_end(peer)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Of a hundred thousand replies of 500 KB no more are made than may be asked
    # for at once.
    assert peak < 2 * 64 * 500_000
    clock.advance(31.0)
    wait_for(lambda: server.connections == 0)


def test_replies_beyond_what_a_peer_may_leave_unread_are_refused(
    served: Serve, peers: Peers, adder: ActorSystem
) -> None:
    served(unread_bytes=2_000_000, unsent_bytes=1 << 30, pending=64)
    peer = peers()
    peer.greet()
    for number in range(40):
        peer.send(ask(number, ReplyLong(size=500_000)))
    ref = adder.ref("adder")
    # All are answered before the first is read.
    wait_for(lambda: adder_handled(adder) == 40 and ref.mailbox_size == 0)
    answers = [peer.answer() for _ in range(40)]

    refused = [each for each in answers if isinstance(each, wire.Failed)]
    # The last of them may have been met by the reader already.
    assert len(refused) >= 10
    assert all("wait to be read" in each.words for each in refused)
    assert sum(isinstance(each, wire.Replied) for each in answers) >= 4


def adder_handled(system: ActorSystem) -> int:
    return next(each.handled for each in system.snapshot() if each.name == "adder")


def test_a_flood_of_connections_beyond_the_limit_is_told_so(
    served: Serve, peers: Peers
) -> None:
    server = served(connections=8)
    proper = peers()
    proper.greet()
    before = open_files()
    for _ in range(1500):
        peer = peers()
        peer.socket.setblocking(False)  # noqa: FBT003 -- the socket's own way
        if random.random() < 0.5:
            peer.socket.close()
    assert server.connections <= 8

    proper.send(ask(1))
    assert isinstance(proper.answer(), wire.Replied)
    rest = [peer for peer in made(peers) if peer is not proper]
    for peer in rest:
        peer.socket.close()
    wait_for(lambda: server.connections == 1)
    wait_for(lambda: open_files() <= before)


def test_one_connection_too_many_hears_why(served: Serve, peers: Peers) -> None:
    server = served(connections=2)
    for _ in range(2):
        peers().greet()

    assert "as many as there may" in goodbye_of(peers())
    for peer in made(peers):
        peer.socket.close()
    wait_for(lambda: server.connections == 0)


def test_a_client_that_is_refused_before_it_says_a_word_hears_why(
    served: Serve, unix: Address, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = served(connections=1)
    peers().greet()

    def wait_until_left(connection: socket.socket) -> None:
        # The server's last words are there, and behind them its end.
        wait_for(lambda: len(connection.recv(1 << 16, socket.MSG_PEEK)) > 0)
        connection.settimeout(10.0)
        poller = select.poll()
        poller.register(connection, select.POLLHUP)
        assert poller.poll(10_000)

    monkeypatch.setattr(greeting, "check_peer", wait_until_left)

    with pytest.raises(PeerRefusedError, match="as many as there may"):
        client_of(unix)
    for peer in made(peers):
        peer.socket.close()
    wait_for(lambda: server.connections == 0)
    monkeypatch.undo()


def test_who_only_holds_a_place_makes_room_for_the_next(
    served: Serve, peers: Peers, clock: ManualClock
) -> None:
    server = served(connections=3, greeting_s=60.0, hurry_s=0.25)
    proper = peers()
    proper.greet()
    silent = [peers() for _ in range(2)]
    wait_for(lambda: server.connections == 3)
    assert "as many as there may" in goodbye_of(peers()), "they had no time yet"
    clock.advance(0.3)

    peers().greet()
    assert "has not said who it is" in goodbye_of(silent[0])
    # Whoever has said so keeps his place, however long he is silent.
    clock.advance(3600.0)
    proper.send(ask(1))
    assert isinstance(proper.answer(), wire.Replied)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of open files")
def test_a_server_without_files_left_accepts_again_when_there_are(
    served: Serve, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource  # noqa: PLC0415 -- POSIX's

    accept = socket.socket.accept
    failed: list[OSError] = []

    def counted(listening: socket.socket) -> tuple[socket.socket, object]:
        try:
            return accept(listening)
        except OSError as error:
            if error.errno == errno.EMFILE:
                failed.append(error)
            raise

    monkeypatch.setattr(socket.socket, "accept", counted)
    server = served()
    proper = peers()
    proper.greet()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    late = peers()
    late.socket.close()
    wait_for(lambda: server.connections == 1)
    waiting = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    # It pauses until the next look at the time, which is far off.
    monkeypatch.setattr(server_module, "_TICK_S", 3600.0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (first_free_file(), hard))
    try:
        for each in waiting:
            each.connect(str(server_path(proper)))
        # It cannot accept, and still serves whom it has.
        for number in range(50):
            proper.send(ask(number))
            assert isinstance(proper.answer(), wire.Replied)
        # Nor does it try without a pause.
        assert len(failed) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        monkeypatch.undo()
    server.wake()
    wait_for(lambda: server.connections == 4)
    for each in waiting:
        each.close()


def test_garbage_of_every_kind_is_survived(served: Serve, peers: Peers) -> None:
    server = served()
    dice = random.Random(20261122)
    whole = [
        frame(encode(wire.Hello(version=wire.VERSION))),
        frame(encode(ask(1))),
        frame(encode(wire.Follow(number=1, events=("Added",)))),
        msgpack.packb(list(range(100))),
    ]
    for _ in range(300):
        peer = peers()
        data = b"".join(dice.choices(whole, k=dice.randrange(4)))
        bent = bytearray(data + dice.randbytes(dice.randrange(200)))
        for _ in range(dice.randrange(4)):
            if bent:
                bent[dice.randrange(len(bent))] = dice.randrange(256)
        if dice.random() < 0.5:
            peer.greet()
        try:
            peer.socket.sendall(bent)
            peer.socket.shutdown(socket.SHUT_WR)
        except OSError:
            # It was left while it still spoke.
            pass
        assert peer.is_left()
        peer.socket.close()
    wait_for(lambda: server.connections == 0)


# -- help ------------------------------------------------------------------------------


@pytest.fixture
def release() -> Iterator[threading.Event]:
    Adder.release = threading.Event()
    yield Adder.release
    Adder.release.set()


def wait_for(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.002)


def is_busy(system: ActorSystem) -> bool:
    return any(each.message_type == "Hang" for each in system.snapshot())


def ask_without_end(peer: Peer) -> None:
    for number in range(100_000):
        peer.send(ask(number, ReplyLong(size=500_000)))


def open_files() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 -- numbers, no paths


def first_free_file() -> int:
    """Return the number that the next open file has: one fewer may not be opened."""
    number = os.dup(0)
    os.close(number)
    return number


def server_path(peer: Peer) -> str:
    path: str = peer.socket.getpeername()
    return path


def made(peers: Peers) -> list[Peer]:
    """Return the peers made so far."""
    found: list[Peer] = peers.made  # type: ignore[attr-defined]
    return found
