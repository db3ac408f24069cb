"""What the operating system says: the machine, this process and its workers."""

import os
import time
from pathlib import Path
from typing import NamedTuple, Protocol

import psutil

from orquestrador.monitoring.baseline import Baseline


class Times(Protocol):
    """Processor seconds since the machine started, by what they went into."""

    def _asdict(self) -> dict[str, float]: ...


class MachineFigures(NamedTuple):
    """The machine and the program at one moment."""

    cpu_ratio: float
    """Share of all processors in use, 0 to 1."""

    memory_ratio: float
    disk_ratio: float
    disk_free_bytes: int
    process_cpu_seconds: float
    """Used so far by the processes that are there now."""

    process_cpu_ratio: float
    """1 is one processor."""

    process_memory_bytes: int
    threads: int
    processes: int


class MachineReader:
    """Reads the machine; rates are over the second or more before a reading.

    Not for several threads at once.
    """

    def __init__(self, folder: Path) -> None:
        """Begin to count.

        Args:
            folder: stands on the disk whose space is read; need not be there yet.

        """
        self._folder = folder
        self._process = psutil.Process()
        self._workers: list[psutil.Process] = []
        used, *_ = self._processes()
        self._base = Baseline(time.monotonic(), (psutil.cpu_times(), used))

    def read(self, *, look_for_workers: bool = True) -> MachineFigures:
        """Return how things are.

        Args:
            look_for_workers: list the child processes anew, which takes longer than
                all the rest; else those of the last time are read.

        """
        if look_for_workers:
            self._workers = self._process.children()
        now, machine = time.monotonic(), psutil.cpu_times()
        used, memory, threads = self._processes()
        elapsed, (machine_before, used_before) = self._base.look_back(
            now, (machine, used)
        )
        disk = psutil.disk_usage(os.fspath(_existing(self._folder)))
        return MachineFigures(
            cpu_ratio=_busy_ratio(machine_before, machine),
            memory_ratio=psutil.virtual_memory().percent / 100,
            disk_ratio=disk.percent / 100,
            disk_free_bytes=disk.free,
            process_cpu_seconds=sum(used.values()),
            process_cpu_ratio=_ratio(used_before, used, elapsed),
            process_memory_bytes=memory,
            threads=threads,
            processes=len(used),
        )

    def _processes(self) -> tuple[dict[int, float], int, int]:
        """Return processor seconds by process, and all resident bytes and threads."""
        used: dict[int, float] = {}
        memory = threads = 0
        for process in (self._process, *self._workers):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss
                    threads += process.num_threads()
            except psutil.Error:
                # A worker that ended between the listing and the look.
                continue
            used[process.pid] = times.user + times.system
        return used, memory, threads


def _ratio(before: dict[int, float], now: dict[int, float], elapsed: float) -> float:
    if elapsed <= 0:
        return 0.0
    # A worker that is seen for the first time may have begun long before.
    grown = (
        seconds - before.get(pid, max(0.0, seconds - elapsed))
        for pid, seconds in now.items()
    )
    return sum(max(0.0, each) for each in grown) / elapsed


def _busy_ratio(before: Times, now: Times) -> float:
    earlier, later = _by_name(before), _by_name(now)
    grown = {name: max(0.0, at - earlier[name]) for name, at in later.items()}
    # Linux counts the time of guests a second time, under their own names.
    total = sum(grown.values()) - grown.get("guest", 0.0) - grown.get("guest_nice", 0.0)
    idle = grown["idle"] + grown.get("iowait", 0.0)
    return min(1.0, max(0.0, 1 - idle / total)) if total > 0 else 0.0


def _by_name(times: Times) -> dict[str, float]:
    return times._asdict()  # pyright: ignore[reportPrivateUsage] -- a named tuple's own


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)
