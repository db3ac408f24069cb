"""What docs/snapshots.md shows works as it stands there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from orquestrador.interface.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "snapshots.md").read_text(encoding="utf-8")
NAMED = Path("Experts", "Grid Ouro v2.4.mq4")

commands = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    ignore = shutil.ignore_patterns(".orquestrador")
    shutil.copytree(ROOT / "examples" / "library", folder, ignore=ignore)
    (tmp_path / "secret.txt").write_text("correct horse\n", encoding="utf-8")
    return folder


def test_every_command_of_the_page_does_what_it_says(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(library)
    monkeypatch.setenv("LANG", "C.UTF-8")
    original = (library / NAMED).read_bytes()
    assert len(commands) > 10
    for command in commands:
        told = _run(command, capsys)
        if command == "orquestrador backup create":
            (library / NAMED).write_bytes(original + b"// changed\r\n")
        if command == "orquestrador backup diff --text":
            assert "+// changed" in told
        if command.endswith("--in-place --force"):
            assert (library / NAMED).read_bytes() == original
        if command.endswith("--undo"):
            assert (library / NAMED).read_bytes() != original
    beside = library.parent
    assert (beside / "restored" / NAMED).is_file()
    assert (beside / "unpacked" / "library" / NAMED).is_file()
    assert (beside / "library.zip.age").read_bytes().startswith(b"age-encryption")


def test_the_script_of_the_page_runs(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    work = "(library / NAMED).write_bytes(b'changed')"
    script = block.replace('"~/EAs"', "library").replace("...", work)
    names: dict[str, object] = {"library": library, "NAMED": NAMED}
    exec(script, names)  # noqa: S102 -- our own page
    assert capsys.readouterr().out.startswith("1 files; before it: 2")
    assert (library / NAMED).read_bytes() == b"changed"


def _run(command: str, output: pytest.CaptureFixture[str]) -> str:
    program, *arguments = shlex.split(command)
    assert program == "orquestrador"
    status = main(arguments)
    told = output.readouterr()
    assert status == 0, f"{command}: {told.err}"
    return told.out
