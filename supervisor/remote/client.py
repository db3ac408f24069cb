"""The client: finds a system, proves itself, and hands out refs to its actors."""

import contextlib
import itertools
import logging
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import pykka

from orquestrador.errors import (
    MessageDecodeError,
    MessageError,
    RequestRefusedError,
)
from orquestrador.messages import Message
from orquestrador.messages.codec import encode, frame
from orquestrador.supervisor.current import current
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.remote import wire
from orquestrador.supervisor.remote.failures import error_of
from orquestrador.supervisor.remote.following import (
    Following,
    Hearer,
    RemoteSubscription,
    Sink,
)
from orquestrador.supervisor.remote.greeting import Greeted, greet
from orquestrador.supervisor.remote.limits import Limits
from orquestrador.supervisor.remote.place import Address
from orquestrador.supervisor.remote.remote_ref import RemoteRef
from orquestrador.supervisor.remote.served import Service
from orquestrador.supervisor.reply import answer, fail

E = TypeVar("E", bound=Message)

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024


def connect(
    address: Address,
    service: Service,
    *,
    timeout: float = 5.0,
    limits: Limits | None = None,
) -> "RemoteSystem":
    """Return a connection to the system that listens at an address.

    Args:
        address: from `place.address`.
        service: what that system serves.
        timeout: seconds until it has greeted, and for every later send.
        limits: of what it may send here; the same as its own if None.

    Raises:
        NobodyListensError: if no system does.
        NotGreetedError: if one does that has not greeted within `timeout`.
        PeerRefusedError: if it is somebody else's, does not know the secret, or
            does not want this client; says which.

    """
    limits = limits or Limits()
    return RemoteSystem(greet(address, limits, timeout), service, limits)


