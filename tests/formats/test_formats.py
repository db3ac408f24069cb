"""What was written by each format so far can be read, and written on.

The files beside this were made by the first version that had the format; none of them
is ever made anew. A new format adds one.

- `snapshots-1.tar.gz`: a library, its repository of three snapshots with user data and
  a record of checks, and the journal of a restore into the library.
- `organized-1.tar.gz`, `organizing-1.tar.gz`: libraries and the journals of an apply
  that came to its end, and of one that was cut short.
- `catalog-3.sqlite3.gz`; the older schemas are in tests/catalog.
"""

import datetime as dt
import gzip
import os
import sys
import tarfile
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog
from orquestrador.messages.monitor import AlertState
from orquestrador.monitoring.alert_file import load_alerts, save_alerts
from orquestrador.organizing import history
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.in_place import InPlace
from orquestrador.snapshots.opening import finish
from orquestrador.user_data import FILE, UserData
from tests.organizing.libraries import Library

HERE = Path(__file__).parent
NOW = dt.datetime(2026, 3, 9, 12, tzinfo=dt.UTC)
GOLD = "EAs/Gold Grid.mq4"
ORGANIZED = {
    b'#include "help.mqh"\n': 0,
    b"// help": 1,
    b"one": 2,
    b"two": 3,
}
"""Bytes to the place in which the maker of the library wrote them."""


def unpacked(name: str, folder: Path) -> Path:
    with tarfile.open(HERE / name) as archive:
        if sys.version_info >= (3, 12):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)  # noqa: S202 -- ours
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = unpacked("snapshots-1.tar.gz", tmp_path)
    for path in (folder / "library").rglob("*"):
        if path.is_file():
            # An archive keeps no nanoseconds.
            os.utime(path, ns=(1_600_000_000_123_456_700, 1_600_000_000_123_456_700))
    return folder


def test_snapshots_of_the_first_format_are_read_and_added_to(kept: Path) -> None:
    with SnapshotRepository(kept / "state" / "snapshots") as repository:
        assert [each.reason for each in repository.list()] == ["second", "first"]
        assert repository.verify().problems == ()
        beside = repository.beside(repository.list()[-1].id)
        assert beside["corrections.toml"] == b"# mine\n"
        last = repository.checks().verified
        assert last is not None
        assert last.snapshot == repository.list()[0].id
        repository.restore("latest", to=kept / "out")
        assert (kept / "out" / GOLD).read_bytes() == b"int OnInit() { return 1; }\r\n"
        assert (kept / "out" / "empty folder").is_dir()
        (kept / "library" / "new.mq4").write_bytes(b"new")
        taken = repository.create(kept / "library", reason="new", now=NOW)
        assert taken is not None
        assert repository.verify().problems == ()


def test_a_restore_of_the_first_format_is_taken_back(kept: Path) -> None:
    gold = kept / "library" / GOLD
    assert gold.read_bytes() == b"int OnInit() { return 0; }\r\n"
    with SnapshotRepository(kept / "state" / "snapshots") as repository:
        in_place = InPlace(
            repository,
            kept / "library",
            kept / "state" / "journal" / "restore",
            reason="",
            now=NOW,
        )
        result = finish(in_place.undo())
    assert result.refused == ()
    assert gold.read_bytes() == b"int OnInit() { return 1; }\r\n"


@pytest.fixture
def organized(tmp_path: Path, request: pytest.FixtureRequest) -> Library:
    folder = unpacked(request.param, tmp_path)
    library = Library.__new__(Library)
    library.root, library.state = folder / "library", folder / "state"
    for path in library.root.rglob("*"):
        number = ORGANIZED.get(path.read_bytes()) if path.is_file() else None
        if number is not None:
            mtime_ns = 1_600_000_000_000_000_000 + number * 1_000_000_007
            os.utime(path, ns=(mtime_ns, mtime_ns))
    return library


BEFORE = {
    "a": b"one",
    "b": b"two",
    "old/Gold.mq4": b'#include "help.mqh"\n',
    "old/help.mqh": b"// help",
}


def contents(library: Library) -> dict[str, bytes]:
    return {name: found[0] for name, found in library.tree().items() if found}


@pytest.mark.parametrize("organized", ["organized-1.tar.gz"], indirect=True)
def test_an_apply_of_the_first_format_is_taken_back(organized: Library) -> None:
    assert contents(organized)["a"] == b"two"
    assert [each.state for each in history.applies(organized.state)] == ["applied"]

    assert organized.undo().refused == ()

    assert contents(organized) == BEFORE


@pytest.mark.parametrize("organized", ["organizing-1.tar.gz"], indirect=True)
@pytest.mark.parametrize("how", ["goes on", "is taken back"])
def test_an_apply_of_the_first_format_that_was_cut_short(
    organized: Library, how: str
) -> None:
    assert history.unfinished(organized.state) is not None
    if how == "goes on":
        assert organized.apply(None).refused == ()
        assert contents(organized)["EAs/Gold.mq4"] == (
            b'#include "..\\Include\\help.mqh"\n'
        )
    assert organized.undo().refused == ()
    assert contents(organized) == BEFORE


def test_a_catalog_of_the_third_schema_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    path.write_bytes(gzip.decompress((HERE / "catalog-3.sqlite3.gz").read_bytes()))
    path.chmod(0o600)
    with Catalog(path) as catalog:
        records = {record.path: record for record in catalog.records()}
        assert "EAs/Gold Grid.mq4" in records
        assert catalog.problems() == []


def test_the_users_data_of_the_first_format_is_read_and_added_to(
    tmp_path: Path,
) -> None:
    (tmp_path / FILE).write_bytes(
        b'd206b029 {"path": "a.mq4", "tags": ["good"], "note": "mine"}\n'
    )
    data = UserData(tmp_path)
    assert data.read() == {"a.mq4": {"tags": ["good"], "note": "mine"}}
    assert data.damaged == 0
    data.update({"b.mq4": {"labels": {"k": 1}}})
    assert UserData(tmp_path).read()["b.mq4"] == {"labels": {"k": 1}}


def test_alerts_of_the_first_format_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    path.write_text(
        '[{"rule": "cpu", "subject": "", "metric": "cpu", "standing": "firing",'
        ' "value": 1.0, "since": 2.0, "seen_at": 3.0, "raise_at": 1.0,'
        ' "clear_at": 0.5, "for_s": 0.0}]',
        encoding="utf-8",
    )
    (alert,) = load_alerts(path)
    assert isinstance(alert, AlertState)
    assert (alert.rule, alert.standing, alert.since) == ("cpu", "firing", 2.0)
    save_alerts(path, [alert])
    assert load_alerts(path) == (alert,)
