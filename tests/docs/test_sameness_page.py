"""What docs/sameness.md shows works as it stands there; its rule is the program's."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from orquestrador.catalog.likeness import MOST_COMPARED
from orquestrador.catalog.reading import NEAR_SHARE
from orquestrador.classification.sketching import MOST_SHINGLES
from orquestrador.config import default_settings
from orquestrador.interface.cli import main
from orquestrador.sameness.likeness import LEAST_SHARE
from orquestrador.sameness.merits import MERITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sameness.md").read_text(encoding="utf-8")


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
    monkeypatch.chdir(library)
    for line in "".join(blocks("sh")).splitlines():
        assert main(shlex.split(line)[1:]) == 0, line
    monkeypatch.chdir(library.parent)
    capfd.readouterr()
    (program,) = blocks("python")

    exec(compile(program, "docs/sameness.md", "exec"), {})  # noqa: S102 -- the page's

    printed = capfd.readouterr().out.splitlines()
    assert "Experts/Grid Ouro v2.4.mq4 version 2.40 2.30" in printed
    assert any(line.split()[0] == "near" for line in printed)


def test_the_reasons_stand_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## The best")[2], re.MULTILINE)

    assert tuple(rows) == MERITS


def test_the_figures_are_the_program_s() -> None:
    (setting,) = blocks("json")
    share = json.loads(setting)["sameness"]["near_share"]
    assert share == default_settings().sameness.near_share == NEAR_SHARE
    assert f"the {MOST_SHINGLES} smallest at most" in PAGE
    assert f"{MOST_COMPARED} others at most" in PAGE
    assert f"It keeps what shares {LEAST_SHARE}" in PAGE
