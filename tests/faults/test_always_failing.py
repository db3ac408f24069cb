"""An actor that always fails on a message ends the command, and nothing hangs."""

import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.actors import MonitorActor
from orquestrador.catalog import Catalog
from orquestrador.errors import RunFailedError

Export = Callable[[Path], bytes]

PROGRAM = Path(__file__).parent / "programs" / "failing_cli.py"
"""A few seconds on a busy machine: far below any time-out of the program's."""

CASES = {
    "catalog": ("BeginRun", "GetOpenRun", "StoreBatch", "EndRun", "on_start"),
    "classifier": (
        "ClassifyLibrary",
        "ContinueRun",
        "RunBegun",
        "OpenRun",
        "BatchStored",
        "BatchClassified",
        "RunEnded",
        "on_start",
    ),
    "worker": ("ClassifyBatch", "ProcessFrame", "on_start"),
    "backup": ("RunFinished",),
    "report": ("SnapshotFinished",),
}


@pytest.mark.parametrize(
    ("actor", "message"),
    [(actor, message) for actor, messages in CASES.items() for message in messages],
)
def test_the_command_fails_with_the_actors_name_and_a_later_run_completes(
    actor: str,
    message: str,
    library: Path,
    tmp_path: Path,
    export: Export,
    undisturbed: Export,
) -> None:
    state = tmp_path / "state"
    done = subprocess.run(
        [
            *(sys.executable, PROGRAM, f"{actor.capitalize()}Actor", message),
            *("--library", library, "--state", state, "classify", "--yes"),
            *("--engine", "processes" if actor == "worker" else "inline"),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert f"'{actor}" in done.stderr
    assert "always" in done.stderr

    if actor in {"catalog", "classifier", "worker"} and message != "RunEnded":
        assert not is_run_done(state)
    with Orchestrator(
        library, state=state, settings={"classification": {"engine": "inline"}}
    ) as orq:
        result = orq.classify().result(timeout=60)
    assert result.summary.pending == 0
    assert result.reports
    assert export(state) == undisturbed(library)


def is_run_done(state: Path) -> bool:
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        run = catalog.last_run()
        return run is not None and run.state == "done"


def test_a_monitor_that_cannot_be_mended_ends_the_system_with_its_name(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = itertools.count()
    on_start = MonitorActor.on_start

    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("always")

    def start_once(actor: MonitorActor) -> None:
        (fail if next(starts) else on_start)(actor)

    monkeypatch.setattr(MonitorActor, "on_receive", fail)
    monkeypatch.setattr(MonitorActor, "on_start", start_once)
    settings = {"monitor": {"interval_s": 0.1}}
    with (
        Orchestrator(library, state=tmp_path / "state", settings=settings) as orq,
        pytest.raises(RunFailedError, match=r"'monitor'.*always"),
    ):
        check_for(orq, 60.0)


def check_for(orq: Orchestrator, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        orq.check()
        time.sleep(0.02)
