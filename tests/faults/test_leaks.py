"""Nothing of an orchestrator is left once it has stopped."""

import gc
import os
import threading
import time
from pathlib import Path

import psutil
import pytest

from orquestrador import Orchestrator
from orquestrador.messages.run import RunFinished

CLOCK = "orquestrador-clock"
"""The one thread that every system of the process shares; it is kept."""


earlier: set[threading.Thread] = set()
earlier_processes: set[psutil.Process] = set()
"""What other tests of this process have left: none of ours."""


@pytest.fixture(autouse=True)
def _note_earlier() -> None:
    earlier.clear()
    earlier.update(threading.enumerate())
    earlier_processes.clear()
    earlier_processes.update(psutil.Process().children())


def threads() -> list[str]:
    return sorted(
        thread.name
        for thread in threading.enumerate()
        if thread not in earlier and thread.name != CLOCK
    )


def processes() -> list[psutil.Process]:
    return [
        each for each in psutil.Process().children() if each not in earlier_processes
    ]


def settle(seconds: float = 30.0) -> None:
    """A thread that was told to end may need a moment for it."""
    until = time.monotonic() + seconds
    while (threads() or processes()) and time.monotonic() < until:
        time.sleep(0.01)


def open_files() -> int:
    process = psutil.Process()
    return process.num_handles() if os.name == "nt" else process.num_fds()


def test_a_stopped_system_leaves_no_thread_and_no_process(
    library: Path, tmp_path: Path
) -> None:
    settings = {"classification": {"workers": 2}, "monitor": {"interval_s": 0.1}}
    with Orchestrator(library, state=tmp_path / "state", settings=settings) as orq:
        orq.subscribe(RunFinished, lambda _event: None)
        orq.classify().result(timeout=60)
        assert processes()
        assert threads()
    settle()
    assert threads() == []
    assert processes() == []


def test_a_system_stopped_in_the_middle_of_a_run_leaves_nothing_either(
    library: Path, tmp_path: Path
) -> None:
    settings = {"classification": {"workers": 2, "batch_bytes": 1024}}
    with Orchestrator(library, state=tmp_path / "state", settings=settings) as orq:
        events = orq.classify().events()
        next(events)
    settle()
    assert threads() == []
    assert processes() == []


def test_twenty_rounds_leave_no_thread_no_file_and_no_lock(
    library: Path, tmp_path: Path
) -> None:
    orq = Orchestrator(
        library,
        state=tmp_path / "state",
        settings={"classification": {"engine": "inline"}},
        backup=False,
    )
    counts: list[int] = []
    for _ in range(20):
        with orq:
            orq.classify(report=False).result(timeout=60)
        settle()
        gc.collect()
        counts.append(open_files())
    assert threads() == []
    assert max(counts[10:]) <= counts[1], counts


def test_it_may_be_started_on_one_thread_and_stopped_on_another(
    library: Path, tmp_path: Path
) -> None:
    first = Orchestrator(library, state=tmp_path / "state")
    starter = threading.Thread(target=first.start)
    starter.start()
    starter.join()
    first.stop()
    with Orchestrator(library, state=tmp_path / "state") as second:
        assert second.status()["actors"]


def test_a_system_that_cannot_start_leaves_nothing(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_actor: object) -> None:
        raise OSError("no more handles")

    monkeypatch.setattr("orquestrador.actors.MonitorActor.on_start", fail)
    orq = Orchestrator(library, state=tmp_path / "state")
    with pytest.raises(Exception, match="cannot start its child 'monitor'"):
        orq.start()
    settle()
    assert threads() == []
    monkeypatch.undo()
    with orq:
        assert orq.status()["actors"]
