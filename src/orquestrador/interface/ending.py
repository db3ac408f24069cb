"""The end of the program that somebody else decides, in order and in time.

A polite kill, a terminal that is closed and the user's logging off all say: end now.
Ctrl-C is different: it gives up what is being done, and a REPL goes on after it.
"""

import _thread
import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from types import FrameType

LIMIT_S = 4.5
"""Windows ends a process five seconds after its console window was closed."""

STUCK_S = 20.0
"""A program that has not ended by then is ended by force, and says where it hung."""

_STATUS = 128 + signal.SIGINT
"""The exit status of an interruption."""

CLOSING_EVENTS = frozenset({2, 5, 6})
"""CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT of Windows' consoles."""


_asked = threading.Event()
"""Set from the moment on when the program was told to end."""


class Ended(SystemExit):
    """The program was told to end.

    Not a `KeyboardInterrupt`: who goes on after Ctrl-C must not go on after this.
    """


def is_asked() -> bool:
    """Return whether the program was told to end."""
    return _asked.is_set()


def check() -> None:
    """Raise `Ended` if the program was told to end.

    For loops that wait: a library that catches everything may have caught the first.
    """
    if _asked.is_set():
        raise Ended(_STATUS)


class ConsoleClosing:
    """Hears from Windows that the console window closes, in a thread of Windows' own.

    The process is gone as soon as this has answered, so it answers when the program
    has ended in order, or when there is no more time.

    Args:
        tell: lets the main thread end.
        limit_s: how long to wait for that.

    """

    def __init__(self, tell: Callable[[], None], limit_s: float = LIMIT_S) -> None:
        self._tell = tell
        self._limit_s = limit_s
        self.has_ended = threading.Event()
        """Set by the main thread when everything is in order."""

    def __call__(self, event: int) -> bool:
        """Answer whether the event was taken care of."""
        if event not in CLOSING_EVENTS:
            return False
        self._tell()
        self.has_ended.wait(self._limit_s)
        return True


@contextlib.contextmanager
def in_order() -> Generator[None]:
    """Raise `Ended` in the main thread when the program has to end.

    Once: what is sent again while it ends would only disturb it. Does nothing in
    other threads: whoever called us there owns the signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _asked.clear()
    handlers = _handlers()
    before = {number: signal.signal(number, each) for number, each in handlers.items()}
    try:
        with _console_closing():
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        for number, handler in before.items():
            signal.signal(number, handler)


def _handlers() -> dict[signal.Signals, Callable[[int, FrameType | None], None]]:
    end = _ending_once()
    if sys.platform == "win32":
        return {signal.SIGTERM: end, signal.SIGBREAK: end}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # `nohup`: it is to outlive its terminal.
        return {signal.SIGTERM: end}
    terminals = _terminals()

    def hang_up(number: int, frame: FrameType | None) -> None:
        # Each further word to a terminal that is gone would be an error.
        _silence(terminals)
        end(number, frame)

    return {signal.SIGTERM: end, signal.SIGHUP: hang_up}


def _ending_once() -> Callable[[int, FrameType | None], None]:
    again_from = 0.0

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal again_from
        now = time.monotonic()
        if now >= again_from:
            # The next one is for a program that has not ended in time.
            again_from = now + LIMIT_S
            if not _asked.is_set():
                _end_by_force_after(STUCK_S)
            _asked.set()
            raise Ended(_STATUS)

    return end


def _end_by_force_after(seconds: float) -> None:
    # In a thread of the interpreter's own: no lock that the program holds stops it.
    stream = sys.__stderr__
    with contextlib.suppress(OSError, ValueError):
        if stream is not None:
            faulthandler.dump_traceback_later(seconds, exit=True, file=stream)


def _terminals() -> list[int]:
    """Return the descriptors of standard output and error that are terminals."""
    return [each for each in (1, 2) if os.isatty(each)]


def _silence(descriptors: Iterable[int]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in descriptors:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if sys.platform == "win32":

    @contextlib.contextmanager
    def _console_closing() -> Generator[None]:
        import ctypes  # noqa: PLC0415 -- takes a while, and only here is it needed
        from ctypes import wintypes  # noqa: PLC0415 -- likewise

        closing = ConsoleClosing(lambda: _thread.interrupt_main(signal.SIGBREAK))
        handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(closing)
        kernel = ctypes.WinDLL("kernel32")
        # Without a console there is none that could be closed: then it says no.
        listens = kernel.SetConsoleCtrlHandler(handler, True)  # noqa: FBT003 -- its own way
        try:
            yield
        finally:
            # First: Windows may hold its list of handlers until this one has answered.
            closing.has_ended.set()
            if listens:
                kernel.SetConsoleCtrlHandler(handler, False)  # noqa: FBT003 -- its own way

else:

    @contextlib.contextmanager
    def _console_closing() -> Generator[None]:
        yield
