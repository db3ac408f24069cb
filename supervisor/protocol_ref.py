"""The ref to an actor that says what it accepts: nothing else leaves the sender."""

from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    NoReturn,
    TypeVar,
    cast,
    overload,
)

import pykka

from orquestrador.supervisor.ref import ActorRef

if TYPE_CHECKING:
    from orquestrador.messages import Question
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.envelope import Envelope
    from orquestrador.supervisor.protocol import MessageProtocol, ProtocolActor

M_contra = TypeVar("M_contra", contravariant=True)
R = TypeVar("R")


# It takes fewer messages than its base: that is what it is for.
class ProtocolRef(ActorRef[Any], Generic[M_contra]):
    """The ref to an actor that accepts the messages `M_contra`, a union of types.

    `tell`, `ask` and `self.request(ref, ...)` of anything else are type errors, and
    `UnacceptedMessageError` at run time, in the sender. A ref that accepts more
    stands wherever one that accepts less is asked for.
    """

    def __init__(self, cell: "Cell") -> None:
        """Refer to the actor that lives in `cell`; one ref a cell."""
        super().__init__(cell)
        actor_class = cast("type[ProtocolActor[Any]]", cell.actor_class)
        self.protocol: MessageProtocol = actor_class.protocol
        """What the actor accepts."""

        self._accepted = self.protocol.accepted

    def tell(self, message: M_contra) -> None:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        """Send a message and go on.

        Raises:
            UnacceptedMessageError: if the actor does not accept it; nothing was sent.
            pykka.ActorDeadError: if the actor ended for good; the message is then
                a dead letter.
            FencedError: if the sender is an incarnation that was cut off.

        """
        if type(message) not in self._accepted:
            self._check(message)
        super().tell(message)

    if TYPE_CHECKING:

        @overload  # type: ignore[override]
        def ask(
            self,
            message: Question[M_contra, R],
            *,
            block: Literal[False],
            timeout: float | None = None,
        ) -> pykka.Future[R]: ...

        @overload
        def ask(
            self,
            message: Question[M_contra, R],
            *,
            block: Literal[True] = True,
            timeout: float | None = None,
        ) -> R: ...

        def ask(self, message: object, **options: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
            """Send a request and wait for the reply, of the type that it names.

            Raises:
                UnacceptedMessageError: if the actor does not accept it; nothing was
                    sent.
                Exception: what `ActorRef.ask` raises.

            """
            ...

        async def ask_async(  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
            self,
            message: Question[M_contra, R],
            *,
            timeout: float | None = None,  # noqa: ASYNC109 -- it travels with the message
        ) -> R:
            """Send a request and wait for the reply, without blocking the event loop.

            Raises:
                Exception: what `ask` raises.

            """
            ...

    def _post(self, envelope: "Envelope", timeout: float | None) -> None:
        if type(envelope.message) not in self._accepted:
            self._check(envelope.message)
        super()._post(envelope, timeout)

    def send(self, envelope: "Envelope") -> None:
        """Send a message with its own way back, if the actor accepts it."""
        if type(envelope.message) not in self._accepted:
            self._check(envelope.message)
        super().send(envelope)

    def proxy(self) -> NoReturn:
        """Refuse: an actor with a protocol is reached by its messages alone.

        Raises:
            UnacceptedMessageError: always.

        """
        raise self.protocol.refused(pykka.ActorProxy, self)

    def _check(self, message: object) -> None:
        if not self.protocol.accepts(type(message)):
            raise self.protocol.refused(type(message), self)
