"""The conversation with the monitor and with whoever tells people of alerts."""

from typing import Literal

from orquestrador.messages.base import Message
from orquestrador.messages.request import Request
from orquestrador.messages.watching import WatcherState

Standing = Literal["ok", "pending", "firing", "resolved"]
Sink = Literal["log", "desktop", "email", "webhook", "telegram"]

SINKS: tuple[Sink, ...] = ("log", "desktop", "email", "webhook", "telegram")
"""Ways in which people are told of an alert."""


class MetricHistory(Message):
    """One metric over time, the oldest value first; both tuples are of one length."""

    metric: str
    subject: str
    at: tuple[float, ...]
    """Seconds since the epoch."""

    values: tuple[float | None, ...]
    """None where it was not known."""


class Exposition(Message):
    """Every metric in the text format of Prometheus."""

    text: str


class ActorSample(Message, tag=False):
    """One actor at the moment of a sample."""

    name: str
    state: str
    mailbox: int
    """Messages waiting."""

    handled: int
    """Messages taken to their end since the actor's first start."""

    rate: float
    """Messages a second, over at least the last second before the sample."""

    restarts: int
    busy_s: float
    """Seconds since the message in hand was taken; 0.0 when idle."""

    failures: int = 0
    depth: int = 0
    """Supervisors above it."""

    busy_share: float = 0.0
    """Share of the samples of the last minute that found it with a message in hand."""

    p50_s: float | None = None
    """Seconds that its handlers took, over the last 256 messages; None when none did,
    as in supervisors, whose messages are the runtime's own."""

    p95_s: float | None = None
    p99_s: float | None = None
    suspended: bool = False
    """Whether its messages wait until somebody resumes it."""

    last_failure: str | None = None
    """What ended its last incarnation that failed, shortened; None when none did."""

    last_failure_s: float | None = None
    """Seconds since then."""


class LatencySample(Message, tag=False):
    """How long something took, over the last 1024 times."""

    name: str
    """`save_to_catalog`: from a file's change to its record in the catalog;
    `classify_content`: a worker's time on one content."""

    count: int
    """How often it was measured since the system started."""

    p50_s: float | None
    """None when it was never measured."""

    p95_s: float | None
    p99_s: float | None


class Trend(Message, tag=False):
    """Where a figure is going, by the straight line through its last five minutes."""

    metric: str
    """Its name as Prometheus sees it."""

    per_minute: float | None
    """None when there is less than a minute to go by."""


class LibrarySample(Message, tag=False):
    """The library as the catalog knows it, in files."""

    files: int
    classified: int
    failed: int
    """Could not be read or classified; archives and compiled programs, which are not
    read on purpose, are not among them."""

    left_out: int
    """Archives and compiled programs."""

    pending: int
    success_percent: float
    """Of classified and failed ones together; 100.0 when there are none."""

    snapshot_age_s: float | None
    """Since a snapshot was taken, or found to be still complete; None when there is
    none, or it is not known."""

    damaged: bool | None
    """Whether the catalog's file is damaged; None when that was not looked at."""


class AlertState(Message, tag=False):
    """One alert, about one subject."""

    rule: str
    subject: str
    """The actor it is about; empty for the whole system."""

    metric: str
    standing: Standing
    """How it stood when its value was last known."""

    value: float | None
    """None when nothing is known now: the alert is then undefined."""

    since: float
    """When the standing began; seconds since the epoch."""

    seen_at: float
    """When its value was last known; 0 for never."""

    raise_at: float
    clear_at: float
    for_s: float
    told: bool = True
    """Whether the last begin or end of it has been handed to whoever tells people."""

    acknowledged: bool = False
    """Whether somebody knows of it; until it ends."""

    silent_until: float = 0.0
    """Nobody is told of it before this moment, seconds since the epoch."""

    @property
    def state(self) -> str:
        """The standing, or `undefined` when its value is not known now."""
        return self.standing if self.value is not None else "undefined"


class MetricsSampled(Message):
    """Event and answer: the machine, the process, the actors and the alerts."""

    at: float
    """Seconds since the epoch."""

    cpu_percent: float
    """Of the machine, 0 to 100."""

    memory_percent: float
    disk_percent: float
    """Used share of the disk that holds the state folder."""

    process_cpu_percent: float
    """Of this process and its workers; 100 is one processor."""

    process_memory_mb: float
    """Resident, of this process and its workers."""

    threads: int
    actors: tuple[ActorSample, ...]
    disk_free_bytes: int = 0
    uptime_s: float = 0.0
    """Since the monitor's system started."""

    processes: int = 1
    """This process and its workers."""

    dead_letters: int = 0
    abandoned_threads: int = 0
    errors: int = 0
    """Failures of actors and runs, snapshots and reports that failed, since the
    start."""

    library: LibrarySample | None = None
    """None when there is no catalog that can be read."""

    watcher: WatcherState | None = None
    """None when nothing watches the library."""

    latencies: tuple[LatencySample, ...] = ()
    trends: tuple[Trend, ...] = ()
    alerts: tuple[AlertState, ...] = ()


class GetMetrics(Request[MetricsSampled]):
    """Ask for a fresh sample."""


class GetHistory(Request[MetricHistory]):
    """Ask how one metric went in the last hour."""

    metric: str
    """Its name as Prometheus sees it."""

    subject: str = ""
    """The actor, for a metric that each actor has."""

    seconds: float = 3600.0
    """How far back."""


class GetExposition(Request[Exposition]):
    """Ask for every metric as Prometheus reads it."""


class Observe(Message):
    """Timer tick of the monitor: read everything for the history and the alerts."""


class TakeSample(Message):
    """Timer tick of the monitor: tell everybody how things are."""


class SetSampling(Message):
    """Take no samples at the interval until told otherwise; or take them again."""

    enabled: bool


class AlertChanged(Message):
    """Event: an alert began to fire, ended, was acknowledged or silenced."""

    alert: AlertState


class AlertTold(Message):
    """An alert was handed on; what failed is tried again and written to the log."""

    alert: AlertState


class TellAlert(Request[AlertTold]):
    """Tell people of an alert, in every way that is set."""

    alert: AlertState


class TellAgain(Message):
    """Timer tick: a way of telling failed before."""

    alert: AlertState
    sink: Sink
    attempt: int


class SinkTried(Message):
    """How the trial went."""

    sink: Sink
    problem: str | None
    """None when the message was handed over."""


class TrySink(Request[SinkTried]):
    """Send a message for trying to one sink."""

    sink: Sink


class AlertNoted(Message):
    """What was asked of an alert is done."""

    alert: AlertState | None
    """As it is now; None when there is no such alert."""


class AcknowledgeAlert(Request[AlertNoted]):
    """Somebody knows of an alert that is pending or fires; of another nothing comes."""

    rule: str
    subject: str = ""


class SilenceAlert(Request[AlertNoted]):
    """Tell nobody of an alert for a while, however it changes; it is shown as it is.

    If it still fires when the time is over, people are told then.
    """

    rule: str
    seconds: float
    """From now on; 0 ends an earlier silence."""

    subject: str = ""


class ContentsTimed(Message):
    """Event: a worker classified a batch; how long each content of it took."""

    seconds: tuple[float, ...]
