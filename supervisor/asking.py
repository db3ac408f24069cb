"""Asking many actors at once, with one limit for all of them."""

import time
from collections.abc import Iterable
from typing import Any

from orquestrador.supervisor.current import current
from orquestrador.supervisor.ref import ActorRef


def ask_all(
    asks: Iterable[tuple[ActorRef[Any], object]], *, timeout: float | None = None
) -> tuple[Any, ...]:
    """Send every message, then wait for all replies.

    Args:
        asks: receivers and messages; a receiver may be there more than once.
        timeout: seconds for all of them together; None waits without limit. What
            no actor has begun to handle by then never is.

    Returns:
        The replies, in the order of `asks`.

    Raises:
        pykka.Timeout: when the time is over.
        BlockingAskError: when asked in a handler of a supervised actor; nothing is
            sent then.
        Exception: the first error that an actor answered with, in the order of
            `asks`; the others go on.

    """
    if current.incarnation is not None:
        current.incarnation.check_may_wait(None)
    until = None if timeout is None else time.monotonic() + timeout

    def left_s() -> float | None:
        return None if until is None else max(0.0, until - time.monotonic())

    futures = [ref.ask(message, block=False, timeout=left_s()) for ref, message in asks]
    return tuple(each.get(timeout=left_s()) for each in futures)
