"""Every figure against psutil, the catalog and the counters, reckoned apart."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from orquestrador.catalog import Catalog
from orquestrador.config import default_settings
from orquestrador.messages.catalog import Batch, FileState
from orquestrador.monitoring import (
    METRICS,
    UNMEASURED,
    Monitor,
    Rule,
    RuntimeFigures,
    Series,
    rules,
)
from orquestrador.monitoring.exposition import exposition
from orquestrador.snapshots import SnapshotRepository
from orquestrador.supervisor import HandlingTimes

ALWAYS = Rule(
    name="always", metric="orquestrador_processes", raise_at=1, clear_at=0, for_s=0
)


@dataclass(frozen=True)
class Actor:
    name: str
    urn: str = "urn:1"
    parent: str = ""
    actor_class: str = "SomeActor"
    state: str = "running"
    mailbox: int = 3
    handled: int = 7
    restarts: int = 2
    failures: int = 4
    busy_s: float = 0.0
    handling: HandlingTimes | None = None
    last_failure: str | None = None
    last_failure_s: float | None = None
    suspended: bool = False


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def monitor(state: Path) -> Iterator[Monitor]:
    made = Monitor(state)
    yield made
    made.close()


def file(raw: bytes, problem: str | None = None) -> FileState:
    return FileState(
        raw=raw,
        size=1,
        mtime_ns=1,
        inode=None,
        scanned_at_ns=2,
        sha256=None if problem else "a" * 64,
        suffix=".mq4",
        problem=problem,
    )


def store(state: Path, *files: FileState) -> None:
    with Catalog(state / "catalog.sqlite3") as catalog:
        catalog.store(Batch(files=files))


def test_the_machine_s_figures_are_those_of_psutil(
    monitor: Monitor, state: Path
) -> None:
    sample = monitor.sample()
    disk = psutil.disk_usage(os.fspath(state))
    process = psutil.Process()

    assert sample.memory_percent == pytest.approx(
        psutil.virtual_memory().percent, abs=5
    )
    assert sample.disk_percent == pytest.approx(disk.percent, abs=1)
    assert sample.disk_free_bytes == pytest.approx(disk.free, rel=0.02)
    assert sample.process_memory_mb == pytest.approx(
        process.memory_info().rss / 2**20, rel=0.1
    )
    assert sample.threads == process.num_threads()
    assert sample.processes == 1


def test_processor_figures_are_those_of_the_same_time_by_psutil(
    state: Path,
) -> None:
    # Just before and just after each of its looks: what it says lies in between,
    # however long a busy machine takes for them.
    first = [figures_of_psutil()]
    monitor = Monitor(state)
    first.append(figures_of_psutil())
    while time.monotonic() - first[0].at < 1.2:
        sum(range(1000))
    last = [figures_of_psutil()]
    sample = monitor.sample()
    last.append(figures_of_psutil())
    monitor.close()

    least, most = last[0].since(first[1]), last[1].since(first[0])
    used = 100 * least.used / most.at, 100 * most.used / least.at
    assert 0.85 * used[0] <= sample.process_cpu_percent <= 1.15 * used[1]
    busy = 100 * least.busy / most.total, 100 * most.busy / least.total
    assert busy[0] - 12 <= sample.cpu_percent <= busy[1] + 12


class Psutil(NamedTuple):
    """Seconds, by psutil."""

    at: float
    used: float
    """By this process."""

    busy: float
    total: float

    def since(self, before: "Psutil") -> "Psutil":
        pairs = zip(self, before, strict=True)
        return Psutil(*(after - each for after, each in pairs))


def figures_of_psutil() -> Psutil:
    times, machine = psutil.Process().cpu_times(), psutil.cpu_times()
    total = sum(machine[:8])
    idle = machine.idle + getattr(machine, "iowait", 0)
    used = times.user + times.system
    return Psutil(time.monotonic(), used, total - idle, total)


def test_worker_processes_are_counted_with_the_program(monitor: Monitor) -> None:
    alone = monitor.sample()
    hoard = "hoard = bytearray(60_000_000); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hoard], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        together = monitor.sample()
        child.kill()

    assert together.processes == alone.processes + 1
    assert together.process_memory_mb > alone.process_memory_mb + 55


def test_the_library_s_figures_are_those_of_the_catalog(
    monitor: Monitor, state: Path
) -> None:
    assert monitor.sample().library is None
    files = [file(b"%d.mq4" % number) for number in range(6)]
    files += [file(b"broken.mq4", "no permission"), file(b"x.zip", "archive, not read")]
    store(state, *files)

    library = monitor.sample().library

    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        summary = catalog.summary()
    assert library is not None
    assert library.files == summary.files == 8
    assert library.pending == summary.pending == 6
    assert library.failed + library.left_out == sum(
        each.files for each in summary.unread
    )
    assert (library.failed, library.left_out, library.classified) == (1, 1, 0)
    assert library.success_percent == 0.0


def test_what_is_stored_is_seen_at_the_next_question(
    monitor: Monitor, state: Path
) -> None:
    store(state, file(b"1.mq4"))
    first = monitor.sample().library
    store(state, file(b"1.mq4"), file(b"2.mq4"))
    second = monitor.sample().library

    assert first is not None
    assert second is not None
    assert (first.files, second.files) == (1, 2)


def test_before_the_first_file_all_went_well(monitor: Monitor, state: Path) -> None:
    store(state)
    library = monitor.sample().library

    assert library is not None
    assert library.success_percent == 100.0


def test_actors_are_as_the_runtime_counts_them(monitor: Monitor) -> None:
    actors = (
        Actor("top", urn="a"),
        Actor("catalog", urn="b", parent="a", handled=100, busy_s=1.5),
    )
    sample = monitor.sample(RuntimeFigures(actors=actors, dead_letters=9))

    assert sample.dead_letters == 9
    assert sample.errors == 8
    assert [(each.name, each.depth) for each in sample.actors] == [
        ("top", 0),
        ("catalog", 1),
    ]
    catalog = sample.actors[1]
    assert (catalog.mailbox, catalog.handled, catalog.restarts) == (3, 100, 2)
    assert (catalog.failures, catalog.busy_s) == (4, 1.5)


def test_an_actor_s_times_are_as_the_runtime_took_them(monitor: Monitor) -> None:
    times = HandlingTimes(count=9, total_s=4.5, p50_s=0.25, p95_s=0.5, p99_s=0.75)
    actors = (Actor("top"), Actor("catalog", handling=times))
    monitor.observe(RuntimeFigures(actors=actors))
    top, catalog = monitor.sample(RuntimeFigures(actors=actors)).actors
    p95 = monitor.past("orquestrador_actor_handling_p95_seconds", "catalog", 60)
    text = exposition(monitor)

    assert (top.p50_s, top.p95_s, top.p99_s) == (None, None, None)
    assert (catalog.p50_s, catalog.p95_s, catalog.p99_s) == (0.25, 0.5, 0.75)
    assert p95.values == (0.5,)
    name = "orquestrador_actor_handling"
    assert f'{name}_seconds_count{{actor="catalog"}} 9.0' in text
    assert f'{name}_seconds_sum{{actor="catalog"}} 4.5' in text
    assert f'{name}_recent_seconds{{actor="catalog",quantile="0.99"}} 0.75' in text
    assert f'{name}_seconds_count{{actor="top"}}' not in text


def test_a_rate_is_over_a_second_or_more_however_often_one_asks(state: Path) -> None:
    actor = Actor("catalog", handled=0)
    longest = time.monotonic()
    monitor = Monitor(state)
    monitor.sample(RuntimeFigures(actors=(actor,)))
    shortest = time.monotonic()
    time.sleep(1.05)
    after = replace(actor, handled=1000)
    shortest = time.monotonic() - shortest
    samples = [monitor.sample(RuntimeFigures(actors=(after,))) for _ in range(3)]
    longest = time.monotonic() - longest
    monitor.close()

    for sample in samples:
        assert 1000 / longest <= (sample.actors[0].rate or 0) <= 1000 / shortest


def test_only_files_changed_since_the_start_have_a_delay(state: Path) -> None:
    monitor = Monitor(state, started_at=1000.0)

    monitor.note_saved(1010.0, (999.0, 1004.0, 1009.5))

    (saved, _) = monitor.latencies()
    assert (saved.name, saved.count, saved.p99_s) == ("save_to_catalog", 2, 6.0)


def test_an_hour_of_a_metric_can_be_asked_for(monitor: Monitor) -> None:
    for handled in (1, 5, 9):
        monitor.observe(RuntimeFigures(actors=(Actor("catalog", handled=handled),)))
    past = monitor.past("orquestrador_actor_handled_messages_total", "catalog", 3600)

    assert past.values == (1, 5, 9)
    assert list(past.at) == sorted(past.at)
    assert monitor.past("no_such_metric", "", 3600).at == ()


# -- damage ---------------------------------------------------------------------------


def test_a_damaged_catalog_is_known_as_damaged_and_a_whole_one_as_whole(
    state: Path,
) -> None:
    store(state, *[file(b"%d.mq4" % number) for number in range(500)])
    whole = Monitor(state, rules(default_settings().alerts))
    assert whole.observe() == []
    whole.close()
    path = state / "catalog.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(path.read_bytes())
    data[8192:-4096] = b"\xff" * len(data[8192:-4096])
    path.write_bytes(data)

    damaged = Monitor(state, rules(default_settings().alerts))
    told = damaged.observe()
    damaged.close()

    assert [each.rule for each in told] == ["catalog_damaged"]


# -- alerts ---------------------------------------------------------------------------


def test_alerts_outlive_their_monitor(state: Path) -> None:
    first = Monitor(state, [ALWAYS], remember=True)
    (fired,) = first.observe()
    first.mark_told(fired)
    first.close()

    second = Monitor(state, [ALWAYS], remember=True)
    assert second.observe() == []
    (alert,) = second.sample().alerts
    second.close()

    assert (alert.state, alert.since, alert.told) == ("firing", fired.since, True)


def test_a_pending_alert_keeps_its_time(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orquestrador.monitoring.monitor._KEPT_S", 0.0)
    waiting = replace(ALWAYS, for_s=60)
    first = Monitor(state, [waiting], remember=True)
    first.observe()
    (before,) = first.sample().alerts
    first.close()

    second = Monitor(state, [waiting], remember=True)
    second.observe()
    (after,) = second.sample().alerts
    second.close()

    assert (after.state, after.since) == ("pending", before.since)


def test_a_value_that_comes_and_goes_does_not_wear_out_the_disk(state: Path) -> None:
    monitor = Monitor(state, [replace(ALWAYS, for_s=60)], remember=True)
    for _ in range(3):
        monitor.observe()
    monitor.close()

    assert not (state / "alerts.json").exists()


def test_an_alert_that_nobody_was_told_of_is_not_forgotten(state: Path) -> None:
    first = Monitor(state, [ALWAYS], remember=True)
    first.observe()
    first.close()

    second = Monitor(state, [ALWAYS], remember=True)

    assert [each.rule for each in second.alerts.untold()] == ["always"]
    second.close()


def test_a_monitor_that_only_looks_writes_nothing(state: Path) -> None:
    looking = Monitor(state, [ALWAYS])
    looking.observe()
    looking.close()

    assert list(state.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[{}]", b"\xff" * 100])
def test_a_damaged_file_of_alerts_is_no_end(
    state: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (state / "alerts.json").write_bytes(content)

    monitor = Monitor(state, [ALWAYS], remember=True)
    monitor.observe()
    monitor.close()

    assert "alerts of before are lost" in caplog.text
    (kept,) = json.loads((state / "alerts.json").read_bytes())
    assert kept["standing"] == "firing"


@pytest.fixture
def interrupting() -> Iterator[None]:
    """Have a signal handler raise a TimeoutError, as the guide's does."""

    def too_long(_number: int, _frame: object) -> None:
        raise TimeoutError("by the handler")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes with names are POSIX's")
