"""An export is a whole file or none, and says the same as the catalog."""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog, export_records, import_records
from orquestrador.errors import CatalogError
from orquestrador.messages import Batch, Facts, FileState, Input, Record

Make = Callable[..., Record]
MakeState = Callable[..., FileState]


@pytest.fixture
def records(
    catalog: Catalog, put: Make, make_state: MakeState, facts: Facts
) -> list[Record]:
    put("EAs/Gold Grid.mq4", facts=facts, risk=("stop_loss",), symbols=("XAUUSD",))
    put('a\n;b, "c" 100%.mq4', strategies=None, risk=None, level="quick")
    catalog.store(Batch(files=(make_state(b"caf\xe9.mq4", None, problem="locked"),)))
    return list(catalog.records())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_what_is_exported_as_jsonl_is_imported_again(
    catalog: Catalog, records: list[Record], tmp_path: Path
) -> None:
    path = tmp_path / "export.jsonl"

    assert export_records(catalog.records(), path) == 3

    assert list(import_records(path)) == records
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line)["path"] for line in lines] == [
        record.path for record in records
    ]
    assert list(json.loads(lines[0])["risk"]) == ["stop_loss"]


def test_csv_has_a_row_a_record_under_one_header(
    catalog: Catalog, records: list[Record], tmp_path: Path
) -> None:
    path = tmp_path / "export.CSV"
    export_records(catalog.records(), path)

    table = rows(path)

    assert [row["path"] for row in table] == [record.path for record in records]
    gold = table[0]
    assert gold["strategies"] == "grid"
    assert gold["risk"] == "stop_loss"
    assert gold["inputs"] == "UseTrailingStop"
    assert gold["functions"] == "OnTick;CalculateLots"
    assert gold["author"] == "Ana Média, Fictional Software"
    assert gold["confidence"] == "0.9"
    unread = table[2]
    assert (unread["kind"], unread["reason"]) == ("unknown", "locked")
    assert (unread["strategies"], unread["name"]) == ("", "")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_of_a_source_becomes_a_formula(
    make_record: Make, tmp_path: Path, sign: str
) -> None:
    evil = sign + "cmd|' /C calc'!A0"
    record = make_record(
        "x",
        path=evil,
        symbols=(evil,),
        facts=Facts(name=evil, inputs=(Input(name=evil),)),
        reason=evil,
    )

    export_records([record], tmp_path / "x.csv")

    (row,) = rows(tmp_path / "x.csv")
    for column in ("path", "symbols", "name", "inputs", "reason"):
        assert row[column] == "'" + evil


def test_a_lists_items_can_be_told_apart(make_record: Make, tmp_path: Path) -> None:
    facts = Facts(includes=("a;b.mqh", "c.mqh"), magic_numbers=(-1, 2))
    export_records([make_record("x", facts=facts)], tmp_path / "x.csv")

    (row,) = rows(tmp_path / "x.csv")
    assert row["includes"] == "a,b.mqh;c.mqh"
    assert row["magic_numbers"] == "'-1;2"


@pytest.mark.parametrize(
    ("name", "words"),
    [("x.xlsx", r"\.xlsx is no format"), ("x", "ending")],
)
def test_an_ending_that_names_no_format_is_refused(
    tmp_path: Path, name: str, words: str
) -> None:
    with pytest.raises(CatalogError, match=words):
        export_records([], tmp_path / name)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.parquet"])
def test_an_export_that_fails_leaves_the_older_file(
    make_record: Make, tmp_path: Path, name: str
) -> None:
    def failing() -> Iterator[Record]:
        yield make_record("x")
        raise CatalogError("damaged")

    path = tmp_path / name
    path.write_text("older")

    with pytest.raises(CatalogError, match="damaged"):
        export_records(failing(), path)

    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file stays as it is")
def test_whoever_reads_the_older_file_reads_it_to_its_end(
    make_record: Make, tmp_path: Path
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("older")
    with path.open() as reader:
        export_records([make_record("x")], path)

        assert reader.read() == "older"
    assert len(list(import_records(path))) == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"cannot write .*none.*nothing there"):
        export_records([], tmp_path / "none" / "x.csv")


@pytest.mark.parametrize("bad", [b"no json\n", b"[1]\n", b"{}\n", b"\xff\n", b"\n"])
def test_a_line_that_is_no_record_is_named(
    make_record: Make, tmp_path: Path, bad: bytes
) -> None:
    path = tmp_path / "x.jsonl"
    export_records([make_record("x")], path)
    path.write_bytes(path.read_bytes() + bad)
    imported = import_records(path)

    assert next(imported) == make_record("x")
    with pytest.raises(CatalogError, match=r"x\.jsonl, line 2 is no record"):
        next(imported)


def test_a_file_to_import_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot read"):
        list(import_records(tmp_path / "none.jsonl"))
