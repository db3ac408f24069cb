"""Copies are found among the parts of output folders, as in a catalog."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog
from orquestrador.errors import DatasetError
from orquestrador.messages.sameness import CopyGroup, Sameness
from orquestrador.sharding import classify_shards
from orquestrador.shards.copies import CopyIndex
from orquestrador.shards.importing import import_rows, rows_of
from orquestrador.shards.planning import ShardOptions

EXAMPLES = Path(__file__).parents[2] / "examples" / "library" / "Experts"
INLINE = {"classification": {"engine": "inline"}}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts, in which copies of each kind stand apart."""
    place = tmp_path_factory.mktemp("copies")
    sources = place / "EAs"
    (sources / "old").mkdir(parents=True)
    for name in ("Grid Ouro v2.3.mq4", "Grid Ouro v2.4.mq4", "Perceptron_v4.mq4"):
        shutil.copy2(EXAMPLES / name, sources / name)
    text = (sources / "Perceptron_v4.mq4").read_bytes()
    (sources / "old" / "Perceptron.mq4").write_bytes(text)
    (sources / "zz of mine.mq4").write_bytes(b"// mine\r\n" + text)
    for name in ("notes.txt", "notes (1).txt"):
        (sources / name).write_text("what I bought", encoding="utf-8")
    (sources / "empty.mq4").write_bytes(b"")
    (sources / "empty too.mq4").write_bytes(b"")
    options = ShardOptions(shard_bytes=8000)
    classify_shards([sources], place / "out", options=options, settings=INLINE)
    assert len(list((place / "out").glob("part-*"))) > 2
    return place / "out"


def found(
    index: CopyIndex, sameness: Sameness = "near", near_share: float = 0.85
) -> list[CopyGroup]:
    return sorted(index.copies(sameness, near_share), key=lambda each: each.best)


def test_groups_are_those_of_a_catalog_of_the_same_records(
    parts: Path, tmp_path: Path
) -> None:
    with (
        Catalog(tmp_path / "catalog.sqlite3") as catalog,
        CopyIndex(tmp_path / "copies.sqlite3") as index,
    ):
        import_rows(catalog, rows_of(parts), frozenset({".txt", ""}))
        index.add(parts)

        kinds: list[Sameness] = ["exact", "same_code", "near"]
        ours = [found(index, each) for each in kinds]
        theirs = [
            sorted(catalog.copies(each), key=lambda group: group.best) for each in kinds
        ]

    assert ours == theirs
    # Files without code are copies by their bytes; notes are no sources.
    assert [len(some) for some in ours] == [2, 2, 3]
    assert {copy.sameness for group in ours[-1] for copy in group.copies} == set(kinds)


def test_a_higher_share_leaves_fewer_near(parts: Path, tmp_path: Path) -> None:
    with CopyIndex(tmp_path / "copies.sqlite3") as index:
        index.add(parts)

        assert len(found(index, near_share=0.999)) == 2


def test_a_part_is_noted_once_also_by_the_next_program(
    parts: Path, tmp_path: Path
) -> None:
    with CopyIndex(tmp_path / "copies.sqlite3") as index:
        assert index.add(parts) == 7
        before = found(index)
    with CopyIndex(tmp_path / "copies.sqlite3") as index:
        assert index.add(parts) == 0
        assert found(index) == before


def test_the_same_files_in_another_folder_are_other_parts_and_no_other_files(
    parts: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(parts, tmp_path / "other")
    with CopyIndex(tmp_path / "copies.sqlite3") as index:
        index.add(parts)
        before = found(index)

        assert index.add(other) == 0
        assert found(index) == before


def test_a_part_that_cannot_be_read_is_not_noted_and_the_next_time_goes_on(
    parts: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(parts, tmp_path / "damaged")
    last = max(folder.glob("part-*"))
    whole = last.read_bytes()
    last.write_bytes(whole[:-20])
    with CopyIndex(tmp_path / "copies.sqlite3") as index:
        with pytest.raises(DatasetError, match=last.name):
            index.add(folder)
        last.write_bytes(whole)
        added = index.add(folder)
        resumed = found(index)
    with CopyIndex(tmp_path / "undisturbed.sqlite3") as index:
        assert 0 < added < index.add(parts)
        assert resumed == found(index)


def test_a_part_that_was_replaced_is_refused(parts: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(parts, tmp_path / "replaced")
    first, *_, last = sorted(folder.glob("part-*"))
    with CopyIndex(tmp_path / "copies.sqlite3") as index:
        index.add(folder)
        first.write_bytes(last.read_bytes())

        with pytest.raises(DatasetError, match="was replaced: make a new index"):
            index.add(folder)


def test_another_database_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    with Catalog(path):
        pass
    before = path.read_bytes()

    with pytest.raises(DatasetError, match="no index of copies"):
        CopyIndex(path)

    assert path.read_bytes() == before


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("what I bought" * 100, encoding="utf-8")

    with pytest.raises(DatasetError, match=r"notes\.txt"):
        CopyIndex(path)


def test_a_folder_without_parts_is_named(tmp_path: Path) -> None:
    with (
        CopyIndex(tmp_path / "copies.sqlite3") as index,
        pytest.raises(DatasetError, match="no manifest"),
    ):
        index.add(tmp_path)


def test_the_index_is_an_ordinary_database(parts: Path, tmp_path: Path) -> None:
    with CopyIndex(tmp_path / "copies.sqlite3") as index:
        index.add(parts)
    connection = sqlite3.connect(tmp_path / "copies.sqlite3")
    try:
        (check,) = connection.execute("PRAGMA integrity_check").fetchone()
        (files,) = connection.execute("SELECT count(*) FROM files").fetchone()
    finally:
        connection.close()
    assert (check, files) == ("ok", 7)
