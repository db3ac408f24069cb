"""HTTP connections that cost a running system no more than they may."""

import asyncio
import logging
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from orquestrador.interface.web.api.routes import problem
from orquestrador.interface.web.headers import HEADERS

MOST_CONNECTIONS = 64
"""A browser opens six; each costs a file descriptor of the whole program."""

EVENTS = "/events"
"""How the path of an answer without an end ends."""

MOST_UNREAD_BYTES = 16 * 1024
"""A reader of events who leaves more lying is gone."""

_PIECE_BYTES = 4096

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
        self.made_at = self.loop.time()
        self._patience: asyncio.TimerHandle | None = None
        self._waited_for: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Take a connection; where there are too many, in place of one at rest."""
        super().connection_made(transport)
        there = self._open()
        if len(there) > MOST_CONNECTIONS:
            at_rest = [each for each in there if each is not self and each.is_at_rest()]
            # Who comes may be the user, who has waited longest is not.
            oldest = min(at_rest, key=lambda each: each.made_at, default=self)
            oldest.transport.abort()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a connection."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what was sent, in pieces: only what is incomplete is ever too long."""
        for at in range(0, len(data), _PIECE_BYTES):
            if not self.transport.is_closing():
                super().data_received(data[at : at + _PIECE_BYTES])

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, as the API and with the headers of the rest."""
        if self.conn.our_state is not h11.IDLE:
            # In the middle of a request, or of its answer: there is no more to say.
            self.transport.abort()
            return
        answer = problem(400, f"{msg} Or its head is too long.")
        headers = dict(answer.headers) | {"connection": "close"}
        headers |= {name.lower(): value for name, value in HEADERS.items()}
        for event in (
            h11.Response(status_code=400, headers=list(headers.items())),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def is_at_rest(self) -> bool:
        """Return whether nothing is asked, and all that was is answered and taken."""
        return self._is_answered() and not self.transport.get_write_buffer_size()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(PATIENCE_S, self._look)

    def _look(self) -> None:
        """End a connection whose client has had us wait since last time."""
        cycle = self._latest()
        waited_for = cycle if self._has_us_wait() else None
        if cycle is None or (waited_for is not None and waited_for is self._waited_for):
            self.transport.abort()
            return
        self._waited_for = waited_for
        self._wait()

    def _has_us_wait(self) -> bool:
        """Return whether it is the client's turn; an order may take us minutes.

        A stream of events says something every few seconds: who leaves it lying in
        the buffer for as long as that is gone, or does not read.
        """
        if self._is_answered():
            return True
        unread = self.transport.get_write_buffer_size()
        if self.scope["path"].endswith(EVENTS):
            return unread >= MOST_UNREAD_BYTES
        return unread > 0 or self.conn.their_state is h11.SEND_BODY

    def _is_answered(self) -> bool:
        cycle = self._latest()
        return cycle is None or cycle.response_complete

    def _latest(self) -> RequestResponseCycle | None:
        # uvicorn says that there always is one: there is none before the first request.
        return cast("RequestResponseCycle | None", self.cycle)

    def _open(self) -> "list[GuardedProtocol]":
        """Return the server's connections but those that are being ended."""
        return [
            each
            for each in self.connections
            if isinstance(each, GuardedProtocol) and not each.transport.is_closing()
        ]
