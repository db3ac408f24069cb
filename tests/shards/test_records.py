"""The same records, whatever the input and the engine."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog, export_records
from orquestrador.messages.shards import ShardClassified
from orquestrador.sharding import Sharding, classify_shards
from orquestrador.shards.importing import import_rows, rows_of
from orquestrador.shards.manifest import Manifest
from orquestrador.shards.planning import ShardOptions

Plan = Callable[..., Manifest]
Done = Callable[..., list[ShardClassified]]

SNIFFED = frozenset({".txt", ""})


@pytest.fixture
def exported(archived: Path, tmp_path: Path) -> bytes:
    """The export of a catalog of the folder."""
    state, file = tmp_path / "state", tmp_path / "export.jsonl"
    inline = {"classification": {"engine": "inline"}}
    with Orchestrator(archived, state=state, settings=inline, backup=False) as orq:
        orq.classify(report=False).result(timeout=60)
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        export_records(catalog.records(), file)
    return file.read_bytes()


def lines(to: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(to.glob("part-*.jsonl")))


def test_the_parts_of_a_folder_say_what_its_catalog_says(
    archived: Path, tmp_path: Path, planned: Plan, done: Done, exported: bytes
) -> None:
    manifest = planned([archived], tmp_path / "out")
    answers = done(manifest, tmp_path / "out")

    assert len(manifest.shards) > 1
    assert {each.problem for each in answers} == {None}
    assert lines(tmp_path / "out") == exported
    assert b"pack.zip!/in/a.mq4" in exported


def test_an_import_makes_the_catalog_that_a_run_would_make(
    archived: Path, tmp_path: Path, planned: Plan, done: Done, exported: bytes
) -> None:
    done(planned([archived], tmp_path / "out", output="parquet"), tmp_path / "out")
    file = tmp_path / "again.jsonl"
    with Catalog(tmp_path / "imported.sqlite3") as catalog:
        for _ in range(2):
            found = import_rows(catalog, rows_of(tmp_path / "out"), SNIFFED)
            export_records(catalog.records(), file)
            assert (found.records, found.left_out) == (exported.count(b"\n"), 0)
            assert file.read_bytes() == exported
        assert [len(each.copies) for each in catalog.copies("same_code")] == [2]


def test_what_is_imported_is_not_classified_again(
    archived: Path, tmp_path: Path, planned: Plan, done: Done
) -> None:
    done(planned([archived], tmp_path / "out", output="parquet"), tmp_path / "out")
    state = tmp_path / "state"
    state.mkdir()
    with Catalog(state / "catalog.sqlite3") as catalog:
        import_rows(catalog, rows_of(tmp_path / "out"), SNIFFED)
    inline = {"classification": {"engine": "inline"}}
    with Orchestrator(archived, state=state, settings=inline, backup=False) as orq:
        result = orq.classify(report=False).result(timeout=60)

    # The text that is no source is in no list, and so in no part.
    assert (result.classified, result.summary.pending) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (pa.binary(), pa.string()),
        (pa.large_binary(), pa.binary()),
        (pa.dictionary(pa.int64(), pa.binary()), pa.large_string()),
    ],
    ids=["binary", "large", "dictionary"],
)
def test_a_table_of_the_files_makes_the_parts_of_the_folder(
    sources: Path,
    tmp_path: Path,
    planned: Plan,
    done: Done,
    kind: pa.DataType,
    text: pa.DataType,
) -> None:
    done(planned([sources], tmp_path / "of folder"), tmp_path / "of folder")
    files = sorted(each for each in sources.rglob("*") if each.is_file())
    names = [each.relative_to(sources).as_posix() for each in files]
    order = sorted(range(len(files)), key=lambda at: names[at].replace("%", "%25"))
    table = pa.Table.from_pydict(
        {
            "path": pa.array([names[at] for at in order]).cast(text),
            "content": pa.array([files[at].read_bytes() for at in order], type=kind),
            "stars": list(range(len(files))),
        }
    )
    (tmp_path / "data").mkdir()
    pq.write_table(table, tmp_path / "data" / "x.parquet", row_group_size=3)

    manifest = planned([tmp_path / "data"], tmp_path / "of table", shard_bytes=1)
    done(manifest, tmp_path / "of table")

    assert [each.count for each in manifest.shards] == [3, 3, 1]
    assert lines(tmp_path / "of table") == lines(tmp_path / "of folder") != b""


def test_a_folder_behind_a_uri_makes_the_same_parts(
    sources: Path, tmp_path: Path, planned: Plan, done: Done
) -> None:
    done(planned([sources], tmp_path / "here"), tmp_path / "here")
    there = (tmp_path / "there").as_uri()

    done(planned([sources.as_uri()], there), there)

    assert lines(tmp_path / "there") == lines(tmp_path / "here") != b""


def test_several_columns_make_a_path(tmp_path: Path, planned: Plan, done: Done) -> None:
    file = tmp_path / "x.parquet"
    columns = {"repo": ["a/b", "c/d"], "path": ["x.mq4"] * 2, "text": ["int a;"] * 2}
    pq.write_table(pa.Table.from_pydict(columns), file)

    options = {"path_columns": ("repo", "path"), "content_column": "text"}
    done(planned([file], tmp_path / "out", **options), tmp_path / "out")

    assert b'"a/b/x.mq4"' in lines(tmp_path / "out")
    assert b'"c/d/x.mq4"' in lines(tmp_path / "out")


def test_two_folders_are_told_apart_below_what_they_have_in_common(
    sources: Path, tmp_path: Path, planned: Plan, done: Done
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy2(sources / "latin.mq5", tmp_path / name)

    manifest = planned([tmp_path / "one", tmp_path / "two"], tmp_path / "out")

    found = [name for shard in manifest.shards for name in shard.files]
    assert found == ["one/latin.mq5", "two/latin.mq5"]


def test_processes_make_what_this_one_makes_and_tell_how_far_they_are(
    sources: Path, tmp_path: Path
) -> None:
    options = ShardOptions(shard_bytes=4000)
    inline = classify_shards(
        [sources],
        tmp_path / "inline",
        options=options,
        settings={"classification": {"engine": "inline"}},
    )
    with Sharding(
        [sources],
        tmp_path / "processes",
        options=options,
        settings={"classification": {"engine": "processes", "workers": 2}},
    ) as sharding:
        told = [type(each).__name__ for each in sharding.run.events()]
        result = sharding.result(timeout=60)

    assert (result.files, result.shards) == (inline.files, inline.shards)
    assert result.classified == inline.classified > 0
    assert told[0] == "RunStarted"
    assert told.count("RunProgressed") == result.shards + 1
    names = {each.name for each in (tmp_path / "inline").iterdir()}
    assert {each.name for each in (tmp_path / "processes").iterdir()} == names
    for name in names:
        of_both = (tmp_path / "inline" / name, tmp_path / "processes" / name)
        assert of_both[0].read_bytes() == of_both[1].read_bytes(), name
