"""One peer, as the server sees it: its bytes, its requests, what it is owed.

Only the server's thread touches it; the replies, and the events that it follows, come
from other threads and only leave word. Nothing here waits: what a peer does not read
is bounded, and a peer that is over a limit is told so and left.
"""

import socket
from typing import TYPE_CHECKING, Any, Protocol

import pykka

from orquestrador.errors import (
    MailboxFullError,
    PeerRefusedError,
    RequestRefusedError,
    UnknownActorError,
)
from orquestrador.messages.codec import FrameReader, encode
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.remote import wire
from orquestrador.supervisor.remote.challenge import (
    ServerChallenge,
)
from orquestrador.supervisor.remote.failures import kind_of
from orquestrador.supervisor.remote.followed import Followed
from orquestrador.supervisor.remote.limits import Limits
from orquestrador.supervisor.remote.outbox import EventQueue, Heard, Outgoing
from orquestrador.supervisor.remote.peer_reply import Outcome, PeerReply
from orquestrador.supervisor.remote.served import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from orquestrador.supervisor.ref import ActorRef
    from orquestrador.supervisor.system import ActorSystem

_CHUNK = 64 * 1024
_GREETING_BYTES = 256
_EVENTS_AT_ONCE = 256
"""So that one peer's events do not keep the others waiting."""


class Host(Protocol):
    """What a connection needs of the server."""

    system: "ActorSystem"
    service: Service
    limits: Limits
    pid: int

    def leave_word(self, outcome: Outcome) -> None:
        """Take an actor's reply, from any thread."""
        ...

    def wake(self) -> None:
        """Make the server look at its connections, from any thread."""
        ...


class PeerGoneError(Exception):
    """The peer has closed the connection."""


