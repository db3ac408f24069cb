"""What the monitor costs: processor time, memory, and the time of one look.

    python benchmarks/monitor.py [--seconds 60] [--smoke]

It runs a whole system at rest on a small library, once with the monitor and once
without, each for the given time, and compares the processor time that the process
took; then it times single looks. Prints JSON: `monitor_share` is the part of one
processor that the monitor's one look a second takes; its limit is 0.5 %.

Exit status: 0 within the limit, 1 not. `--smoke` takes seconds and is only to show
that the command works: its shares are too rough to be judged.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

import psutil

from orquestrador import Orchestrator
from orquestrador.config import default_settings
from orquestrador.monitoring import Monitor, RuntimeFigures, rules
from orquestrador.monitoring.history import CAPACITY

LIMIT = 0.005
"""Of one processor."""

FILES = 50


def main() -> int:
    """Measure; print the figures."""
    parser = argparse.ArgumentParser(description="What the monitor costs.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    seconds = 3.0 if options.smoke else options.seconds
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        library = Path(folder) / "library"
        library.mkdir()
        for number in range(FILES):
            source = f"// {number}\nint OnInit() {{ return {number}; }}\n"
            (library / f"{number}.mq4").write_text(source, encoding="utf-8")
        looks = _looks(library, 20 if options.smoke else 200)
        figures = {
            "seconds": seconds,
            "rest_share": _share(library, seconds, watched=False),
            "watched_share": _share(library, seconds, watched=True),
            "look_ms_p50": 1e3 * statistics.median(looks),
            "look_ms_max": 1e3 * max(looks),
            "look_share": statistics.fmean(looks),
            "processes_on_this_machine": len(psutil.pids()),
            **_memory(library, 200 if options.smoke else CAPACITY + 500),
        }
    share = figures["watched_share"] - figures["rest_share"]
    figures |= {"monitor_share": share, "limit": LIMIT}
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0 if options.smoke or share < LIMIT else 1


def _share(library: Path, seconds: float, *, watched: bool) -> float:
    """Return the processor time of this process a second, with a system at rest."""
    settings = {
        "classification": {"engine": "inline"},
        "monitor": {"enabled": watched},
        "backup": {"automatic": False},
        "report": {"automatic": False},
    }
    with Orchestrator(library, settings=settings) as orq:
        orq.classify().result(timeout=120)
        # The first looks open what later ones only read.
        time.sleep(2.0)
        before, began = time.process_time(), time.monotonic()
        time.sleep(seconds)
        used = time.process_time() - before
        return used / (time.monotonic() - began)


def _looks(library: Path, count: int) -> list[float]:
    """Return the processor seconds of single looks, at one a second's figures."""
    alerts = rules(default_settings().alerts)
    looks: list[float] = []
    with Orchestrator(
        library, settings={"classification": {"engine": "inline"}}, monitor=False
    ) as orq:
        orq.classify().result(timeout=120)
        monitor = Monitor(orq.state, alerts)
        for _ in range(count):
            before = time.process_time()
            monitor.observe(RuntimeFigures(actors=orq.system.snapshot()))
            looks.append(time.process_time() - before)
        monitor.close()
    # The first one reads the repository and looks through the catalog.
    return looks[1:]


def _memory(library: Path, looks: int) -> dict[str, Any]:
    """Return what a full hour holds, and what the looks after it add."""
    monitor = Monitor(library / ".orquestrador", rules(default_settings().alerts))
    tracemalloc.start()
    try:
        for _ in range(looks - looks // 10):
            monitor.observe()
        full, _ = tracemalloc.get_traced_memory()
        for _ in range(looks // 10):
            monitor.observe()
        later, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        monitor.close()
    return {"memory_mb": full / 1e6, "memory_growth_kb": (later - full) / 1e3}


if __name__ == "__main__":
    sys.exit(main())
