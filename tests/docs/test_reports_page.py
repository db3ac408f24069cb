"""What docs/reports.md shows works as it stands there, and names what there is."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from orquestrador.config import load_settings
from orquestrador.interface.cli import main
from orquestrador.interface.commands import open as open_command
from orquestrador.reports.writing import FORMATS, KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "EAs"
    ignore = shutil.ignore_patterns(".orquestrador")
    shutil.copytree(ROOT / "examples" / "library", folder, ignore=ignore)
    return folder


def test_every_command_and_the_python_of_the_page_work(
    library: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(open_command, "_open", opened.append)
    monkeypatch.chdir(library)
    for line in "".join(blocks("sh")).splitlines():
        assert main(shlex.split(line)[1:]) == 0, line
    assert [Path(each).name for each in opened] == ["report-statistics.html"]
    monkeypatch.chdir(library.parent)
    capfd.readouterr()
    (program,) = blocks("python")

    exec(compile(program, "docs/reports.md", "exec"), {})  # noqa: S102 -- the page's

    printed = capfd.readouterr().out.splitlines()
    assert printed == ["report-full.html", "report-full.csv"]


def test_every_kind_and_format_is_named() -> None:
    kinds, formats = PAGE.split("| format |")

    assert tuple(re.findall(r"^\| `(\w+)` \|", kinds, re.MULTILINE)) == KINDS
    named = re.findall(r"^\| `(\w+)` \|", formats, re.MULTILINE)
    assert sorted(named) == sorted(FORMATS)


def test_the_settings_of_the_page_can_be_used(library: Path) -> None:
    (setting,) = blocks("json")
    (library / "orquestrador.json").write_text(setting, encoding="utf-8")

    report = load_settings(library).settings.report

    assert report.kinds == tuple(json.loads(setting)["report"]["kinds"])
    assert report.spreadsheet
