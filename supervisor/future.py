"""The future: where somebody outside of actors waits for a reply."""

import queue
import sys
import threading
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import pykka

from orquestrador.supervisor.current import current
from orquestrador.supervisor.reply import ExcInfo
from orquestrador.supervisor.seconds import SLICE_S

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell

T = TypeVar("T")

_registering = threading.Lock()


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
