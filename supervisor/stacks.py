"""Where a thread stands, as a traceback: for the report of an actor that is stuck."""

import gc
import sys
import threading
import traceback
from types import FrameType

_lock = threading.Lock()


def stack_of(ident: int | None) -> str:
    """Return where the thread with this identifier stands; empty if it does not run."""
    frame = None if ident is None else _frames().get(ident)
    return "" if frame is None else "".join(traceback.format_stack(frame))


def _frames() -> dict[int, FrameType]:
    # Before Python 3.12 a collection of garbage that begins inside this call can run
    # Python code while the interpreter's list of threads is locked. Another thread
    # that starts or ends then waits for that lock and never lets go of the
    # interpreter: everything stands still (CPython's issue 106883).
    with _lock:
        collects = gc.isenabled()
        gc.disable()
        try:
            return sys._current_frames()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- there is no other way
        finally:
            if collects:
                gc.enable()
