"""What harm a content or a stranger does to worker processes, and what it costs."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog
from orquestrador.errors import RunFailedError
from orquestrador.messages import Record
from orquestrador.messages.run import RunProgressed

Export = Callable[[Path], bytes]

TIME = r"classification took longer than 5 s and was stopped"
MEMORY = (
    r"classification needed more (memory than a worker may use"
    r"|than 256 MB of memory and was stopped)"
)
CRASH = (
    r"classification ended the worker process: exit status 3221225477"
    if sys.platform == "win32"
    else r"classification ended the worker process: signal SIGSEGV"
)
REASONS = {
    "sleep": TIME,
    "hold-interpreter": TIME,
    "segfault": CRASH,
    "eat-at-once": MEMORY,
    "eat-in-pieces": MEMORY,
    # Slow eating: on a busy machine the time is over first.
    "eat-in-crumbs": f"{MEMORY}|{TIME}",
    "raise": r"classification failed: ValueError: a rule of mine is wrong",
    "exit": r"classification ended the worker process: exit status 7",
}
HARMLESS = "print"


def settings(**classification: Any) -> dict[str, Any]:
    return {"classification": {"workers": 2, **classification}}


def records(state: Path) -> dict[str, Record]:
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        return {record.path: record for record in catalog.records()}


def test_a_harmful_content_costs_its_own_file_only(
    library: Path, tmp_path: Path, undisturbed: Export, export: Export
) -> None:
    untouched = undisturbed(library)
    for name in (*REASONS, HARMLESS):
        text = f"//FAULT {name}\nvoid OnTick() {{ int x = {len(name)}; }}\n"
        (library / f"{name}.mq4").write_text(text, encoding="utf-8")
    state = tmp_path / "state"
    with Orchestrator(
        library,
        state=state,
        settings=settings(content_limit_s=5, worker_memory_mb=256),
        classify="faulty_classifiers:faulty",
    ) as orq:
        result = orq.classify(backup=False, report=False).result(timeout=90)

    found = records(state)
    for name, reason in REASONS.items():
        record = found[f"{name}.mq4"]
        assert record.kind == "unknown"
        assert re.fullmatch(reason, record.reason or ""), (name, record.reason)
    assert result.problems == len(REASONS)
    assert found[f"{HARMLESS}.mq4"].kind == "expert"
    for name in (*REASONS, HARMLESS):
        (library / f"{name}.mq4").unlink()
    with Orchestrator(library, state=state) as orq:
        orq.classify(backup=False, report=False).result(timeout=60)
    assert export(state) == untouched


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and SIGSTOP")
def test_a_worker_killed_from_outside_costs_nothing(
    library: Path, tmp_path: Path, undisturbed: Export, export: Export
) -> None:
    for number in range(150):
        text = f"int OnInit() {{ return {number}; }}\n"
        (library / f"{number}.mq4").write_text(text, encoding="utf-8")
    begun = threading.Event()
    state = tmp_path / "state"
    with Orchestrator(
        library, state=state, settings=settings(), classify="faulty_classifiers:slow"
    ) as orq:
        orq.subscribe(RunProgressed, lambda event: event.classified and begun.set())
        handle = orq.classify(backup=False, report=False)
        assert begun.wait(20)
        killed = worker_processes()
        assert killed
        for process in killed:
            process.kill()
        result = handle.result(timeout=60)
        assert not {process.pid for process in worker_processes()} & {
            process.pid for process in killed
        }
    assert result.problems == 0
    assert export(state) == undisturbed(library)


def worker_processes() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE
        and "orquestrador.worker" in child.cmdline()
    ]


BROKEN = {
    "no such module": ("nowhere:nothing", "No module named 'nowhere'"),
    "no such function": ("faulty_classifiers:nothing", "has no attribute 'nothing'"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_classifier_that_is_not_there_fails_the_run_and_blames_no_file(
    case: str, library: Path, tmp_path: Path, export: Export, undisturbed: Export
) -> None:
    function, reason = BROKEN[case]
    state = tmp_path / "state"
    with Orchestrator(
        library, state=state, settings=settings(), classify=function
    ) as orq:
        handle = orq.classify()
        with pytest.raises(RunFailedError, match=reason) as raised:
            handle.result(timeout=60)
    assert "a worker process cannot start" in str(raised.value)
    assert not any(record.reason for record in records(state).values())
    with Orchestrator(library, state=state) as orq:
        orq.classify(backup=False, report=False).result(timeout=60)
    assert export(state) == undisturbed(library)


@pytest.fixture
def broken_interpreter(tmp_path: Path) -> dict[str, str]:
    """An environment in which no worker's interpreter gets as far as our code."""
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'orquestrador.worker' in sys.orig_argv:\n"
        "    os.write(2, b'ImportError: DLL load failed')\n"
        "    os._exit(3)\n",
        encoding="utf-8",
    )
    path = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    return {**os.environ, "PYTHONPATH": path}


def test_an_interpreter_that_cannot_start_fails_the_command_with_its_last_words(
    library: Path, tmp_path: Path, broken_interpreter: dict[str, str]
) -> None:
    state = tmp_path / "state"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "orquestrador", "--library", library),
            *("--state", state, "classify", "--yes"),
        ],
        env=broken_interpreter,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "a worker process cannot start: exit status 3" in done.stderr
    assert "DLL load failed" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert records(state) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_workers_do_not_hear_an_interrupt(library: Path, tmp_path: Path) -> None:
    (library / "slow.mq4").write_bytes(b"//FAULT pause\n")
    with Orchestrator(
        library,
        state=tmp_path / "state",
        settings=settings(workers=1),
        classify="faulty_classifiers:slow",
    ) as orq:
        orq.classify(["Experts"], backup=False, report=False).result(timeout=60)
        handle = orq.classify(backup=False, report=False)
        before = worker_processes()
        for process in before:
            # A terminal sends it to a group, and this one also reaches a young one.
            assert os.getpgid(process.pid) != os.getpgid(0)
            process.send_signal(signal.SIGINT)
        assert handle.result(timeout=60).problems == 0
        assert worker_processes() == before != []
