"""A catalog opens, or says why not and what to do."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog, connection
from orquestrador.errors import CatalogError
from orquestrador.messages import Batch, ClassifiedContent, FileState, Record

Make = Callable[..., Record]
MakeState = Callable[..., FileState]


@contextmanager
def raw(path: Path) -> Generator[sqlite3.Connection]:
    """Open the database as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        yield database


def many(make_state: MakeState, count: int = 2000) -> Batch:
    return Batch(files=tuple(make_state(b"%d.mq4" % n, str(n)) for n in range(count)))


def test_what_was_stored_is_there_after_closing(
    path: Path, make_state: MakeState
) -> None:
    with Catalog(path) as catalog:
        catalog.set_library("/home/ana/EAs")
        catalog.store(Batch(files=(make_state(b"a.mq4", "x"),)))
        before = catalog.about()
        known = catalog.known_files()

    with Catalog(path) as catalog:
        assert catalog.known_files() == known
        assert catalog.about() == before
        assert before.library == "/home/ana/EAs"
        assert before.saved_at_ns is not None
        assert before.saved_at_ns >= before.created_at_ns


def test_closing_twice_is_no_error(path: Path) -> None:
    catalog = Catalog(path)
    catalog.close()
    catalog.close()


def test_a_reader_sees_what_the_writer_beside_it_stored(
    path: Path, make_state: MakeState
) -> None:
    with Catalog(path) as writer, Catalog(path, read_only=True) as reader:
        assert reader.known_files() == {}
        writer.store(Batch(files=(make_state(b"a.mq4", "x"),)))

        assert set(reader.known_files()) == {b"a.mq4"}
        assert [record.path for record in reader.records()] == ["a.mq4"]


def test_a_reader_in_the_middle_of_an_export_does_not_stop_the_writer(
    path: Path, make_state: MakeState
) -> None:
    with Catalog(path) as writer, Catalog(path, read_only=True) as reader:
        writer.store(many(make_state, 3))
        records = reader.records()
        next(records)

        writer.store(Batch(removed=(b"1.mq4",)))

        assert [record.path for record in records] == ["1.mq4", "2.mq4"]
        assert [record.path for record in reader.records()] == ["0.mq4", "2.mq4"]


def test_a_reader_cannot_store(path: Path, make_state: MakeState) -> None:
    with Catalog(path) as writer:
        writer.store(many(make_state, 1))
        with (
            Catalog(path, read_only=True) as reader,
            pytest.raises(CatalogError, match="readonly"),
        ):
            reader.store(Batch(removed=(b"0.mq4",)))

        assert set(writer.known_files()) == {b"0.mq4"}


def test_a_reader_makes_no_catalog_where_there_is_none(path: Path) -> None:
    with pytest.raises(CatalogError, match="run `orquestrador classify`"):
        Catalog(path, read_only=True)

    assert not path.exists()


def test_an_empty_file_is_a_catalog_not_begun(path: Path) -> None:
    path.touch()

    with Catalog(path) as catalog:
        assert catalog.known_files() == {}


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database_is_named_damaged_and_left_alone(
    path: Path, *, read_only: bool
) -> None:
    path.write_bytes(b"no database at all" * 1000)

    with pytest.raises(CatalogError, match="damaged: move it away"):
        Catalog(path, read_only=read_only)

    assert path.read_bytes() == b"no database at all" * 1000


def read_all(path: Path) -> None:
    with Catalog(path) as catalog:
        catalog.known_files()
        catalog.summary()


@pytest.mark.parametrize("keep", [1, 0.5], ids=["overwritten", "cut short"])
def test_damage_inside_is_named_when_it_is_met(
    path: Path, make_state: MakeState, keep: float
) -> None:
    with Catalog(path) as catalog:
        catalog.store(many(make_state))
    data = path.read_bytes()
    path.write_bytes(data[:8192] + b"\xa5" * (int(len(data) * keep) - 8192))

    with pytest.raises(CatalogError, match="damaged: move it away"):
        read_all(path)


