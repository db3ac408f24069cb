"""What docs/history.md shows works as it stands there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.interface.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The examples, where the page's script looks for them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    folder = tmp_path / "examples" / "library"
    ignore = shutil.ignore_patterns(".orquestrador")
    shutil.copytree(ROOT / "examples" / "library", folder, ignore=ignore)
    return folder


def test_its_script_tells_changes_and_a_history(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    exec(script, {})  # noqa: S102 -- the page's own

    told = capsys.readouterr().out.splitlines()
    assert "added Experts/Pinga-pinga M1.mq4" in told
    assert " added PathState(sha256=" in told[-1]
    assert library.is_dir()


def test_its_commands_tell_something(
    library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Orchestrator(library, settings={"engine": "inline"}) as orq:
        orq.classify(backup=False, report=False).result(timeout=60)
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for command in block.splitlines():
        program, *words = shlex.split(command)
        assert program == "orquestrador"

        assert main(["--library", str(library), *words]) == 0

        assert capfd.readouterr().out, command
