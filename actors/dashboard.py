"""The dashboard's actor: a browser on this computer sees the system through it."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Protocol

from orquestrador.config.sections import OrchestratorSettings
from orquestrador.errors import RemoteError
from orquestrador.library import shown_name
from orquestrador.messages.control import RunDefaults, ServingFailed
from orquestrador.messages.web import GetPageLink, PageLink
from orquestrador.supervisor import ActorSystem
from orquestrador.supervisor.protocol import ProtocolActor, handles
from orquestrador.words import Words

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DashboardPlace:
    """What a dashboard shows, and where."""

    server: str
    """`module:function` that makes the server: the page is above the actors, which
    do not know it."""

    folder: Path
    """The library's, absolute."""

    state: Path
    settings: OrchestratorSettings
    defaults: RunDefaults
    since: float
    """When the system was started, in seconds since the epoch."""

    words: Words
    """The page's language."""

    @property
    def library(self) -> str:
        """Shown name of the library's folder."""
        return shown_name(os.fsencode(self.folder))


class WebServer(Protocol):
    """An open server, with a thread of its own."""

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8737`."""
        ...

    def link(self) -> str:
        """Return an address that lets a browser in, once."""
        ...

    def close(self) -> None:
        """Leave everybody who is connected."""
        ...


MakeServer = Callable[[DashboardPlace, ActorSystem, Callable[[str], None]], WebServer]
"""Opens a server; it calls the last argument with the reason if it ends by itself."""


class DashboardActor(ProtocolActor[GetPageLink]):
    """Serves the page, `/api/v1` and `/metrics` on this computer alone.

    Private state: the open server with its thread, and whom it has let in. A new
    incarnation opens another one: browsers have to come in by a new link.
    """

    def __init__(self, place: DashboardPlace) -> None:
        super().__init__()
        self._place = place
        self._server: WebServer | None = None

    def on_start(self) -> None:
        """Open the server."""
        module, _, name = self._place.server.partition(":")
        make: MakeServer = getattr(import_module(module), name)
        self._server = make(self._place, self.system, self._serving_failed)
        logger.info("The page is at %s", self._server.url)

    def on_stop(self) -> None:
        """Leave everybody who is connected."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the server: the next incarnation opens its own."""
        self._close()

    @handles(GetPageLink)
    def _get_page_link(self, _message: GetPageLink) -> PageLink:
        if self._server is None:
            raise RemoteError("the page is not open")
        return PageLink(url=self._server.link())

    @handles(ServingFailed)
    def _on_serving_failed(self, message: ServingFailed) -> None:
        raise RemoteError(f"the page's server has ended: {message.reason}")

    def _serving_failed(self, reason: str) -> None:
        """Fail, as the server has done; in the server's thread."""
        if not self.abandoned:
            self.tell_self(ServingFailed(reason=reason))

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
