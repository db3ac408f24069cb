"""The guide's monitor, `MonitorTempoReal`, with the guide's names for figures."""

import contextlib
import datetime as dt
import os
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orquestrador.interface.guide_folder import library_of, settings_of
from orquestrador.interface.monitor_source import MonitorSource
from orquestrador.interface.translation import choose
from orquestrador.library_system import LibrarySystem
from orquestrador.messages.monitor import AlertState, MetricsSampled
from orquestrador.monitoring import Rule, rules
from orquestrador.reports import alert_words
from orquestrador.running import find
from orquestrador.state import state_path
from orquestrador.supervisor import EventStream

Metrics = dict[str, Any]
Found = dict[str, Any]

_THREADS = {
    "classifier": "classificador",
    "monitor": "monitor",
    "backup": "backup",
    "report": "relatorios",
}
_VALUES = {
    "cpu_percent": "cpu_usage",
    "memory_percent": "memory_usage",
    "disk_percent": "disk_usage",
    "success_percent": "success_rate",
}
"""The alerts whose values are among the guide's metrics."""

_FIRST_LOOK_S = 0.2
_SLICE_S = 0.1


@dataclass(frozen=True)
class _Updated:
    metrics: Metrics


@dataclass(frozen=True)
class _StatusChanged:
    status: str


class MonitorTempoReal:
    """Measures a library's system while it runs, or else the machine and the catalog.

    It starts nothing until it is used. Callbacks run one after the other on one
    thread; one that raises is logged and stays.

    Args:
        base_path: the guide's folder; see `OrquestradorCentral`.

    """

    def __init__(self, base_path: str | os.PathLike[str] = ".") -> None:
        self.base_path = Path(base_path).expanduser().absolute()
        self.metricas_tempo_real: Metrics = {}
        """What was measured last; empty before the first time."""

        self._events = EventStream()
        self._lock = threading.Lock()
        self._stops: list[threading.Event] = []
        """One for each thread that watches."""

        self._in_process: Callable[[], LibrarySystem | None] = lambda: None

    def add_update_callback(self, callback: Callable[[Metrics], object]) -> None:
        """Call `callback` with every new sample, as `coletar_metricas` returns it."""
        self._events.subscribe(_Updated, lambda event: callback(event.metrics))

    def add_status_callback(self, callback: Callable[[str], object]) -> None:
        """Call `callback` with `executando` or `parado` when that changes."""
        self._events.subscribe(_StatusChanged, lambda event: callback(event.status))

    def coletar_metricas(self) -> Metrics:
        """Measure now; see `OrquestradorCentral._coletar_metricas_tempo_real`."""
        with self._source() as source:
            return self.take(source.sample())

    def verificar_alertas(self, metricas: Mapping[str, Any]) -> list[Found]:
        """Return the alerts that fire by these metrics.

        These are the ones in `metricas["alertas"]`, which have been bad for as long
        as the settings say, and those whose limit a value in `metricas` reaches now.

        Returns:
            For each `alerta` (its name in the settings), `assunto` (an actor, or
            empty), `valor`, `limite` and `mensagem`.

        """
        found = list(metricas.get("alertas", ()))
        known = {each["alerta"] for each in found}
        for rule in rules(settings_of(self.base_path).alerts):
            value = metricas.get(_VALUES.get(rule.name, ""))
            if rule.name not in known and value is not None and rule.raises(value):
                found.append(_found(_state(rule, float(value))))
        return found

    def monitorar(self, duracao: float) -> int:
        """Measure at the settings' interval until `duracao` seconds are over.

        It ends earlier when `parar` is called, and when a system that ran in another
        process has ended. At least one sample is taken.

        Returns:
            How many samples were taken.

        """
        until = time.monotonic() + duracao
        interval_s = settings_of(self.base_path).monitor.interval_s
        due = time.monotonic()
        samples = 0
        with self._stoppable() as stop, self._source() as source:
            while True:
                watched = source.elsewhere
                self.take(source.sample())
                samples += 1
                ended = watched is not None and source.elsewhere is None
                due += interval_s
                if ended or not _wait(stop, min(due, until)) or due > until:
                    return samples

    def parar(self) -> None:
        """End what `monitorar` does, in whatever thread."""
        with self._lock:
            for stop in self._stops:
                stop.set()

    # -- for OrquestradorCentral ------------------------------------------------------

    def observe(self, running: Callable[[], LibrarySystem | None]) -> None:
        """Ask the system that `running` returns, when it returns one."""
        self._in_process = running

    def take(self, sample: MetricsSampled) -> Metrics:
        """Take a sample as the newest, tell the callbacks of it, and return it."""
        metrics = self._metrics(sample)
        self.metricas_tempo_real = metrics
        self._events.publish(_Updated(metrics))
        return dict(metrics)

    def tell_status(self, status: str) -> None:
        """Tell the callbacks how the system is."""
        self._events.publish(_StatusChanged(status))

    # -- the parts --------------------------------------------------------------------

    def _source(self) -> MonitorSource:
        library = library_of(self.base_path)
        state = state_path(library)

        def running() -> LibrarySystem | None:
            return self._in_process() or find(library, state)

        return MonitorSource(
            running,
            state,
            lambda: settings_of(self.base_path).alerts,
            first_look_s=_FIRST_LOOK_S,
        )

    def _metrics(self, sample: MetricsSampled) -> Metrics:
        library = sample.library
        moment = dt.datetime.fromtimestamp(sample.at).astimezone()
        return {
            "threads_ativas": self._threads(sample),
            "files_processed": library.classified + library.failed if library else 0,
            "success_rate": library.success_percent if library else 100.0,
            "memory_usage": sample.memory_percent,
            "cpu_usage": sample.cpu_percent,
            "disk_usage": sample.disk_percent,
            "process_memory_mb": sample.process_memory_mb,
            "process_cpu": sample.process_cpu_percent,
            "alertas": [
                _found(each) for each in sample.alerts if each.state == "firing"
            ],
            "timestamp": moment.isoformat(timespec="seconds"),
        }

    def _threads(self, sample: MetricsSampled) -> list[str]:
        alive = {each.name for each in sample.actors if each.state == "running"}
        names = [name for actor, name in _THREADS.items() if actor in alive]
        if self._stops and "monitor" not in names:
            names.append("monitor")
        return names

    @contextlib.contextmanager
    def _stoppable(self) -> Generator[threading.Event]:
        stop = threading.Event()
        with self._lock:
            self._stops.append(stop)
        try:
            yield stop
        finally:
            with self._lock:
                self._stops.remove(stop)


def _wait(stop: threading.Event, until: float) -> bool:
    """Wait, in slices, for Ctrl-C on Windows; False when it is to end."""
    while (left := until - time.monotonic()) > 0:
        if stop.wait(min(left, _SLICE_S)):
            return False
    return not stop.is_set()


def _state(rule: Rule, value: float) -> AlertState:
    return AlertState(
        rule=rule.name,
        subject="",
        metric=rule.metric,
        standing="firing",
        value=value,
        since=0.0,
        seen_at=0.0,
        raise_at=rule.raise_at,
        clear_at=rule.clear_at,
        for_s=rule.for_s,
    )


def _found(alert: AlertState) -> Found:
    words = choose(None, os.environ)
    said = f"{alert_words.name(alert, words)}: {alert_words.sentence(alert, words)}"
    return {
        "alerta": alert.rule,
        "assunto": alert.subject,
        "valor": alert.value,
        "limite": alert.raise_at,
        "mensagem": said,
    }