def test_damage_is_found_by_a_look_through_the_whole_file(
    path: Path, make_state: MakeState
) -> None:
    with Catalog(path) as catalog:
        catalog.store(many(make_state))
        assert catalog.problems() == []
    with raw(path) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DELETE FROM contents WHERE id = 7")

    with Catalog(path) as catalog:
        assert any("files" in problem for problem in catalog.problems())


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    Catalog(path).close()
    with raw(path) as database:
        database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()

    for read_only in (False, True):
        with pytest.raises(CatalogError, match=r"newer version.*update orquestrador"):
            Catalog(path, read_only=read_only)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    with raw(path) as database:
        database.execute("CREATE TABLE mail (text)")

    for read_only in (False, True):
        with pytest.raises(CatalogError, match="another program's database"):
            Catalog(path, read_only=read_only)
    with raw(path) as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("mail",)]


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="check that its folder exists"):
        Catalog(tmp_path / "none" / "catalog.sqlite3")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_in_the_files_place_is_an_error(
    tmp_path: Path, *, read_only: bool
) -> None:
    with pytest.raises(CatalogError, match=str(tmp_path.name)):
        Catalog(tmp_path, read_only=read_only)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs refused permissions"
)
def test_a_file_without_permission_is_an_error(path: Path) -> None:
    Catalog(path).close()
    path.chmod(0)
    try:
        with pytest.raises(CatalogError, match="check that you may"):
            Catalog(path)
    finally:
        path.chmod(0o600)


def test_a_file_system_without_a_write_ahead_log_is_refused() -> None:
    # A database in memory has none either.
    with pytest.raises(CatalogError, match="--state DIR"):
        Catalog(Path(":memory:"))


def test_an_sqlite_that_is_too_old_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))

    with pytest.raises(CatalogError, match=r"needs 3\.35 or newer"):
        Catalog(path)
    assert not path.exists()


def test_a_locked_catalog_is_an_error_that_says_so_and_passes(
    path: Path, make_state: MakeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    with Catalog(path) as catalog, raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogError, match="another program holds the catalog"):
            catalog.store(many(make_state, 1))
        assert catalog.known_files() == {}

        other.execute("ROLLBACK")
        catalog.store(many(make_state, 1))
        assert len(catalog.known_files()) == 1


def test_a_full_disk_loses_nothing_that_was_stored(
    path: Path,
    make_record: Make,
    make_state: MakeState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large = Batch(
        records=tuple(
            ClassifiedContent(suffix=".mq4", record=make_record(str(n)))
            for n in range(500)
        ),
        removed=(b"0.mq4",),
    )
    with Catalog(path) as catalog:
        catalog.store(many(make_state, 3))
    pages = path.stat().st_size // 4096
    with monkeypatch.context() as patched:
        # SQLite's own limit stands in for the disk's.
        limit = f"max_page_count = {pages + 4}"
        patched.setattr(connection, "SETTINGS", (*connection.SETTINGS, limit))
        with Catalog(path) as catalog:
            with pytest.raises(CatalogError, match=r"disk is full.*free some space"):
                catalog.store(large)

            assert len(catalog.known_files()) == 3
            assert catalog.known_contents("1+rules", "full") == set()

    with Catalog(path) as catalog:
        catalog.store(large)
        assert len(catalog.known_files()) == 2
        assert len(catalog.known_contents("1+rules", "full")) == 500
        assert catalog.problems() == []


def test_a_record_that_cannot_be_read_names_its_content(
    path: Path, catalog: Catalog, put: Make
) -> None:
    stored = put("a.mq4")
    with raw(path) as database:
        database.execute("UPDATE records SET record = x'00'")

    with pytest.raises(CatalogError, match=stored.sha256[:12]):
        list(catalog.records())


def test_the_catalog_can_stand_under_any_name(tmp_path: Path) -> None:
    # Windows knows no "?".
    mark = "" if sys.platform == "win32" else "?mode=ro"
    folder = tmp_path / f"100% ação {mark} #1"
    folder.mkdir()
    with Catalog(folder / "c%41.sqlite3") as catalog:
        catalog.set_library("x")
    with Catalog(folder / "c%41.sqlite3", read_only=True) as catalog:
        assert catalog.about().library == "x"
    assert (folder / "c%41.sqlite3").is_file()


def test_a_copy_of_the_closed_file_is_the_whole_catalog(
    path: Path, tmp_path: Path, make_state: MakeState
) -> None:
    with Catalog(path) as catalog:
        catalog.store(many(make_state, 3))
    shutil.copy(path, tmp_path / "copy.sqlite3")

    with Catalog(tmp_path / "copy.sqlite3") as catalog:
        assert len(catalog.known_files()) == 3
