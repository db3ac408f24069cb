"""What the README says is so."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sybil import Document

from docs.trying.command_line import parse
from docs.trying.parsing import said
from orquestrador.interface.cli import COMMANDS, GUIDE_NAMES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_script_runs_as_written(tmp_path: Path) -> None:
    (code,) = _blocks("python")
    examples = tmp_path / "examples" / "library"
    ignored = shutil.ignore_patterns(".orquestrador")
    shutil.copytree(ROOT / "examples" / "library", examples, ignore=ignored)
    (tmp_path / "script.py").write_text(code + "\nassert result.files > 60\n")

    ended = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=os.environ,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[0] == "mql4 expert"


def test_the_guide_s_names_work_as_written(tmp_path: Path) -> None:
    (block,) = _blocks("pycon")
    lines = [line.removeprefix(">>> ") for line in block.splitlines()]
    shutil.copytree(
        ROOT / "examples" / "library",
        tmp_path / "CODIGO_FONTE_LIBRARY",
        ignore=shutil.ignore_patterns(".orquestrador"),
    )
    lines[-2:] = [f"assert {lines[-2]}['sucesso']", f"print({lines[-1]})"]
    (tmp_path / "script.py").write_text("\n".join(lines), encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert "'classificador', 'monitor'" in ended.stdout


def test_each_command_is_in_the_table_with_the_guides_names() -> None:
    row = r"^\| `(\w+)(?:\\\||[^|])*\|([^|]*)\|"
    table = re.findall(row, README, flags=re.MULTILINE)
    said = {name: set(re.findall(r"`(\w+)`", guide)) for name, guide in table}

    assert set(said) == set(COMMANDS)
    for guide, (name, *_) in GUIDE_NAMES.items():
        assert guide in said[name]


def test_each_command_in_a_sentence_is_one() -> None:
    page = Document(README, str(ROOT / "README.md"))
    found = [str(region.parsed) for region in said(page)]

    assert "orquestrador COMMAND --help" not in found
    for command in found:
        status, told = parse(command.split()[1:])
        assert status == 0, told


def test_both_shells_are_given_the_same_two_commands() -> None:
    plain = [block.replace(" &&\n", "; ") for block in _blocks("sh")]
    windows = [
        block.replace("py -3", "python3").replace(".venv\\Scripts\\", ".venv/bin/")
        for block in _blocks("powershell")
    ]

    assert [each.replace("\\", "/").strip() for each in windows] == [
        each.replace(" && ", "; ").strip() for each in plain
    ]
