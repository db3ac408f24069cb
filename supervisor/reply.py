"""Where the reply to a message goes: to somebody who waits, or to a mailbox."""

import functools
import queue
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import pykka

from orquestrador.supervisor.notices import RequestFailed
from orquestrador.supervisor.reason import describe

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.clock import Alarm

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class Reply(Protocol):
    """Takes one result, or one error; a second is `queue.Full`."""

    def set(self, value: Any = None) -> None:  # noqa: ANN401 -- a reply is any object
        """Deliver the reply."""
        ...

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Deliver the error."""
        ...


def answer(reply: Reply, value: object) -> None:
    """Deliver a reply, unless somebody has answered already: theirs counts."""
    try:
        reply.set(value)
    except queue.Full:
        return


def fail(reply: Reply, error: BaseException) -> None:
    """Deliver an error, unless somebody has answered already."""
    try:
        reply.set_exception((type(error), error, error.__traceback__))
    except queue.Full:
        return


def for_caller(ref: object, error: BaseException) -> BaseException:
    """Return the error that an asker gets: it must not end the asker's thread."""
    if isinstance(error, Exception):
        return error
    dead = pykka.ActorDeadError(f"{ref} ended by {describe(error)}")
    dead.__cause__ = error
    return dead


class RequestReply:
    """Sends the reply to a request into the mailbox of the actor that made it."""

    __slots__ = ("_alarm", "_receiver", "_request", "_requester", "_unsettled")

    def __init__(
        self, requester: "Cell", receiver: "pykka.ActorRef[Any]", request: object
    ) -> None:
        """Expect one reply of `receiver` to `request`."""
        self._requester = requester
        self._receiver = receiver
        self._request = request
        self._unsettled = [True]
        self._alarm: Alarm | None = None

    def expire_after(self, seconds: float) -> None:
        """Fail with `pykka.Timeout` if nothing came in so many seconds."""
        if self._unsettled:
            error = pykka.Timeout(f"{self._receiver} sent no reply in {seconds:g} s")
            self._alarm = self._requester.system.clock.call_later(
                seconds, functools.partial(fail, self, error)
            )

    def set(self, value: Any = None) -> None:  # noqa: ANN401 -- a reply is any object
        """Send the reply as a plain message; None, no reply, sends nothing."""
        self._settle()
        if value is not None:
            self._requester.deliver(value, sender=self._receiver)

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Send `RequestFailed` with the error."""
        self._settle()
        error = (sys.exc_info() if exc_info is None else exc_info)[1]
        self._requester.deliver(
            RequestFailed(
                request=self._request,
                receiver=self._receiver,
                reason=error or RuntimeError("no error was given"),
            ),
            sender=self._receiver,
        )

    def _settle(self) -> None:
        try:
            self._unsettled.pop()
        except IndexError:
            raise queue.Full from None
        if self._alarm is not None:
            self._alarm.cancel()
