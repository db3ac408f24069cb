"""A whole system's figures against what its events, the clock and the catalog say."""

import math
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog
from orquestrador.messages.monitor import (
    AlertChanged,
    ContentsTimed,
    GetExposition,
    LatencySample,
)
from orquestrador.messages.run import FilesClassified
from orquestrador.monitoring import METRICS
from orquestrador.snapshots import SnapshotRepository
from orquestrador.supervisor import (
    Actor,
    ChildFailed,
    ChildSpec,
    ChildStuck,
    DeadLetter,
)

SOURCE = "int OnInit() {{ return {number}; }}\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for number in range(20):
        path = folder / f"{number}.mq4"
        path.write_text(SOURCE.format(number=number), encoding="utf-8")
    return folder


def latencies(orq: Orchestrator) -> dict[str, LatencySample]:
    orq.system.events.flush(30)
    return {each.name: each for each in orq.metrics().latencies}


@pytest.mark.parametrize("engine", ["inline", "processes"])
def test_every_content_s_time_is_measured_once(library: Path, engine: str) -> None:
    settings = {"classification": {"engine": engine, "workers": 1}}
    timed: list[float] = []
    with Orchestrator(library, settings=settings) as orq:
        orq.subscribe(ContentsTimed, lambda event: timed.extend(event.seconds))
        began = time.monotonic()
        result = orq.classify(backup=False, report=False).result(timeout=60)
        took = time.monotonic() - began
        found = latencies(orq)["classify_content"]

    assert found.count == len(timed) == result.classified == 20
    assert 0 <= sum(timed) <= took
    assert found.p50_s == sorted(timed)[9]
    assert found.p99_s == max(timed)


def test_a_save_s_way_to_the_catalog_is_measured_by_its_file_s_time(
    library: Path,
) -> None:
    events: list[FilesClassified] = []
    with Orchestrator(library, settings={"engine": "inline"}) as orq:
        orq.subscribe(FilesClassified, events.append)
        orq.classify(backup=False, report=False).result(timeout=60)
        # What was there before the system started has no delay.
        assert latencies(orq)["save_to_catalog"].count == 0
        saved = library / "new.mq4"
        saved.write_text(SOURCE.format(number=99), encoding="utf-8")
        time.sleep(0.3)
        orq.classify(backup=False, report=False).result(timeout=60)
        found = latencies(orq)["save_to_catalog"]

    (event,) = [each for each in events if each.paths == ("new.mq4",)]
    assert found.count == 1
    assert found.p95_s == pytest.approx(event.stored_at - saved.stat().st_mtime)
    assert found.p95_s is not None
    assert 0.3 < found.p95_s < 60


def test_the_library_s_figures_follow_its_runs(library: Path) -> None:
    (library / "archive.rar").write_bytes(b"Rar!")
    with Orchestrator(library, settings={"engine": "inline"}) as orq:
        orq.classify(report=False).result(timeout=60)
        sample = orq.metrics().library
        summary = orq.summary()
        with Catalog(orq.state / "catalog.sqlite3", read_only=True) as catalog:
            tally = catalog.tally()

    assert sample is not None
    assert sample.files == summary.files == sum(tally) == 21
    assert sample.classified == tally.classified == 20
    assert (sample.left_out, sample.failed, sample.pending) == (1, 0, 0)
    assert sample.success_percent == 100.0
    assert sample.snapshot_age_s is not None
    assert sample.snapshot_age_s < 60


def test_an_alert_of_a_whole_system_is_heard_and_logged(library: Path) -> None:
    own = {
        "name": "many_files",
        "metric": "orquestrador_library_files",
        "raise_at": 10,
        "clear_at": 5,
        "for_s": 0,
    }
    heard: list[AlertChanged] = []
    settings = {
        "classification": {"engine": "inline"},
        "monitor": {"interval_s": 0.1},
        "alerts": {"own": [own]},
    }
    with Orchestrator(library, settings=settings) as orq:
        orq.subscribe(AlertChanged, heard.append)
        orq.classify(backup=False, report=False).result(timeout=60)
        limit = time.monotonic() + 30
        while not any(each.alert.rule == "many_files" for each in heard):
            assert time.monotonic() < limit
            time.sleep(0.02)
        log = orq.state / "log" / "orquestrador-000001.jsonl"
        while "orquestrador: many_files: firing" not in log.read_text("utf-8"):
            assert time.monotonic() < limit
            time.sleep(0.02)


# -- every metric ---------------------------------------------------------------------


class Own(Actor):
    """Counts and times by itself what the runtime counts and times too."""

    def __init__(self, seconds: list[float], release: threading.Event) -> None:
        super().__init__()
        self._seconds = seconds
        self._release = release

    def on_receive(self, message: Any) -> None:
        """Sleep, fail or hang, as told."""
        began = time.monotonic()
        try:
            match message:
                case "fail":
                    raise ValueError(message)
                case "hang":
                    self._release.wait(60)
                case _:
                    time.sleep(message)
        finally:
            self._seconds.append(time.monotonic() - began)


