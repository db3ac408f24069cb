"""The monitor: what the machine, the process and every actor are doing."""

import os
import time
from pathlib import Path
from typing import assert_never

import psutil

from orquestrador.messages.monitor import (
    ActorSample,
    GetMetrics,
    MetricsSampled,
    TakeSample,
)
from orquestrador.supervisor import Actor

_MEGABYTE = 1024 * 1024


class MonitorActor(Actor):
    """Publishes `MetricsSampled` at an interval; answers `GetMetrics` at once.

    It reads the actors' counters without asking the actors, so that a stuck one is
    seen and not waited for.

    Private state: the sample before, from which rates are reckoned. A new
    incarnation begins with rates of zero.
    """

    def __init__(self, state: Path, interval_s: float | None) -> None:
        """Sample each `interval_s` seconds; None samples only when asked.

        Args:
            state: a folder on the disk whose space is watched.
            interval_s: seconds.

        """
        super().__init__()
        self._state = state
        self._interval_s = interval_s
        self._process = psutil.Process()
        self._handled: dict[str, int] = {}
        self._at = time.monotonic()
        self._cpu_s: dict[int, float] = {}

    def on_start(self) -> None:
        """Begin the intervals; the first reading of a rate is its zero."""
        psutil.cpu_percent()
        self._process_usage(0.0)
        if self._interval_s is not None:
            self.timers.start_periodic("sample", self._interval_s, TakeSample())

    def on_receive(self, message: GetMetrics | TakeSample) -> MetricsSampled | None:
        """Route one message to its handler."""
        match message:
            case GetMetrics():
                return self._sample()
            case TakeSample():
                self.publish(self._sample())
                return None
            case _:
                assert_never(message)

    def _sample(self) -> MetricsSampled:
        now = time.monotonic()
        elapsed_s, self._at = now - self._at, now
        cpu_percent, memory_mb, threads = self._process_usage(elapsed_s)
        return MetricsSampled(
            at=time.time(),
            cpu_percent=psutil.cpu_percent(),
            memory_percent=psutil.virtual_memory().percent,
            disk_percent=psutil.disk_usage(os.fspath(self._state)).percent,
            process_cpu_percent=cpu_percent,
            process_memory_mb=memory_mb,
            threads=threads,
            actors=self._actors(elapsed_s),
        )

    def _process_usage(self, elapsed_s: float) -> tuple[float, float, int]:
        """Return processor percent, resident MB and threads, workers included."""
        before, self._cpu_s = self._cpu_s, {}
        used_s = memory = 0.0
        threads = 0
        for process in (self._process, *self._process.children()):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss
                    threads += process.num_threads()
            except psutil.Error:
                # A worker that ended between the listing and the look.
                continue
            self._cpu_s[process.pid] = times.user + times.system
            used_s += self._cpu_s[process.pid] - before.get(process.pid, 0.0)
        percent = 100.0 * used_s / elapsed_s if elapsed_s > 0 else 0.0
        return max(0.0, percent), memory / _MEGABYTE, threads

    def _actors(self, elapsed_s: float) -> tuple[ActorSample, ...]:
        before, self._handled = self._handled, {}
        samples: list[ActorSample] = []
        for actor in self.system.snapshot():
            self._handled[actor.urn] = actor.handled
            done = actor.handled - before.get(actor.urn, 0)
            samples.append(
                ActorSample(
                    name=actor.name,
                    state=actor.state,
                    mailbox=actor.mailbox,
                    handled=actor.handled,
                    rate=done / elapsed_s if elapsed_s > 0 else 0.0,
                    restarts=actor.restarts,
                    busy_s=actor.busy_s,
                )
            )
        return tuple(samples)
