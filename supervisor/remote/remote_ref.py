"""The ref to an actor of another process."""

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

import pykka

from orquestrador.messages import Message, Question

if TYPE_CHECKING:
    from orquestrador.supervisor.remote.client import RemoteSystem


M_contra = TypeVar("M_contra", contravariant=True)
R = TypeVar("R")


class RemoteRef(Generic[M_contra]):
    """Tells and asks as an `ActorRef` does; made by `RemoteSystem.ref`.

    `M_contra` is what the actor takes from here, for type checkers; a `Request`
    types the reply. It stays valid when the actor there is restarted, and ends with
    the connection.
    """

    def __init__(self, system: "RemoteSystem", name: str) -> None:
        """Refer to the actor `name` of `system`."""
        self.name = name
        self._system = system

    def __repr__(self) -> str:
        return f"<RemoteRef {self.name} of process {self._system.pid}>"

    def __str__(self) -> str:
        return self.name

    def is_alive(self) -> bool:
        """Return whether the other side is there, as far as is known here."""
        return self._system.is_open()

    def tell(self, message: M_contra) -> None:
        """Send a message and go on.

        Raises:
            RequestRefusedError: if the actor does not take such a message from
                here, or it is too long.
            pykka.ActorDeadError: if the other side is gone. That the actor there has
                ended is only logged: it is known after this has returned.

        """
        self._system.tell(self.name, message)

    # A request names its reply; the reply of any other message is known to its actor.
    @overload
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

    @overload
    def ask(
        self, message: Message, *, block: bool = True, timeout: float | None = None
    ) -> Any: ...  # noqa: ANN401 -- a reply is any message

    def ask(
        self, message: object, *, block: bool = True, timeout: float | None = None
    ) -> Any:
        """Send a message and wait for the reply.

        Args:
            message: one that the actor takes.
            block: False returns a future instead of waiting.
            timeout: seconds; the request is not handled after that.

        Raises:
            RequestRefusedError: if the actor does not take such a message, or the
                other side has too much to do for this connection.
            pykka.Timeout: when the time is over.
            pykka.ActorDeadError: if the actor, or the other side, has ended; it may
                have handled the message.
            RemoteActorError: what the actor raised, in words.
            BlockingAskError: when asked in a handler of a supervised actor.

        """
        return self._system.ask(self.name, message, block=block, timeout=timeout)
