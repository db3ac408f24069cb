"""A library that is watched ends with the catalog that a fresh scan makes of it."""

import functools
import itertools
import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from orquestrador import Orchestrator
from orquestrador.actors import keeper
from orquestrador.actors import watcher as watchers
from orquestrador.catalog import Catalog, export_records
from orquestrador.errors import (
    CatalogError,
    LibraryError,
    OperationTimeoutError,
    RunFailedError,
)
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.monitor import ContentsTimed
from orquestrador.messages.watching import WatcherState
from orquestrador.supervisor import ChildStarted
from orquestrador.watching import Inbox, Settling
from orquestrador.watching.cookies import Cookies
from orquestrador.watching.waiting import Waiting

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")

SOURCE = "// {}\nvoid OnTick() {{ OrderSend(Symbol(), OP_BUY, {}); }}\n"


def source(number: int) -> str:
    return SOURCE.format(number, number)


class Watched:
    """A library, the system that watches it, and what is in its catalog."""

    def __init__(self, tmp_path: Path, **watch: object) -> None:
        self.library = tmp_path / "library"
        (self.library / "EAs").mkdir(parents=True)
        (self.library / "EAs" / "first.mq4").write_text(source(0))
        self.outside = tmp_path / "outside"
        self.outside.mkdir()
        self.state = tmp_path / "state"
        self._scratch = tmp_path
        self.settings: dict[str, Any] = {
            "classification": {"engine": "inline"},
            "watch": {"settle_s": 0.05, **watch},
        }
        self.orq = Orchestrator(
            self.library,
            state=self.state,
            settings=self.settings,
            watch=True,
            monitor=False,
            backup=False,
        )

    def start(self) -> "Watched":
        self.orq.start()
        assert self.orq.first_run is not None
        self.orq.first_run.result(timeout=60)
        return self

    def write(self, name: str, number: int) -> Path:
        path = self.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source(number))
        return path

    def exported(self) -> bytes:
        """Return the catalog's export once everything saved so far is in it."""
        self.orq.wait_idle(timeout=60)
        return self.export(self.state)

    def fresh(self) -> bytes:
        """Return the export of a scan by a system that knows nothing."""
        state = self._scratch / f"fresh-{time.monotonic_ns()}"
        with Orchestrator(
            self.library, state=state, settings=self.settings, backup=False
        ) as orq:
            orq.classify(report=False).result(timeout=60)
        return self.export(state)

    def export(self, state: Path) -> bytes:
        file = self._scratch / "export.jsonl"
        with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
            export_records(catalog.records(), file)
        return file.read_bytes()

    def until(self, holds: Callable[[WatcherState], object]) -> WatcherState:
        limit = time.monotonic() + 30
        while not holds(state := self.orq.watcher_state(timeout=30)):
            assert time.monotonic() < limit, state
            time.sleep(0.02)
        return state


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Make a watched library; it is stopped after the test."""
    made: list[Watched] = []

    def make(**watch: object) -> Watched:
        made.append(Watched(tmp_path, **watch))
        return made[-1]

    yield make
    for each in made:
        each.orq.stop()


@pytest.mark.parametrize("observer", ["native", "polling"])
def test_the_four_kinds_of_save(watched: Callable[..., Watched], observer: str) -> None:
    lib = watched(observer=observer, poll_s=0.1).start()
    lib.write("in place.mq4", 1)
    lib.write("in place.mq4", 2)
    # As editors save.
    temporary = lib.write("renamed.mq4.tmp", 3)
    temporary.replace(lib.library / "renamed.mq4")
    (lib.outside / "x.mq4").write_text(source(4))
    shutil.copy2(lib.outside / "x.mq4", lib.library / "copied.mq4")
    (lib.outside / "x.mq4").rename(lib.library / "moved.mq4")
    (lib.library / "EAs" / "first.mq4").unlink()

    exported = lib.exported()
    assert exported == lib.fresh()
    assert exported.count(b"\n") == 4


def test_a_folder_of_fifty_files_moved_in_and_out(
    watched: Callable[..., Watched],
) -> None:
    lib = watched().start()
    for number in range(50):
        (lib.outside / f"{number}.mq4").write_text(source(number))
    lib.outside.rename(lib.library / "inside")
    exported = lib.exported()
    assert exported == lib.fresh()
    assert exported.count(b"\n") == 51

    (lib.library / "inside").rename(lib.outside)
    exported = lib.exported()
    assert exported == lib.fresh()
    assert exported.count(b"\n") == 1


def test_a_renamed_file_is_not_classified_again(
    watched: Callable[..., Watched],
) -> None:
    lib = watched().start()
    lib.write("a.mq4", 1)
    lib.exported()
    classified: list[ContentsTimed] = []
    subscription = lib.orq.subscribe(ContentsTimed, classified.append)
    (lib.library / "a.mq4").rename(lib.library / "b.mq4")
    (lib.library / "EAs").rename(lib.library / "Experts")

    exported = lib.exported()
    lib.orq.system.events.flush(30)
    subscription.cancel()
    assert exported == lib.fresh()
    assert b'"b.mq4"' in exported
    assert b'"Experts/first.mq4"' in exported
    assert not classified


def test_folders_that_are_made_in_a_race(watched: Callable[..., Watched]) -> None:
    lib = watched().start()

    def make(number: int) -> None:
        lib.write(f"r{number}/b/c/x.mq4", number)

    threads = [threading.Thread(target=make, args=(n,)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    exported = lib.exported()
    assert exported == lib.fresh()
    assert exported.count(b"\n") == 101


@linux
def test_a_name_that_is_no_text(watched: Callable[..., Watched]) -> None:
    lib = watched().start()
    lib.write(os.fsdecode(b"Pre\xe7o/m\xe9dia.mq4"), 1)

    exported = lib.exported()
    assert exported == lib.fresh()
    assert b"Pre%E7o/m%E9dia.mq4" in exported


def test_a_watcher_that_fails_in_between_misses_nothing(
    watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    lib = watched().start()
    starts: list[str] = []
    lib.orq.subscribe(ChildStarted, lambda event: starts.append(event.name))
    take, due = Settling.take, threading.Event()

    def fail_once(self: Settling, now: float, count: int) -> object:
        if due.is_set():
            due.clear()
            raise ZeroDivisionError("planted")
        return take(self, now, count)

    monkeypatch.setattr(Settling, "take", fail_once)
    for number in range(60):
        if number in {20, 40}:
            due.set()
        lib.write(f"{number % 7}/{number}.mq4", number)
    later = itertools.count(60)
    limit = time.monotonic() + 30
    while due.is_set():
        # A watcher that began after the last save has found it by itself.
        assert time.monotonic() < limit
        lib.write("later.mq4", next(later))
        time.sleep(0.05)

    assert lib.exported() == lib.fresh()
    lib.orq.system.events.flush(30)
    assert starts.count("watcher") >= 1
    assert starts.count("catalog") == 0, "only what depends on it is restarted"


def test_who_waits_waits_for_what_a_new_watcher_compares(
    watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sign that it hears may come before it is done with its beginning."""
    lib = watched().start()
    renew, failed = Waiting.renew, threading.Event()

    def renew_slowly(self: Waiting, cookies: Cookies, proofs: int) -> None:
        renew(self, cookies, proofs)
        time.sleep(0.3)

    def fail(*_anything: object) -> object:
        monkeypatch.setattr(Settling, "take", take)
        failed.set()
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(Waiting, "renew", renew_slowly)
    take = Settling.take
    monkeypatch.setattr(Settling, "take", fail)
    for number in range(20):
        lib.write(f"{number}.mq4", number)
    assert failed.wait(30)

    assert lib.exported() == lib.fresh()


