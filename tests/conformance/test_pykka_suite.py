"""Pykka's own test-suite, with our actors in place of Pykka's.

`dropin/kinds.toml` says which of its tests differ, and why.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

DROPIN = Path(__file__).with_name("dropin")
KINDS = tomllib.loads((DROPIN / "kinds.toml").read_text(encoding="utf-8"))["kinds"]


@pytest.mark.parametrize("kind", KINDS)
def test_pykkas_own_tests_pass_but_for_the_listed_differences(
    kind: str, pykka_suite: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "supervised_suite"),
            *("-p", "no:cacheprovider", f"--junitxml={report}", "tests"),
            *("--rootdir", str(pykka_suite), "-o", "timeout=60"),
            # pytest would compile tests while a thread writes a traceback, for which
            # Python 3.11 parses a line: its parser cannot do both at once.
            "--assert=plain",
        ],
        cwd=pykka_suite,
        env={**os.environ, "ACTOR_KIND": kind, "PYTHONPATH": str(DROPIN)},
        capture_output=True,
        check=False,
        text=True,
        timeout=110.0,
    )

    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    (suite,) = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 -- pytest's own
    # An expected failure is counted as skipped.
    counts = {name: int(suite.attrib[name]) for name in ("tests", "skipped")}
    assert counts == {"tests": 152, "skipped": len(KINDS[kind]["differences"])}
