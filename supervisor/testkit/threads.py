"""Threads that a test has left behind."""

import threading
import time
from collections.abc import Collection

SHARED_THREADS = ("orquestrador-clock", "orquestrador-events")
"""How the names of threads begin that systems keep for longer than a test."""


def left_running(
    before: Collection[threading.Thread],
    *,
    allowed: tuple[str, ...] = (),
    timeout: float = 5.0,
) -> tuple[str, ...]:
    """Return the names of threads that have begun since, and do not end.

    Args:
        before: the threads there were, of `threading.enumerate()`.
        allowed: how names begin of threads that may go on, beside `SHARED_THREADS`.
        timeout: seconds that all of them together are given to end.

    """
    until = time.monotonic() + timeout
    new = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.name.startswith(SHARED_THREADS + allowed)
    ]
    for thread in new:
        if thread is not threading.current_thread():
            # One that has reported its end needs a moment to vanish.
            thread.join(max(0.0, until - time.monotonic()))
    return tuple(thread.name for thread in new if thread.is_alive())
