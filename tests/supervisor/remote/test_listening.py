"""Who listens, and who may connect: sockets, token files, peers and proofs."""

import contextlib
import os
import secrets
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from orquestrador.errors import NobodyListensError, NotGreetedError, PeerRefusedError
from orquestrador.messages.codec import frame
from orquestrador.supervisor import ActorSystem
from orquestrador.supervisor.remote import (
    Address,
    Limits,
    RemoteSystem,
    Server,
    address,
    connect,
    listen,
)
from orquestrador.supervisor.remote.challenge import ClientChallenge, ServerChallenge
from orquestrador.supervisor.remote.listening import LOOPBACK, Token, read_token
from orquestrador.supervisor.remote.peer import peer_uid
from tests.supervisor.remote.conftest import SERVICE, GetSum, Serve, Sum, client_of

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")

LISTENER = """\
import sys
from pathlib import Path
from orquestrador.supervisor.remote import Address, listen
listening = listen(Address(Path(sys.argv[1])))
print("listening", flush=True)
input()
"""

STRANGER = """\
import os, socket, sys
os.setuid(65534)
peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
peer.settimeout(10)
peer.connect(sys.argv[1])
print(peer.recv(10_000))
"""


@posix
def test_socket_and_token_are_the_users_alone(place: Address) -> None:
    with closing(listen(place)):
        assert stat.S_IMODE(place.path.stat().st_mode) == 0o600


def test_nothing_but_the_lock_is_left_after_the_end(place: Address) -> None:
    listen(place).close()

    assert [each.name for each in place.path.parent.iterdir()] == [place.lock.name]


def test_an_address_where_somebody_lives_is_not_taken(
    place: Address, remote: RemoteSystem
) -> None:
    with pytest.raises(PeerRefusedError, match="held by a system that runs"):
        listen(place, patience_s=0.0)

    assert remote.ref("adder").ask(GetSum(), timeout=30.0) == Sum(number=0)
    with client_of(place) as second:
        assert second.ref("adder").ask(GetSum(), timeout=30.0) == Sum(number=0)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_what_a_killed_process_left_is_replaced(place: Address) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER, place.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline().strip() == b"listening"
        with pytest.raises(PeerRefusedError, match="held by a system that runs"):
            listen(place, patience_s=0.0)
        killed.send_signal(signal.SIGKILL)
        killed.wait(30.0)
    assert place.path.exists()
    with pytest.raises(NobodyListensError):
        connect(place, SERVICE)

    with closing(listen(place, patience_s=0.0)) as listening:
        assert listening.address == place


def test_a_holder_that_is_leaving_is_waited_for(place: Address) -> None:
    first = listen(place)
    threading.Timer(0.1, first.close).start()

    with closing(listen(place, patience_s=10.0)) as second:
        assert second.address == place


@posix
def test_a_client_waits_for_its_turn_where_many_connect_at_once(
    unix: Address, adder: ActorSystem
) -> None:
    listening = listen(unix)
    waiting: list[socket.socket] = []
    with contextlib.suppress(BlockingIOError):
        while True:
            waiting.append(socket.socket(socket.AF_UNIX))
            waiting[-1].settimeout(5.0)
            waiting[-1].connect(str(unix.path))
    servers: list[Server] = []

    def serve() -> None:
        servers.append(
            Server(adder, SERVICE, listening, limits=Limits(connections=500))
        )

    threading.Timer(0.1, serve).start()
    with client_of(unix) as remote:
        assert remote.ref("adder").ask(GetSum(), timeout=30.0) == Sum(number=0)
    for each in waiting:
        each.close()
    assert servers[0].close(timeout=30.0)


def test_where_nobody_was_ever_nobody_listens(place: Address) -> None:
    with pytest.raises(NobodyListensError, match=str(place.path.parent)):
        connect(place, SERVICE)


@posix
def test_a_client_refuses_a_folder_that_was_opened_to_others(
    place: Address, serve: Serve
) -> None:
    serve()
    place.path.parent.chmod(0o755)

    with pytest.raises(PeerRefusedError, match="open to others"):
        connect(place, SERVICE)


