"""Where the reply to a message goes: to somebody who waits, or to a mailbox."""

import functools
import queue
import sys
import threading
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pykka

from orquestrador.supervisor.current import current
from orquestrador.supervisor.notices import RequestFailed
from orquestrador.supervisor.reason import describe

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.clock import Alarm

T = TypeVar("T")
ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

SLICE_S = 0.25
"""Longest single wait: before Python 3.14 a lock wait on Windows ignores Ctrl-C."""


_registering = threading.Lock()


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


class ReplyFuture(pykka.Future[T]):
    """Pykka's future on one C lock instead of a condition.

    A waiting thread of a supervised actor gets an error instead of a wait:
    promise 7, no handler waits for another actor.
    """

    _callbacks: list[Callable[[], None]] | None = None

    def __init__(self, receiver: "Cell | None" = None) -> None:
        """Wait for a reply of `receiver`, where that is known."""
        super().__init__()
        self._receiver = receiver
        self._value: Any = None
        self._exc_info: ExcInfo | None = None
        # Who pops this settles the future; a list's pop is atomic.
        self._unsettled = [True]
        self._done = False
        self._settled = threading.Lock()
        self._settled.acquire()

    def is_settled(self) -> bool:
        """Return whether there is a reply, an error or a hook."""
        return self._done

    def is_lazy(self) -> bool:
        """Return whether `get` calls a hook, which may wait for others."""
        return self._get_hook is not None

    def check_may_wait(self) -> None:
        """Raise `BlockingAskError` in a handler of a supervised actor."""
        if not self._done and current.incarnation is not None:
            current.incarnation.check_may_wait(self._receiver)

    def when_settled(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, in the thread that settles; now, if it is settled.

        It must be short and raise nothing: the actor that replies waits for it.
        """
        with _registering:
            if self._callbacks is None:
                self._callbacks = []
            self._callbacks.append(callback)
        # Added first and looked second; who takes it out calls it.
        if self._done:
            self._call_back()

    def __await__(self) -> Generator[Any, None, T]:
        """Wait for the reply without blocking the event loop.

        When the awaiting task is cancelled the ask goes on, for others may wait for
        this future too; `ref.ask_async` gives it up.
        """
        from orquestrador.supervisor import awaiting  # noqa: PLC0415 -- asyncio is large

        return awaiting.reply(self).__await__()

    def get(self, *, timeout: float | None = None) -> T:
        """Return the reply, or raise the error that came instead.

        Args:
            timeout: seconds to wait; None waits without limit.

        Raises:
            pykka.Timeout: when the time is over.
            BlockingAskError: when waiting in a handler would block an actor.

        """
        if not self._done:
            self._wait(timeout)
        if self._get_hook is not None:
            with self._settled:
                return super().get(timeout=timeout)
        if self._exc_info is not None:
            self._raise(*self._exc_info)
        value: T = self._value
        return value

    def set(self, value: T | None = None) -> None:
        """Settle with a reply; `queue.Full` if it is settled."""
        self._settle()
        self._value = value
        self._release()

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Settle with an error; the one being handled if none is given."""
        self._settle()
        self._exc_info = sys.exc_info() if exc_info is None else exc_info
        self._release()

    def set_get_hook(self, func: Callable[[float | None], T]) -> None:
        """Settle with a function that `get` calls once."""
        self._settle()
        self._get_hook = func
        self._release()

    def _settle(self) -> None:
        try:
            self._unsettled.pop()
        except IndexError:
            raise queue.Full from None

    def _release(self) -> None:
        self._done = True
        self._settled.release()
        if self._callbacks:
            self._call_back()

    def _call_back(self) -> None:
        while self._callbacks:
            try:
                callback = self._callbacks.pop()
            except IndexError:
                return
            callback()

    def _wait(self, timeout: float | None) -> None:
        incarnation = current.incarnation
        if incarnation is None:
            self._wait_outside(timeout)
        else:
            with incarnation.waiting_for(self._receiver):
                self._wait_outside(timeout)

    def _wait_outside(self, timeout: float | None) -> None:
        if current.host is not None:
            if not current.host.wait(self.is_settled, timeout):
                raise pykka.Timeout(f"{timeout} seconds")
            return
        if timeout is None:
            while not self._settled.acquire(timeout=SLICE_S):
                pass
        else:
            deadline = time.monotonic() + timeout
            wait_s = timeout
            while not self._settled.acquire(timeout=max(0.0, min(wait_s, SLICE_S))):
                wait_s = deadline - time.monotonic()
                if wait_s <= 0:
                    raise pykka.Timeout(f"{timeout} seconds")
        # Others may be waiting too.
        self._settled.release()

    @staticmethod
    def _raise(
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            error = kind() if kind is not None else RuntimeError("no error was given")
        if error.__traceback__ is not traceback:
            raise error.with_traceback(traceback)
        raise error


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


class LaterReply:
    """The reply to one message, given after its handler has returned."""

    __slots__ = ("_owed", "_reply_to")

    def __init__(self, reply_to: Reply | None, owed: dict[Reply, None]) -> None:
        """Answer `reply_to`, and take it out of `owed`; None: nobody waits."""
        self._reply_to = reply_to
        self._owed = owed

    def set(self, value: object = None) -> None:
        """Reply; only the first answer counts."""
        if self._reply_to is not None:
            self._owed.pop(self._reply_to, None)
            answer(self._reply_to, value)

    def fail(self, error: BaseException) -> None:
        """Reply with an error; only the first answer counts."""
        if self._reply_to is not None:
            self._owed.pop(self._reply_to, None)
            fail(self._reply_to, error)


class Owed:
    """The replies that an incarnation has promised for later."""

    __slots__ = ("_later", "_stops")

    def __init__(self) -> None:
        # A dictionary keeps the order: the oldest debt is settled first.
        self._later: dict[Reply, None] = {}
        self._stops: list[Reply] = []

    def __contains__(self, reply: Reply) -> bool:
        return reply in self._later or reply in self._stops

    def is_open(self) -> bool:
        """Return whether a reply is promised that was not given."""
        return bool(self._later)

    def add(self, reply: Reply | None) -> LaterReply:
        """Promise a reply."""
        if reply is not None:
            self._later[reply] = None
        return LaterReply(reply, self._later)

    def add_stop(self, reply: Reply) -> None:
        """Promise to say when the incarnation has stopped."""
        self._stops.append(reply)

    def discard(self, reply: Reply | None) -> None:
        """Forget a promise: the reply was an error."""
        if reply is not None:
            self._later.pop(reply, None)

    def set_stopped(self) -> None:
        """Keep the promises about the stop."""
        while self._stops:
            answer(self._stops.pop(0), None)

    def fail(self, error: BaseException) -> None:
        """Break all other promises."""
        for reply in tuple(self._later):
            self._later.pop(reply, None)
            fail(reply, error)


def for_caller(ref: object, error: BaseException) -> BaseException:
    """Return the error that an asker gets: it must not end the asker's thread."""
    if isinstance(error, Exception):
        return error
    dead = pykka.ActorDeadError(f"{ref} ended by {describe(error)}")
    dead.__cause__ = error
    return dead