@pytest.mark.parametrize("name", ["alerts.json", "alerts.draft"])
@pytest.mark.usefixtures("interrupting")
def test_the_time_limit_of_a_caller_s_signal_handler_comes_out(
    state: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    # Nobody is at the other end: it is opened for ever.
    os.mkfifo(state / name)

    with pytest.raises(TimeoutError, match="by the handler"):
        Monitor(state, [ALWAYS], remember=True).observe()

    assert caplog.text == ""


def test_alerts_that_cannot_be_kept_are_watched_for_all_the_same(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (state / "alerts.draft").mkdir()
    monitor = Monitor(state, [ALWAYS], remember=True)

    (fired,) = monitor.observe()
    monitor.observe()
    assert caplog.text.count("alerts cannot be kept") == 1
    (state / "alerts.draft").rmdir()
    monitor.observe()
    monitor.close()

    assert fired.state == "firing"
    assert (state / "alerts.json").exists()


def test_every_shipped_alert_has_a_value_or_says_that_nothing_measures_it(
    state: Path, tmp_path: Path
) -> None:
    store(state, file(b"1.mq4"))
    with SnapshotRepository(state / "snapshots") as repository:
        repository.create(tmp_path, reason="first", now=datetime.now(UTC))
        repository.verify()
    alerts_on = rules(default_settings().alerts)
    monitor = Monitor(state, alerts_on, started_at=0.0, remote="somewhere")
    monitor.note_saved(time.time(), (time.time() - 1,))
    monitor.observe(RuntimeFigures(actors=(Actor("catalog"),)))
    alerts = monitor.sample().alerts
    monitor.close()

    unknown = {each.rule for each in alerts if each.state == "undefined"}
    assert unknown == set(UNMEASURED)
    assert len({each.rule for each in alerts}) == 13


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("restarts", Actor("catalog", restarts=2), Actor("catalog", restarts=5)),
        ("stuck_s", Actor("catalog"), Actor("catalog", busy_s=121.0)),
        ("errors", Actor("catalog", failures=0), Actor("catalog", failures=5)),
    ],
)
def test_trouble_of_an_actor_raises_its_alert(
    state: Path, rule: str, before: Actor, after: Actor
) -> None:
    monitor = Monitor(state, rules(default_settings().alerts))
    assert monitor.observe(RuntimeFigures(actors=(before,))) == []

    told = monitor.observe(RuntimeFigures(actors=(after,)))

    assert [each.rule for each in told] == [rule]
    assert told[0].subject == ("" if rule == "errors" else "catalog")


