"""Records as Parquet, and back."""

import io
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orquestrador.catalog import export_records, import_records
from orquestrador.classification import classify_and_sketch
from orquestrador.errors import DatasetError
from orquestrador.messages.record import Record, unknown_record
from orquestrador.messages.sameness import Sketch
from orquestrador.tables import common_metadata, read_rows, write_rows

EXAMPLES = Path(__file__).parents[2] / "examples" / "library" / "Experts"

Row = tuple[Record, Sketch | None]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    paths = [*sorted(EXAMPLES.rglob("*.mq?"))[:3], EXAMPLES / "x.pine"]
    found = [
        classify_and_sketch(path.read_bytes() if path.exists() else b"", path.name)
        for path in paths
    ]
    unread = unknown_record(
        sha256="", size=0, reason="locked", level="quick", classifier="1"
    )
    quick = classify_and_sketch(paths[0].read_bytes(), "a.mq4", level="quick")
    return [*found, (unread.replace(path="日本 %25.mq4"), None), quick]


def written(rows: list[Row]) -> bytes:
    stream = io.BytesIO()
    write_rows(rows, stream, {"classifier": "1+x"})
    return stream.getvalue()


def test_nothing_of_a_record_is_lost_and_the_same_rows_make_the_same_bytes(
    tmp_path: Path, rows: list[Row]
) -> None:
    file = tmp_path / "x.parquet"
    file.write_bytes(written(rows))

    assert list(read_rows(file)) == rows
    assert written(rows) == file.read_bytes()


def test_others_read_it_by_its_columns_and_what_is_said_of_all(
    tmp_path: Path, rows: list[Row]
) -> None:
    (tmp_path / "part-0.parquet").write_bytes(written(rows))
    (tmp_path / "_common_metadata").write_bytes(common_metadata({"classifier": "1+x"}))

    table = pq.read_table(tmp_path)
    said = pq.read_schema(tmp_path / "_common_metadata").metadata

    plain = table.to_pylist()
    assert [each["kind"] for each in plain] == [record.kind for record, _ in rows]
    assert plain[0]["strategies"][0]["evidence"][0]["line"] > 0
    assert plain[4]["risk"] is None
    assert said[b"orquestrador.classifier"] == b"1+x"
    assert said[b"orquestrador.schema_version"] == b"1"


def test_an_export_comes_back(tmp_path: Path, rows: list[Row]) -> None:
    records = [record for record, _ in rows]

    assert export_records(records, tmp_path / "x.parquet") == len(rows)
    assert list(import_records(tmp_path / "x.parquet")) == records


def test_a_damaged_file_is_named(tmp_path: Path, rows: list[Row]) -> None:
    file = tmp_path / "x.parquet"
    whole = written(rows)
    for data in (b"", whole[:-9], whole[: len(whole) // 2], b"PAR1" + whole[40:]):
        file.write_bytes(data)
        with pytest.raises(DatasetError, match=r"x\.parquet"):
            list(read_rows(file))


def test_another_programs_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    pq.write_table(pa.Table.from_pydict({"path": ["a.mq4"]}), file)

    with pytest.raises(DatasetError, match="holds no records of this version"):
        list(read_rows(file))


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(DatasetError, match=r"pip install 'orquestrador\[parquet\]'"):
        export_records([], tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_pyarrow_is_not_imported_before_it_is_used() -> None:
    code = (
        "import sys, orquestrador.tree, orquestrador.catalog.export, "
        "orquestrador.tables; sys.exit('pyarrow' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
