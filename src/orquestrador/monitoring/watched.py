"""What alerts watch: the rules of the settings, and the values they are about."""

from collections.abc import Mapping

from orquestrador.config import AlertLimits, AlertSettings
from orquestrador.monitoring.alerting import Rule
from orquestrador.monitoring.history import History, Readings, Series

RECENT_S = 300.0
"""Errors and restarts count for this long."""

SHIPPED = (
    "cpu_percent",
    "memory_percent",
    "disk_percent",
    "errors",
    "success_percent",
    "snapshot_age_s",
    "push_age_s",
    "backup_damaged",
    "restarts",
    "stuck_s",
    "save_to_catalog_p95_s",
    "watcher_degraded",
    "catalog_damaged",
)
"""The alerts that come with the program, each about the value of its name."""

UNMEASURED: Mapping[str, str] = {
    "watcher_degraded": "nothing watches the library",
}
"""Values that are not there in every system, and why."""

_PERCENT = {
    "cpu_percent": "orquestrador_machine_cpu_ratio",
    "memory_percent": "orquestrador_machine_memory_ratio",
    "disk_percent": "orquestrador_disk_used_ratio",
    "success_percent": "orquestrador_library_success_ratio",
}
_BY_SCHEDULE = frozenset({"snapshot_age_s", "push_age_s"})
_AS_IT_IS = {
    "snapshot_age_s": "orquestrador_verified_snapshot_age_seconds",
    "push_age_s": "orquestrador_push_age_seconds",
    "backup_damaged": "orquestrador_backup_damaged",
    "catalog_damaged": "orquestrador_catalog_damaged",
    "watcher_degraded": "orquestrador_watcher_degraded",
}


def rules(settings: AlertSettings, days: float = 1.0) -> tuple[Rule, ...]:
    """Return the rules that the settings turn on, the user's own last.

    Args:
        settings: of the alerts.
        days: the longest pause between two planned snapshots. The limits of the
            snapshots' age are for one a day; others stretch or shrink them.

    """
    shipped: list[Rule] = []
    for name in SHIPPED:
        limits: AlertLimits = getattr(settings, name)
        times = days if name in _BY_SCHEDULE else 1.0
        if limits.enabled:
            shipped.append(
                Rule(
                    name=name,
                    metric=name,
                    raise_at=limits.raise_at * times,
                    clear_at=limits.clear_at * times,
                    for_s=limits.for_s,
                )
            )
    own = (
        Rule(
            name=each.name,
            metric=each.metric,
            raise_at=each.raise_at,
            clear_at=each.clear_at,
            for_s=each.for_s,
        )
        for each in settings.own
    )
    return (*shipped, *own)


def watched(
    readings: Readings, history: History, save_to_catalog_p95_s: float | None
) -> dict[str, dict[str, float]]:
    """Return what rules may be about: metric, subject, value.

    Args:
        readings: of now; those metrics can be watched by their own names too.
        history: with `readings` as its last.
        save_to_catalog_p95_s: None when nothing was saved lately.

    """
    values: dict[str, dict[str, float]] = {}
    for series, value in readings.items():
        values.setdefault(series.metric, {})[series.subject] = value
    for name, metric in _PERCENT.items():
        values[name] = {
            subject: value * 100 for subject, value in values.get(metric, {}).items()
        }
    for name, metric in _AS_IT_IS.items():
        values[name] = dict(values.get(metric, {}))
    errors = history.increase(Series("orquestrador_errors_total"), RECENT_S)
    values["errors"] = {} if errors is None else {"": errors}
    values["restarts"] = _recent(values, history, "orquestrador_actor_restarts_total")
    values["stuck_s"] = dict(values.get("orquestrador_actor_busy_seconds", {}))
    p95_s = save_to_catalog_p95_s
    values["save_to_catalog_p95_s"] = {} if p95_s is None else {"": p95_s}
    return values


def _recent(
    values: Mapping[str, Mapping[str, float]], history: History, metric: str
) -> dict[str, float]:
    grown = {
        subject: history.increase(Series(metric, subject), RECENT_S)
        for subject in values.get(metric, {})
    }
    return {subject: value for subject, value in grown.items() if value is not None}
