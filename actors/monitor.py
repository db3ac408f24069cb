"""The monitor's actor: measures the system it lives in, and watches for alerts."""

import contextlib
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from orquestrador.config import AlertSettings, BackupSettings
from orquestrador.errors import UnknownActorError
from orquestrador.messages import Message
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.monitor import (
    AcknowledgeAlert,
    AlertChanged,
    AlertNoted,
    AlertState,
    AlertTold,
    ContentsTimed,
    Exposition,
    GetExposition,
    GetHistory,
    GetMetrics,
    MetricHistory,
    MetricsSampled,
    Observe,
    SetSampling,
    SilenceAlert,
    TakeSample,
    TellAlert,
)
from orquestrador.messages.report import ReportFinished
from orquestrador.messages.run import FilesClassified, RunFinished
from orquestrador.messages.watching import GetWatcherState, WatcherState
from orquestrador.monitoring import Monitor, RuntimeFigures, rules
from orquestrador.scheduling import parse_schedule
from orquestrador.supervisor import RequestFailed
from orquestrador.supervisor.protocol import ProtocolActor, handles

if TYPE_CHECKING:
    from orquestrador.supervisor import Subscription

OBSERVE_S = 1.0
"""Between two readings for the history and the alerts."""

_DAY_S = 86_400.0
_MOST_HEARD = 1024
"""Events between two looks; where nobody looks for long, the newest are kept."""

_HEARD = (
    FilesClassified,
    ContentsTimed,
    RunFinished,
    SnapshotFinished,
    ReportFinished,
    WatcherState,
)


