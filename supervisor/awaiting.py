"""Replies for `asyncio`: awaited without blocking the event loop.

Imported when something is awaited for the first time: a program without `asyncio`
does not load it. Any number of loops in any number of threads may wait, each for its
own replies or for the same one.
"""

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import pykka

from orquestrador.supervisor.envelope import GIVEN_UP, Envelope

if TYPE_CHECKING:
    from orquestrador.supervisor.future import ReplyFuture

T = TypeVar("T")


async def reply_in_time(
    future: "ReplyFuture[Any]", envelope: Envelope, limit_s: float | None
) -> Any:  # noqa: ANN401 -- a reply is any object
    """Wait for the reply to an ask; give the ask up when nobody waits any more.

    Raises:
        pykka.Timeout: when `limit_s` seconds are over.

    """
    try:
        async with asyncio.timeout(limit_s):
            await _settled(future)
    except TimeoutError:
        raise pykka.Timeout(f"{limit_s} seconds") from None
    except asyncio.CancelledError:
        # Whoever takes it out of the mailbox will not begin with it.
        envelope.deadline = GIVEN_UP
        raise
    return future.get()


async def reply(future: "ReplyFuture[T]") -> T:
    """Wait for a future."""
    if future.is_lazy():
        # What it is made of may be anything that waits.
        return await asyncio.to_thread(future.get)
    await _settled(future)
    return future.get()


async def _settled(future: "ReplyFuture[Any]") -> None:
    future.check_may_wait()
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    def wake_from_outside() -> None:
        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:
            # The loop was closed: nobody waits any more.
            return

    future.when_settled(wake_from_outside)
    await waiter
