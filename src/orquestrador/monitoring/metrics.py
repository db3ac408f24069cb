"""Every metric: its name as Prometheus sees it, its kind, and where it comes from.

Names are in base units (seconds, bytes, ratios of 0 to 1) and the only label is the
actor: no path ever becomes one.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from orquestrador.messages.monitor import LibrarySample
from orquestrador.messages.watching import WatcherState
from orquestrador.monitoring.history import Series
from orquestrador.monitoring.machine import MachineFigures


class Metric(NamedTuple):
    """What one name stands for."""

    name: str
    kind: Literal["gauge", "counter"]
    meaning: str
    of_actors: bool = False


METRICS = (
    Metric("orquestrador_machine_cpu_ratio", "gauge", "Processors in use, 0 to 1."),
    Metric("orquestrador_machine_memory_ratio", "gauge", "Memory in use, 0 to 1."),
    Metric(
        "orquestrador_disk_used_ratio",
        "gauge",
        "Used share of the disk with the state folder, 0 to 1.",
    ),
    Metric("orquestrador_disk_free_bytes", "gauge", "Free space on that disk."),
    Metric(
        "orquestrador_process_cpu_seconds",
        "gauge",
        "Processor time of the program and its present workers.",
    ),
    Metric(
        "orquestrador_process_cpu_ratio",
        "gauge",
        "Processors used by the program and its workers; 1 is one of them.",
    ),
    Metric(
        "orquestrador_process_resident_memory_bytes",
        "gauge",
        "Resident memory of the program and its workers.",
    ),
    Metric("orquestrador_process_threads", "gauge", "Threads of all of them."),
    Metric("orquestrador_processes", "gauge", "The program and its workers."),
    Metric("orquestrador_uptime_seconds", "gauge", "Since the system started."),
    Metric(
        "orquestrador_dead_letters_total", "counter", "Messages that nobody handled."
    ),
    Metric(
        "orquestrador_abandoned_threads_total",
        "counter",
        "Threads left behind by actors that were stuck.",
    ),
    Metric(
        "orquestrador_errors_total",
        "counter",
        "Failures of actors, and runs, snapshots and reports that failed.",
    ),
    Metric("orquestrador_library_files", "gauge", "Files of the library."),
    Metric("orquestrador_library_classified_files", "gauge", "Files with a record."),
    Metric(
        "orquestrador_library_failed_files",
        "gauge",
        "Files that could not be read or classified.",
    ),
    Metric(
        "orquestrador_library_pending_files", "gauge", "Files that wait for a record."
    ),
    Metric(
        "orquestrador_library_success_ratio",
        "gauge",
        "Classified ones among the files that were worked on.",
    ),
    Metric(
        "orquestrador_snapshot_age_seconds",
        "gauge",
        "Since a snapshot was last known to be complete.",
    ),
    Metric(
        "orquestrador_verified_snapshot_age_seconds",
        "gauge",
        "Since the library was last as it is in a verified snapshot.",
    ),
    Metric(
        "orquestrador_push_age_seconds",
        "gauge",
        "Since the second place last had the library as it was.",
    ),
    Metric(
        "orquestrador_backup_damaged",
        "gauge",
        "1 when the last check or test restore of the snapshots failed, or 0.",
    ),
    Metric(
        "orquestrador_catalog_damaged", "gauge", "1 when the catalog is damaged, or 0."
    ),
    Metric(
        "orquestrador_watcher_degraded",
        "gauge",
        "1 when the watcher is short of something, or 0.",
    ),
    Metric(
        "orquestrador_watcher_native",
        "gauge",
        "1 when the system tells of changes, 0 when they are polled or not noticed.",
    ),
    Metric(
        "orquestrador_watcher_folders", "gauge", "Folders that are watched one by one."
    ),
    Metric(
        "orquestrador_watcher_pending_paths",
        "gauge",
        "Paths that changed and are not in the catalog yet.",
    ),
    Metric("orquestrador_watcher_events_total", "counter", "Events about the library."),
    Metric(
        "orquestrador_watcher_overflows_total",
        "counter",
        "Times that the system lost events.",
    ),
    Metric(
        "orquestrador_actor_mailbox_messages",
        "gauge",
        "Messages waiting.",
        of_actors=True,
    ),
    Metric(
        "orquestrador_actor_handled_messages_total",
        "counter",
        "Messages handled to their end.",
        of_actors=True,
    ),
    Metric(
        "orquestrador_actor_restarts_total",
        "counter",
        "Incarnations after the first.",
        of_actors=True,
    ),
    Metric(
        "orquestrador_actor_failures_total",
        "counter",
        "Errors of the actor.",
        of_actors=True,
    ),
    Metric(
        "orquestrador_actor_busy_seconds",
        "gauge",
        "Since the message in hand was taken; 0 when idle.",
        of_actors=True,
    ),
    Metric(
        "orquestrador_actor_handling_p95_seconds",
        "gauge",
        "Time that 95 of 100 of the last 256 messages did not exceed.",
        of_actors=True,
    ),
)
NAMES = frozenset(metric.name for metric in METRICS)


class HandlingFigures(Protocol):
    """How long an actor's messages took, in seconds."""

    @property
    def count(self) -> int:
        """Messages that were timed."""
        ...

    @property
    def total_s(self) -> float:
        """Of all of them."""
        ...

    @property
    def p50_s(self) -> float | None:
        """Of the last ones, as the next two; None before the first."""
        ...

    @property
    def p95_s(self) -> float | None:
        """See `p50_s`."""
        ...

    @property
    def p99_s(self) -> float | None:
        """See `p50_s`."""
        ...


