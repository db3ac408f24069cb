"""A probe: an actor that a test plays, from its own thread."""

import queue
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from orquestrador.supervisor import system as systems
from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.current import current
from orquestrador.supervisor.notices import Terminated
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.ref import ActorRef, Receives
from orquestrador.supervisor.seconds import SLICE_S
from orquestrador.supervisor.system import ActorSystem

E = TypeVar("E")
Q = TypeVar("Q")

WAIT_S = 10.0
"""Seconds of real time that a test waits for what it expects."""


@dataclass(frozen=True, slots=True)
class _Received:
    message: Any
    sender: ActorRef[Any] | None
    reply: LaterReply


@dataclass(frozen=True, slots=True)
class _Watch:
    """The probe to its own actor: watch an actor, or stop watching it."""

    ref: ActorRef[Any]
    on: bool


@dataclass(frozen=True, slots=True)
class _Send:
    """The probe to its own actor: send this; answered once it is sent."""

    ref: ActorRef[Any]
    message: Any
    as_request: bool


class _Mark:
    """The probe to its own actor: everything before it has been received."""


class ProbeActor(Actor):
    """The actor behind a probe: hands on what it is sent, and promises each reply."""

    def __init__(self, received: "queue.SimpleQueue[_Received]") -> None:
        super().__init__()
        self._received = received

    def on_receive(self, message: Any) -> object:  # noqa: ANN401 -- a message is any object
        """Do what the probe wants; hand anything else on to it."""
        match message:
            case _Watch(ref=ref, on=on):
                (self.watch if on else self.unwatch)(ref)
            case _Send(ref=ref, message=wanted, as_request=as_request):
                if as_request:
                    self.request(ref, wanted)
                else:
                    ref.tell(wanted)
            case _Mark():
                pass
            case _:
                in_hand = self._incarnation.hand.message()
                sender = None if in_hand is None else in_hand.sender
                later = self.reply_later()
                self._received.put(_Received(message, sender, later))
                return later
        return None


class Probe:
    """An actor that a test plays: `expect` what is sent to `ref`, `reply` to it.

    Guaranteed: messages are expected in the order in which they came, each once; an
    expectation that is not met is an `AssertionError` that shows what came instead.
    Whoever asks a probe waits until it replies, or stops.

    Not guaranteed: that nothing more is to come; `expect_nothing` is about what was
    sent before it. Limits are real seconds, whatever the system's clock does, so a
    probe is not for simulations.
    """

    def __init__(
        self, system: ActorSystem | None = None, *, name: str | None = None
    ) -> None:
        """Start it.

        Args:
            system: where it lives; None for the system of the bare actors.
            name: under which the system finds it, so that it stands in for an actor.

        Raises:
            ChildRequestError: `already_started`, if another actor has the name.

        """
        where = system or systems.default()
        self._received: queue.SimpleQueue[_Received] = queue.SimpleQueue()
        self._last: _Received | None = None
        cell = where.bare_cell(ProbeActor)
        if name is not None:
            cell.name = name
            where.claim_name(name, cell)
        current.cell = cell
        actor = ProbeActor(self._received)
        where.launch(actor, daemon=True)
        self.ref: ActorRef[Any] = cell.ref
        """What others hold of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it; who still waits for a reply of it gets `pykka.ActorDeadError`."""
        self.ref.stop(WAIT_S)

    # -- what came ------------------------------------------------------------------

    @overload
    def expect(self, expected: type[E], timeout: float = WAIT_S) -> E: ...

    @overload
    def expect(self, expected: E, timeout: float = WAIT_S) -> E: ...

    def expect(self, expected: Any, timeout: float = WAIT_S) -> Any:
        """Return the next message, which must be of this type, or equal to this.

        Raises:
            AssertionError: if another comes, or none within `timeout` seconds.

        """
        received = self._next(expected, timeout)
        if not matches(received.message, expected):
            raise AssertionError(
                f"expected {shown(expected)}; but {received.message!r} came"
            )
        self._last = received
        return received.message

    def fish_for(self, expected: type[E], timeout: float = WAIT_S) -> E:
        """Return the next message of a type; those that come before it are dropped.

        Raises:
            AssertionError: if none comes within `timeout` seconds.

        """
        until = time.monotonic() + timeout
        while True:
            received = self._next(expected, max(0.0, until - time.monotonic()))
            if isinstance(received.message, expected):
                self._last = received
                return received.message

    def expect_terminated(
        self, ref: ActorRef[Any], timeout: float = WAIT_S
    ) -> Terminated:
        """Return the notice of the end of a watched actor, which must be the next.

        Raises:
            AssertionError: if anything else comes, or nothing within `timeout` s.

        """
        notice = self.expect(Terminated, timeout)
        if notice.ref is not ref:
            raise AssertionError(f"expected the end of {ref}; but {notice} came")
        return notice

    def expect_nothing(self) -> None:
        """Make sure that nothing was sent to it before, beside what was expected.

        Raises:
            AssertionError: if something was; it can still be expected.

        """
        # The mailbox is a queue: the answer to this comes behind all of it.
        self.ref.ask(_Mark(), timeout=WAIT_S)
        if not self._received.empty():
            received = self._received.get()
            raise AssertionError(f"expected nothing; but {received.message!r} came")

    @property
    def sender(self) -> ActorRef[Any] | None:
        """Who sent the message that was expected last; None: no actor."""
        return self._expected().sender

    def _next(self, expected: object, timeout: float) -> _Received:
        until = time.monotonic() + timeout
        while True:
            left_s = until - time.monotonic()
            try:
                # In slices: before Python 3.14 Windows hears no Ctrl-C in a wait.
                return self._received.get(timeout=max(0.0, min(left_s, SLICE_S)))
            except queue.Empty:
                if left_s <= 0:
                    raise AssertionError(
                        f"expected {shown(expected)}; but nothing came in {timeout:g} s"
                    ) from None

    # -- what it does -----------------------------------------------------------------

    def reply(self, value: object) -> None:
        """Reply to the message that was expected last; only the first reply counts."""
        self._expected().reply.set(value)

    def fail(self, error: Exception) -> None:
        """Answer the message that was expected last with an error."""
        self._expected().reply.fail(error)

    def tell(self, ref: Receives[Q], message: Q) -> None:
        """Send a message in the probe's name."""
        self._send(ref, message, as_request=False)

    def request(self, ref: Receives[Q], message: Q) -> None:
        """Send a request in the probe's name; the reply is a message to expect."""
        self._send(ref, message, as_request=True)

    def watch(self, ref: ActorRef[Any]) -> None:
        """Be told of the end of an actor; see `expect_terminated`."""
        self.ref.ask(_Watch(ref, on=True), timeout=WAIT_S)

    def unwatch(self, ref: ActorRef[Any]) -> None:
        """Stop watching an actor."""
        self.ref.ask(_Watch(ref, on=False), timeout=WAIT_S)

    def _send(self, ref: Any, message: object, *, as_request: bool) -> None:  # noqa: ANN401 -- any ref
        self.ref.ask(_Send(ref, message, as_request), timeout=WAIT_S)

    def _expected(self) -> _Received:
        if self._last is None:
            raise AssertionError("no message was expected yet: say `expect` first")
        return self._last


def matches(value: object, expected: object) -> bool:
    """Return whether a value is of the expected type, or equal to what is expected."""
    if isinstance(expected, type):
        return isinstance(value, expected)
    return value == expected


def shown(expected: object) -> str:
    """Return what is expected, in words."""
    return expected.__name__ if isinstance(expected, type) else repr(expected)
