"""A disk without room: the run fails with the reason, and completes once there is."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog
from orquestrador.errors import RunFailedError

Export = Callable[[Path], bytes]

PROGRAM = Path(__file__).parent / "programs" / "cramped_cli.py"
INLINE = {"classification": {"engine": "inline"}}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit for files")
@pytest.mark.parametrize("limit", [0, 10_000, 50_000, 80_000])
def test_a_command_that_can_write_no_more_fails_with_the_reason(
    limit: int, library: Path, tmp_path: Path, export: Export, undisturbed: Export
) -> None:
    state = tmp_path / "state"
    done = subprocess.run(
        [
            *(sys.executable, PROGRAM, str(limit), "--library", library),
            *("--state", state, "classify", "--yes", "--engine", "inline"),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert str(state) in done.stderr
    with Orchestrator(library, state=state, settings=INLINE) as orq:
        result = orq.classify().result(timeout=60)
    assert result.snapshot is not None
    assert result.reports
    assert export(state) == undisturbed(library)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"\0" * 512)
        except OSError:
            return filler


def test_a_running_system_says_what_a_full_disk_kept_from_it_and_goes_on_afterwards(
    small_disk: Path, library: Path, export: Export, undisturbed: Export
) -> None:
    state = small_disk / "state"
    with Orchestrator(library, state=state, settings=INLINE, backup=False) as orq:
        orq.classify(["Experts/Esqueleto.mq5"], report=False).result(timeout=60)
        filler = fill(small_disk)
        with pytest.raises(RunFailedError, match="full"):
            orq.backup(timeout=20)
        with pytest.raises(RunFailedError, match="No space left"):
            orq.report(timeout=20)
        for _ in range(2):
            with pytest.raises(RunFailedError, match="disk is full"):
                orq.classify(report=False).result(timeout=20)
        filler.unlink()
        assert orq.classify(report=False).result(timeout=60).summary.pending == 0
        assert orq.backup(timeout=20) is not None
        assert orq.report(timeout=20)
    assert export(state) == undisturbed(library)


def test_a_run_whose_end_cannot_be_stored_is_told_once_and_not_begun_again(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    state = tmp_path / "state"
    with Orchestrator(library, state=state, settings=INLINE, backup=False) as orq:
        with monkeypatch.context() as full:
            full.setattr("orquestrador.catalog.writing.store", refuse)
            full.setattr("orquestrador.catalog.runs.end", refuse)
            with pytest.raises(RunFailedError, match="disk is full"):
                orq.classify(report=False).result(timeout=20)
        assert orq.classify(report=False).result(timeout=60).files == 12
        with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
            assert catalog.open_run() is not None
            assert catalog.open_run(after=1) is None
    with (
        Orchestrator(library, state=state, settings=INLINE),
        Catalog(state / "catalog.sqlite3", read_only=True) as catalog,
    ):
        assert catalog.open_run() is None