class Connection:
    """One peer."""

    def __init__(
        self, peer: socket.socket, host: Host, challenge: ServerChallenge | None
    ) -> None:
        """Talk to `peer`, which has to pass the challenge first, if there is one."""
        self.socket = peer
        self.closed = False
        self._host = host
        self._limits = host.limits
        self._requests = wire.request_decoder()
        self._reader = FrameReader(max_bytes=_GREETING_BYTES)
        self._chunk = _GREETING_BYTES
        self._take: Callable[[bytes], None] = self._take_hello
        self._pending: dict[int, PeerReply] = {}
        self._events = EventQueue(self._limits.events)
        self._followed = Followed(
            host.system.events, self._events, host.wake, limit=self._limits.followed
        )
        self._out = Outgoing(peer, stall_s=self._limits.stall_s, now=self._now)
        self._greet_until: float | None = self._now() + self._limits.greeting_s
        self._frame_until: float | None = None
        self._challenge = challenge
        if challenge is not None:
            self._take = self._take_proof
            self._out.add(challenge.nonce)

    # -- for the server's loop ----------------------------------------------------

    def wants_to_read(self) -> bool:
        """Return whether more may come: not while the peer leaves much unread."""
        return self._out.unsent <= self._limits.unsent_bytes

    def wants_to_write(self) -> bool:
        """Return whether something waits to be sent."""
        return self._out.unsent > 0 or len(self._events) > 0

    def read(self) -> None:
        """Take what has come.

        Raises:
            PeerGoneError: if the peer has closed the connection.
            PeerRefusedError: if it does not keep to the rules; says why.
            MessageError: if it sends what is no request.
            OSError: if the connection is broken.

        """
        try:
            data = self.socket.recv(self._chunk)
        except BlockingIOError:
            return
        if not data:
            raise PeerGoneError
        reader = self._reader
        whole = False
        for each in reader.feed(data):
            whole = True
            self._take(each)
        if reader is not self._reader and reader.partial:
            raise PeerRefusedError("it speaks before it was welcomed")
        self._mind_the_frame(whole=whole)

    def write(self) -> None:
        """Send what the peer takes now.

        Raises:
            OSError: if the connection is broken.

        """
        if self._out.unsent == 0:
            self._send_events()
        self._out.flush()

    def overdue(self) -> str | None:
        """Return which limit of time the peer has passed, in words."""
        now = self._now()
        for until, words in (
            (self._greet_until, "it has not said who it is in time"),
            (self._frame_until, "it has not finished a frame in time"),
            (self._out.until, "it does not read what it is sent"),
        ):
            if until is not None and now > until:
                return words
        return None

    def unknown_s(self) -> float | None:
        """Return for how long it has not said who it is; None once it has."""
        if self._greet_until is None:
            return None
        return self._limits.greeting_s - (self._greet_until - self._now())

    def settle(self, outcome: Outcome) -> None:
        """Send an actor's reply to who asked."""
        if self._pending.pop(outcome.number, None) is None:
            return
        if outcome.error is not None:
            self._fail(outcome.number, outcome.error)
            return
        try:
            data = self._host.service.encode_reply(outcome.actor, outcome.value)
            self._check_size(outcome.actor, len(data or b""))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the peer is told
            self._fail(outcome.number, error)
            return
        self._send(wire.Replied(number=outcome.number, message=data))

    def _check_size(self, actor: str, size: int) -> None:
        if size > self._limits.reply_bytes:
            raise RequestRefusedError(
                f"the reply of {actor!r} has {size} bytes; the limit is "
                f"{self._limits.reply_bytes}"
            )
        if size + self._out.unsent > self._limits.unread_bytes:
            raise RequestRefusedError(
                f"{self._out.unsent} bytes wait to be read by this connection already; "
                "read the replies before you ask for more"
            )

    def close(self, words: str | None = None) -> None:
        """Leave the peer, after telling it why if it listens; a second time: nothing.

        What actors still reply for it is dropped; messages that they have already
        stay theirs.
        """
        if self.closed:
            return
        self.closed = True
        self._followed.end()
        self._pending.clear()
        if words is not None:
            self._out.say_last(encode(wire.Goodbye(words=wire.shortened(words))))
        self.socket.close()

    # -- the peer's frames ------------------------------------------------------------

    def _take_proof(self, data: bytes) -> None:
        assert self._challenge is not None  # noqa: S101 -- set together
        self._out.add(self._challenge.answer(data))
        self._take = self._take_hello

    def _take_hello(self, data: bytes) -> None:
        match self._requests.decode(data):
            case wire.Hello(version=wire.VERSION):
                self._welcome()
            case wire.Hello(version=version):
                raise PeerRefusedError(
                    f"it speaks version {version}, this system {wire.VERSION}; "
                    "start the system again with the newer program"
                )
            case other:
                raise PeerRefusedError(f"it said {type(other).__name__} before Hello")

    def _welcome(self) -> None:
        self._greet_until = None
        self._reader = FrameReader(max_bytes=self._limits.frame_bytes)
        self._chunk = _CHUNK
        self._take = self._take_request
        self._send(
            wire.Welcome(
                version=wire.VERSION,
                pid=self._host.pid,
                frame_bytes=self._limits.frame_bytes,
            )
        )

    def _take_request(self, data: bytes) -> None:
        request = self._requests.decode(data)
        if isinstance(request, wire.Hello):
            raise PeerRefusedError("it said Hello twice")
        try:
            match request:
                case wire.Ask():
                    self._ask(request)
                case wire.Tell():
                    message = self._message(request)
                    self._ref(request.actor).tell(message)
                case wire.Follow():
                    types = self._host.service.event_types(request.events)
                    self._followed.begin(request.number, types)
                case wire.Unfollow():
                    self._followed.stop(request.number)
        except PeerRefusedError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, the peer is told
            self._fail(request.number, error)

    def _ask(self, ask: wire.Ask) -> None:
        if ask.number in self._pending:
            raise PeerRefusedError(f"it used number {ask.number} twice")
        if len(self._pending) >= self._limits.pending:
            raise RequestRefusedError(
                f"{len(self._pending)} asks of this connection wait for replies "
                "already; wait for some of them"
            )
        message = self._message(ask)
        ref = self._ref(ask.actor)
        reply = PeerReply(self, ask.number, ask.actor, self._host.leave_word)
        deadline = None if ask.timeout_s is None else self._now() + ask.timeout_s
        self._pending[ask.number] = reply
        try:
            ref.send(Envelope(message, reply, None, deadline))
        except BaseException:
            del self._pending[ask.number]
            raise

    def _message(self, request: wire.Ask | wire.Tell) -> object:
        return self._host.service.decode_message(request.actor, request.message)

    def _ref(self, actor: str) -> "ActorRef[Any]":
        try:
            ref = self._host.system.ref(actor)
        except UnknownActorError:
            raise pykka.ActorDeadError(f"{actor} has ended") from None
        if ref.mailbox_size >= self._limits.waiting:
            raise MailboxFullError(
                f"{ref.mailbox_size} messages wait for {actor} already; ask it "
                "something from time to time, and wait for the reply"
            )
        return ref

    # -- what is sent ------------------------------------------------------------

    def _send_events(self) -> None:
        for _ in range(_EVENTS_AT_ONCE):
            match self._events.take():
                case None:
                    return
                case Heard(number, event):
                    self._send(wire.Happened(number=number, event=encode(event)))
                case gap:
                    self._send(wire.Missed(number=gap.number, count=gap.missed))

    def _fail(self, number: int, error: BaseException) -> None:
        self._send(
            wire.Failed(
                number=number,
                kind=kind_of(error),
                error=type(error).__name__,
                words=wire.shortened(str(error)),
            )
        )

    def _send(self, message: wire.Answers) -> None:
        self._out.add(encode(message))

    def _mind_the_frame(self, *, whole: bool) -> None:
        if not self._reader.partial:
            self._frame_until = None
        elif whole or self._frame_until is None:
            self._frame_until = self._now() + self._limits.frame_s

    def _now(self) -> float:
        return self._host.system.clock.now()
