"""Pykka's own tests, from its source archive; they are not part of this repository."""

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

PYKKA = "pykka-4.5.0"
SHA256 = "820fcc36046552b49d7eb61fe98088d1a29631cf3314e8ce4bc26aaead8dcd4f"
REQUIRED = "REQUIRE_PYKKA_SUITE"
"""Set in the environment, a missing archive is a failure: nothing is skipped."""


@pytest.fixture(scope="session")
def pykka_suite(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder above Pykka's `tests`, unpacked."""
    cache = Path(request.config.cache.mkdir("pykka-archive"))
    archive = cache / f"{PYKKA}.tar.gz"
    if not _is_whole(archive):
        _fetch(cache)
    if not _is_whole(archive):
        pytest.fail(f"{archive} is not the archive of {PYKKA}: another hash")
    folder = tmp_path_factory.mktemp("pykka")
    with tarfile.open(archive) as packed:
        tests = [
            member
            for member in packed.getmembers()
            if member.name.startswith(f"{PYKKA}/tests/")
        ]
        packed.extractall(folder, members=tests, filter="data")
    return folder / PYKKA


def _is_whole(archive: Path) -> bool:
    if not archive.exists():
        return False
    return hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256


def _fetch(folder: Path) -> None:
    """Let pip, with whatever index it is set to, get the archive and check it."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{PYKKA.replace('-', '==')} --hash=sha256:{SHA256}\n", "utf-8")
    pip = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--no-binary", "pykka", "--require-hashes", "-r", str(wanted)),
            *("--dest", str(folder)),
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=90.0,
    )
    if pip.returncode != 0:
        words = f"pip could not get the archive of {PYKKA}: {pip.stderr.strip()[-500:]}"
        if os.environ.get(REQUIRED):
            pytest.fail(f"{words} ({REQUIRED} is set)")
        pytest.skip(words)
