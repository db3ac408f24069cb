"""Every metric in the text format of Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from orquestrador.monitoring.history import Series
from orquestrador.monitoring.latency import Latency
from orquestrador.monitoring.metrics import METRICS, subject
from orquestrador.monitoring.monitor import Monitor

_FAMILIES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}
_SHARES = (0.5, 0.95, 0.99)


def exposition(monitor: Monitor) -> str:
    """Return what the monitor read last, for Prometheus to scrape."""
    # A registry of its own: the program that we are embedded in has another.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(MonitorCollector(monitor))
    return generate_latest(registry).decode("utf-8")


class MonitorCollector(Collector):
    """Collects a monitor's metrics; what is not known is left out."""

    def __init__(self, monitor: Monitor) -> None:
        """Read `monitor` at each collection, in the collecting thread."""
        self._monitor = monitor

    def collect(self) -> Iterable[Metric]:
        """Yield every family."""
        history = self._monitor.history
        for metric in METRICS:
            labels = ("actor",) if metric.of_actors else ()
            kind = (
                CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            )
            family = kind(metric.name, metric.meaning, labels=labels)
            for called in history.subjects(metric.name):
                value = history.last(Series(metric.name, called))
                if value is not None:
                    family.add_metric((called,) if metric.of_actors else (), value)
            yield family
        for latency in (self._monitor.save_to_catalog, self._monitor.classify_content):
            yield from _of_latency(latency)
        yield from self._handling()
        yield self._alerts()

    def _handling(self) -> Iterable[Metric]:
        summary = SummaryMetricFamily(
            "orquestrador_actor_handling_seconds",
            "Seconds of the actor's own messages.",
            labels=("actor",),
        )
        recent = GaugeMetricFamily(
            "orquestrador_actor_handling_recent_seconds",
            "Quantiles over the actor's last 256 messages.",
            labels=("actor", "quantile"),
        )
        for actor in self._monitor.actors:
            times, called = actor.handling, subject(actor)
            if times is None or times.p50_s is None:
                continue
            summary.add_metric((called,), times.count, times.total_s)
            values = (times.p50_s, times.p95_s, times.p99_s)
            for share, value in zip(_SHARES, values, strict=True):
                if value is not None:
                    recent.add_metric((called, str(share)), value)
        yield summary
        yield recent

    def _alerts(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "orquestrador_alert_firing",
            "1 while an alert fires, or 0; left out while that is not known.",
            labels=("alert", "actor"),
        )
        for alert in self._monitor.alerts.states():
            if alert.value is not None:
                family.add_metric(
                    (alert.rule, alert.subject), float(alert.standing == "firing")
                )
        return family


def _of_latency(latency: Latency) -> Iterable[Metric]:
    name = f"orquestrador_{latency.name}_seconds"
    summary = SummaryMetricFamily(name, f"Seconds of every {latency.name}.")
    summary.add_metric((), latency.count, latency.total_s)
    yield summary
    # The library's summaries carry no quantiles.
    family = GaugeMetricFamily(
        f"orquestrador_{latency.name}_recent_seconds",
        "Quantiles over the last 1024.",
        labels=("quantile",),
    )
    for share, value in zip(_SHARES, latency.quantiles(*_SHARES), strict=True):
        if value is not None:
            family.add_metric((str(share),), value)
    yield family
