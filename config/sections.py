"""The settings: what can be set, in which range, and what it means."""

import os
from typing import Annotated, Literal

from msgspec import Meta

from orquestrador.config.base import Settings

Suffix = Annotated[
    str,
    Meta(pattern=r"^\.[a-z0-9_+-]+$", description="a lower-case ending such as .mq4"),
]
SniffedSuffix = Annotated[
    str,
    Meta(
        pattern=r"^(\.[a-z0-9_+-]+)?$",
        description="a lower-case ending such as .txt, or nothing for no ending",
    ),
]
Pattern = Annotated[
    str,
    Meta(min_length=1, max_length=200, description="a name or pattern such as *.log"),
]

Secret = Annotated[str, Meta(max_length=2000, extra={"secret": True})]
"""A text that is never shown, logged or repeated in an error."""

Threshold = Annotated[float, Meta(ge=-1e15, le=1e15)]
Name = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]{0,79}$", description="a name such as cpu_percent"),
]

MOST_AUTOMATIC_WORKERS = 4


class ClassificationSettings(Settings):
    """How files are chosen and classified."""

    engine: Literal["processes", "inline"]
    """Where files are classified: in worker processes, or in this one (inline)."""

    workers: Annotated[int, Meta(ge=0, le=64)]
    """Worker processes, 0 to 64; 0 means one for each processor, at most 4."""

    level: Literal["quick", "full"]
    """How much is found out: language, kind and facts (quick), or everything (full)."""

    suffixes: Annotated[tuple[Suffix, ...], Meta(min_length=1)]
    """Endings of the files that are classified."""

    sniffed_suffixes: tuple[SniffedSuffix, ...]
    """Endings classified only when the content is source; "" is a name without one."""

    unread_suffixes: tuple[Suffix, ...]
    """Endings of archives and compiled programs: counted, not read."""

    max_file_mb: Annotated[float, Meta(gt=0, le=1024)]
    """A larger file is recorded with the reason and not read; MB, up to 1024."""

    batch_bytes: Annotated[int, Meta(ge=1024, le=67_108_864)]
    """Source sent to a worker at a time; bytes, 1024 to 67108864."""

    content_limit_s: Annotated[float, Meta(gt=0, le=3600)]
    """A content that takes longer is stopped and named; seconds, up to 3600."""

    worker_memory_mb: Annotated[int, Meta(ge=64, le=65_536)]
    """A worker that needs more memory is replaced; MB, 64 to 65536."""

    def worker_count(self) -> int:
        """Return how many worker processes that is on this machine, at least 1."""
        return self.workers or min(MOST_AUTOMATIC_WORKERS, _processors())


class MonitorSettings(Settings):
    """How the running system is measured."""

    enabled: bool
    """Whether measurements are taken at regular intervals."""

    interval_s: Annotated[float, Meta(ge=0.1, le=86_400)]
    """Time between two measurements; seconds, 0.1 to 86400."""


class AlertLimits(Settings):
    """When one of the alerts that come with the program begins and ends.

    The unit is in the alert's name: percent, seconds, or a number of something.
    """

    enabled: bool
    """Whether this alert is watched for."""

    raise_at: Threshold
    """The alert begins when its value reaches this, in the unit of its name."""

    clear_at: Threshold
    """The alert ends when its value has come back to this, which must be better."""

    for_s: Annotated[float, Meta(ge=0, le=604_800)]
    """How long the value must stay bad before the alert fires; seconds, to 604800."""


class OwnAlert(Settings):
    """An alert of the user's own.

    Where `raise_at` is above `clear_at`, high values are bad; else low ones are.
    """

    name: Name
    metric: Name
    """What it watches: the name of an alert that comes with the program, or of a
    metric as Prometheus sees it."""

    raise_at: Threshold
    clear_at: Threshold
    for_s: Annotated[float, Meta(ge=0, le=604_800)]


class AlertSettings(Settings):
    """What is watched for, and who is told."""

    cpu_percent: AlertLimits
    memory_percent: AlertLimits
    disk_percent: AlertLimits
    errors: AlertLimits
    success_percent: AlertLimits
    snapshot_age_s: AlertLimits
    restarts: AlertLimits
    stuck_s: AlertLimits
    save_to_catalog_p95_s: AlertLimits
    watcher_degraded: AlertLimits
    catalog_damaged: AlertLimits

    own: tuple[OwnAlert, ...]
    """Alerts of your own: objects with name, metric, raise_at, clear_at and for_s."""

    log: bool
    """Whether alerts are written to the log."""

    desktop: bool
    """Whether alerts are shown as notifications of the desktop."""

    email: Secret
    """Where alerts are mailed: mailtos://user:password@host?to=address; empty: no."""

    webhook: Secret
    """An http or https address that alerts are posted to as JSON; empty: none."""

    telegram: Secret
    """Where Telegram sends alerts: tgram://token/chat; empty: nowhere."""


class BackupSettings(Settings):
    """What goes into a snapshot, and when one is taken."""

    automatic: bool
    """Whether a run that changed something ends with a snapshot."""

    max_file_mb: Annotated[float, Meta(gt=0, le=4096)]
    """A larger file is left out of snapshots; MB, up to 4096."""

    exclude: tuple[Pattern, ...]
    """Files and folders left out of snapshots: names, or paths with *, ? and [...]."""


class ReportSettings(Settings):
    """Which reports are written, and when."""

    automatic: bool
    """Whether a run that changed something ends with a report."""

    interval_s: Annotated[float, Meta(ge=1, le=604_800)]
    """Time between two reports of a running system; seconds, 1 to 604800."""

    formats: Annotated[tuple[Literal["html", "json"], ...], Meta(min_length=1)]
    """Kinds of file a report is written as."""


class LogSettings(Settings):
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"]
    """The least important messages that are logged."""


class WebSettings(Settings):
    """What a running system serves to a browser on this computer."""

    page: bool
    """Whether `orquestrador run` serves the web page."""

    api: bool
    """Whether `orquestrador run` answers programs under /api/v1."""


class AskSettings(Settings):
    """When to ask before doing something large."""

    large_library_files: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    """Files that are no sources above which a first run asks; 0 to 1000000000."""


class OrchestratorSettings(Settings):
    """All settings."""

    classification: ClassificationSettings
    monitor: MonitorSettings
    alerts: AlertSettings
    backup: BackupSettings
    report: ReportSettings
    log: LogSettings
    web: WebSettings
    ask: AskSettings

    operation_timeout_s: Annotated[float, Meta(gt=0, le=604_800)]
    """A command of the guide's facade ends after this; seconds, up to 604800."""


def _processors() -> int:
    """Return the processors this process may use, where the system tells."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
