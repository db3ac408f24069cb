"""A whole system's figures against what its events, the clock and the catalog say."""

import time
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog
from orquestrador.messages.monitor import AlertChanged, ContentsTimed, LatencySample
from orquestrador.messages.run import FilesClassified

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
    orq.system.events.flush(5)
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
    assert 0.3 < found.p95_s < 10


def test_the_library_s_figures_follow_its_runs(library: Path) -> None:
    (library / "archive.zip").write_bytes(b"PK")
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
