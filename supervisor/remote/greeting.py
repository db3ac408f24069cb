"""The client's first steps: connect, see who listens, prove itself, be welcomed."""

import contextlib
import socket
import sys
import time
from dataclasses import dataclass

from orquestrador.errors import (
    MessageError,
    NobodyListensError,
    NotGreetedError,
    PeerRefusedError,
)
from orquestrador.messages.codec import Decoder, FrameReader, encode, frame
from orquestrador.supervisor.remote import wire
from orquestrador.supervisor.remote.challenge import NONCE_BYTES, ClientChallenge
from orquestrador.supervisor.remote.limits import Limits
from orquestrador.supervisor.remote.listening import LOOPBACK, read_token
from orquestrador.supervisor.remote.peer import check_peer
from orquestrador.supervisor.remote.place import Address, check_private

_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Greeted:
    """A connection on which both sides know each other."""

    connection: socket.socket
    reader: FrameReader
    """May hold the beginning of the next frame."""

    answers: Decoder[wire.Answers]
    pid: int
    frame_bytes: int
    """The longest frame that the other side reads."""


def greet(address: Address, limits: Limits, timeout: float) -> Greeted:
    """Connect to an address, and introduce both sides to each other.

    Raises:
        NobodyListensError: if no system listens there.
        NotGreetedError: if what listens does not answer in time.
        PeerRefusedError: if either side does not want the other.

    """
    greeting = _Greeting(limits, timeout)
    try:
        if address.is_socket:
            greeting.open_unix(address)
        else:
            greeting.open_tcp(address)
        return greeting.be_welcomed()
    except TimeoutError:
        greeting.close()
        if not greeting.is_late():
            # Not ours: a signal handler of the caller's has raised it.
            raise
        raise NotGreetedError(
            f"what listens at {address} did not greet within {timeout:g} s"
        ) from None
    except OSError as error:
        greeting.close()
        raise NobodyListensError(f"no system listens at {address}: {error}") from error
    except MessageError as error:
        greeting.close()
        raise PeerRefusedError(f"what listens at {address}: {error}") from error
    except BaseException:
        greeting.close()
        raise


class _Greeting:
    """One attempt; all of it within its time."""

    def __init__(self, limits: Limits, timeout: float) -> None:
        self._timeout = timeout
        self._until = time.monotonic() + timeout
        self._socket: socket.socket | None = None
        longest = limits.reply_bytes + wire.OVERHEAD_BYTES
        self._reader = FrameReader(max_bytes=longest)
        self._frames: list[bytes] = []
        self._answers = wire.answer_decoder(longest)

    def is_late(self) -> bool:
        return time.monotonic() >= self._until

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def open_unix(self, address: Address) -> None:
        if sys.platform == "win32":
            raise NobodyListensError(f"no system can listen at {address} here")
        try:
            check_private(address.path.parent)
        except FileNotFoundError:
            raise NobodyListensError(f"no system listens at {address}") from None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while not self._is_connected(str(address.path)):
            time.sleep(_PAUSE_S)
        check_peer(self._socket)

    def _is_connected(self, path: str) -> bool:
        assert self._socket is not None  # noqa: S101 -- opened before
        self._set_time()
        try:
            self._socket.connect(path)
        except BlockingIOError:
            # As many as the system queues are connecting just now.
            return False
        return True

    def open_tcp(self, address: Address) -> None:
        token = read_token(address.path)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._set_time()
        self._socket.connect((LOOPBACK, token.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        nonce = self._next_frame()
        if len(nonce) != NONCE_BYTES:
            self._refuse_goodbye(nonce)
        challenge = ClientChallenge(token.secret, token.port, nonce)
        self._send(challenge.answer)
        proof = self._next_frame()
        self._refuse_goodbye(proof)
        challenge.check(proof)

    def be_welcomed(self) -> Greeted:
        assert self._socket is not None  # noqa: S101 -- opened before
        self._send(encode(wire.Hello(version=wire.VERSION)))
        match self._answers.decode(self._next_frame()):
            case wire.Welcome(version=wire.VERSION) as welcome:
                pass
            case wire.Goodbye(words=words):
                raise PeerRefusedError(words)
            case _:
                raise PeerRefusedError("it did not welcome this version")
        # From here on a wait for bytes is a slice, and a send has this long.
        self._socket.settimeout(self._timeout)
        return Greeted(
            connection=self._socket,
            reader=self._reader,
            answers=self._answers,
            pid=welcome.pid,
            frame_bytes=welcome.frame_bytes,
        )

    def _refuse_goodbye(self, data: bytes) -> None:
        """Raise what the other side says instead of going on, if it says anything."""
        try:
            answer = self._answers.decode(data)
        except MessageError:
            return
        if isinstance(answer, wire.Goodbye):
            raise PeerRefusedError(answer.words)

    def _send(self, data: bytes) -> None:
        assert self._socket is not None  # noqa: S101 -- opened before
        self._set_time()
        # When it has left already, what it said last can still be read.
        with contextlib.suppress(BrokenPipeError):
            self._socket.sendall(frame(data))

    def _next_frame(self) -> bytes:
        assert self._socket is not None  # noqa: S101 -- opened before
        while not self._frames:
            self._set_time()
            data = self._socket.recv(4096)
            if not data:
                raise PeerRefusedError("the other side closed the connection")
            self._frames += self._reader.feed(data)
        return self._frames.pop(0)

    def _set_time(self) -> None:
        assert self._socket is not None  # noqa: S101 -- opened before
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._socket.settimeout(left_s)
