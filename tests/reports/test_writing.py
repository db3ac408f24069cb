"""Report files: complete or not there, and readable by programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orquestrador.interface.translation import choose
from orquestrador.reports import ReportData, report_json, write_report

ENGLISH = choose("en", {})


def test_a_report_is_written_in_each_format(tmp_path: Path, data: ReportData) -> None:
    folder = tmp_path / "state" / "reports"

    paths = write_report(data, folder, ENGLISH)

    assert paths == (folder / "report.html", folder / "report.json")
    assert paths[0].read_bytes().startswith(b"<!DOCTYPE html>\n")
    assert paths[1].read_bytes() == report_json(data)
    assert sorted(folder.iterdir()) == sorted(paths)


def test_only_the_formats_asked_for_are_written(
    tmp_path: Path, data: ReportData
) -> None:
    assert write_report(data, tmp_path, ENGLISH, ["json"]) == (
        tmp_path / "report.json",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_an_unknown_format_is_refused_before_anything_is_written(
    tmp_path: Path, data: ReportData
) -> None:
    with pytest.raises(ValueError, match="'docx' is no kind of report"):
        write_report(data, tmp_path / "reports", ENGLISH, ["html", "docx"])

    assert list(tmp_path.iterdir()) == []


def test_a_newer_report_takes_the_place_of_the_older(
    tmp_path: Path, data: ReportData
) -> None:
    (path,) = write_report(data, tmp_path, ENGLISH, ["json"])

    write_report(
        data.replace(program="orquestrador 0.2.0"), tmp_path, ENGLISH, ["json"]
    )

    assert json.loads(path.read_bytes())["program"] == "orquestrador 0.2.0"


def test_a_report_that_cannot_be_finished_leaves_the_older_one_as_it_was(
    tmp_path: Path, data: ReportData, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write_report(data, tmp_path, ENGLISH, ["json"])
    before = path.read_bytes()

    def full_disk(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_report(data.replace(program="new"), tmp_path, ENGLISH, ["json"])

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_json_says_its_schema_and_everything_the_report_knows(
    data: ReportData,
) -> None:
    plain = json.loads(report_json(data))

    assert list(plain) == list(ReportData.__struct_fields__)
    assert plain["schema_version"] == 2
    assert plain["as_of"] == "2026-11-22T14:30:00Z"
    assert plain["summary"]["languages"][0] == {
        "code": "mql4",
        "files": 8410,
        "contents": 2011,
    }
    assert plain["endangered"][0]["dangers"][0] == {
        "danger": "martingale",
        "evidence": [
            {
                "rule": "lot_multiplier.rule",
                "line": 212,
                "text": "lot = NormalizeDouble(lot*Factor,2);",
            }
        ],
    }
    assert plain["backup"]["only_on_library_disk"] is True


def test_the_same_data_gives_the_same_json(data: ReportData) -> None:
    again = data.replace(program=data.program)

    assert report_json(again) == report_json(data)


def test_the_json_is_utf_8_whatever_the_names_are(data: ReportData) -> None:
    plain = json.loads(report_json(data).decode("utf-8"))

    assert plain["copies"][0]["paths"][-1].endswith("Gold Grid v3 (cópia).mq4")


def test_engines_are_loaded_only_for_what_needs_them() -> None:
    code = (
        "import sys, orquestrador.reports;"
        "sys.exit(bool({'jinja2', 'fpdf'} & {*sys.modules}))"
    )

    ended = subprocess.run([sys.executable, "-c", code], check=False)

    assert ended.returncode == 0
