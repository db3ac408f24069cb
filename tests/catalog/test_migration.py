"""A catalog of an older schema becomes one of this schema, with all it held."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog, schema
from orquestrador.errors import CatalogError
from orquestrador.messages import Batch, FileState, RunCounts, SearchQuery
from orquestrador.messages.run import RunOrder

FIRST = Path(__file__).with_name("catalog-v1.sqlite3")
"""Written by the first version: two contents with records, one without, one file not
read, hostile names, an ended and an open run."""

SECOND = FIRST.with_name("catalog-v2.sqlite3")
"""Written by the last version without history: three contents with records, one
without, one file not read, one that is no source, an ended run."""

THIRD = FIRST.with_name("catalog-v3.sqlite3")
"""The second, as the last version without copies left it."""

FOURTH = FIRST.with_name("catalog-v4.sqlite3")
"""The third, as the last version without the indexes of large catalogs left it."""


@pytest.fixture
def old(path: Path) -> Path:
    shutil.copy(FIRST, path)
    path.chmod(0o600)
    return path


def order(token: str) -> RunOrder:
    return RunOrder(token=token)


def user_version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def tables(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(
            "SELECT name, sql FROM sqlite_master ORDER BY name"
        ).fetchall()


def test_every_record_of_the_old_catalog_is_there(old: Path) -> None:
    with Catalog(old) as catalog:
        records = {record.path: record for record in catalog.records()}

        assert list(records) == [
            "EAs/Gold Grid.mq4",
            "a.ex4",
            "copies/100%25 %FF\n.mq4",
            "late.mq5",
            "notes.txt",
        ]
        gold = records["EAs/Gold Grid.mq4"]
        assert gold.strategies is not None
        assert gold.strategies[0].evidence[0].rule == "grid.step"
        assert records["notes.txt"].reason == "prose"
        assert records["a.ex4"].reason == "compiled program (.ex4), not read"
        assert catalog.problems() == []
    assert user_version(old) == schema.CURRENT


def test_the_old_catalogs_files_and_runs_are_as_they_were(old: Path) -> None:
    with Catalog(old) as catalog:
        known = catalog.known_files()
        assert known[b"copies/100% \xff\n.mq4"] == (
            4821,
            1_700_000_000_000_000_000,
            2**63 + 7,
            1_700_000_100_000_000_000,
            "a" * 64,
            ".mq4",
            None,
            True,
        )
        assert known[b"notes.txt"].mtime_ns == 253_402_300_799 * 10**9
        assert not known[b"late.mq5"].classified
        open_run = catalog.open_run()
        assert open_run is not None
        assert open_run.order == order("second").replace(paths=("EAs",), level="quick")
        ended = catalog.begin_run(order("first"), "1")
        assert ended.counts == RunCounts(seen=5, read=3, classified=2, failed=1)


def test_the_old_catalog_can_be_searched_and_goes_on(
    old: Path, make_state: Callable[..., FileState]
) -> None:
    with Catalog(old) as catalog:
        for query in (
            SearchQuery(words="trailing"),
            SearchQuery(words="copies"),
            SearchQuery(symbol="GOLD", risk=("stop_loss",), timeframe="M5"),
            SearchQuery(author="media"),
        ):
            assert "copies/100%25 %FF\n.mq4" in [
                record.path for record in catalog.search(query)
            ]
        sniffed = make_state(b"notes.txt", None, problem=None, sniffed=True)
        catalog.store(Batch(files=(sniffed,)))
        assert catalog.summary().files == 4


@pytest.mark.parametrize("fixture", [FIRST, SECOND, THIRD, FOURTH])
def test_a_migrated_catalog_has_the_tables_of_a_new_one(
    fixture: Path, path: Path, tmp_path: Path
) -> None:
    shutil.copy(fixture, path)
    path.chmod(0o600)
    Catalog(path).close()
    Catalog(tmp_path / "new.sqlite3").close()

    assert tables(path) == tables(tmp_path / "new.sqlite3")


def test_a_catalog_without_history_begins_one(
    path: Path, make_state: Callable[..., FileState]
) -> None:
    shutil.copy(SECOND, path)
    path.chmod(0o600)
    with Catalog(path) as catalog:
        assert [record.path for record in catalog.records()] == [
            "EAs/Gold Grid.mq4",
            "a.ex4",
            "copies/100%25 %FF\n.mq4",
            "late.mq4",
            "night.mq4",
        ]
        made_at_ns = catalog.about().created_at_ns
        (added,) = catalog.history(b"EAs/Gold Grid.mq4")
        assert added.what == "added"
        assert added.at.timestamp() * 1e6 == made_at_ns // 1000
        assert added.after is not None
        assert (added.after.kind, added.after.primary) == ("expert", "grid")

        late = make_state(b"EAs/Gold Grid.mq4", "late")
        catalog.store(Batch(files=(late.replace(scanned_at_ns=made_at_ns + 10**9),)))

        changed = catalog.history(b"EAs/Gold Grid.mq4")[-1]
        assert (changed.what, changed.before) == ("changed", added.after)
        assert len(catalog.changes(made_at_ns + 1)) == 1
        assert catalog.problems() == []


def test_a_reader_leaves_an_old_catalog_to_the_writer(old: Path) -> None:
    before = old.read_bytes()

    with pytest.raises(
        CatalogError, match=r"older version.*run `orquestrador classify`"
    ):
        Catalog(old, read_only=True)

    assert old.read_bytes() == before


def test_a_step_that_fails_leaves_the_old_catalog_whole(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, part_records, *_later = schema.MIGRATIONS

    def fail_late(database: sqlite3.Connection) -> None:
        part_records(database)
        database.execute("INSERT INTO no_such_table VALUES (1)")

    before = tables(old)
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (create, fail_late))
        with pytest.raises(CatalogError, match="no_such_table"):
            Catalog(old)
    assert user_version(old) == 1
    assert tables(old) == before

    with Catalog(old) as catalog:
        assert len(list(catalog.records())) == 5
