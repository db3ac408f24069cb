"""Where an actor's reply to a peer goes: into the server's list of things to send."""

import queue
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from orquestrador.supervisor.reply import ExcInfo

if TYPE_CHECKING:
    from orquestrador.supervisor.remote.connection import Connection


class Outcome(NamedTuple):
    """The reply to one ask of a peer, or the error that came instead."""

    connection: "Connection"
    number: int
    actor: str
    value: Any
    error: BaseException | None


class PeerReply:
    """Takes one reply, in whatever thread it is given."""

    __slots__ = ("_actor", "_connection", "_leave_word", "_number", "_unsettled")

    def __init__(
        self,
        connection: "Connection",
        number: int,
        actor: str,
        leave_word: Callable[[Outcome], None],
    ) -> None:
        """Expect the reply of `actor` to ask `number`."""
        self._connection = connection
        self._number = number
        self._actor = actor
        self._leave_word = leave_word
        # Who pops this settles it; a list's pop is atomic.
        self._unsettled = [True]

    def set(self, value: Any = None) -> None:  # noqa: ANN401 -- a reply is any object
        """Leave word of the reply."""
        self._settle(value, None)

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Leave word of the error."""
        error = (sys.exc_info() if exc_info is None else exc_info)[1]
        self._settle(None, error or RuntimeError("no error was given"))

    def _settle(self, value: object, error: BaseException | None) -> None:
        try:
            self._unsettled.pop()
        except IndexError:
            raise queue.Full from None
        self._leave_word(
            Outcome(self._connection, self._number, self._actor, value, error)
        )
