"""The guide's monitor, `MonitorTempoReal`, with the guide's names for figures."""

import contextlib
import datetime as dt
import os
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import psutil
from pykka import ActorDeadError, Timeout

from orquestrador.errors import LibraryError
from orquestrador.interface.guide.held_system import THREADS
from orquestrador.interface.guide.place import Place
from orquestrador.interface.monitor_source import MonitorSource
from orquestrador.interface.translation import choose
from orquestrador.library_system import LibrarySystem
from orquestrador.messages.monitor import AlertState, MetricsSampled
from orquestrador.monitoring import Rule, rules
from orquestrador.reports import alert_words
from orquestrador.running import find

Metrics = dict[str, Any]
Found = dict[str, Any]

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

    def __init__(self, base_path: str | os.PathLike[str] | Place = ".") -> None:
        self._place = Place.of(base_path)
        self._place.tell_samples_to(self._hear)
        self._place.tell_status_to(self.tell_status)
        self._place.tell_stop_to(self.parar)
        self.base_path = self._place.base_path
        self.metricas_tempo_real: Metrics = {}
        """What was measured last; empty before the first time."""

        self._lock = threading.Lock()
        self._stops: list[threading.Event] = []
        """One for each thread that watches."""

    @property
    def status(self) -> str:
        """How it is: `ativo`, `reiniciando`, `inativo` or `erro`."""
        return "ativo" if self._stops else self._place.status_of("monitor")

    def add_update_callback(self, callback: Callable[[Metrics], object]) -> None:
        """Call `callback` with every new sample, as `coletar_metricas` returns it."""
        self._place.events.subscribe(_Updated, lambda event: callback(event.metrics))

    def add_status_callback(self, callback: Callable[[str], object]) -> None:
        """Call `callback` with the system's status of this process when that changes.

        It is `parado`, `iniciando`, `executando`, `finalizando` or `erro`.
        """
        self._place.events.subscribe(
            _StatusChanged, lambda event: callback(event.status)
        )

    def coletar_metricas(self) -> Metrics:
        """Measure now; see `OrquestradorCentral._coletar_metricas_tempo_real`."""
        with self._source() as source:
            return self.take(source.sample())

    def now(self, timeout: float) -> Metrics:
        """Return the metrics for a status, which must not wait for the system here.

        Args:
            timeout: seconds that the system of this process may take to answer;
                after that it is what was measured last.

        """
        held = self._place.held
        running = held.running
        if running is None and held.status in {"parado", "erro"}:
            with self._source() as source:
                self.metricas_tempo_real = self._metrics(source.sample())
        elif running is not None:
            with contextlib.suppress(LibraryError, ActorDeadError, Timeout):
                sample = running.metrics(timeout=timeout)
                self.metricas_tempo_real = self._metrics(sample)
        return dict(self.metricas_tempo_real) or self._before_the_first()

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
        for rule in rules(self._place.settings().alerts):
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
        interval_s = self._place.settings().monitor.interval_s
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

    # -- for OrquestradorCentral ---------------------------------------------------

    def take(self, sample: MetricsSampled) -> Metrics:
        """Take a sample as the newest, tell the callbacks of it, and return it."""
        metrics = self._metrics(sample)
        self.metricas_tempo_real = metrics
        self._place.events.publish(_Updated(metrics))
        return dict(metrics)

    def tell_status(self, status: str) -> None:
        """Tell the callbacks how the system is."""
        self._place.events.publish(_StatusChanged(status))

    # -- the parts -----------------------------------------------------------------

    def _source(self) -> MonitorSource:
        held = self._place.held

        def running() -> LibrarySystem | None:
            return held.running or find(held.library, held.state)

        return MonitorSource(
            running,
            held.state,
            lambda: self._place.settings().alerts,
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

    def _hear(self, sample: MetricsSampled) -> None:
        # Whoever watches by `monitorar` takes samples of its own.
        if not self._stops:
            self.take(sample)

    def _before_the_first(self) -> Metrics:
        return {
            "threads_ativas": self._place.held.threads.alive(),
            "files_processed": 0,
            "success_rate": 100.0,
            "memory_usage": psutil.virtual_memory().percent,
            "cpu_usage": psutil.cpu_percent(),
        }

    def _threads(self, sample: MetricsSampled) -> list[str]:
        alive = {each.name for each in sample.actors if each.state == "running"}
        names = [name for actor, name in THREADS.items() if actor in alive]
        if self._stops and "monitor" not in names:
            names.append("monitor")
        return names

    @contextlib.contextmanager
    def _stoppable(self) -> Generator[threading.Event]:
        stop = threading.Event()
        with self._lock:
            self._stops.append(stop)
        try:
            with self._place.held.threads.at_work("monitor"):
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