class AtLeast(float):
    """Equal to whatever is not less."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and other >= float(self)

    __hash__ = float.__hash__


def is_stored(orq: Orchestrator, path: str) -> bool:
    with Catalog(orq.state / "catalog.sqlite3", read_only=True) as catalog:
        return any(each.path == path for each in catalog.records())


def wait_until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.01)


def metrics_of(orq: Orchestrator) -> dict[tuple[str, ...], float]:
    """Return every metric as Prometheus reads it, by name and labels."""
    text: str = orq.system.ref("monitor").ask(GetExposition(), timeout=30).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_metric_is_what_is_reckoned_apart(library: Path) -> None:
    (library / "archive.rar").write_bytes(b"Rar!")
    (library / "large.mq4").write_text("int OnInit() { return 0; }\n" * 200, "utf-8")
    seconds: dict[str, list[float]] = {"own": [], "busy": [], "stuck": []}
    release = threading.Event()
    specs = [
        ChildSpec(id="own", actor=Own, args=(seconds["own"], release)),
        ChildSpec(id="busy", actor=Own, args=(seconds["busy"], release)),
        ChildSpec(
            id="stuck", actor=Own, args=(seconds["stuck"], release), stuck_after_s=0.2
        ),
    ]
    settings = {
        "classification": {"engine": "inline", "max_file_mb": 0.002},
        "backup": {"remote": str(library.parent / "second place")},
    }
    counted: dict[type, int] = dict.fromkeys((ChildFailed, ChildStuck, DeadLetter), 0)

    def count(event: object) -> None:
        counted[type(event)] += 1

    orq = Orchestrator(
        library, settings=settings, monitor=False, watch=True, extra=specs
    )
    began = time.time()
    with orq:
        for kind in counted:
            orq.subscribe(kind, count)
        assert orq.first_run is not None
        result = orq.first_run.result(timeout=60)
        (library / "saved.mq4").write_text("int OnInit() { return -1; }\n", "utf-8")
        wait_until(lambda: is_stored(orq, "saved.mq4"))
        orq.wait_idle(timeout=60)
        with SnapshotRepository(orq.state / "snapshots", read_only=True) as kept:
            assert not kept.verify().problems
        own = orq.system.ref("own")
        for pause in (0.01, 0.05, 0.02):
            own.ask(pause, timeout=30)
        for _ in range(2):
            with pytest.raises(ValueError, match="fail"):
                own.ask("fail", timeout=30)
        own.ask(0.03, timeout=30)
        orq.system.suspend("own")
        for _ in range(5):
            own.tell(0.0)
        orq.system.ref("stuck").tell("hang")
        wait_until(lambda: orq.system.abandoned == 1)
        wait_until(lambda: "stuck" in {e.name for e in orq.system.snapshot()})
        orq.system.ref("busy").tell("hang")
        busy_since = time.monotonic()
        wait_until(lambda: counted[ChildFailed] == 3 and counted[ChildStuck] == 1)
        orq.system.events.flush(30)
        found = metrics_of(orq)
        expected = reckoned(orq, began, counted, seconds["own"], busy_since)
        release.set()
        orq.system.resume("own")

    assert result.classified == 20
    for name, value in expected.items():
        assert found.get(name) == value, name
    # Whoever adds a metric says here how it is reckoned apart.
    assert {each.name for each in METRICS} == {name for name, *_ in expected}


def reckoned(
    orq: Orchestrator,
    began: float,
    counted: Mapping[type, int],
    seconds: list[float],
    busy_since: float,
) -> dict[tuple[str, ...], Any]:
    """Return every metric by what the system's own monitor does not look at."""
    near = pytest.approx
    processes = [(me := psutil.Process()), *me.children(recursive=True)]
    used = [each.cpu_times() for each in processes]
    disk = psutil.disk_usage(str(orq.state))
    with SnapshotRepository(orq.state / "snapshots", read_only=True) as repository:
        newest = next(iter(repository.list())).time.timestamp()
    p95 = sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]
    whole = {
        # Its time is that of the test of `monitoring` with the same processor.
        "machine_cpu_ratio": near(0.5, abs=0.5),
        "machine_memory_ratio": near(psutil.virtual_memory().percent / 100, abs=0.1),
        "disk_used_ratio": near(disk.percent / 100, abs=0.02),
        "disk_free_bytes": near(disk.free, rel=0.05),
        "process_cpu_seconds": near(sum(t.user + t.system for t in used), abs=2),
        "process_cpu_ratio": near(0, abs=psutil.cpu_count() or 1),
        "process_resident_memory_bytes": near(
            sum(each.memory_info().rss for each in processes), rel=0.15
        ),
        "process_threads": near(sum(p.num_threads() for p in processes), abs=5),
        "processes": len(processes),
        "uptime_seconds": near(time.time() - began, abs=5),
        "dead_letters_total": counted[DeadLetter],
        "abandoned_threads_total": 1,
        "errors_total": counted[ChildFailed],
        "library_files": 23,
        "library_classified_files": 21,
        "library_failed_files": 1,
        "library_pending_files": 0,
        "library_success_ratio": near(21 / 22),
        "snapshot_age_seconds": near(time.time() - newest, abs=5),
        "verified_snapshot_age_seconds": near(time.time() - newest, abs=60),
        "push_age_seconds": near(time.time() - newest, abs=60),
        "backup_damaged": 0,
        "catalog_damaged": 0,
        "watcher_degraded": 0,
        "watcher_native": 1,
        # Elsewhere the system watches all of them as one.
        "watcher_folders": 1 if sys.platform == "linux" else None,
        "watcher_pending_paths": 0,
        "watcher_events_total": AtLeast(1),
        "watcher_overflows_total": 0,
    }
    of_actors = {
        ("actor_mailbox_messages", "own"): 5,
        # Four sleeps; the suspension and what failed are not handled to an end.
        ("actor_handled_messages_total", "own"): near(4, abs=2),
        ("actor_restarts_total", "own"): 2,
        ("actor_failures_total", "own"): 2,
        ("actor_busy_seconds", "busy"): near(time.monotonic() - busy_since, abs=5),
        ("actor_handling_p95_seconds", "own"): AtLeast(p95),
    }
    named: dict[tuple[str, ...], Any] = {(name,): each for name, each in whole.items()}
    return {
        (f"orquestrador_{name}", *labels): value
        for (name, *labels), value in (named | of_actors).items()
    }
