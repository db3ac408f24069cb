"""The log of a system while it runs, beside whatever logging its program has.

Only our own loggers are touched, and only while a system runs: a program that we are
embedded in hears as much of us as before, and no more.
"""

import logging
import threading
from pathlib import Path

from orquestrador.monitoring.log_file import LogFile
from orquestrador.supervisor import (
    ActorSystem,
    ChildStarted,
    ChildStuck,
    SupervisorGaveUp,
)
from orquestrador.supervisor.current import current

logger = logging.getLogger(__name__)

_OURS = logging.getLogger("orquestrador")
_PYKKA = logging.getLogger("pykka")
"""Where an actor's failure is logged."""

_TELLERS = (
    "orquestrador.actors",
    "orquestrador.monitoring",
    "orquestrador.orchestrator",
    __name__,
)
"""Loggers that tell what happens. The supervisors' own reports, one for each child
that starts or fails, come with the level `debug`."""


class RunningLog:
    """Writes what one system does into its log folder, until it is closed.

    An actor's own words are there when its logger returns. What the supervisors do
    comes over the event stream, behind the callbacks of other subscribers.
    """

    def __init__(self, system: ActorSystem, folder: Path, level: str) -> None:
        """Begin to write.

        Args:
            system: whose actors are heard; another system's in this process are not.
            folder: of the log.
            level: `debug`, `info`, `warning` or `error`.

        """
        self._system = system
        self._file = LogFile(folder, _actor)
        self._file.setLevel(level.upper())
        self._file.addFilter(self._is_ours)
        self.level = self._file.level
        self._subscriptions = [
            system.events.subscribe(ChildStarted, self._tell_start),
            system.events.subscribe(ChildStuck, self._tell_stuck),
            system.events.subscribe(SupervisorGaveUp, self._tell_end),
        ]
        _PYKKA.addHandler(self._file)
        _OURS.addHandler(self._file)
        _open.add(self)

    def close(self) -> None:
        """Write no more; a second time does nothing."""
        for subscription in self._subscriptions:
            subscription.cancel()
        _open.remove(self)
        _OURS.removeHandler(self._file)
        _PYKKA.removeHandler(self._file)
        self._file.close()

    def tell(self, level: int, text: str, *values: object, actor: str = "") -> None:
        """Write a line of this system's, from any thread."""
        extra = {"orquestrador_system": self._system, "orquestrador_actor": actor}
        logger.log(level, text, *values, extra=extra)

    def _is_ours(self, record: logging.LogRecord) -> bool:
        system = getattr(record, "orquestrador_system", None)
        if system is not None:
            return system is self._system
        incarnation = current.incarnation
        if incarnation is None:
            # Not in an actor of ours; Pykka's others belong to somebody else.
            return not record.name.startswith(_PYKKA.name)
        return incarnation.cell.system is self._system

    def _tell_start(self, event: ChildStarted) -> None:
        if event.incarnation > 1:
            text = "%s is back: incarnation %d"
            self.tell(
                logging.INFO, text, event.name, event.incarnation, actor=event.name
            )

    def _tell_stuck(self, event: ChildStuck) -> None:
        text = "%s is stuck: %.0f s on one %s\n%s"
        values = (event.name, event.busy_s, event.message_type, event.stack)
        self.tell(logging.ERROR, text, *values, actor=event.name)

    def _tell_end(self, event: SupervisorGaveUp) -> None:
        text = "Supervisor %s gave up: %s"
        self.tell(
            logging.ERROR,
            text,
            event.supervisor,
            event.reason,
            actor=event.supervisor,
        )


class _OpenLogs:
    """The logs that are open in this process, and what they need of our loggers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs: list[RunningLog] = []
        self._levels: dict[str, int] = {}
        self._passing = _Passing(self._levels)

    def add(self, log: RunningLog) -> None:
        """Let records through that a log wants."""
        with self._lock:
            if not self._logs and _OURS.propagate:
                # In place of propagation: only what would have come without us.
                _OURS.propagate = False
                _OURS.addHandler(self._passing)
            self._logs.append(log)
            self._set_levels()

    def remove(self, log: RunningLog) -> None:
        """Leave the loggers as they were when the last log is closed."""
        with self._lock:
            if log not in self._logs:
                return
            self._logs.remove(log)
            self._set_levels()
            if not self._logs and self._passing in _OURS.handlers:
                _OURS.removeHandler(self._passing)
                _OURS.propagate = True

    def _set_levels(self) -> None:
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        self._levels.clear()
        wanted = min((log.level for log in self._logs), default=None)
        if wanted is None:
            return
        for name in _TELLERS if wanted > logging.DEBUG else (*_TELLERS, _OURS.name):
            one = logging.getLogger(name)
            self._levels[name] = one.level
            one.setLevel(min(wanted, one.getEffectiveLevel()))


class _Passing(logging.Handler):
    """Hands on what the program's own settings let through."""

    def __init__(self, levels: dict[str, int]) -> None:
        """Take `levels` as those that hold for the program."""
        super().__init__()
        self._levels = levels

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record to the handlers above our logger, if it would have come."""
        above = _OURS.parent
        # Without any handler Python would write warnings on standard error.
        heard = above is not None and above.hasHandlers()
        if above is not None and heard and record.levelno >= self._level(record.name):
            above.callHandlers(record)

    def _level(self, name: str) -> int:
        each: logging.Logger | None = logging.getLogger(name)
        while each is not None:
            level = self._levels.get(each.name, each.level)
            if level:
                return level
            each = each.parent
        return logging.NOTSET


_open = _OpenLogs()


def _actor(record: logging.LogRecord) -> str | None:
    name: str | None = getattr(record, "orquestrador_actor", None)
    if name is not None:
        return name or None
    incarnation = current.incarnation
    return None if incarnation is None else incarnation.cell.name
