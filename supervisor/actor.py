"""The actor: what people subclass."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

import pykka

from orquestrador.supervisor import system as systems
from orquestrador.supervisor.control import Report, StopSelf
from orquestrador.supervisor.current import current, take_cell
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.reason import NORMAL, EndReason
from orquestrador.supervisor.ref import ActorRef, Receives
from orquestrador.supervisor.reply import LaterReply, ReplyFuture, RequestReply

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
        if incarnation is not None and incarnation.cell is actor._cell:
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
        actor._incarnation = actor._cell.next_incarnation(actor)
        actor._cell.system.launch(actor.actor_ref, daemon=cls.use_daemon_thread)
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

    def request(self, ref: Receives[Q], message: Q) -> None:
        """Send a message without waiting; the reply comes as a message.

        The reply is handed to `on_receive` as it is; a receiver that returns None
        sends none. When the receiver fails on it, or has ended, `RequestFailed`
        comes instead. Either reaches the actor, also if it was restarted meanwhile.

        Raises:
            FencedError: if this incarnation was cut off.
            UnacceptedMessageError: if the receiver does not accept the message.

        """
        self._incarnation.check_may_send()
        receiver = cast("ActorRef[Any]", ref)
        reply = RequestReply(self._cell, receiver, message)
        receiver.send(Envelope(message, reply, self._actor_ref))

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

    def watch(self, ref: ActorRef[Any]) -> None:
        """Receive `Terminated` once, when `ref` has ended for good, also if it has."""
        ref.cell.add_watcher(self.actor_ref)

    def unwatch(self, ref: ActorRef[Any]) -> None:
        """Stop watching; a notice that was sent already still comes."""
        ref.cell.remove_watcher(self.actor_ref)

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
