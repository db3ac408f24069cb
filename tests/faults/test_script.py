"""A script as people write them: no `__main__` guard, `spawn`, all at top level."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """\
import multiprocessing
import sys

print("top level")
multiprocessing.set_start_method("spawn")

from orquestrador import Orchestrator

with Orchestrator(sys.argv[1], state=sys.argv[2]) as orq:
    print(orq.classify().result(timeout=60).files)
"""


def test_a_script_without_a_main_guard_runs_its_top_level_once(
    library: Path, tmp_path: Path
) -> None:
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, library, tmp_path / "state"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["top level", "12"]
