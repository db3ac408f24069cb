"""The monitor without an actor: reads, keeps an hour, watches, answers.

A script or a screen uses it by itself; under supervision the monitor's actor does.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from orquestrador.messages.monitor import (
    ActorSample,
    AlertState,
    LatencySample,
    LibrarySample,
    MetricHistory,
    MetricsSampled,
    Trend,
)
from orquestrador.messages.watching import WatcherState
from orquestrador.monitoring.alert_file import FILE_NAME, load_alerts, save_alerts
from orquestrador.monitoring.alerting import AlertBook, Rule
from orquestrador.monitoring.backup_reader import BackupReader
from orquestrador.monitoring.baseline import Baseline
from orquestrador.monitoring.history import History, Series
from orquestrador.monitoring.latency import Latency
from orquestrador.monitoring.library_reader import LibraryReader
from orquestrador.monitoring.machine import MachineFigures, MachineReader
from orquestrador.monitoring.metrics import (
    ActorFigures,
    RuntimeFigures,
    of_watcher,
    readings,
    subject,
)
from orquestrador.monitoring.watched import watched

logger = logging.getLogger(__name__)

_MEGABYTE = 1024 * 1024
_TREND_S = 300.0
_BUSY_S = 60.0
_KEPT_S = 10.0
"""A pending alert is worth a place on disk after this; many are gone by then."""

_MOST_FAILURE = 300
"""Characters of an actor's last failure that a sample has."""

_LATELY_S = 600.0
"""Only what was saved within this time is watched: an old delay is not news."""

_TRENDS = (
    "orquestrador_machine_cpu_ratio",
    "orquestrador_machine_memory_ratio",
    "orquestrador_disk_free_bytes",
    "orquestrador_process_resident_memory_bytes",
    "orquestrador_process_threads",
    "orquestrador_library_classified_files",
    "orquestrador_library_pending_files",
)
_NO_RUNTIME = RuntimeFigures()


