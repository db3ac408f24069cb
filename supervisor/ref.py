"""The ref: what everybody outside an actor holds of it, for life."""

import weakref
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    Protocol,
    TypeVar,
    cast,
    overload,
)

import pykka

from orquestrador.errors import SupervisionError
from orquestrador.messages import AnsweredBy
from orquestrador.supervisor.current import current
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.proxy import ActorProxy
from orquestrador.supervisor.pykka_private import StopRequest
from orquestrador.supervisor.reply import fail

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.watching import EndEvent

A = TypeVar("A", bound=pykka.Actor)
R = TypeVar("R")
M_contra = TypeVar("M_contra", contravariant=True)


class Receives(Protocol[M_contra]):
    """Any ref, for the type checkers: one that takes at least the messages named."""

    def tell(self, message: M_contra) -> None:
        """Send a message and go on."""
        ...


class ActorRef(pykka.ActorRef[A], Generic[A]):
    """A `pykka.ActorRef` that stays valid when its actor is restarted."""

    def __init__(self, cell: "Cell") -> None:
        """Refer to the actor that lives in `cell`; one ref a cell."""
        self.cell = cell
        """The runtime's own: nobody else needs it."""

        self._mailbox = cell.mailbox
        self.actor_class = cast("type[A]", cell.actor_class)
        self.actor_urn = cell.urn
        self.actor_inbox = cell.mailbox
        self.actor_stopped = cell.stopped

    def adopt(self, actor: A) -> None:
        """Note which instance Pykka's proxies look at; the runtime's own."""
        self._actor_weakref = weakref.ref(actor)
        self.actor_class = type(actor)

    @property
    def name(self) -> str:
        """The actor's name in its system; the URN of an actor without a name."""
        return self.cell.name

    @property
    def incarnation(self) -> int:
        """Which run of the actor's code this is, from 1; 0 before the first."""
        return self.cell.number

    @property
    def mailbox_size(self) -> int:
        """How many messages wait, in constant time."""
        return len(self._mailbox)

    @property
    def ended(self) -> "EndEvent":
        """Set once the actor ended for good; then its `reason` says why."""
        return self.cell.stopped

    def is_alive(self) -> bool:
        """Return whether the actor takes messages; true while it is restarted."""
        return not self._mailbox.closed

    def tell(self, message: object) -> None:
        """Send a message and go on.

        Raises:
            pykka.ActorDeadError: if the actor ended for good; the message is then
                a dead letter.
            FencedError: if the sender is an incarnation that was cut off.
            MailboxFullError: if its mailbox has a limit and no room; nothing was sent.
            NotEncodableError: if its spec has a codec, and the message is no data.

        """
        mailbox = self._mailbox
        envelope = Envelope(message)
        incarnation = current.incarnation
        if incarnation is not None:
            incarnation.check_may_send()
            envelope.sender = incarnation.ref
        if mailbox.closed:
            raise self._refused(envelope)
        # `mailbox.put`, without its call: this is the busiest line of a system.
        mailbox.append(envelope)
        if mailbox.closed:
            mailbox.drain()

    # More overloads than the base's: a message may name its reply.
    @overload  # type: ignore[override]
    def ask(
        self,
        message: AnsweredBy[R],
        *,
        block: Literal[False],
        timeout: float | None = None,
    ) -> pykka.Future[R]: ...

    @overload
    def ask(
        self,
        message: AnsweredBy[R],
        *,
        block: Literal[True] = True,
        timeout: float | None = None,
    ) -> R: ...

    @overload
    def ask(
        self, message: object, *, block: Literal[False], timeout: float | None = None
    ) -> pykka.Future[Any]: ...

    @overload
    def ask(
        self,
        message: object,
        *,
        block: Literal[True] = True,
        timeout: float | None = None,
    ) -> Any: ...  # noqa: ANN401 -- a reply is any object

    @overload
    def ask(
        self, message: object, *, block: bool = True, timeout: float | None = None
    ) -> Any | pykka.Future[Any]: ...  # noqa: ANN401 -- a reply is any object

    def ask(  # pyright: ignore[reportIncompatibleMethodOverride] -- same overloads
        self, message: object, *, block: bool = True, timeout: float | None = None
    ) -> Any | pykka.Future[Any]:
        """Send a message and wait for the reply.

        Args:
            message: any object.
            block: False returns a future instead of waiting.
            timeout: seconds to wait; None waits without limit. A message that
                still waits in the mailbox then is not handled any more: it is a
                dead letter, also with `block=False`. An actor that waits while it
                handles an ask with a limit has no more than the time left of that.

        Raises:
            pykka.Timeout: when the time is over.
            pykka.ActorDeadError: if the actor ended before it handled the message.
            BlockingAskError: when asked in a handler of a supervised actor.
            MailboxFullError: if its mailbox has a limit and no room; nothing was sent.
            NotEncodableError: if its spec has a codec, and the message is no data.
            RestartingError: if its spec lets no ask wait for a restart.
            Exception: whatever the actor raised.

        """
        incarnation = current.incarnation
        if block and incarnation is not None:
            incarnation.check_may_wait(self.cell)
            timeout = incarnation.shortened(timeout)
        future: ReplyFuture[Any] = ReplyFuture(self.cell)
        self._post(Envelope(message, future), timeout)
        return future.get(timeout=timeout) if block else future

    @overload
    async def ask_async(
        self,
        message: AnsweredBy[R],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 -- it travels with the message
    ) -> R: ...

    @overload
    async def ask_async(
        self,
        message: object,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 -- it travels with the message
    ) -> Any: ...  # noqa: ANN401 -- a reply is any object

    async def ask_async(
        self,
        message: object,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 -- it travels with the message
    ) -> Any:
        """Send a message and wait for the reply, without blocking the event loop.

        When the awaiting task is cancelled, and when the time is over, a message
        that still waits in the mailbox is not handled any more: it is a dead letter.

        Args:
            message: any object.
            timeout: seconds to wait; None waits without limit.

        Raises:
            Exception: what `ask` raises.

        """
        from orquestrador.supervisor import awaiting  # noqa: PLC0415 -- asyncio is large

        future: ReplyFuture[Any] = ReplyFuture(self.cell)
        future.check_may_wait()
        envelope = Envelope(message, future)
        self._post(envelope, timeout)
        return await awaiting.reply_in_time(future, envelope, timeout)

    def _post(self, envelope: Envelope, timeout: float | None) -> None:
        """Send an ask; a mailbox that is closed answers it."""
        incarnation = current.incarnation
        if incarnation is not None:
            incarnation.check_may_send()
            envelope.sender = incarnation.ref
        if timeout is not None:
            envelope.deadline = self.cell.system.clock.now() + timeout
        mailbox = self._mailbox
        if mailbox.closed:
            fail(envelope.reply_to, self._refused(envelope))
            return
        mailbox.append(envelope)
        if mailbox.closed:
            mailbox.drain()

    def proxy(self) -> pykka.ActorProxy[A]:
        """Return a proxy, which works over restarts and keeps no instance alive.

        Raises:
            pykka.ActorDeadError: if the actor ended for good.

        """
        return ActorProxy(actor_ref=self)

    @overload
    def stop(
        self, timeout: float | None = None, *, block: Literal[True] = True
    ) -> bool: ...

    @overload
    def stop(
        self, timeout: float | None = None, *, block: Literal[False]
    ) -> pykka.Future[bool]: ...

    @overload
    def stop(
        self, timeout: float | None = None, *, block: bool = True
    ) -> bool | pykka.Future[bool]: ...

    def stop(  # pyright: ignore[reportIncompatibleMethodOverride] -- same overloads
        self, timeout: float | None = None, *, block: bool = True
    ) -> bool | pykka.Future[bool]:
        """Stop the actor for good, after the messages it already has.

        It is an administrative stop: no supervisor restarts the actor for it. One
        that waits for the delay before its restart, or fails to start again, is not
        started any more; the messages that wait for it become dead letters.

        Args:
            timeout: seconds to wait; None waits without limit.
            block: False returns a future instead of waiting.

        Returns:
            True, or False if it had ended before.

        Raises:
            pykka.Timeout: when the time is over; the actor still stops.

        """
        asked: ReplyFuture[Any] = ReplyFuture(self.cell)
        envelope = Envelope(StopRequest(), asked)
        incarnation = current.incarnation
        if incarnation is not None:
            incarnation.check_may_send()
            envelope.sender = incarnation.ref
        if self._mailbox.closed:
            fail(asked, pykka.ActorDeadError(f"{self} not found"))
        else:
            # Past what `append` may have against it: a stop always comes through.
            self._mailbox.put(envelope)
            self.cell.ask_to_stop()
        if block:
            return _was_alive(asked, timeout)
        stopped: ReplyFuture[bool] = ReplyFuture(self.cell)
        stopped.set_get_hook(lambda wait_s: _was_alive(asked, wait_s))
        return stopped

    def send(self, envelope: Envelope) -> None:
        """Send a message with its own way back; a mailbox that refuses it answers."""
        try:
            self._mailbox.append(envelope)
        except SupervisionError as error:
            fail(envelope.reply_to, error)
        if self._mailbox.closed:
            self._mailbox.drain()

    def _refused(self, envelope: Envelope) -> pykka.ActorDeadError:
        self.cell.dead_letter(envelope, "the receiver has stopped")
        return pykka.ActorDeadError(f"{self} not found")


def _was_alive(asked: pykka.Future[Any], timeout: float | None) -> bool:
    try:
        asked.get(timeout=timeout)
    except pykka.ActorDeadError:
        return False
    return True
