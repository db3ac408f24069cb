"""What docs/keeping-snapshots.md shows works as it stands there."""

import json
import re
import shutil
from pathlib import Path

import pytest

from orquestrador.config import default_settings
from orquestrador.scheduling import parse_schedule

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "keeping-snapshots.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```"
    return re.findall(pattern, PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    ignore = shutil.ignore_patterns(".orquestrador")
    shutil.copytree(ROOT / "examples" / "library", folder, ignore=ignore)
    return folder


def test_every_setting_of_the_page_is_one() -> None:
    blocks = [json.loads(block) for block in _blocks("json")]
    assert len(blocks) == 2
    for block in blocks:
        for name, value in block["backup"].items():
            assert default_settings({f"backup.{name}": value})


def test_every_schedule_of_the_page_is_one() -> None:
    pattern = re.compile(r"^A schedule is (.*?),\s+in this", re.MULTILINE | re.DOTALL)
    (sentence,) = pattern.findall(PAGE)
    found = re.findall(r"`([^`]+)`", sentence)
    assert len(found) == 7
    for text in found:
        assert parse_schedule(text) is not None
        assert default_settings({"backup.schedule": text}).backup.schedule == text


def test_the_script_of_the_page_runs(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(library.parent)
    (script,) = _blocks("python")
    exec(compile(script, "keeping-snapshots.md", "exec"), {})  # noqa: S102 -- our own page
    assert capsys.readouterr().out == _blocks("text")[0]