class Monitor:
    """Reads everything that is measured; for one thread.

    Its memory is bounded: an hour of at most `MOST_SERIES` metrics.
    """

    def __init__(
        self,
        state: Path,
        rules: Iterable[Rule] = (),
        *,
        remember: bool = False,
        started_at: float | None = None,
        remote: str = "",
    ) -> None:
        """Begin to count.

        Args:
            state: the state folder, which need not be there.
            rules: what is watched for.
            remember: keep the alerts in the state folder, for the next one; only
                for whoever holds the folder's lock.
            started_at: when the system started, seconds since the epoch; now if
                None. What was saved before is no delay of ours.
            remote: the second place of the snapshots; empty: there is none.

        """
        self.history = History()
        self.save_to_catalog = Latency("save_to_catalog")
        self.classify_content = Latency("classify_content")
        self.problems = 0
        """Runs, snapshots and reports that failed."""

        self.library = LibraryReader(state)
        self._backup = BackupReader(state, remote)
        self._machine = MachineReader(state)
        self._started_at = time.time() if started_at is None else started_at
        self.actors: tuple[ActorFigures, ...] = ()
        """As they were when they were read last."""

        self.watcher: WatcherState | None = None
        """As it said last; None while nothing watches the library."""

        self._observed = 0
        handled: dict[str, int] = {}
        self._handled = Baseline(time.monotonic(), handled)
        self._file = state / FILE_NAME if remember else None
        self._saved = True
        self.alerts = AlertBook(rules, self._remembered(state / FILE_NAME))

    def close(self) -> None:
        """Close what is open."""
        self.library.close()

    # -- what others found out ---------------------------------------------------

    def note_saved(self, stored_at: float, changed_at: Iterable[float]) -> None:
        """Take note of files whose records are in the catalog now.

        Args:
            stored_at: seconds since the epoch.
            changed_at: when each of them was changed; what was changed before the
                system started does not count.

        """
        for each in changed_at:
            if each >= self._started_at:
                self.save_to_catalog.add(stored_at - each, stored_at)

    def note_classified(self, seconds: Iterable[float]) -> None:
        """Take note of how long workers took on contents."""
        now = time.time()
        for each in seconds:
            self.classify_content.add(each, now)

    def note_snapshot(self) -> None:
        """Take note that a snapshot of the library as it is has been taken."""
        self.library.note_snapshot(time.time())

    def note_watcher(self, watcher: WatcherState) -> None:
        """Take note of how the watcher is."""
        self.watcher = watcher

    def note_problem(self) -> None:
        """Take note of a run, a snapshot or a report that failed."""
        self.problems += 1

    # -- reading -------------------------------------------------------------------

    def observe(self, runtime: RuntimeFigures = _NO_RUNTIME) -> list[AlertState]:
        """Read everything once, for the history and the alerts.

        Args:
            runtime: what the actor runtime counts; nothing where none runs.

        Returns:
            The alerts that began to fire, or ended, by this.

        """
        # Listing processes takes longer than all the rest.
        machine = self._machine.read(look_for_workers=self._observed % 10 == 0)
        self._observed += 1
        return self._take(machine, runtime, self.library.read(check=True))

    def sample(self, runtime: RuntimeFigures = _NO_RUNTIME) -> MetricsSampled:
        """Return everything as it is now."""
        machine = self._machine.read()
        library = self.library.read(now=True)
        if not len(self.history):
            self._take(machine, runtime, library)
        return MetricsSampled(
            at=time.time(),
            cpu_percent=100 * machine.cpu_ratio,
            memory_percent=100 * machine.memory_ratio,
            disk_percent=100 * machine.disk_ratio,
            disk_free_bytes=machine.disk_free_bytes,
            process_cpu_percent=100 * machine.process_cpu_ratio,
            process_memory_mb=machine.process_memory_bytes / _MEGABYTE,
            processes=machine.processes,
            threads=machine.threads,
            uptime_s=max(0.0, time.time() - self._started_at),
            actors=self._actors(runtime.actors),
            dead_letters=runtime.dead_letters,
            abandoned_threads=runtime.abandoned_threads,
            errors=self._errors(runtime),
            library=library,
            watcher=self.watcher,
            latencies=self.latencies(),
            trends=tuple(map(self._trend, _TRENDS)),
            alerts=self.alerts.states(),
        )

    def latencies(self) -> tuple[LatencySample, ...]:
        """Return how long things take."""
        return (self.save_to_catalog.sample(), self.classify_content.sample())

    def past(self, metric: str, subject: str, seconds: float) -> MetricHistory:
        """Return how a metric went; empty for one that is not known."""
        points = self.history.points(Series(metric, subject), seconds)
        return MetricHistory(
            metric=metric,
            subject=subject,
            at=tuple(at for at, _ in points),
            values=tuple(value for _, value in points),
        )

    def mark_told(self, alert: AlertState) -> None:
        """Note, also for the next monitor, that an alert was handed on."""
        self.alerts.mark_told(alert)
        self._save()

    def acknowledge(self, rule: str, subject: str) -> AlertState | None:
        """Note that somebody knows of an alert; None when there is no such one."""
        found = self.alerts.acknowledge(rule, subject)
        self._save()
        return found

    def silence(self, rule: str, subject: str, seconds: float) -> AlertState | None:
        """Let nobody be told of an alert for a while; None when there is no such one.

        Args:
            rule: its name.
            subject: what it is about.
            seconds: from now on; 0 ends an earlier silence.

        """
        until = time.time() + seconds if seconds > 0 else 0.0
        found = self.alerts.silence(rule, subject, until)
        self._save()
        return found

    # -- the parts -------------------------------------------------------------------

    def _take(
        self,
        machine: MachineFigures,
        runtime: RuntimeFigures,
        library: LibrarySample | None,
    ) -> list[AlertState]:
        now = time.time()
        self.actors = runtime.actors
        found = readings(machine, runtime, library, self._counted(runtime, now))
        self.history.add(now, found)
        (p95_s,) = self.save_to_catalog.quantiles(0.95, since=now - _LATELY_S)
        before = self._standings()
        changed = self.alerts.evaluate(now, watched(found, self.history, p95_s))
        if changed or not self._saved or self._standings() != before:
            self._save()
        return changed

    def _counted(self, runtime: RuntimeFigures, now: float) -> list[tuple[str, float]]:
        counted = [
            ("orquestrador_uptime_seconds", now - self._started_at),
            ("orquestrador_errors_total", float(self._errors(runtime))),
        ]
        age_s, damaged = self.library.snapshot_age_s(), self.library.damaged
        if age_s is not None:
            counted.append(("orquestrador_snapshot_age_seconds", age_s))
        if damaged is not None:
            counted.append(("orquestrador_catalog_damaged", float(damaged)))
        backup = self._backup.read()
        if backup.verified_age_s is not None:
            name = "orquestrador_verified_snapshot_age_seconds"
            counted.append((name, backup.verified_age_s))
        if backup.push_age_s is not None:
            counted.append(("orquestrador_push_age_seconds", backup.push_age_s))
        if backup.damaged is not None:
            counted.append(("orquestrador_backup_damaged", float(backup.damaged)))
        if self.watcher is not None:
            counted += of_watcher(self.watcher)
        return counted

    def _errors(self, runtime: RuntimeFigures) -> int:
        return self.problems + sum(actor.failures for actor in runtime.actors)

    def _actors(self, actors: Sequence[ActorFigures]) -> tuple[ActorSample, ...]:
        handled = {each.name: each.handled for each in actors}
        elapsed_s, before = self._handled.look_back(time.monotonic(), handled)
        depths: dict[str, int] = {}
        for each in actors:
            # Parents come before their children.
            depths[each.urn] = depths.get(each.parent, -1) + 1

        def rate(actor: ActorFigures) -> float:
            handled = max(0, actor.handled - before.get(actor.name, 0))
            return handled / elapsed_s if elapsed_s > 0 else 0.0

        return tuple(self._actor(each, depths[each.urn], rate(each)) for each in actors)

    def _actor(self, actor: ActorFigures, depth: int, rate: float) -> ActorSample:
        busy = Series("orquestrador_actor_busy_seconds", subject(actor))
        times, failure = actor.handling, actor.last_failure
        return ActorSample(
            name=actor.name,
            state=actor.state,
            mailbox=actor.mailbox,
            handled=actor.handled,
            rate=rate,
            restarts=actor.restarts,
            busy_s=actor.busy_s,
            failures=actor.failures,
            depth=depth,
            busy_share=self.history.share(busy, _BUSY_S),
            p50_s=None if times is None else times.p50_s,
            p95_s=None if times is None else times.p95_s,
            p99_s=None if times is None else times.p99_s,
            suspended=actor.suspended,
            last_failure=None if failure is None else failure[:_MOST_FAILURE],
            last_failure_s=actor.last_failure_s,
        )

    def _trend(self, metric: str) -> Trend:
        slope = self.history.slope(Series(metric), _TREND_S)
        return Trend(metric=metric, per_minute=None if slope is None else slope * 60)

    def _standings(self) -> list[tuple[str, str, str]]:
        return [
            (each.rule, each.subject, each.standing)
            for each in self.alerts.states()
            if each.standing != "ok"
            and (each.standing != "pending" or each.seen_at - each.since >= _KEPT_S)
        ]

    def _remembered(self, file: Path) -> tuple[AlertState, ...]:
        try:
            return load_alerts(file)
        except TimeoutError:
            # The caller's signal handler has raised it while this was read.
            raise
        except (OSError, ValueError) as error:
            logger.warning("The alerts of before are lost: %s: %s", file, error)
            return ()

    def _save(self) -> None:
        if self._file is None:
            return
        try:
            save_alerts(self._file, self.alerts.states())
        except TimeoutError:
            # As above; they are written at the next look.
            self._saved = False
            raise
        except OSError as error:
            if self._saved:
                logger.warning("The alerts cannot be kept: %s", error)
            self._saved = False
        else:
            self._saved = True
