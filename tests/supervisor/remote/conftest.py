"""A system that serves an actor over a real socket, and what a peer needs for it."""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orquestrador.messages import Message, Request
from orquestrador.messages.codec import FrameReader, encode, frame
from orquestrador.supervisor import (
    Actor,
    ActorSystem,
    ChildSpec,
    FailingAsk,
    Supervisor,
    SupervisorFlags,
)
from orquestrador.supervisor.remote import (
    Address,
    Limits,
    RemoteSystem,
    Served,
    Server,
    Service,
    address,
    connect,
    listen,
    serve_supervisor,
    wire,
)


class Sum(Message):
    """The reply."""

    number: int


class Add(Message):
    number: int


class GetSum(Request[Sum]):
    pass


class Fail(Message):
    words: str


class Undeclared(Message):
    """Replied, but declared nowhere."""


class ReplyUndeclared(Message):
    pass


class ReplyLong(Request[Sum]):
    size: int


class Long(Message):
    data: bytes


class Hang(Message):
    """Wait until the test says so."""


class Added(Message):
    """Event."""

    number: int


class AddedTwice(Added):
    """An event of a type that nobody can follow."""


class Adder(Actor):
    """Sums up; `release` ends a `Hang`."""

    release: Any = None

    def __init__(self) -> None:
        super().__init__()
        self._sum = 0

    def on_receive(self, message: object) -> object:
        match message:
            case Add(number=number):
                self._sum += number
                self.publish(Added(number=number))
            case GetSum():
                return Sum(number=self._sum)
            case Fail(words=words):
                raise LookupError(words)
            case ReplyUndeclared():
                return Undeclared()
            case ReplyLong(size=size):
                return Long(data=bytes(size))
            case Hang():
                Adder.release.wait(30.0)
            case _:
                raise AssertionError(message)
        return None


SERVICE = Service(
    actors=(
        Served(
            actor="adder",
            messages=(Add, GetSum, Fail, ReplyUndeclared, ReplyLong, Hang, Long),
            replies=(Long,),
        ),
        Served(actor="ended", messages=(GetSum,)),
        serve_supervisor("top"),
    ),
    events=(Added,),
)

Serve = Callable[..., Server]


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="orq") as folder:
        yield Path(folder)


@pytest.fixture(params=["unix", "tcp"])
def place(request: pytest.FixtureRequest, runtime: Path) -> Address:
    """An address of either kind."""
    return address(
        "app",
        "subject",
        tcp=request.param == "tcp",
        environment={"XDG_RUNTIME_DIR": str(runtime)},
    )


@pytest.fixture
def adder(system: ActorSystem) -> ActorSystem:
    """The system with the actors that are served."""
    specs = [ChildSpec(id="adder", actor=Adder, failing_ask=FailingAsk.RETURN)]
    flags = SupervisorFlags(intensity=100)
    Supervisor.start(flags, specs, system=system, name="top")
    return system


@pytest.fixture
def serve(adder: ActorSystem, place: Address) -> Iterator[Serve]:
    """Serve the adder; closed after the test."""
    servers: list[Server] = []

    def start(**limits: Any) -> Server:
        listening = listen(place, patience_s=0.0)
        servers.append(Server(adder, SERVICE, listening, limits=Limits(**limits)))
        return servers[-1]

    yield start
    for server in servers:
        assert server.close(timeout=30.0)


@pytest.fixture
def remote(serve: Serve, place: Address) -> Iterator[RemoteSystem]:
    """A connection to the adder's system."""
    serve()
    with connect(place, SERVICE) as connected:
        yield connected


def client_of(place: Address) -> RemoteSystem:
    """Connect another program to the adder's system."""
    return connect(place, SERVICE)


class Peer:
    """A peer that speaks in bytes, and may break every rule."""

    def __init__(self, place: Address) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(10.0)
        while not self._connects(str(place.path)):
            time.sleep(0.001)
        self._reader = FrameReader()
        self._frames: list[bytes] = []
        self._answers = wire.answer_decoder(1 << 26)

    def _connects(self, path: str) -> bool:
        try:
            self.socket.connect(path)
        except BlockingIOError:
            # As many as the system queues are connecting just now.
            return False
        return True

    def send(self, message: Message) -> None:
        self.socket.sendall(frame(encode(message)))

    def greet(self) -> None:
        self.send(wire.Hello(version=wire.VERSION))
        assert isinstance(self.answer(), wire.Welcome)

    def answer(self) -> wire.Answers | None:
        """Return the next frame; None when the server has closed the connection."""
        while not self._frames:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self._frames += self._reader.feed(data)
        return self._answers.decode(self._frames.pop(0))

    def is_left(self) -> bool:
        """Return whether the server leaves, after whatever it says first."""
        while self.answer() is not None:
            pass
        return True


@pytest.fixture
def unix(runtime: Path) -> Address:
    """An address of a Unix socket."""
    environment = {"XDG_RUNTIME_DIR": str(runtime)}
    return address("app", "subject", tcp=False, environment=environment)


@pytest.fixture
def peers(unix: Address) -> Iterator[Callable[[], Peer]]:
    """Connect peers that speak in bytes to the Unix socket."""
    made: list[Peer] = []

    def make() -> Peer:
        made.append(Peer(unix))
        return made[-1]

    vars(make)["made"] = made
    yield make
    for peer in made:
        peer.socket.close()


@pytest.fixture
def served(adder: ActorSystem, unix: Address) -> Iterator[Serve]:
    """Serve the adder on the Unix socket."""
    servers: list[Server] = []

    def start(**limits: Any) -> Server:
        listening = listen(unix, patience_s=0.0)
        servers.append(Server(adder, SERVICE, listening, limits=Limits(**limits)))
        return servers[-1]

    yield start
    for server in servers:
        assert server.close(timeout=30.0)
