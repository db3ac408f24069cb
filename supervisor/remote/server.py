"""The server: one thread that accepts peers and carries what they say to actors.

It never waits for a peer nor for an actor: a selector tells which socket is ready,
and the actors' replies come through a queue. An error of one connection ends that
connection; an error of the server itself ends its thread and is reported once.
"""

import errno
import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from orquestrador.errors import MessageError, PeerRefusedError
from orquestrador.supervisor.current import current
from orquestrador.supervisor.remote.challenge import ServerChallenge
from orquestrador.supervisor.remote.connection import Connection, PeerGoneError
from orquestrador.supervisor.remote.limits import Limits
from orquestrador.supervisor.remote.listening import Listening
from orquestrador.supervisor.remote.peer import check_peer
from orquestrador.supervisor.remote.peer_reply import Outcome
from orquestrador.supervisor.remote.served import Service

if TYPE_CHECKING:
    from orquestrador.supervisor.system import ActorSystem

logger = logging.getLogger(__name__)

_TICK_S = 0.25
"""How often limits of time are looked at."""

_NO_MORE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_ACCEPTS_AT_ONCE = 64

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Server:
    """Serves a system's actors at an address, until it is closed.

    An actor holds it as private state: it opens it in `on_start` and closes it in
    `on_stop` and `on_failure`. The thread also ends by itself when `abandoned` says
    so, for an incarnation that was cut off calls no hook any more.
    """

    def __init__(  # noqa: PLR0913 -- three things to serve, three to be told
        self,
        system: "ActorSystem",
        service: Service,
        listening: Listening,
        *,
        limits: Limits | None = None,
        abandoned: Callable[[], bool] = lambda: False,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Start to serve.

        Args:
            system: whose actors and events are served.
            service: which of them, and what they may be sent.
            listening: from `listening.listen`; closed with the server.
            limits: what one peer may cost.
            abandoned: asked now and then; True ends the server.
            failed: called in the server's thread when an error has ended it.

        """
        self.system = system
        self.service = service
        self.limits = limits or Limits()
        self.pid = os.getpid()
        self._listening = listening
        self._abandoned = abandoned
        self._failed = failed
        self._closing = False
        self._outcomes: SimpleQueue[Outcome] = SimpleQueue()
        # In the order in which they came.
        self._connections: dict[Connection, None] = {}
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._waker.settimeout(0.0)
        self._woken.settimeout(0.0)
        self._selector.register(self._woken, _READ)
        self._selector.register(listening.socket, _READ)
        self._accepting = True
        self._thread = threading.Thread(
            target=self._run, name="orquestrador-server", daemon=True
        )
        self._thread.start()

    # -- from other threads ---------------------------------------------------------

    @property
    def connections(self) -> int:
        """How many peers there are."""
        return len(self._connections)

    def close(self, timeout: float = 2.0) -> bool:
        """Leave every peer and stop listening; returns whether that is done."""
        self._closing = True
        self.wake()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def leave_word(self, outcome: Outcome) -> None:
        """Take an actor's reply."""
        self._outcomes.put(outcome)
        self.wake()

    def wake(self) -> None:
        """Make the thread look at everything once."""
        try:
            self._waker.send(b"\0")
        except OSError:
            # It is awake already, or gone.
            return

    # -- the thread -------------------------------------------------------------------

    def _run(self) -> None:
        error: BaseException | None = None
        # An actor's full mailbox is the peer's to wait for, not this thread's.
        current.never_waits = True
        try:
            self._serve()
        except Exception as failure:  # noqa: BLE001 -- reported below
            error = failure
        self._end()
        if error is not None and self._failed is not None:
            self._failed(error)

    def _serve(self) -> None:
        looked_at = time.monotonic()
        while not self._closing and not self._abandoned():
            for key, events in self._selector.select(_TICK_S):
                if key.fileobj is self._woken:
                    self._drain_wakes()
                elif key.fileobj is self._listening.socket:
                    self._accept()
                else:
                    self._exchange(key.data, events)
            self._settle()
            self._send_what_was_heard()
            if time.monotonic() - looked_at >= _TICK_S:
                looked_at = time.monotonic()
                self._mind_the_time()

    def _end(self) -> None:
        for connection in tuple(self._connections):
            self._leave(connection, "the system ends")
        self._selector.close()
        self._waker.close()
        self._woken.close()
        self._listening.close()

    def _drain_wakes(self) -> None:
        try:
            while len(self._woken.recv(4096)) == 4096:
                pass
        except BlockingIOError:
            return

    # -- peers ------------------------------------------------------------

    def _accept(self) -> None:
        for _ in range(_ACCEPTS_AT_ONCE):
            try:
                peer, _address = self._listening.socket.accept()
            except (BlockingIOError, ConnectionError, InterruptedError):
                return
            except OSError as error:
                if error.errno not in _NO_MORE:
                    raise
                # The peer still waits: to ask again at once would be a busy loop.
                self._selector.unregister(self._listening.socket)
                self._accepting = False
                return
            self._admit(peer)

    def _admit(self, peer: socket.socket) -> None:
        peer.settimeout(0.0)
        if not self._listening.address.is_socket:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secret = self._listening.secret
        challenge = (
            None if secret is None else ServerChallenge(secret, self._listening.port)
        )
        connection = Connection(peer, self, challenge)
        if not self._has_room():
            connection.close(
                f"there are {len(self._connections)} connections, as many as there may"
            )
            return
        try:
            if secret is None:
                check_peer(peer)
        except (PeerRefusedError, OSError) as error:
            logger.warning("Refused a connection: %s", error)
            connection.close(str(error))
            return
        self._connections[connection] = None
        self._selector.register(peer, _READ, connection)
        self._update(connection)

    def _has_room(self) -> bool:
        """Tell whether one more may come; who only holds a place is left for it."""
        if len(self._connections) < self.limits.connections:
            return True
        silent = [(each.unknown_s() or 0.0, each) for each in self._connections]
        silent_s, connection = max(silent, key=lambda each: each[0])
        if silent_s < self.limits.hurry_s:
            return False
        self._leave(connection, "others wait, and it has not said who it is")
        return True

    def _exchange(self, connection: Connection, events: int) -> None:
        if connection.closed:
            return
        try:
            if events & _READ:
                connection.read()
            if connection.wants_to_write():
                connection.write()
        except PeerGoneError:
            self._leave(connection, None)
        except (PeerRefusedError, MessageError) as error:
            logger.warning("Closed a connection: %s", error)
            self._leave(connection, str(error))
        except OSError:
            self._leave(connection, None)
        except Exception:
            logger.exception("Serving a connection failed")
            self._leave(connection, "the server failed on it")
        else:
            self._update(connection)

    def _update(self, connection: Connection) -> None:
        events = _READ if connection.wants_to_read() else 0
        if connection.wants_to_write():
            events |= _WRITE
        if self._selector.get_key(connection.socket).events != events:
            self._selector.modify(connection.socket, events, connection)

    def _leave(self, connection: Connection, words: str | None) -> None:
        self._connections.pop(connection, None)
        self._selector.unregister(connection.socket)
        connection.close(words)

    def _settle(self) -> None:
        while True:
            try:
                outcome = self._outcomes.get_nowait()
            except Empty:
                return
            connection = outcome.connection
            if not connection.closed:
                connection.settle(outcome)
                self._exchange(connection, 0)

    def _send_what_was_heard(self) -> None:
        for connection in self._connections:
            if connection.wants_to_write():
                self._update(connection)

    def _mind_the_time(self) -> None:
        for connection in tuple(self._connections):
            words = connection.overdue()
            if words is not None:
                logger.warning("Closed a connection: %s", words)
                self._leave(connection, words)
        if not self._accepting:
            self._selector.register(self._listening.socket, _READ)
            self._accepting = True
