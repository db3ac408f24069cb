"""A small part of the campaign of kills, always the same; see benchmarks/kills.py."""

import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).parents[2] / "benchmarks" / "kills.py"


def test_kills_at_any_moment_cost_nothing() -> None:
    done = subprocess.run(
        [sys.executable, CAMPAIGN, "--kills", "6", "--seed", "3", "--files", "300"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all holds" in done.stdout


@pytest.mark.parametrize("kind", ["snapshot", "prune", "restore", "apply", "undo"])
def test_kills_while_files_are_written_leave_the_old_state_or_the_new(
    kind: str,
) -> None:
    done = subprocess.run(
        [sys.executable, CAMPAIGN, "--kind", kind, "--kills", "10", "--seed", "3"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all holds" in done.stdout
