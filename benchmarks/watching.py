"""What it costs to follow a library: at rest, over many events, and in a burst.

    python benchmarks/watching.py [--only rest|events|burst] [--seconds 60]
        [--events 200000] [--files 40000] [--smoke]

- `rest`: the processor time of a whole system at rest on a library of 500 folders,
  with and without its watcher; `watcher_share` is the difference, of one processor.
- `events`: files are saved until the watcher has heard so many events; the resident
  memory when a quarter of them was heard, and at the end.
- `burst`: so many files are made in 800 folders at once, while each transaction of the
  catalog takes 20 ms longer than it has to; then the catalog's export is compared with
  that of a fresh scan.

Prints JSON. Exit status: 0 within the limits (0.5 % of a processor, 8 MB of growth,
equal exports), 1 not. `--smoke` takes seconds, and its shares are too rough to be
judged.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psutil

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog, export_records

SHARE_LIMIT = 0.005
"""Of one processor."""

GROWTH_LIMIT_MB = 8.0
SLOWER_S = 0.02
FOLDERS = 800

SOURCE = "// {}\nvoid OnTick() {{ OrderSend(Symbol(), OP_BUY, {}); }}\n"


def main() -> int:
    """Measure; print the figures."""
    parser = argparse.ArgumentParser(description="What it costs to follow a library.")
    parser.add_argument("--only", choices=("rest", "events", "burst"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=40_000)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    if options.smoke:
        options.seconds, options.events, options.files = 3.0, 4000, 2000
    figures: dict[str, Any] = {}
    problems: list[str] = []
    if options.only in {None, "rest"}:
        figures["rest"] = found = _rest(options.seconds)
        if not options.smoke and found["watcher_share"] >= SHARE_LIMIT:
            problems.append("the watcher at rest takes too much")
    if options.only in {None, "events"}:
        figures["events"] = found = _events(options.events)
        if found["growth_mb"] >= GROWTH_LIMIT_MB:
            problems.append("memory grows with the events")
    if options.only in {None, "burst"}:
        figures["burst"] = found = _burst(options.files)
        if not found["equal"]:
            problems.append("the catalog is not that of a fresh scan")
    figures["problems"] = problems
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 1 if problems else 0


def _rest(seconds: float) -> dict[str, float]:
    with _library() as folder:
        for number in range(500):
            _write(folder / "library" / str(number) / "a.mq4", number)
        without = _share(folder, seconds, watch=False)
        watched = _share(folder, seconds, watch=True)
    return {
        "seconds": seconds,
        "without_share": without,
        "with_share": watched,
        "watcher_share": max(0.0, watched - without),
        "limit": SHARE_LIMIT,
    }


def _share(folder: Path, seconds: float, *, watch: bool) -> float:
    """Return the processor time of this process a second, with a system at rest."""
    with _system(folder, watch=watch):
        time.sleep(1.0)
        before, began = time.process_time(), time.monotonic()
        time.sleep(seconds)
        return (time.process_time() - before) / (time.monotonic() - began)


def _events(count: int) -> dict[str, float]:
    """Save a hundred files again and again, as they are.

    New contents would be kept in the catalog's history, and its cache with them.
    """
    memory = psutil.Process().memory_info
    with _library() as folder, _system(folder, watch=True) as orq:
        paths = [folder / "library" / str(n % 10) / f"{n}.mq4" for n in range(100)]
        began, rounds, heard = time.monotonic(), 0, 0
        quarter = 0
        while heard < count:
            for number, path in enumerate(paths):
                _write(path, number)
            rounds += 1
            if rounds % 10 == 0:
                heard = orq.watcher_state(timeout=60).events
            if not quarter and heard >= count / 4:
                quarter = memory().rss
        orq.wait_idle(timeout=300)
        after = memory().rss
        took_s = time.monotonic() - began
    return {
        "events": heard,
        "seconds": took_s,
        "saves": rounds * len(paths),
        "quarter_mb": quarter / 1e6,
        "end_mb": after / 1e6,
        "growth_mb": (after - quarter) / 1e6,
        "limit_mb": GROWTH_LIMIT_MB,
    }


def _burst(files: int) -> dict[str, Any]:
    before = psutil.Process().memory_info().rss
    with _library() as folder:
        with _system(folder, watch=True) as orq, _slow_catalog():
            most = 0
            began = time.monotonic()
            for number in range(files):
                place = folder / "library" / str(number % FOLDERS)
                _write(place / f"{number}.mq4", number % 500)
                if number % 500 == 0:
                    most = max(most, orq.watcher_state(timeout=60).pending)
            made_s = time.monotonic() - began
            most = max(most, orq.watcher_state(timeout=60).pending)
            state = orq.wait_idle(timeout=1800)
            took_s = time.monotonic() - began
            memory = psutil.Process().memory_info().rss
        watched = _export(folder, folder / "state")
        with _system(folder, watch=False, state="fresh"):
            pass
        equal = watched == _export(folder, folder / "fresh")
    return {
        "files": files,
        "made_s": made_s,
        "up_to_date_after_s": took_s,
        "events": state.events,
        "overflows": state.overflows,
        "most_pending": most,
        "grown_mb": (memory - before) / 1e6,
        "equal": equal,
    }


@contextlib.contextmanager
def _library() -> Generator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "library").mkdir()
        _write(folder / "library" / "first.mq4", 0)
        yield folder


@contextlib.contextmanager
def _system(
    folder: Path, *, watch: bool, state: str = "state"
) -> Generator[Orchestrator]:
    """Yield a system whose catalog is up to date."""
    with Orchestrator(
        folder / "library",
        state=folder / state,
        settings={
            "classification": {"engine": "inline"},
            "report": {"automatic": False},
            # Nothing but the watcher is to take memory or time of its own.
            "backup": {"schedule": ""},
        },
        watch=watch,
        monitor=False,
        backup=False,
    ) as orq:
        (orq.first_run or orq.classify()).result(timeout=1800)
        yield orq


@contextlib.contextmanager
def _slow_catalog() -> Generator[None]:
    store: Callable[..., Any] = Catalog.store

    def slowly(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- whatever it is
        time.sleep(SLOWER_S)
        return store(*args, **kwargs)

    setattr(Catalog, "store", slowly)  # noqa: B010 -- in place of a method
    try:
        yield
    finally:
        setattr(Catalog, "store", store)  # noqa: B010 -- likewise


def _write(path: Path, number: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(SOURCE.format(number, number), encoding="utf-8")


def _export(folder: Path, state: Path) -> bytes:
    file = folder / "export.jsonl"
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        export_records(catalog.records(), file)
    data = file.read_bytes()
    file.unlink()
    return data


if __name__ == "__main__":
    sys.exit(main())