class RemoteSystem:
    """A system in another process, through one connection; made by `connect`.

    Guarantees: a message is delivered at most once, and the messages of one thread
    in their order; every ask is answered, by the reply or by an error, also when the
    other side ends in the middle. Not guaranteed: that a `tell` was handled (a
    refusal is logged here; an actor that has ended makes a dead letter of it there),
    or that an ask that failed with `ActorDeadError` or `Timeout` was not.

    Any thread may use it. One daemon thread reads what comes.
    """

    def __init__(self, greeted: Greeted, service: Service, limits: Limits) -> None:
        """Talk through a connection that was greeted; see `connect`."""
        self.pid = greeted.pid
        """The other side's process."""

        self._socket = greeted.connection
        self._reader = greeted.reader
        self._answers = greeted.answers
        self._max_bytes = greeted.frame_bytes
        self._service = service
        self._limits = limits
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._asked: dict[int, tuple[str, ReplyFuture[Any]]] = {}
        self._following: dict[int, Sink] = {}
        self._gone: str | None = None
        self._thread = threading.Thread(
            target=self._listen, name="orquestrador-client", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def ref(self, name: str) -> RemoteRef[Any]:
        """Return a ref to an actor.

        Raises:
            RequestRefusedError: if it is not served; lists those that are.

        """
        self._service.check_actor(name)
        return RemoteRef(self, name)

    def follow(self, *types: type[Message], limit: int | None = None) -> Following:
        """Return every event of these types from now on.

        Args:
            types: exact types that the other side lets peers follow.
            limit: how many may wait here; None for as many as there.

        Raises:
            RequestRefusedError: if one of them cannot be followed.
            pykka.ActorDeadError: if the other side is gone.

        """
        number = next(self._numbers)
        following = Following(
            limit or self._limits.events, lambda: self._unfollow(number)
        )
        self._follow(number, types, following)
        return following

    def subscribe(
        self,
        event_type: type[E],
        callback: Callable[[E], object],
        *,
        missed: Callable[[int], object] | None = None,
    ) -> RemoteSubscription:
        """Call `callback` with every event of this type from now on.

        It is called in the thread that reads what comes, in the order in which the
        events were published, over all subscriptions of this connection; so it must
        be short, and must not wait for this system. `missed` is called with the
        number of events that were left out because they were not read in time.

        Raises:
            RequestRefusedError: if the type cannot be followed.
            pykka.ActorDeadError: if the other side is gone.

        """
        number = next(self._numbers)
        self._follow(number, (event_type,), Hearer(callback, missed))
        return RemoteSubscription(lambda: self._unfollow(number))

    def is_open(self) -> bool:
        """Return whether the other side is there, as far as is known here."""
        return self._gone is None

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until the other side has left; False when the time is over first."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Leave; what was asked and has no reply fails with `ActorDeadError`."""
        self._leave("the connection was closed here")
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # -- for refs ---------------------------------------------------------------------

    def tell(self, actor: str, message: object) -> None:
        """Send a message; see `RemoteRef.tell`."""
        data = self._encoded(actor, message)
        number = next(self._numbers)
        self._send(wire.Tell(number=number, actor=actor, message=data))

    def ask(
        self, actor: str, message: object, *, block: bool, timeout: float | None
    ) -> Any:  # noqa: ANN401 -- a reply is any message
        """Send a message and wait; see `RemoteRef.ask`."""
        incarnation = current.incarnation
        if block and incarnation is not None:
            # Before it is sent: an ask that raises was never made.
            incarnation.check_may_wait(None)
        data = self._encoded(actor, message)
        number = next(self._numbers)
        future: ReplyFuture[Any] = ReplyFuture()
        with self._lock:
            self._asked[number] = (actor, future)
        try:
            self._send(
                wire.Ask(
                    number=number,
                    actor=actor,
                    message=data,
                    timeout_s=timeout if block else None,
                )
            )
        except pykka.ActorDeadError as error:
            self._settle(number, error=error)
        if not block:
            return future
        try:
            return future.get(timeout=timeout)
        finally:
            # Nobody waits any more for a reply that comes later.
            with self._lock:
                self._asked.pop(number, None)

    def _encoded(self, actor: str, message: object) -> bytes:
        incarnation = current.incarnation
        if incarnation is not None:
            incarnation.check_may_send()
        data = self._service.encode_message(actor, message)
        if len(data) > self._max_bytes - wire.OVERHEAD_BYTES:
            raise RequestRefusedError(
                f"{type(message).__name__} has {len(data)} bytes; the other side reads "
                f"{self._max_bytes - wire.OVERHEAD_BYTES}: send it in parts"
            )
        return data

    def _follow(
        self, number: int, types: tuple[type[Message], ...], sink: Sink
    ) -> None:
        names = tuple(each.__name__ for each in types)
        self._service.event_types(names)
        with self._lock:
            self._following[number] = sink
        self._send(wire.Follow(number=number, events=names))

    def _unfollow(self, number: int) -> None:
        with self._lock:
            if self._following.pop(number, None) is None:
                return
        # When it is gone it sends no more anyway.
        with contextlib.suppress(pykka.ActorDeadError):
            self._send(wire.Unfollow(number=number))

    def _send(self, request: wire.Requests) -> None:
        data = frame(encode(request))
        with self._send_lock:
            if self._gone is not None:
                raise pykka.ActorDeadError(self._gone)
            try:
                self._socket.sendall(data)
            except OSError as error:
                # Also when only a part went out in time: the rest would be read as
                # the next frame.
                words = f"process {self.pid} does not listen any more: {error}"
                self._leave(words)
                raise pykka.ActorDeadError(words) from error

    # -- the thread that listens --------------------------------------------------

    def _listen(self) -> None:
        words = f"process {self.pid} has closed the connection"
        try:
            while self._gone is None:
                try:
                    data = self._socket.recv(_CHUNK)
                except TimeoutError:
                    continue
                if not data:
                    break
                for each in self._reader.feed(data):
                    words = self._take(each) or words
        except (OSError, MessageError) as error:
            words = f"process {self.pid} cannot be understood any more: {error}"
        finally:
            self._leave(words)
            self._socket.close()

    def _take(self, data: bytes) -> str | None:
        """Act on a frame; returns the words of a goodbye."""
        match self._answers.decode(data):
            case wire.Replied(number=number, message=message):
                self._take_reply(number, message)
            case wire.Failed() as failed:
                self._take_failure(failed)
            case wire.Happened(number=number, event=event):
                following = self._following.get(number)
                if following is not None:
                    following.add(self._service.decode_event(event))
            case wire.Missed(number=number, count=count):
                following = self._following.get(number)
                if following is not None:
                    following.miss(count)
            case wire.Goodbye(words=words):
                return f"process {self.pid} closed the connection: {words}"
            case wire.Welcome():
                raise MessageDecodeError("a second welcome")
        return None

    def _take_reply(self, number: int, data: bytes | None) -> None:
        with self._lock:
            asked = self._asked.get(number)
        if asked is None:
            return
        try:
            self._settle(number, value=self._service.decode_reply(asked[0], data))
        except MessageError as error:
            self._settle(number, error=error)

    def _take_failure(self, failed: wire.Failed) -> None:
        error = error_of(failed)
        with self._lock:
            asked = failed.number in self._asked
            following = self._following.pop(failed.number, None)
        if asked:
            self._settle(failed.number, error=error)
        elif following is not None:
            following.end()
        if not asked:
            logger.warning("Process %s refused a message: %s", self.pid, error)

    def _settle(
        self, number: int, value: object = None, error: BaseException | None = None
    ) -> None:
        with self._lock:
            asked = self._asked.pop(number, None)
        if asked is None:
            return
        if error is None:
            answer(asked[1], value)
        else:
            fail(asked[1], error)

    def _leave(self, words: str) -> None:
        with self._lock:
            if self._gone is None:
                self._gone = words
            asked, self._asked = self._asked, {}
            following, self._following = self._following, {}
        for _actor, future in asked.values():
            fail(future, pykka.ActorDeadError(self._gone))
        for each in following.values():
            each.end()