@linux
def test_events_that_the_system_has_lost(
    watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch, inotify: Any
) -> None:
    """The kernel's queue is filled while the reader stands still."""
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 50_000:
        pytest.skip(f"a queue of {most} events takes too long to fill")
    lib = watched().start()
    going, take = threading.Event(), inotify.InotifyWatch._take

    def take_later(self: object, event: object) -> None:
        going.wait(30)
        take(self, event)

    monkeypatch.setattr(inotify.InotifyWatch, "_take", take_later)
    for number in range(most // 3 + 1000):
        path = lib.library / f"{number}.mq4"
        path.touch()
        if number % 50:
            path.unlink()
    lib.write("new/deep/a.mq4", 1)
    (lib.library / "EAs" / "first.mq4").unlink()
    going.set()
    lib.until(lambda state: state.overflows)

    assert lib.exported() == lib.fresh()
    lib.write("new/deep/b.mq4", 2)
    assert lib.exported() == lib.fresh()


def test_a_burst_that_is_faster_than_the_catalog(
    watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scaled down; the whole is `benchmarks/watching.py --only burst`."""
    for name in ("Inbox", "Settling"):
        few = functools.partial(getattr(watchers, name), most=200)
        monkeypatch.setattr(watchers, name, few)
    store = Catalog.store

    def store_slowly(self: Catalog, batch: Any) -> Any:
        time.sleep(0.02)
        return store(self, batch)

    lib = watched().start()
    monkeypatch.setattr(Catalog, "store", store_slowly)
    for number in range(4000):
        lib.write(f"{number % 40}/{number}.mq4", number % 50)
        if number % 100 == 0:
            assert lib.orq.watcher_state(timeout=30).pending < 1000

    exported = lib.exported()
    assert exported == lib.fresh()
    assert exported.count(b"\n") == 4001


def test_a_library_that_is_away_loses_nothing_and_is_looked_at_when_it_is_back(
    watched: Callable[..., Watched],
) -> None:
    lib = watched().start()
    lib.write("a.mq4", 1)
    before = lib.exported()
    lib.library.rename(lib.outside / "away")
    state = lib.until(lambda state: state.degraded)

    assert (state.kind, state.up_to_date) == ("none", False)
    assert [each.code for each in state.degraded] == ["away"]
    assert str(lib.library) in state.degraded[0].words
    with pytest.raises(RunFailedError, match="is not there"):
        lib.orq.classify().result(timeout=30)
    with pytest.raises(OperationTimeoutError):
        lib.orq.wait_idle(timeout=0.2)
    assert lib.export(lib.state) == before

    (lib.outside / "away" / "b.mq4").write_text(source(2))
    (lib.outside / "away").rename(lib.library)
    lib.until(lambda state: state.up_to_date and not state.degraded)
    assert lib.exported() == lib.fresh()


def test_an_empty_folder_in_the_place_of_a_drive_removes_nothing(
    watched: Callable[..., Watched],
) -> None:
    lib = watched().start()
    before = lib.exported()
    lib.library.rename(lib.outside / "away")
    lib.library.mkdir()

    with pytest.raises(RunFailedError, match="is empty"):
        lib.orq.classify().result(timeout=30)
    lib.until(lambda state: [each.code for each in state.degraded] == ["run"])
    assert lib.export(lib.state) == before

    lib.library.rmdir()
    (lib.outside / "away").rename(lib.library)
    lib.until(lambda state: state.up_to_date)
    assert lib.exported() == before


def hear_nothing(_inbox: Inbox, _raw: bytes) -> None:
    """In place of `Inbox.add`."""


def test_what_no_event_tells_is_found_by_the_comparison_at_the_interval(
    watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    lib = watched(reconcile_s=1).start()
    # As on Windows, where lost events are not told of.
    monkeypatch.setattr(Inbox, "add", hear_nothing)
    lib.write("silent.mq4", 1)

    limit = time.monotonic() + 30
    while not lib.orq.search("silent"):
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_on_battery_the_comparison_at_the_interval_waits(
    watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged: list[bool] = []

    def battery() -> SimpleNamespace:
        # The mains come back when the comparison has been put off a few times.
        plugged.append(len(plugged) > 3)
        return SimpleNamespace(power_plugged=plugged[-1])

    monkeypatch.setattr(psutil, "sensors_battery", battery, raising=False)
    monkeypatch.setattr(watchers, "_QUIET_S", 0.05)
    lib = watched(reconcile_s=1).start()
    monkeypatch.setattr(Inbox, "add", hear_nothing)
    lib.write("silent.mq4", 1)

    limit = time.monotonic() + 30
    while not lib.orq.search("silent"):
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert True in plugged


def test_lost_looks_are_tried_again(
    watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full for a while."""
    monkeypatch.setattr(watchers, "_RETRY_S", 0.2)
    lib = watched().start()
    store, full = Catalog.store, threading.Event()
    full.set()

    def refuse(self: Catalog, batch: Any) -> Any:
        if full.is_set():
            raise CatalogError("the disk is full")
        return store(self, batch)

    monkeypatch.setattr(Catalog, "store", refuse)
    lib.write("a.mq4", 1)
    state = lib.until(lambda state: state.degraded)
    assert state.degraded[0].code in {"store", "run"}
    assert "the disk is full" in state.degraded[0].words
    assert not state.up_to_date
    full.clear()
    lib.until(lambda state: state.up_to_date)

    assert lib.exported() == lib.fresh()


def test_a_system_that_does_not_watch_says_so(
    watched: Callable[..., Watched], tmp_path: Path
) -> None:
    with (
        Orchestrator(tmp_path, state=tmp_path / "other", backup=False) as orq,
        pytest.raises(LibraryError, match="nothing watches"),
    ):
        orq.wait_idle()
    assert orq.first_run is None


def test_a_save_is_kept_in_a_snapshot_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "LOOK_S", 0.1)
    library, state = tmp_path / "library", tmp_path / "state"
    library.mkdir()
    settings: dict[str, Any] = {
        "classification": {"engine": "inline"},
        "watch": {"settle_s": 0.05},
        "backup": {"schedule": "", "after_saves_s": 1},
    }
    finished: queue.SimpleQueue[SnapshotFinished] = queue.SimpleQueue()
    with Orchestrator(
        library, state=state, settings=settings, watch=True, monitor=False
    ) as orq:
        assert orq.first_run is not None
        orq.first_run.result(timeout=60)
        orq.subscribe(SnapshotFinished, finished.put)
        (library / "saved.mq4").write_text(source(1))

        kept = None
        while kept is None or kept.reason != "after saves":
            kept = finished.get(timeout=60).snapshot

        assert kept.files == 1
