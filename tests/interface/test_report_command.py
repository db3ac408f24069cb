"""`report`: kinds, formats and spreadsheets, as the command line writes them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from orquestrador.interface.cli import main

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def state(classified: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder of this module's own, of the classified library."""
    folder = tmp_path_factory.mktemp("reports") / "state"
    shutil.copytree(classified / ".orquestrador", folder)
    return folder


def _report(
    library: Path, state: Path, capfd: pytest.CaptureFixture[str], *options: str
) -> list[Path]:
    capfd.readouterr()
    arguments = ["--library", str(library), "--state", str(state), "report", *options]
    assert main(arguments) == 0
    return [Path(line) for line in capfd.readouterr().out.splitlines()]


def test_each_kind_is_written_in_each_format_under_its_own_name(
    classified: Path, state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    formats = "html,json,csv,md,pdf"

    names = [
        [path.name for path in _report(classified, state, capfd, *options)]
        for options in (
            ("--format", formats),
            ("--kind", "full", "--format", "csv,html"),
            ("--kind", "statistics", "--format", "md"),
        )
    ]

    assert names == [
        [f"report.{each}" for each in formats.split(",")],
        ["report-full.csv", "report-full.html"],
        ["report-statistics.md"],
    ]
    page = (state / "reports" / "report-full.html").read_text("utf-8")
    assert 'id="columns"' in page


def test_the_same_catalog_gives_the_same_bytes_at_any_time(
    classified: Path, state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ("--kind", "full", "--format", "html,json,csv,md,pdf")

    once, again = (
        [path.read_bytes() for path in _report(classified, state, capfd, *options)]
        for _ in range(2)
    )

    assert once == again


def test_a_spreadsheet_s_csv_is_written_on_request(
    classified: Path, state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (path,) = _report(classified, state, capfd, "--format", "csv", "--spreadsheet")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfsection;code;")

    (path,) = _report(classified, state, capfd, "--format", "csv")
    assert path.read_bytes().startswith(b"section,code,")


def test_the_settings_decide_where_nothing_is_said(library: Path, run: Run) -> None:
    (library / "orquestrador.json").write_text(
        json.dumps(
            {
                "report": {
                    "kinds": ["statistics", "full"],
                    "formats": ["csv"],
                    "spreadsheet": True,
                }
            }
        ),
        encoding="utf-8",
    )

    ended = run("--library", library, "classify", "--no-backup", "--yes")

    assert ended.returncode == 0, ended.stderr
    reports = library / ".orquestrador" / "reports"
    assert sorted(each.name for each in reports.glob("report*")) == [
        "report-full.csv",
        "report-statistics.csv",
    ]
    content = (reports / "report-full.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfpath;sha256;")


def test_a_format_that_there_is_not_names_those_that_there_are(
    classified: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["--library", str(classified), "report", "--format", "docx"]) == 2

    assert "docx: there is html, json, csv, md, pdf" in capfd.readouterr().err
