"""Where the monitor's screen gets its figures: the running system, or its own look."""

import time
from types import TracebackType
from typing import Self

import pykka

from orquestrador.errors import LibraryError, RemoteError
from orquestrador.interface.session import Session
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.monitoring import Monitor, rules
from orquestrador.running import RunningLibrary

_FIRST_LOOK_S = 1.0
"""A rate needs some time; before that nothing can be said about the processor."""

_LEFT = (LibraryError, RemoteError, pykka.ActorDeadError, pykka.Timeout)


class MonitorSource:
    """Samples of the system that runs on the state folder, as long as one does.

    Where none runs it looks by itself, at the machine and the catalog, and changes
    nothing: it holds no lock, so that a system can start meanwhile. That one is then
    asked.
    """

    def __init__(self, session: Session) -> None:
        """Look for a running system."""
        self._session = session
        self._running: RunningLibrary | None = session.running()
        self._own: Monitor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        if self._own is not None:
            self._own.close()

    @property
    def running(self) -> RunningLibrary | None:
        """The system that is asked, if one runs."""
        return self._running

    @property
    def pid(self) -> int | None:
        """Its process."""
        return None if self._running is None else self._running.pid

    def sample(self) -> MetricsSampled:
        """Return how things are now."""
        if self._running is None:
            self._running = self._session.running()
        if self._running is not None:
            try:
                return self._running.metrics()
            except _LEFT:
                # It has ended, or is just ending.
                self._leave()
        return self._look()

    def _look(self) -> MetricsSampled:
        if self._own is None:
            watched = rules(self._session.loaded.settings.alerts)
            self._own = Monitor(self._session.state, watched)
            time.sleep(_FIRST_LOOK_S)
        self._own.observe()
        return self._own.sample()

    def _leave(self) -> None:
        if self._running is not None:
            self._running.close()
            self._running = None
