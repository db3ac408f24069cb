"""A copy of the example library, and the command line as a process on it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "library"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Return a fresh copy of the example library."""
    folder = tmp_path / "library"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns(".orquestrador"))
    return folder


@pytest.fixture(scope="session")
def classified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library that was classified and backed up; do not change it."""
    folder = tmp_path_factory.mktemp("classified") / "library"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns(".orquestrador"))
    ended = orquestrador("--library", folder, "classify", "--yes")
    assert ended.returncode == 0, ended.stderr
    return folder


def orquestrador(
    *arguments: str | Path, encoding: str = "utf-8", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, its output into pipes."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORQUESTRADOR_", "LC_", "LANG", "PYTHONUTF8"))
    }
    environment |= {"PYTHONIOENCODING": encoding, "LANG": "C.UTF-8", **variables}
    return subprocess.run(
        [sys.executable, "-m", "orquestrador", *(str(each) for each in arguments)],
        capture_output=True,
        encoding=encoding,
        errors="strict" if encoding == "utf-8" else "replace",
        env=environment,
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="session")
def run() -> Run:
    """Return `orquestrador` as a function."""
    return orquestrador