# -- peers of a Unix socket ----------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="what is asked there is Linux's")
def test_the_kernel_tells_who_is_at_the_other_end() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert peer_uid(one) == os.geteuid()


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="becomes another user"
)
def test_another_user_is_refused_even_where_the_modes_let_him_in(
    unix: Address, served: Serve
) -> None:
    served()
    for each in (unix.path, unix.path.parent, unix.path.parent.parent):
        each.chmod(0o777)

    said = subprocess.run(
        [sys.executable, "-c", STRANGER, unix.path],
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert b"Goodbye" in said.stdout
    assert b"the other side is user 65534" in said.stdout


@posix
def test_a_client_refuses_a_server_of_another_user(
    unix: Address, served: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served()

    def somebody(_peer: socket.socket) -> int:
        return 1234567

    monkeypatch.setattr("orquestrador.supervisor.remote.peer.peer_uid", somebody)

    with pytest.raises(PeerRefusedError, match="user 1234567"):
        connect(unix, SERVICE)


# -- loopback TCP ----------------------------------------------------------------------


@pytest.fixture
def tcp(runtime: Path) -> Address:
    environment = {"XDG_RUNTIME_DIR": str(runtime)}
    return address("app", "subject", tcp=True, environment=environment)


def test_only_loopback_is_listened_to(tcp: Address) -> None:
    with closing(listen(tcp)) as listening:
        assert listening.socket.getsockname()[0] == LOOPBACK


def test_every_listening_has_a_secret_and_a_port_of_its_own(tcp: Address) -> None:
    secrets_seen = set[bytes]()
    for _ in range(2):
        with closing(listen(tcp)) as listening:
            token = read_token(tcp.path)
            assert token == Token(listening.port, listening.secret or b"")
            secrets_seen.add(token.secret)
    assert len(secrets_seen) == 2


@posix
def test_a_token_that_others_could_read_is_refused(tcp: Address) -> None:
    with closing(listen(tcp)):
        tcp.path.chmod(0o644)
        with pytest.raises(PeerRefusedError, match="mode 0644"):
            connect(tcp, SERVICE)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"port": 1, "secret": "AA=="}', b"\xff" * 2000]
)
def test_what_is_no_token_leads_nowhere(tcp: Address, content: bytes) -> None:
    tcp.path.write_bytes(content)
    tcp.path.chmod(0o600)

    with pytest.raises(NobodyListensError, match="no token"):
        connect(tcp, SERVICE)


def answering(port: socket.socket, reply: Callable[[socket.socket], None]) -> None:
    """Let a thread answer one client."""

    def serve() -> None:
        peer, _address = port.accept()
        with peer:
            reply(peer)

    threading.Thread(target=serve, daemon=True).start()


@pytest.fixture
def impostor(tcp: Address) -> socket.socket:
    """A port that a token names, and behind which another program listens."""
    port = socket.create_server((LOOPBACK, 0))
    token = b'{"port": %d, "secret": "%s"}' % (port.getsockname()[1], b"A" * 43 + b"=")
    tcp.path.write_bytes(token)
    tcp.path.chmod(0o600)
    return port


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        frame(b"short"),
        frame(bytes(range(32))) + frame(bytes(range(32, 64))),
    ],
    ids=["nothing", "another-protocol", "too-short", "a-guess"],
)
def test_a_server_that_does_not_know_the_secret_is_refused(
    tcp: Address, impostor: socket.socket, said: bytes
) -> None:
    def reply(peer: socket.socket) -> None:
        peer.sendall(said)
        peer.shutdown(socket.SHUT_WR)
        peer.recv(1000)

    answering(impostor, reply)
    with impostor, pytest.raises(PeerRefusedError):
        connect(tcp, SERVICE)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    tcp: Address, impostor: socket.socket
) -> None:
    done = threading.Event()

    def say_nothing(_peer: socket.socket) -> None:
        done.wait(30.0)

    answering(impostor, say_nothing)
    with impostor, pytest.raises(NotGreetedError, match=r"within 0\.2 s"):
        connect(tcp, SERVICE, timeout=0.2)
    done.set()


@pytest.mark.skipif(sys.platform == "win32", reason="alarms are POSIX's")
def test_the_time_limit_of_a_caller_s_signal_handler_comes_out_of_the_greeting(
    tcp: Address, impostor: socket.socket
) -> None:
    def too_long(_number: int, _frame: object) -> None:
        raise TimeoutError("by the handler")

    done = threading.Event()

    def say_nothing(_peer: socket.socket) -> None:
        done.wait(30.0)

    answering(impostor, say_nothing)
    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with impostor, pytest.raises(TimeoutError, match="by the handler"):
            connect(tcp, SERVICE, timeout=60)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    done.set()


def test_a_client_that_does_not_know_the_secret_is_refused(
    tcp: Address, serve: Serve, place: Address
) -> None:
    if place != tcp:
        pytest.skip("a Unix socket has no secret")
    serve()
    token = read_token(tcp.path)
    wrong = b'{"port": %d, "secret": "%s"}' % (token.port, b"A" * 43 + b"=")
    tcp.path.write_bytes(wrong)

    with pytest.raises(PeerRefusedError, match="does not know the secret"):
        connect(tcp, SERVICE)


def test_proofs_are_bound_to_role_port_and_nonces() -> None:
    secret = secrets.token_bytes(32)
    server = ServerChallenge(secret, 4711)
    client = ClientChallenge(secret, 4711, server.nonce)
    client.check(server.answer(client.answer))

    with pytest.raises(PeerRefusedError):
        # Its own proof, sent back to it.
        client.check(client.answer[32:])
    elsewhere = ServerChallenge(secret, 4712)
    elsewhere.nonce = server.nonce
    with pytest.raises(PeerRefusedError):
        # Passed on by whoever has taken over another port.
        elsewhere.answer(client.answer)
    with pytest.raises(PeerRefusedError):
        # Heard before, and said again.
        ServerChallenge(secret, 4711).answer(client.answer)
    with pytest.raises(PeerRefusedError):
        server.answer(client.answer + b"\0")
    with pytest.raises(PeerRefusedError):
        server.answer(b"")
