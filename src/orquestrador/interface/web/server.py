"""The open server of a page: a loopback port, and a thread that serves it."""

import logging
import socket
import sys
import threading
from collections.abc import Callable

import uvicorn

from orquestrador.actors import DashboardPlace
from orquestrador.interface.web.access import Access, token_in
from orquestrador.interface.web.api.events import Streams
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.interface.web.application import application
from orquestrador.interface.web.guarded import GuardedProtocol
from orquestrador.supervisor import ActorSystem

LOOPBACK = "127.0.0.1"
_LEAVE_S = 1
"""What is being answered may be taken for so long when the server ends."""

_MOST_HEAD_BYTES = 128 * 1024
"""The longest path that may be asked for, each of its bytes as `%XX`, and more."""

logger = logging.getLogger("orquestrador.actors.dashboard")


class PageServer:
    """Serves one system on this computer; made by `serve`."""

    def __init__(
        self,
        place: DashboardPlace,
        system: ActorSystem,
        failed: Callable[[str], None],
    ) -> None:
        """Begin to serve.

        Raises:
            OSError: if no port can be opened, or the token not be written.

        """
        self._failed = failed
        token = token_in(place.state)
        self._socket = _opened(place.settings.web.port)
        port: int = self._socket.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{port}"
        self._access = Access(token, port)
        hosts = frozenset({f"{LOOPBACK}:{port}", f"localhost:{port}"})
        self._library = PageLibrary(place, system)
        self._streams = Streams(self._library)
        config = uvicorn.Config(
            application(self._library, self._streams, self._access, hosts),
            http=GuardedProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_LEAVE_S,
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._serve, name="orquestrador-page", daemon=True
        )
        self._thread.start()

    def link(self) -> str:
        """Return an address that lets a browser in, once and within a minute."""
        return f"{self.url}/enter?key={self._access.new_key()}"

    def close(self) -> None:
        """Leave everybody who is connected, and wait until that is done."""
        self._library.close()
        self._streams.close()
        self._server.should_exit = True
        self._thread.join(2 * _LEAVE_S)
        self._socket.close()

    def _serve(self) -> None:
        reason = "it has stopped by itself"
        try:
            # Not in the main thread: it leaves the signals alone.
            self._server.run(sockets=[self._socket])
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- the actor fails with it
            reason = f"{type(error).__name__}: {error}"
        if not self._server.should_exit:
            self._failed(reason)


def _opened(port: int) -> socket.socket:
    try:
        return _bound(port)
    except OSError as error:
        # Another library's page, most likely; `open page` knows the way in.
        logger.warning("Port %d is taken (%s); the page takes another", port, error)
        return _bound(0)


def _bound(port: int) -> socket.socket:
    # With its protocol: asyncio does not let the halves of an answer wait for each
    # other (40 ms, Nagle) on sockets only that say they are TCP.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # Otherwise another program could bind the same port beside us.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # The one before may have left connections behind that wait for their end.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((LOOPBACK, port))
        opened.listen()
    except BaseException:
        opened.close()
        raise
    return opened


def serve(
    place: DashboardPlace, system: ActorSystem, failed: Callable[[str], None]
) -> PageServer:
    """Open a page; what the dashboard's actor is told by name.

    Args:
        place: what is shown.
        system: whose monitor is asked.
        failed: called with the reason if the server ends by itself.

    """
    return PageServer(place, system, failed)
