"""The programs of examples/embedding do what they say, run as a user runs them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "examples" / "embedding"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "EAs"
    ignored = shutil.ignore_patterns(".orquestrador")
    shutil.copytree(ROOT / "examples" / "library", folder, ignore=ignored)
    return folder


def run(program: str, *libraries: Path) -> "subprocess.CompletedProcess[str]":
    ended = subprocess.run(
        [sys.executable, PROGRAMS / program, *libraries],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended


def test_every_program_is_run_here() -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    for program in PROGRAMS.glob("*.py"):
        assert f'"{program.name}"' in tests


def test_the_script(library: Path) -> None:
    lines = run("script.py", library).stdout.splitlines()

    files = int(re.fullmatch(r"(\d+) files, \d+ contents classified", lines[0])[1])  # type: ignore[index]
    assert files > 60
    assert any(line.startswith("raises its lot: ") for line in lines)
    assert f"{files} files are in snapshot 20" in lines[-1]


def test_events(library: Path) -> None:
    ended = run("events.py", library)

    assert re.search(r"^\d+ of \d+$", ended.stderr, re.MULTILINE)
    told = re.search(r"^(\d+) of (\d+) files were saved", ended.stdout, re.MULTILINE)
    assert told is not None
    assert int(told[1]) == int(told[2]) > 60


def test_an_actor_of_ones_own(library: Path) -> None:
    counts = {
        suffix: int(count)
        for count, suffix in (
            line.split(maxsplit=1)
            for line in run("extra_actor.py", library).stdout.splitlines()
        )
    }

    assert counts[".mq4"] == len(list(library.rglob("*.mq4")))
    assert sum(counts.values()) > 60


def test_cells_of_a_notebook(library: Path) -> None:
    lines = run("notebook_cell.py", library).stdout.splitlines()

    assert re.fullmatch(r"\d+ files", lines[0])
    assert lines[1:]
    assert all("grid" in line for line in lines[1:])


def test_several_libraries(library: Path) -> None:
    other = library.with_name("Other")
    other.mkdir()
    (other / "a.mq4").write_text("int OnInit() { return 0; }\n", encoding="utf-8")

    lines = run("several_libraries.py", library, other).stdout.splitlines()

    assert lines[0].endswith(" files in EAs")
    assert lines[1] == "1 files in Other"
