"""What docs/organizing.md shows works as it stands there."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from orquestrador.config import default_settings
from orquestrador.interface.cli import main
from orquestrador.organizing import journal, records

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "organizing.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```"
    return re.findall(pattern, PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    ignore = shutil.ignore_patterns(".orquestrador")
    shutil.copytree(ROOT / "examples" / "library", folder, ignore=ignore)
    return folder


def files(library: Path) -> dict[str, bytes]:
    return {
        path.relative_to(library).as_posix(): path.read_bytes()
        for path in library.rglob("*")
        if path.is_file() and ".orquestrador" not in path.parts
    }


def test_every_command_of_the_page_does_what_it_says(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(library)
    monkeypatch.setenv("LANG", "C.UTF-8")
    before = files(library)
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 8
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "orquestrador"
        assert main(arguments) == 0, command
        moved = command.endswith(("apply --yes", "undo --list"))
        assert (files(library) != before) == moved, command
    organized = files(library.parent / "organized")
    mended = set(before.values()) - set(organized.values())
    assert len(organized) == len(before)
    assert set(organized) != set(before)
    assert len(mended) == 1


def test_the_script_of_the_page_runs(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(library)
    (block,) = blocks("python")
    exec(block.replace('"~/EAs"', "library"), {"library": library})  # noqa: S102 -- our own page
    told = capsys.readouterr().out
    assert re.search(r"^\d+ files to move, \d+ of them copies$", told, re.MULTILINE)
    assert files(library) == before


def test_the_settings_of_the_page_are_the_defaults() -> None:
    (block,) = blocks("json")
    told = json.loads(block)["organize"]
    defaults = default_settings().organize

    assert (told["name"], told["folder"]) == (defaults.name, defaults.folder)


def test_the_format_of_the_page_is_that_of_the_journal() -> None:
    assert f"begins with `{journal.MAGIC.decode()}`" in PAGE
    assert f"A record is `{journal.MARK.hex(' ')}`" in PAGE
    assert f"version, now\n{records.VERSION})" in PAGE
