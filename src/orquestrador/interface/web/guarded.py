"""HTTP connections that cost a running system no more than they may."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CONNECTIONS = 64
"""A browser opens six; each costs a file descriptor of the whole program."""

EVENTS = "/events"
"""How the path of an answer without an end ends."""

MOST_UNREAD_BYTES = 16 * 1024
"""A reader of events who leaves more lying is gone."""

PATIENCE_S = 10.0
"""For a request to be there, and for its answer to be taken."""


class GuardedProtocol(H11Protocol):
    """HTTP/1.1 without endless waits: the libraries' own have no limit for these."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 -- handed on
        """See uvicorn."""
        super().__init__(*arguments, **options)
        # An embedding program may have a uvicorn of its own: its log is not ours.
        self.logger = logging.getLogger(__name__)
        self.access_log = False
        self._patience: asyncio.TimerHandle | None = None
        self._seen: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a connection."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._patience = self.loop.call_later(PATIENCE_S, self._look)

    def _look(self) -> None:
        """End a connection on which nothing was asked or answered since last time."""
        cycle: object = self.cycle
        is_same = cycle is self._seen
        self._seen = cycle
        if cycle is None or (is_same and not self._is_taken()):
            self.transport.abort()
        else:
            self._wait()

    def _is_taken(self) -> bool:
        """Return whether an answer without an end is read as fast as it is sent.

        A stream of events says something every few seconds: who leaves it lying in
        the buffer for as long as that is gone, or does not read.
        """
        scope: Mapping[str, Any] = self.scope or {}
        if not scope.get("path", "").endswith(EVENTS):
            return False
        return self.transport.get_write_buffer_size() < MOST_UNREAD_BYTES
