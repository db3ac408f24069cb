"""How a command ends that somebody interrupts, and one that comes second."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError, LibraryInUseError

Export = Callable[[Path], bytes]

PROGRAM = Path(__file__).parent / "programs" / "slow_cli.py"
FILES = 400
"""Two seconds of work for two workers with the slow classifier."""


@pytest.fixture
def large(library: Path) -> Path:
    """A library that takes some seconds, in batches of few files."""
    for number in range(FILES):
        text = f"int OnInit() {{ return {number}; }}\n"
        (library / f"{number}.mq4").write_text(text, encoding="utf-8")
    (library / "orquestrador.json").write_text(
        '{"classification": {"batch_bytes": 1024, "workers": 2}}', encoding="utf-8"
    )
    return library


@contextlib.contextmanager
def running(
    library: Path, state: Path, *options: str
) -> Generator["subprocess.Popen[str]"]:
    """A `classify` that has begun to classify, in a process group of its own."""
    with subprocess.Popen(
        [
            *(sys.executable, PROGRAM, "--library", library, "--state", state),
            *("classify", "--yes", *options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            wait_until(lambda: known(state) >= 10)
            yield process
        finally:
            process.kill()


def known(state: Path) -> int:
    """How many files the catalog has a record of."""
    try:
        with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
            return catalog.summary().files
    except CatalogError:
        return 0


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)


def complete(library: Path, state: Path) -> None:
    with Orchestrator(
        library, state=state, settings={"classification": {"engine": "inline"}}
    ) as orq:
        result = orq.classify(backup=False, report=False).result(timeout=60)
    assert result.summary.pending == 0


def test_a_second_run_on_the_same_state_ends_at_once_and_names_the_first(
    large: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with running(large, state, "--no-backup", "--no-report") as first:
        second = subprocess.run(
            [
                *(sys.executable, "-m", "orquestrador", "--library", large),
                *("--state", state, "classify", "--yes"),
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert first.poll() is None, "the first run was over too early"
        assert second.returncode == 1
        assert second.stdout == ""
        assert f"process {first.pid} " in second.stderr
        assert len(second.stderr.splitlines()) == 1
        first.communicate(timeout=60)
        assert first.returncode == 0


def test_a_second_orchestrator_in_the_same_process_is_refused(
    library: Path, tmp_path: Path
) -> None:
    second = Orchestrator(library, state=tmp_path / "state")
    with (
        Orchestrator(library, state=tmp_path / "state"),
        pytest.raises(LibraryInUseError, match=f"process {os.getpid()} "),
    ):
        second.start()
    with second:
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("way", ["ctrl-c", "SIGINT", "SIGTERM"])
def test_an_interrupted_run_ends_in_order_and_keeps_what_it_has(
    way: str,
    large: Path,
    tmp_path: Path,
    export: Export,
    undisturbed: Export,
) -> None:
    state = tmp_path / "state"
    with running(large, state, "--no-backup", "--no-report") as process:
        workers = psutil.Process(process.pid).children(recursive=True)
        before = known(state)
        if way == "ctrl-c":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.Signals[way])
        output, words = process.communicate(timeout=30)
    assert process.returncode == 130
    assert output == ""
    assert words.strip() == "Interrupted; what was done until now is kept."
    assert len(workers) == 2
    psutil.wait_procs(workers, timeout=30)
    assert not any(worker.is_running() for worker in workers)
    assert before <= known(state) < FILES
    assert not (state / "owner.json").exists()
    complete(large, state)
    assert export(state) == undisturbed(large)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it takes its time limit")
def test_a_worker_that_hangs_in_c_code_ends_with_its_killed_parent(
    large: Path, tmp_path: Path
) -> None:
    (large / "! first.mq4").write_bytes(b"//FAULT hold-interpreter\n")
    with running(large, tmp_path / "state") as process:
        workers = psutil.Process(process.pid).children(recursive=True)
        assert len(workers) == 2
        process.kill()
        _gone, left = psutil.wait_procs(workers, timeout=30)
        for worker in left:
            worker.kill()
    assert left == []
