"""What happens, as it happens: server-sent events, as the HTML standard has them."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.messages import Message
from orquestrador.service import SERVICE

if TYPE_CHECKING:
    from orquestrador.run_handle import Listener

MOST_STREAMS = 16
"""Each costs a connection; a page has one, and closes it when it is hidden."""

MOST_WAITING = 256
"""Events kept for a reader that is slow; what is older is dropped, and it is told."""

HEARTBEAT_S = 3.0
"""A comment is sent when nothing else was: a reader knows that the line is alive."""

RETRY_MS = 1000

_MEDIA = "text/event-stream"


class Streams:
    """The open streams of a page; made once, in the thread that serves."""

    def __init__(self, library: PageLibrary) -> None:
        """Hear the events of `library`."""
        self._library = library
        self._open: set[_Stream] = set()

    async def serve(self, request: Request) -> Response:
        """Answer with a stream of events that ends when either side leaves."""
        if request.method == "HEAD":
            return Response(media_type=_MEDIA)
        if len(self._open) >= MOST_STREAMS:
            return Response("Too many event streams are open.\n", status_code=503)
        stream = _Stream(self._library, asyncio.get_running_loop())
        self._open.add(stream)
        # Before the answer begins: who has it misses nothing from then on.
        stream.listen()
        return _Answer(self._pieces(stream, request), lambda: self._leave(stream))

    def close(self) -> None:
        """End every stream; from any thread."""
        for each in tuple(self._open):
            each.close()

    def _leave(self, stream: "_Stream") -> None:
        stream.close()
        self._open.discard(stream)

    async def _pieces(
        self, stream: "_Stream", request: Request
    ) -> AsyncIterator[bytes]:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while not stream.closed and not await request.is_disconnected():
            yield await stream.next_piece()


class _Answer(StreamingResponse):
    """A stream that is left however its answer ends, also before its first piece."""

    def __init__(self, pieces: AsyncIterator[bytes], leave: Callable[[], None]) -> None:
        super().__init__(pieces, media_type=_MEDIA)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


class _Stream:
    """What one reader has still to be told."""

    def __init__(self, library: PageLibrary, loop: asyncio.AbstractEventLoop) -> None:
        self.closed = False
        self._library = library
        self._loop = loop
        self._lock = threading.Lock()
        self._waiting: deque[Message] = deque()
        self._missed = 0
        self._there = asyncio.Event()
        self._heard: list[Listener] = []

    def listen(self) -> None:
        """Begin to hear what happens."""
        self._heard = [
            self._library.subscribe(kind, self._put) for kind in SERVICE.events
        ]

    def close(self) -> None:
        """Hear nothing more, and let the reader go; from any thread."""
        self.closed = True
        for each in self._heard:
            each.cancel()
        self._wake()

    async def next_piece(self) -> bytes:
        """Wait for an event, or for the time of a heartbeat."""
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await self._there.wait()
        except TimeoutError:
            return b": alive\n\n"
        with self._lock:
            events, missed = list(self._waiting), self._missed
            self._waiting.clear()
            self._missed = 0
            self._there.clear()
        pieces = [_piece("Missed", msgspec.json.encode({"count": missed}))] * bool(
            missed
        )
        pieces += [
            _piece(type(each).__name__, msgspec.json.encode(each)) for each in events
        ]
        return b"".join(pieces)

    def _put(self, event: Message) -> None:
        """Keep an event; on the events' own thread, which must not wait."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._missed += 1
            self._waiting.append(event)
        self._wake()

    def _wake(self) -> None:
        # The loop may be gone already: then nobody reads.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._there.set)


def _piece(name: str, data: bytes) -> bytes:
    # JSON as msgspec writes it has no line ends.
    return b"event: " + name.encode("ascii") + b"\ndata: " + data + b"\n\n"
