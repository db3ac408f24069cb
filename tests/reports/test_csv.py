"""A report as CSV: for programs, and safe in a spreadsheet."""

import csv
import io
from collections.abc import Callable

import pytest

from orquestrador.messages import Record
from orquestrador.reports import ReportData
from orquestrador.reports.to_csv import FILE_COLUMNS, report_csv

RecordOf = Callable[..., Record]
ReportOf = Callable[..., ReportData]


def _rows(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text, delimiter=delimiter))


def test_a_full_report_has_a_row_for_every_file_in_path_order(
    report_of: ReportOf,
) -> None:
    rows = _rows(report_csv(report_of(kind="full")))

    assert tuple(rows[0]) == FILE_COLUMNS
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    assert len(rows) == 8
    grid = next(row for row in rows if row["path"] == "EAs/Gold Grid v3.mq4")
    assert grid["files"] == "3"
    assert grid["risk"] == "lot_multiplier, no_stop_loss"
    assert next(row for row in rows if row["kind"] == "unknown")["reason"]


def test_another_report_has_its_figures(data: ReportData) -> None:
    rows = _rows(report_csv(data))

    assert {
        "section": "language",
        "code": "mql4",
        "files": "8410",
        "contents": "2011",
        "bytes": "",
    } in rows
    assert ("copies", "exact", "9206", "371400000") in {
        (row["section"], row["code"], row["files"], row["bytes"]) for row in rows
    }


def test_a_brazilian_spreadsheet_gets_a_mark_and_semicolons(
    report_of: ReportOf,
) -> None:
    data = report_of(kind="full")
    plain, marked = report_csv(data), report_csv(data, spreadsheet=True)

    assert not plain.startswith(b"\xef\xbb\xbf")
    assert marked.startswith(b"\xef\xbb\xbfpath;sha256;")
    assert _rows(marked, ";") == _rows(plain)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=cmd|' /C calc'!A0.mq4", "'=cmd|' /C calc'!A0.mq4"),
        ("+1.mq4", "'+1.mq4"),
        ("-1.mq4", "'-1.mq4"),
        ("@SUM(A1).mq4", "'@SUM(A1).mq4"),
        ("  =1.mq4", "'  =1.mq4"),
        ("\t=1.mq4", r"\t=1.mq4"),
        ("\r=1.mq4", r"\r=1.mq4"),
        ('a";b,c\n.mq4', 'a";b,c\\n.mq4'),
        ("a\u202egnp.mq4", r"a\u202egnp.mq4"),
        ("a\udcff.mq4", r"a\udcff.mq4"),
        ("a-b=c.mq4", "a-b=c.mq4"),
    ],
)
@pytest.mark.parametrize("spreadsheet", [False, True])
def test_a_hostile_name_is_a_text_and_no_formula(
    name: str,
    shown: str,
    spreadsheet: bool,  # noqa: FBT001 -- a parameter of the test
    report_of: ReportOf,
    record_of: RecordOf,
) -> None:
    data = report_of(record_of(name, sha256="a" * 64), kind="full")

    content = report_csv(data, spreadsheet=spreadsheet)

    (row,) = _rows(content, ";" if spreadsheet else ",")
    assert row["path"] == shown
    assert row["sha256"] == "a" * 64
    assert content.count(b"\n") == 2
