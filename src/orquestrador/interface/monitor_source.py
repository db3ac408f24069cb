"""Where figures come from: the system that runs, or a look of one's own."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pykka

from orquestrador.config import AlertSettings
from orquestrador.errors import LibraryError, RemoteError
from orquestrador.library_system import LibrarySystem
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.monitoring import Monitor, rules
from orquestrador.running import RunningLibrary

_LEFT = (LibraryError, RemoteError, pykka.ActorDeadError, pykka.Timeout)


class MonitorSource:
    """Samples of the system that runs on a state folder, as long as one does.

    Where none runs it looks by itself, at the machine and the catalog, and changes
    nothing: it holds no lock, so that a system can start meanwhile. That one is then
    asked. For one thread.
    """

    def __init__(
        self,
        find: Callable[[], LibrarySystem | None],
        state: Path,
        alerts: Callable[[], AlertSettings],
        *,
        first_look_s: float = 1.0,
    ) -> None:
        """Look for a running system.

        Args:
            find: returns the system that runs now, if one does; asked again and
                again. A connection to one is closed here.
            state: the state folder.
            alerts: what is watched for where no system runs.
            first_look_s: how long the first look of one's own takes: before that
                nothing can be said about the processor.

        """
        self._find = find
        self._state = state
        self._alerts = alerts
        self._first_look_s = first_look_s
        self._own: Monitor | None = None
        self.system: LibrarySystem | None = find()
        """The system that is asked, if one runs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def elsewhere(self) -> RunningLibrary | None:
        """The system that is asked, if it runs in another process."""
        return self.system if isinstance(self.system, RunningLibrary) else None

    def sample(self) -> MetricsSampled:
        """Return how things are now."""
        if self.elsewhere is None:
            self.system = self._find()
        if self.system is not None:
            try:
                return self.system.metrics()
            except _LEFT:
                # It has ended, or is just ending.
                self._leave()
        return self._look()

    def close(self) -> None:
        """Leave the system, and close what is open."""
        self._leave()
        if self._own is not None:
            self._own.close()
            self._own = None

    def _look(self) -> MetricsSampled:
        if self._own is None:
            self._own = Monitor(self._state, rules(self._alerts()))
            time.sleep(self._first_look_s)
        self._own.observe()
        return self._own.sample()

    def _leave(self) -> None:
        if self.elsewhere is not None:
            self.elsewhere.close()
        self.system = None
