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

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
ScheduleText = Annotated[
    str,
    Meta(
        pattern=r"^(|every [1-9]\d{0,3}[mhd]"
        rf"|(daily|weekdays|weekends|{_DAY}(,{_DAY})*) ([01]\d|2[0-3]):[0-5]\d)$",
        description='such as "every 6h", "daily 18:00", "weekdays 18:00", '
        '"mon,thu 07:30", or "" for never',
    ),
]
Count = Annotated[int, Meta(ge=0, le=100_000)]

Threshold = Annotated[float, Meta(ge=-1e15, le=1e15)]
Name = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]{0,79}$", description="a name such as cpu_percent"),
]

ProfileName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}$",
        description="the id of a profile, such as ftmo",
    ),
]
ProfilePath = Annotated[
    str,
    Meta(min_length=1, max_length=1000, description="a file such as my_firm.toml"),
]

RuleFile = Annotated[
    str,
    Meta(min_length=1, max_length=1000, description="a file such as my_rules.toml"),
]

MOST_AUTOMATIC_WORKERS = 4


class ClassificationSettings(Settings):
    """How files are chosen and classified."""

    engine: Literal["processes", "inline", "ray"]
    """Where files are classified: in worker processes, in this one (inline), or by a
    Ray cluster (ray, an extra)."""

    ray_address: Annotated[str, Meta(max_length=1000)]
    """The cluster of engine ray, such as "ray.example:6379"; "" starts one on this
    machine."""

    workers: Annotated[int, Meta(ge=0, le=64)]
    """Worker processes, or tasks of a cluster at a time, 0 to 64; 0 means one for each
    processor of this machine, at most 4."""

    level: Literal["quick", "full"]
    """How much is found out: language, kind and facts (quick), or everything (full)."""

    suffixes: Annotated[tuple[Suffix, ...], Meta(min_length=1)]
    """Endings of the files that are classified."""

    sniffed_suffixes: tuple[SniffedSuffix, ...]
    """Endings classified only when the content is source; "" is a name without one."""

    unread_suffixes: tuple[Suffix, ...]
    """Endings of archives and compiled programs: counted, not read."""

    archives: bool
    """Whether what stands in .zip archives is classified too; nothing is unpacked."""

    max_file_mb: Annotated[float, Meta(gt=0, le=1024)]
    """A larger file is recorded with the reason and not read; MB, up to 1024."""

    batch_bytes: Annotated[int, Meta(ge=1024, le=67_108_864)]
    """Source sent to a worker at a time; bytes, 1024 to 67108864."""

    content_limit_s: Annotated[float, Meta(gt=0, le=3600)]
    """A content that takes longer is stopped and named; seconds, up to 3600."""

    worker_memory_mb: Annotated[int, Meta(ge=64, le=65_536)]
    """A worker that needs more memory is replaced; MB, 64 to 65536."""

    prop_firm: ProfileName
    """The prop firm's profile that judges programs: "ftmo", "cautious", or the id of
    one of `profiles`."""

    profiles: Annotated[tuple[ProfilePath, ...], Meta(max_length=50)]
    """Files with profiles of your own (TOML), relative to the library."""

    rule_packs: Annotated[tuple[RuleFile, ...], Meta(max_length=50)]
    """Files with rules of your own (TOML), relative to the library."""

    vocabularies: Annotated[tuple[RuleFile, ...], Meta(max_length=50)]
    """Files with symbols and words of your own (TOML), relative to the library."""

    def worker_count(self) -> int:
        """Return how many worker processes that is on this machine, at least 1."""
        return self.workers or min(MOST_AUTOMATIC_WORKERS, _processors())


class WatchSettings(Settings):
    """How a running system follows what changes in the library."""

    enabled: bool
    """Whether `orquestrador run` follows changes."""

    observer: Literal["auto", "native", "polling"]
    """Who notices changes: the system (native), a look at an interval (polling), or
    what serves on the library's drive (auto)."""

    poll_s: Annotated[float, Meta(ge=0.1, le=86_400)]
    """Time between two looks where changes are polled; seconds, 0.1 to 86400."""

    settle_s: Annotated[float, Meta(ge=0.01, le=60)]
    """So long nothing happens at a file before it is looked at; seconds, 0.01 to 60."""

    longest_settle_s: Annotated[float, Meta(ge=0.1, le=3600)]
    """A file that is written all the time is looked at after this; seconds, to 3600."""

    reconcile_s: Annotated[float, Meta(ge=1, le=604_800)]
    """Time between two comparisons of the whole library; seconds, 1 to 604800."""

    exclude: tuple[Pattern, ...]
    """What is not followed, as in a .gitignore; runs over the library still see it."""


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
    push_age_s: AlertLimits
    backup_damaged: AlertLimits
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


