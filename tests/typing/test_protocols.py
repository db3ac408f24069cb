"""Both type checkers, strict, agree about declared protocols."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("protocols.py")
PYRIGHT = {
    "typeCheckingMode": "strict",
    # Of the two words on a refused line, each checker listens to its own alone.
    "enableTypeIgnoreComments": False,
    "reportUnnecessaryTypeIgnoreComment": "error",
}


def problems(checker: str, source: Path, folder: Path) -> tuple[set[int], str]:
    """Return the lines of `source` that a checker complains of, and its words."""
    config = folder / "pyrightconfig.json"
    config.write_text(json.dumps({**PYRIGHT, "include": [str(source)]}), "utf-8")
    command = {
        "mypy": ["mypy", "--strict", str(source)],
        "pyright": ["pyright", "-p", str(config), "--pythonpath", sys.executable],
    }
    checked = subprocess.run(
        [sys.executable, "-m", *command[checker]],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
        timeout=110,
    )
    mark = f"{source.name}:"
    lines = {
        int(line.split(mark)[1].split(":")[0])
        for line in checked.stdout.splitlines()
        if mark in line and "error" in line
    }
    assert bool(lines) == (checked.returncode != 0), checked.stdout + checked.stderr
    return lines, checked.stdout


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_every_line_is_what_it_says(checker: str, tmp_path: Path) -> None:
    lines, words = problems(checker, SOURCE, tmp_path)

    assert lines == set(), words


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_line_that_says_otherwise_is_found(checker: str, tmp_path: Path) -> None:
    """The test of the test: a good line marked as bad, and a bad one not marked."""
    good = '    receives.tell(Forget(path="a"))\n'
    marked = good.rstrip() + (
        "  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]\n"
    )
    bad = '    ref.ask("text")  # type: ignore[call-overload]  # pyright: ignore['
    text = SOURCE.read_text("utf-8")
    assert text.count(good) == text.count(bad) == 1
    changed = tmp_path / "changed.py"
    text = text.replace(good, marked).replace(bad, '    ref.ask("text")  # no [')
    changed.write_text(text, "utf-8")

    lines, words = problems(checker, changed, tmp_path)

    assert lines == {
        number
        for number, line in enumerate(text.splitlines(keepends=True), start=1)
        if line == marked or 'ref.ask("text")' in line
    }, words