class MonitorActor(
    ProtocolActor[
        GetMetrics
        | GetHistory
        | GetExposition
        | SetSampling
        | AcknowledgeAlert
        | SilenceAlert
    ]
):
    """Reads once a second, publishes `MetricsSampled` at an interval, answers at once.

    It reads the actors' counters without asking the actors, so that a stuck one is
    seen and not waited for. An alert that begins or ends is published as
    `AlertChanged` and given to the actor `notifier`.

    Private state: an hour of metrics and the latencies; a new incarnation begins
    without them. Alerts are in the state folder, and go on where they were.
    """

    def __init__(
        self,
        state: Path,
        interval_s: float | None,
        alerts: AlertSettings | None = None,
        started_at: float | None = None,
        backup: BackupSettings | None = None,
    ) -> None:
        """Tell of samples each `interval_s` seconds; None measures only when asked.

        Args:
            state: the state folder.
            interval_s: seconds.
            alerts: what is watched for; nothing if None.
            started_at: when the system started, seconds since the epoch.
            backup: when snapshots are planned, and where they go; None: as if
                nothing were set.

        """
        super().__init__()
        self._interval_s = interval_s
        watches = alerts is not None and interval_s is not None
        days, remote = _planned(backup)
        self._rules = rules(alerts, days) if alerts is not None and watches else ()
        self._monitor = Monitor(
            state,
            self._rules,
            remember=watches,
            started_at=started_at,
            remote=remote,
        )
        self._telling: set[tuple[object, ...]] = set()
        self._heard: deque[Message] = deque(maxlen=_MOST_HEARD)
        self._subscriptions: list[Subscription] = []

    def on_start(self) -> None:
        """Begin the intervals."""
        for kind in _HEARD:
            subscription = self.system.events.subscribe(kind, self._hear)
            self._subscriptions.append(subscription)
        self._set_sampling(SetSampling(enabled=True))
        # What it told before is lost with the incarnation that heard it.
        with contextlib.suppress(UnknownActorError):
            self.request(self.system.ref("watcher"), GetWatcherState())

    def on_stop(self) -> None:
        """Close what is open."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close what is open: the next incarnation opens its own."""
        self._close()

    # -- questions -------------------------------------------------------------------

    @handles(GetMetrics)
    def _get_metrics(self, _message: GetMetrics) -> MetricsSampled:
        return self._monitor.sample(self._runtime())

    @handles(GetHistory)
    def _get_history(self, message: GetHistory) -> MetricHistory:
        return self._monitor.past(message.metric, message.subject, message.seconds)

    @handles(GetExposition)
    def _get_exposition(self, _message: GetExposition) -> Exposition:
        # Loaded with the first one who asks: few have a Prometheus.
        from orquestrador.monitoring.exposition import exposition  # noqa: PLC0415 -- loaded when it is used

        if not len(self._monitor.history):
            self._monitor.observe(self._runtime())
        return Exposition(text=exposition(self._monitor))

    # -- time ------------------------------------------------------------------------

    @handles(SetSampling)
    def _set_sampling(self, message: SetSampling) -> None:
        if not message.enabled:
            self.timers.cancel("observe")
            self.timers.cancel("sample")
        elif self._interval_s is not None:
            observe_s = min(OBSERVE_S, self._interval_s)
            self.timers.start_periodic("observe", observe_s, Observe())
            self.timers.start_periodic("sample", self._interval_s, TakeSample())

    @handles(Observe)
    def _observe(self, _message: Observe) -> None:
        for alert in self._monitor.observe(self._runtime()):
            self.publish(AlertChanged(alert=alert))
        self._tell_alerts()

    @handles(TakeSample)
    def _take_sample(self, _message: TakeSample) -> None:
        self.publish(self._monitor.sample(self._runtime()))

    # -- alerts ----------------------------------------------------------------------

    def _tell_alerts(self) -> None:
        for alert in self._monitor.alerts.untold(time.time()):
            key = _news(alert)
            if key in self._telling:
                continue
            try:
                notifier = self.system.ref("notifier")
            except UnknownActorError:
                # It is being started, or this system has none.
                return
            self._telling.add(key)
            self.request(notifier, TellAlert(alert=alert))

    @handles(AcknowledgeAlert)
    def _acknowledge(self, message: AcknowledgeAlert) -> AlertNoted:
        found = self._monitor.acknowledge(message.rule, message.subject)
        return self._noted(found)

    @handles(SilenceAlert)
    def _silence(self, message: SilenceAlert) -> AlertNoted:
        found = self._monitor.silence(message.rule, message.subject, message.seconds)
        return self._noted(found)

    def _noted(self, found: AlertState | None) -> AlertNoted:
        if found is not None:
            self.publish(AlertChanged(alert=found))
        return AlertNoted(alert=found)

    @handles(AlertTold)
    def _alert_told(self, message: AlertTold) -> None:
        self._forget(message.alert)

    @handles(RequestFailed)
    def _not_answered(self, message: RequestFailed) -> None:
        # The notifier fails on it: again and again would end the whole system.
        if isinstance(message.request, TellAlert):
            self._forget(message.request.alert)

    @handles(WatcherState)
    def _watcher_answered(self, message: WatcherState) -> None:
        self._heard.append(message)

    def _forget(self, alert: AlertState) -> None:
        self._telling.discard(_news(alert))
        self._monitor.mark_told(alert)

    # -- what others tell ------------------------------------------------------------

    def _hear(self, event: Message) -> None:
        """Keep an event for the next look; in the thread of the event stream.

        Not as a message: what was told while the system stops would be a dead letter.
        """
        if self.abandoned:
            self._cancel()
        else:
            self._heard.append(event)

    def _catch_up(self) -> None:
        while self._heard:
            match self._heard.popleft():
                case FilesClassified() as event:
                    self._monitor.note_saved(event.stored_at, event.changed_at)
                case ContentsTimed() as event:
                    self._monitor.note_classified(event.seconds)
                case WatcherState() as event:
                    self._monitor.note_watcher(event)
                case SnapshotFinished(problem=None):
                    self._monitor.note_snapshot()
                case RunFinished(problem=None) | ReportFinished(problem=None):
                    pass
                case _:
                    self._monitor.note_problem()

    # -- the parts -------------------------------------------------------------------

    def _runtime(self) -> RuntimeFigures:
        self._catch_up()
        return RuntimeFigures(
            # It is busy whenever it looks; that says nothing about it.
            actors=tuple(
                each.replace(busy_s=0.0) if each.urn == self.actor_urn else each
                for each in self.system.snapshot()
            ),
            dead_letters=self.system.dead_letters.count,
            abandoned_threads=self.system.abandoned,
        )

    def _cancel(self) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()

    def _close(self) -> None:
        self._cancel()
        self._monitor.close()


def _news(alert: AlertState) -> tuple[object, ...]:
    """Return what makes a begin or an end of an alert the same."""
    return alert.rule, alert.subject, alert.standing, alert.since


def _planned(backup: BackupSettings | None) -> tuple[float, str]:
    """Return the days between two planned snapshots, and the second place."""
    if backup is None:
        return 1.0, ""
    schedule = parse_schedule(backup.schedule) if backup.automatic else None
    days = 1.0 if schedule is None else schedule.longest_gap_s() / _DAY_S
    return days, backup.remote
