"""What is wrong with an input is named, and costs nothing else."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orquestrador.catalog import Catalog
from orquestrador.config import ClassificationSettings
from orquestrador.errors import DatasetError, LibraryInUseError, RunFailedError
from orquestrador.messages.shards import ShardClassified
from orquestrador.sharding import Sharding, classify_shards
from orquestrador.shards import row_shards
from orquestrador.shards.importing import import_rows, rows_of
from orquestrador.shards.manifest import Manifest
from orquestrador.shards.planning import ShardOptions, plan

Plan = Callable[..., Manifest]
Done = Callable[..., list[ShardClassified]]
INLINE = {"classification": {"engine": "inline"}}


def table(file: Path, **columns: Any) -> Path:
    pq.write_table(pa.Table.from_pydict(columns), file, row_group_size=2)
    return file


def records(to: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for part in sorted(to.glob("part-*.jsonl"))
        for line in part.read_bytes().splitlines()
    ]


def test_each_hostile_row_has_its_record_with_the_reason(
    tmp_path: Path, planned: Plan, done: Done
) -> None:
    rows = {
        "../../out.mq4": "its path leads out",
        "/etc/cron.mq4": "its path leads out",
        "a//b.mq4": "its path leads out",
        "nul\0.mq4": "its path leads out",
        "x.zip/\0/a.mq4": "its path leads out",
        "large.mq4": "is over the limit",
        "null.mq4": "its content is null",
        "twice.mq4": None,
    }
    contents = ["int a;"] * 5 + ["int large;" * 4_000_000, None, "int a;"]
    file = table(
        tmp_path / "x.parquet",
        path=[*rows, None, "twice.mq4", "notes.md"],
        content=[*contents, "int a;", "int b;", "# no source"],
    )

    answers = done(planned([file], tmp_path / "out"), tmp_path / "out")

    found = records(tmp_path / "out")
    assert {each.problem for each in answers} == {None}
    assert len(found) == 10
    for record, reason in zip(
        found, [*rows.values(), "its path is null"], strict=False
    ):
        assert reason is None or reason in record["reason"], record
    assert found[3]["path"] == "nul\\0.mq4"
    assert found[8]["path"] == "(row 8)"
    assert found[7]["sha256"] != found[9]["sha256"]
    assert sum(each.problems for each in answers) == 8


def test_an_import_takes_no_path_that_leads_out_and_the_first_of_two(
    tmp_path: Path, planned: Plan, done: Done
) -> None:
    paths = ["../a.mq4", "a.mq4", "a.mq4", "b/../../c.mq4"]
    file = table(tmp_path / "x.parquet", path=paths, content=["int a;", "int b;"] * 2)
    done(planned([file], tmp_path / "out"), tmp_path / "out")

    with Catalog(tmp_path / "catalog.sqlite3") as catalog:
        found = import_rows(catalog, rows_of(tmp_path / "out"), frozenset())
        kept = list(catalog.records())

    assert found == (1, 3)
    assert [each.path for each in kept] == ["a.mq4"]
    assert kept[0].sha256 == records(tmp_path / "out")[1]["sha256"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"path": ["a.mq4"], "text": ["int a;"]}, "no column content.*of path, text"),
        ({"content": ["int a;"]}, "no column path"),
        ({"path": [1], "content": ["int a;"]}, "column path is neither text nor bytes"),
        ({"path": ["a.mq4"], "content": [["x"]]}, "column content is neither"),
    ],
    ids=["other", "no path", "number", "list"],
)
def test_wrong_columns_are_named_before_anything_is_written(
    tmp_path: Path, planned: Plan, columns: dict[str, Any], words: str
) -> None:
    file = table(tmp_path / "x.parquet", **columns)

    with pytest.raises(DatasetError, match=words):
        planned([file], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_truncated_file_is_named_before_anything_is_written(
    tmp_path: Path, planned: Plan
) -> None:
    whole = table(tmp_path / "x.parquet", path=["a.mq4"], content=["int a;"])
    data = whole.read_bytes()
    for part in (b"", data[:10], data[:-4], data[: len(data) // 2]):
        whole.write_bytes(part)
        with pytest.raises(DatasetError, match=r"x\.parquet"):
            planned([whole], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_damage_in_the_middle_costs_its_shard_only(tmp_path: Path) -> None:
    noise = [os.urandom(3000).hex() for _ in range(6)]
    paths = [f"{number}.mq4" for number in range(6)]
    file = table(tmp_path / "x.parquet", path=paths, content=noise)
    contents = pq.read_metadata(file).row_group(0).column(1)
    start = contents.dictionary_page_offset or contents.data_page_offset
    data = bytearray(file.read_bytes())
    data[start : start + 40] = b"\xff" * 40
    file.write_bytes(data)
    options = ShardOptions(output="jsonl", shard_bytes=1)

    with pytest.raises(RunFailedError, match=r"1 of 3 shards have no part.*x\.parquet"):
        classify_shards([file], tmp_path / "out", options=options, settings=INLINE)

    assert [each["path"] for each in records(tmp_path / "out")] == paths[2:]


def test_a_row_group_that_claims_too_much_is_not_read(
    tmp_path: Path, planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table(tmp_path / "x.parquet", path=["a.mq4"], content=["int a;"])
    monkeypatch.setattr(row_shards, "MOST_GROUP_BYTES", 20)

    with pytest.raises(DatasetError, match=r"row group 0 claims \d+ bytes, and 20"):
        planned([file], tmp_path / "out")


def test_a_folder_is_gone_on_with_in_the_same_way_only(
    sources: Path, tmp_path: Path, planned: Plan, settings: ClassificationSettings
) -> None:
    first = planned([sources], tmp_path / "out")

    assert planned([sources], tmp_path / "out") == first
    with pytest.raises(DatasetError, match=r"another output \(jsonl, now csv\)"):
        planned([sources], tmp_path / "out", output="csv")
    asked = ShardOptions(output="jsonl", shard_bytes=4000)
    inputs, to, version = [str(sources)], str(tmp_path / "out"), first.job.classifier
    with pytest.raises(DatasetError, match="another classifier"):
        plan(inputs, to, asked, settings, "0+older")
    smaller = msgspec.structs.replace(settings, max_file_mb=1.0)
    with pytest.raises(DatasetError, match="another max_bytes"):
        plan(inputs, to, asked, smaller, version)


def test_a_folder_with_something_else_is_left_alone(
    sources: Path, tmp_path: Path, planned: Plan
) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(DatasetError, match="holds something else"):
        planned([sources], tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_an_input_that_is_not_there_is_named(tmp_path: Path, planned: Plan) -> None:
    with pytest.raises(DatasetError, match="nowhere is not there"):
        classify_shards([tmp_path / "nowhere"], tmp_path / "out", settings=INLINE)
    assert not (tmp_path / "out").exists()
    with pytest.raises(DatasetError, match="no Parquet file is there"):
        planned([tmp_path], tmp_path / "out", input_format="parquet")


def test_the_output_is_no_input(sources: Path, planned: Plan, done: Done) -> None:
    to = sources / "out"
    manifest = planned([sources], to)
    done(manifest, to)
    (to / "_manifest.jsonl").unlink()
    for each in to.iterdir():
        each.unlink()

    assert planned([sources], to).shards == manifest.shards
    for each in to.iterdir():
        each.unlink()
    to.rmdir()


def test_two_at_a_time_are_refused(sources: Path, tmp_path: Path) -> None:
    with Sharding([sources], tmp_path / "out", settings=INLINE) as first:
        first.result(timeout=60)
        with pytest.raises(LibraryInUseError, match="another process writes into"):
            classify_shards([sources], tmp_path / "out", settings=INLINE)


def test_parts_that_are_missing_are_not_imported(
    sources: Path, tmp_path: Path, planned: Plan, done: Done
) -> None:
    manifest = planned([sources], tmp_path / "out")
    done(manifest, tmp_path / "out")
    (tmp_path / "out" / "part-000001.jsonl").unlink()

    with pytest.raises(DatasetError, match=r"1 of .* parts of .* are missing"):
        list(rows_of(tmp_path / "out"))
    with pytest.raises(DatasetError, match="has no manifest"):
        list(rows_of(sources))


def test_what_vanished_since_the_manifest_has_its_record(
    tmp_path: Path, planned: Plan, done: Done
) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.mq4", "b.mq4"):
        (tmp_path / "in" / name).write_text("int a;", encoding="utf-8")
    manifest = planned([tmp_path / "in"], tmp_path / "out")
    (tmp_path / "in" / "a.mq4").unlink()

    done(manifest, tmp_path / "out")

    gone, there = records(tmp_path / "out")
    assert "cannot be looked at" in gone["reason"]
    assert there["reason"] is None or "cannot" not in there["reason"]
