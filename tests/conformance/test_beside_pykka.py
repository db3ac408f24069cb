"""What Pykka's programs do with our actors: what worked works, what broke holds."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).with_name("programs")
DEFECTS = [
    "stranded_ask",
    "base_exception",
    "completed_future",
    "silent_tell",
    "kept_instance",
]


def run(*command: str) -> str:
    name, *arguments = command
    ended = subprocess.run(
        [sys.executable, str(PROGRAMS / name), *arguments],
        capture_output=True,
        check=True,
        text=True,
        timeout=60.0,
    )
    return ended.stdout


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_breaks_with_pykka_holds_here(defect: str) -> None:
    assert run("defects.py", "pykka", defect).startswith("broken: ")
    assert run("defects.py", "ours", defect) == "holds\n"


def test_a_program_that_waits_in_its_handlers_runs_unchanged() -> None:
    ours = run("music.py", "ours")

    assert ours == run("music.py", "pykka")
    assert ours.splitlines()[0] == "titles ['So What', \"One O'Clock Jump\"]"
