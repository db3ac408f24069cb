"""The actor: what people subclass."""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

import pykka

from orquestrador.supervisor import system as systems
from orquestrador.supervisor.control import InspectState, Report, StopSelf
from orquestrador.supervisor.current import current, take_cell
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.inspection import public_state
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.reason import NORMAL, EndReason
from orquestrador.supervisor.ref import ActorRef, Receives
from orquestrador.supervisor.reply import RequestReply

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.incarnation import Incarnation
    from orquestrador.supervisor.system import ActorSystem
    from orquestrador.supervisor.timers import Timers

Q = TypeVar("Q")


class Actor(pykka.ThreadingActor):
    """An actor that can be supervised, and a drop-in for `pykka.ThreadingActor`.

    Subclass it, call `super().__init__()` in the constructor, and write
    `on_receive`. A supervisor calls the constructor anew at every restart, with the
    arguments of the child spec, in the actor's own thread. The value that
    `on_receive` returns is the reply to an ask or a request.

    `MyActor.start(...)` starts it as plain Pykka does: it is never restarted.
    """

    ref_class: ClassVar[type[ActorRef[Any]]] = ActorRef
    is_supervisor: ClassVar[bool] = False
    reports_its_start: ClassVar[bool] = False
    """Whether the actor says itself when it is ready, after `on_start`."""

    expected_errors: ClassVar[tuple[type[Exception], ...]] = ()
    """Errors that are an answer to an ask or a request, and end no incarnation."""

    _cell: "Cell"
    _incarnation: "Incarnation"

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:  # noqa: ANN401 -- the constructor's
        """Put the actor into the cell that waits for one, or into a new one."""
        actor = super().__new__(cls)
        actor._cell = take_cell() or systems.default().bare_cell(cls)
        incarnation = current.incarnation
        if incarnation is None or incarnation.cell is not actor._cell:
            # A bare actor is made before its thread: its constructor may send too.
            incarnation = actor._cell.next_incarnation()
        actor._incarnation = incarnation
        return actor

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        # Pykka's own constructor would make a second mailbox and a second ref.
        cell = self._cell
        self.actor_urn = cell.urn
        self.actor_inbox = cell.mailbox
        self.actor_stopped = cell.stopped
        self._actor_ref = cell.ref
        cell.adopt(self)

    # Pyright takes `Self` in the two overrides below for two different types.
    @classmethod
    def start(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        *args: Any,  # noqa: ANN401 -- the constructor's
        **kwargs: Any,  # noqa: ANN401 -- the constructor's
    ) -> ActorRef[Self]:
        """Start an actor that nobody restarts, as in Pykka.

        Raises:
            Exception: what the constructor raises.

        """
        actor = cls(*args, **kwargs)
        actor._cell.system.launch(actor, daemon=cls.use_daemon_thread)
        return actor.actor_ref

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return ReplyFuture()

    @property
    def actor_ref(self) -> ActorRef[Self]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The ref to this actor, the same for every incarnation."""
        return cast("ActorRef[Self]", self._actor_ref)

    @property
    def system(self) -> "ActorSystem":
        """The system the actor lives in."""
        return self._cell.system

    @property
    def abandoned(self) -> bool:
        """Whether this incarnation was cut off; a long loop should then end."""
        return self._incarnation.fenced

    @property
    def timers(self) -> "Timers":
        """Messages to itself, later; they end with this incarnation."""
        return self._incarnation.timers

    def request(
        self, ref: Receives[Q], message: Q, *, timeout: float | None = None
    ) -> None:
        """Send a message without waiting; the reply comes as a message.

        The reply is handed to `on_receive` as it is; a receiver that returns None
        sends none. When the receiver fails on it, or has ended, `RequestFailed`
        comes instead. Either reaches the actor, also if it was restarted meanwhile.

        Args:
            ref: the receiver.
            message: the request.
            timeout: seconds after which `RequestFailed` comes with `pykka.Timeout`,
                if nothing came before; the receiver does not begin with it then,
                and a reply that is late is dropped. None: no limit of its own. A
                request made while an ask or a request with a limit is handled has
                no more than the time left of that.

        Raises:
            FencedError: if this incarnation was cut off.
            UnacceptedMessageError: if the receiver does not accept the message.

        """
        self._incarnation.check_may_send()
        receiver = cast("ActorRef[Any]", ref)
        reply = RequestReply(self._cell, receiver, message)
        envelope = Envelope(message, reply, self._actor_ref)
        limit_s = self._incarnation.shortened(timeout)
        if limit_s is not None:
            envelope.deadline = receiver.cell.system.clock.now() + limit_s
        receiver.send(envelope)
        if limit_s is not None:
            reply.expire_after(limit_s)

    def tell_self(self, message: object) -> None:
        """Send itself a message, behind those that wait; also one kept private.

        Raises:
            FencedError: if this incarnation was cut off.

        """
        self._incarnation.check_may_send()
        self._cell.deliver(message, self._actor_ref)

    def reply_later(self) -> LaterReply:
        """Take over the reply to the message in hand, to give it after the handler.

        If this incarnation ends first, the asker gets `pykka.ActorDeadError`.
        """
        return self._incarnation.reply_later()

    @property
    def remaining_s(self) -> float | None:
        """Seconds that the asker of the message in hand still waits.

        None: without limit, or nobody waits. A long handler looks at it to give up
        in time; requests made by the handler have no later limit by themselves.
        """
        return self._incarnation.remaining_s()

    def stash(self) -> None:
        """Put the message in hand aside, for when this actor can handle it.

        Whoever asked goes on waiting. At the end of this incarnation, for a restart
        too, everything put aside goes back to the mailbox's head in its order, so
        it is the first that the next incarnation handles; at an end for good it
        becomes dead letters. When the handler fails after all, that counts, and the
        message is no longer put aside.

        Raises:
            StashFullError: if the spec's `stash_limit` is reached.
            RuntimeError: without a message in hand, or for one put aside already.

        """
        self._incarnation.stash()

    def unstash(self, count: int = 1) -> None:
        """Return the `count` oldest messages put aside: they are handled next.

        They come in the order in which they were put aside, before what waits.
        """
        self._incarnation.unstash(count)

    def unstash_all(self) -> None:
        """Return every message put aside: they are handled next, in their order."""
        self._incarnation.unstash(None)

    def watch(self, ref: ActorRef[Any]) -> None:
        """Receive `Terminated` once, when `ref` has ended for good, also if it has.

        Guaranteed: one notice, however often this actor watched meanwhile, and over
        restarts of this actor (a message that waits, waits for the next incarnation);
        none for a restart of `ref`; it comes behind everything that `ref` has sent to
        this actor, `on_stop` included, and behind the answers to what it left.

        Not guaranteed: the place of what a thread sends that was cut off for being
        stuck: one message can be on its way at that moment.

        Raises:
            FencedError: if this incarnation was cut off.

        """
        self._incarnation.check_may_send()
        self._cell.watch(ref.cell)

    def unwatch(self, ref: ActorRef[Any]) -> None:
        """Stop watching: no notice comes any more, also if it was on its way."""
        self._cell.unwatch(ref.cell)

    def inspect(self, ref: ActorRef[Any]) -> None:
        """Ask for a look inside an actor; it comes as a message, an `Inspection`.

        `system.inspect(ref)` waits for it, which an actor may not. An actor that has
        ended gives `RequestFailed`; one that is stuck gives nothing before it is
        replaced, but `system.snapshot()` shows it.
        """
        self._incarnation.check_may_send()
        question = InspectState()
        reply = RequestReply(self._cell, ref, question)
        ref.cell.mailbox.put_system(Envelope(question, reply, self._actor_ref))

    def inspect_state(self) -> Mapping[str, object]:
        """Return what may be seen of the actor's state; called in its own thread.

        Its attributes, unless it is overridden: to leave out what is confidential, or
        to add what is worth seeing. Values are shown shortened, and hidden where
        their name speaks of a secret. An error in it is shown, and harms nothing.
        """
        return public_state(vars(self))

    def publish(self, event: object) -> None:
        """Tell everybody who subscribed to this type of event."""
        self._cell.system.events.publish(event)

    def stop(self, reason: EndReason = NORMAL) -> None:
        """End this actor normally, after the messages that it already has.

        A permanent child is started again after it. In `on_stop` it changes
        nothing but the reason that is reported.
        """
        incarnation = current.incarnation
        if incarnation is not None and incarnation.is_stopping(self._cell):
            incarnation.end(reason)
            return
        self._cell.mailbox.put(Envelope(StopSelf(reason), None, self._actor_ref))

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Clean up after an exception, in place of `on_stop`, before a restart."""

    # -- between the loop and a supervisor -------------------------------------

    def stop_requested(self, reason: EndReason) -> None:
        """End the loop; a supervisor stops its children first."""
        self._incarnation.end(reason)

    def child_reported(self, report: Report) -> None:
        """Take a child's report; only a supervisor has children."""
        raise NotImplementedError(f"{self} is no supervisor and got {report}")
