"""The chaos run finds what it is there to find; its length is for CI to choose."""

import subprocess
import sys
from pathlib import Path

import pytest

CHAOS = Path(__file__).resolve().parents[2] / "benchmarks" / "chaos.py"


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(CHAOS), "--seconds", "3", "--seed", "1", *options],
        capture_output=True,
        check=False,
        text=True,
        timeout=100.0,
    )


def test_the_books_are_right_after_random_failures() -> None:
    ended = run()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.endswith("all held\n")


@pytest.mark.parametrize("fault", ["lose", "repeat", "strand"])
def test_a_planted_fault_is_found(fault: str) -> None:
    ended = run("--plant", fault)

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "BROKEN: " in ended.stdout
    assert " job " in ended.stdout