class ActorFigures(Protocol):
    """What is read of an actor; the runtime's own description has all of it."""

    @property
    def name(self) -> str:
        """The actor's name."""
        ...

    @property
    def urn(self) -> str:
        """Its own, the same over restarts."""
        ...

    @property
    def parent(self) -> str:
        """Its supervisor's URN; empty for the top of a tree."""
        ...

    @property
    def actor_class(self) -> str:
        """Its class."""
        ...

    @property
    def state(self) -> str:
        """Such as `running`."""
        ...

    @property
    def mailbox(self) -> int:
        """Messages waiting."""
        ...

    @property
    def handled(self) -> int:
        """Messages handled to their end."""
        ...

    @property
    def restarts(self) -> int:
        """Incarnations after the first."""
        ...

    @property
    def failures(self) -> int:
        """Errors of its code."""
        ...

    @property
    def last_failure(self) -> str | None:
        """The last of them; None when there was none."""
        ...

    @property
    def last_failure_s(self) -> float | None:
        """Seconds since it."""
        ...

    @property
    def suspended(self) -> bool:
        """Whether its messages wait until somebody resumes it."""
        ...

    @property
    def busy_s(self) -> float:
        """Seconds with the message in hand."""
        ...

    @property
    def handling(self) -> HandlingFigures | None:
        """How long its messages took; None where that is not measured."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeFigures:
    """What the actor runtime counts."""

    actors: tuple[ActorFigures, ...] = ()
    dead_letters: int = 0
    abandoned_threads: int = 0


def subject(actor: ActorFigures) -> str:
    """Return what an actor is called in a metric: its name, unless that is a path."""
    return actor.actor_class if set(actor.name) & set("/\\:") else actor.name


def readings(
    machine: MachineFigures,
    runtime: RuntimeFigures,
    library: LibrarySample | None,
    counted: Iterable[tuple[str, float]],
) -> dict[Series, float]:
    """Return every metric that is known now.

    Args:
        machine: what the operating system says.
        runtime: what the actor runtime says.
        library: what the catalog says; None when it says nothing.
        counted: further metrics by name.

    """
    found = {Series(name): value for name, value in _of_machine(machine)}
    found |= {Series(name): float(value) for name, value in counted}
    found[Series("orquestrador_dead_letters_total")] = runtime.dead_letters
    found[Series("orquestrador_abandoned_threads_total")] = runtime.abandoned_threads
    for name, value in () if library is None else _of_library(library):
        found[Series(name)] = value
    for actor in runtime.actors:
        called = subject(actor)
        for name, value in _of_actor(actor):
            found[Series(f"orquestrador_actor_{name}", called)] = value
    return found


def _of_machine(machine: MachineFigures) -> Iterator[tuple[str, float]]:
    yield "orquestrador_machine_cpu_ratio", machine.cpu_ratio
    yield "orquestrador_machine_memory_ratio", machine.memory_ratio
    yield "orquestrador_disk_used_ratio", machine.disk_ratio
    yield "orquestrador_disk_free_bytes", machine.disk_free_bytes
    yield "orquestrador_process_cpu_seconds", machine.process_cpu_seconds
    yield "orquestrador_process_cpu_ratio", machine.process_cpu_ratio
    yield "orquestrador_process_resident_memory_bytes", machine.process_memory_bytes
    yield "orquestrador_process_threads", machine.threads
    yield "orquestrador_processes", machine.processes


def _of_library(library: LibrarySample) -> Iterator[tuple[str, float]]:
    yield "orquestrador_library_files", library.files
    yield "orquestrador_library_classified_files", library.classified
    yield "orquestrador_library_failed_files", library.failed
    yield "orquestrador_library_pending_files", library.pending
    yield "orquestrador_library_success_ratio", library.success_percent / 100


def of_watcher(watcher: WatcherState) -> Iterator[tuple[str, float]]:
    """Yield what a watcher says of itself."""
    yield "orquestrador_watcher_degraded", float(bool(watcher.degraded))
    yield "orquestrador_watcher_native", float(watcher.kind == "native")
    if watcher.folders is not None:
        yield "orquestrador_watcher_folders", watcher.folders
    yield "orquestrador_watcher_pending_paths", watcher.pending
    yield "orquestrador_watcher_events_total", watcher.events
    yield "orquestrador_watcher_overflows_total", watcher.overflows


def _of_actor(actor: ActorFigures) -> Iterator[tuple[str, float]]:
    yield "mailbox_messages", actor.mailbox
    yield "handled_messages_total", actor.handled
    yield "restarts_total", actor.restarts
    yield "failures_total", actor.failures
    yield "busy_seconds", actor.busy_s
    if actor.handling is not None and actor.handling.p95_s is not None:
        yield "handling_p95_seconds", actor.handling.p95_s


def known(value: float | None) -> float:
    """Return a value; NaN for one that is not known."""
    return math.nan if value is None else value