class KeepSettings(Settings):
    """Which snapshots are kept; all of them while every number is 0.

    The newest snapshot of each hour, day, week, month or year counts, in the local
    time zone. A snapshot that any of these keeps is kept.
    """

    last: Count
    """How many of the newest snapshots are kept; 0 to 100000."""

    hourly: Count
    """For how many hours that have snapshots the newest is kept; 0 to 100000."""

    daily: Count
    """For how many days that have snapshots the newest is kept; 0 to 100000."""

    weekly: Count
    """For how many weeks that have snapshots the newest is kept; 0 to 100000."""

    monthly: Count
    """For how many months that have snapshots the newest is kept; 0 to 100000."""

    yearly: Count
    """For how many years that have snapshots the newest is kept; 0 to 100000."""


class BackupSettings(Settings):
    """What goes into a snapshot, when one is taken, and what becomes of it."""

    automatic: bool
    """Whether a run that changed something ends with a snapshot."""

    max_file_mb: Annotated[float, Meta(gt=0, le=4096)]
    """A larger file is left out of snapshots; MB, up to 4096."""

    exclude: tuple[Pattern, ...]
    """Files and folders left out of snapshots: names, or paths with *, ? and [...]."""

    schedule: ScheduleText
    """When a running system looks for changes to keep, such as "every 24h" or
    "weekdays 18:00"; "" is never."""

    after_saves_s: Annotated[int, Meta(ge=0, le=604_800)]
    """So long after a save that a running system noticed, what was saved is kept in a
    snapshot; seconds, 0 to 604800, 0 is only by schedule and after runs."""

    keep: KeepSettings

    remote: Annotated[str, Meta(max_length=2000)]
    """A second place for the snapshots: a folder on another disk, or the address of
    a Git repository; "" is none."""

    verify_days: Annotated[int, Meta(ge=0, le=3650)]
    """A running system reads all that is kept within so many days, a share each day;
    0 to 3650, 0 is never."""

    test_restore_days: Annotated[int, Meta(ge=0, le=3650)]
    """A running system restores everything to a temporary folder and compares it,
    each so many days; 0 to 3650, 0 is never."""


class ReportSettings(Settings):
    """Which reports are written, and when."""

    automatic: bool
    """Whether a run that changed something ends with a report."""

    interval_s: Annotated[float, Meta(ge=1, le=604_800)]
    """Time between two reports of a running system; seconds, 1 to 604800."""

    schedule: ScheduleText
    """When a running system also writes a report if anything is new, such as
    "daily 18:00"; "" is never."""

    kinds: Annotated[
        tuple[Literal["executive", "full", "statistics"], ...], Meta(min_length=1)
    ]
    """What reports are about that are not asked for: `executive` the most important,
    `full` also a table of all files, `statistics` the figures alone."""

    formats: Annotated[
        tuple[Literal["html", "json", "csv", "md", "pdf"], ...], Meta(min_length=1)
    ]
    """Kinds of file a report is written as."""

    spreadsheet: bool
    """Whether CSV reports are written for a Brazilian spreadsheet: with a byte-order
    mark and semicolons."""


class QuietSettings(Settings):
    """When work in the background waits; what is asked for never does."""

    on_battery: bool
    """Whether work in the background waits while the computer runs on battery."""

    above_load_percent: Annotated[float, Meta(ge=0, le=100)]
    """Work in the background waits while the processors are busier than this;
    percent, 0 to 100, 0 is never."""


class SamenessSettings(Settings):
    """When files are copies of one another."""

    near_share: Annotated[float, Meta(ge=0.7, le=1.0)]
    """Of their shingles, runs of some five tokens, the share that two files have in
    common if they are near copies; 0.7 to 1."""


class OrganizeSettings(Settings):
    """Which names and folders `organize plan` proposes."""

    name: Annotated[str, Meta(max_length=200)]
    """A file's name: {name}, with {prefix}, {version}, {market}, {language} or
    {strategy} where you want them."""

    folder: Annotated[str, Meta(max_length=200)]
    """A file's folder: {source}, {kind}, {strategy}, {language} and {market}; one that
    is empty for a file makes no folder."""


class LogSettings(Settings):
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"]
    """The least important messages that are logged."""


class WebSettings(Settings):
    """What a running system serves to a browser on this computer."""

    page: bool
    """Whether `orquestrador run` serves the web page."""

    api: bool
    """Whether `orquestrador run` answers programs under /api/v1 and /metrics."""

    port: Annotated[int, Meta(ge=0, le=65_535)]
    """On this computer; another one is taken where it is in use; 0 to 65535."""


class AskSettings(Settings):
    """When to ask before doing something large."""

    large_library_files: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    """Files that are no sources above which a first run asks; 0 to 1000000000."""


class OrchestratorSettings(Settings):
    """All settings."""

    classification: ClassificationSettings
    watch: WatchSettings
    monitor: MonitorSettings
    alerts: AlertSettings
    backup: BackupSettings
    report: ReportSettings
    quiet: QuietSettings
    sameness: SamenessSettings
    organize: OrganizeSettings
    log: LogSettings
    web: WebSettings
    ask: AskSettings

    operation_timeout_s: Annotated[float, Meta(gt=0, le=604_800)]
    """A command of the guide's facade ends after this; seconds, up to 604800."""


def _processors() -> int:
    """Return the processors this process may use, where the system tells."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