# -- Prometheus ----------------------------------------------------------------------


def test_prometheus_reads_what_was_read(monitor: Monitor) -> None:
    monitor.note_classified((0.25, 0.75))
    monitor.observe(RuntimeFigures(actors=(Actor("catalog"),), dead_letters=5))
    text = exposition(monitor)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    assert found["orquestrador_dead_letters_total",] == 5
    assert found["orquestrador_actor_mailbox_messages", "catalog"] == 3
    assert found["orquestrador_classify_content_seconds_count",] == 2
    assert found["orquestrador_classify_content_seconds_sum",] == 1.0
    assert found["orquestrador_classify_content_recent_seconds", "0.5"] == 0.25
    ratio = found["orquestrador_machine_memory_ratio",]
    assert ratio == monitor.history.last(Series("orquestrador_machine_memory_ratio"))
    assert 0 < ratio < 1


def test_names_are_in_base_units_and_no_path_is_a_label(monitor: Monitor) -> None:
    monitor.observe(RuntimeFigures(actors=(Actor("C:\\EAs"), Actor("/home/me"))))
    text = exposition(monitor)

    assert "/home" not in text
    assert "EAs" not in text
    for metric in METRICS:
        assert metric.name.startswith("orquestrador_")
        assert not metric.name.endswith(("_percent", "_ms", "_mb", "_minutes"))
        assert metric.name.endswith("_total") is (metric.kind == "counter")
