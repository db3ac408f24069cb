"""The end that somebody else decides: a polite kill, a terminal that is closed."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador.catalog import Catalog
from orquestrador.interface import ending
from orquestrador.state import is_held, read_owner

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

WINDOWS_WAITS_S = 5.0
FILES = 4_000

NOHUP = """\
import os, signal
from orquestrador.interface import ending
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with ending.in_order():
    os.kill(os.getpid(), signal.SIGHUP)
    print("goes on")
"""


@pytest.fixture
def large(library: Path) -> Path:
    """Return a library that is not classified in a moment."""
    sources = [path.read_bytes() for path in sorted(library.rglob("*.mq?"))]
    folder = library / "grown"
    folder.mkdir()
    for number in range(FILES):
        source = sources[number % len(sources)]
        (folder / f"{number}.mq4").write_bytes(source + b"\n// %d\n" % number)
    return library


def wait_until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


def kept(library: Path) -> int:
    """Return how many files the catalog knows."""
    path = library / ".orquestrador" / "catalog.sqlite3"
    with contextlib.suppress(Exception), Catalog(path, read_only=True) as catalog:
        return len(tuple(catalog.paths()))
    return 0


def has_stopped(library: Path) -> bool:
    """Tell whether the system gave its state back itself: a kill does not."""
    state = library / ".orquestrador"
    return read_owner(state) is None and not is_held(state)


def opened(
    library: Path, *command: str, program: Sequence[str] = ("-m", "orquestrador")
) -> Any:
    """Start a command in a terminal of its own."""
    pexpect = pytest.importorskip("pexpect", reason="terminals like these are POSIX")
    return pexpect.spawn(
        sys.executable,
        [*program, "--library", str(library), *command],
        dimensions=(24, 80),
        timeout=60,
        env={
            **os.environ,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        },
    )


@posix
@pytest.mark.parametrize("way", ["the terminal is closed", "SIGTERM"])
@pytest.mark.parametrize("command", ["run", "classify", "repl"])
def test_a_run_that_has_to_end_keeps_what_it_did(
    large: Path, command: str, way: str
) -> None:
    child = opened(large, *([command, "--yes"] if command != "repl" else [command]))
    if command == "repl":
        child.expect_exact("orq>")
        child.send("classify --yes\r")
    child.expect_exact("Classifying")
    wait_until(lambda: kept(large) > 0)
    processes = [psutil.Process(child.pid)]
    processes += processes[0].children(recursive=True)

    if way == "SIGTERM":
        child.kill(signal.SIGTERM)
        # Somebody has to read what it says until its end.
        threading.Thread(target=child.read, daemon=True).start()
    else:
        os.close(child.child_fd)
    # Not by `os.waitpid`: at the end of its output who reads it waits for it too.
    processes[0].wait(60)

    _gone, alive = psutil.wait_procs(processes, timeout=30)
    assert alive == []
    assert has_stopped(large)
    assert 0 < kept(large) < FILES
    again = subprocess.run(
        [sys.executable, "-m", "orquestrador", "--library", large, "status"],
        capture_output=True,
        check=False,
    )
    assert again.returncode == 0


@posix
def test_a_repl_at_its_prompt_ends_with_its_terminal(library: Path) -> None:
    child = opened(library, "repl")
    child.expect_exact("orq>")

    os.close(child.child_fd)
    os.waitpid(child.pid, 0)

    assert has_stopped(library)


@posix
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("", ""),
        ("python\r", ">>>"),
        ("!print(6 * 7, flush=True); import time; time.sleep(60)\r", "42"),
    ],
)
def test_a_repl_goes_on_after_ctrl_c_and_ends_by_a_kill(
    library: Path, line: str, shown: str
) -> None:
    child = opened(library, "repl")
    child.expect_exact("orq>")
    child.sendintr()
    child.expect_exact("orq>")
    child.send(line)
    child.expect_exact(shown)

    child.kill(signal.SIGTERM)
    output = child.read()
    child.close()

    assert child.exitstatus == 130, output
    assert b"Traceback" not in output
    assert has_stopped(library)


SWALLOWING = """\
import signal, sys
from orquestrador.interface import cli, ending
before = ending._ending_once
def swallowing():
    end = before()
    def handler(number, frame):
        try:
            end(number, frame)
        except ending.Ended:
            pass
    return handler
ending._ending_once = swallowing
ending.STUCK_S = float(sys.argv.pop(1))
sys.exit(cli.main())
"""
"""A program some part of which catches whatever is raised in it."""


@posix
@pytest.mark.parametrize(("line", "shown"), [("", ""), ("python\r", ">>>")])
def test_a_prompt_ends_by_a_kill_that_a_library_has_caught(
    library: Path, line: str, shown: str
) -> None:
    child = opened(library, "repl", program=["-c", SWALLOWING, "60"])
    child.expect_exact("orq>")
    child.send(line)
    child.expect_exact(shown)

    child.kill(signal.SIGTERM)
    output = child.read()
    child.close()

    assert child.exitstatus == 130, output
    assert has_stopped(library)


@posix
def test_what_does_not_end_is_ended_by_force_and_says_where_it_hung(
    library: Path,
) -> None:
    child = opened(library, "repl", program=["-c", SWALLOWING, "1"])
    child.expect_exact("orq>")
    child.send("!print(6 * 7, flush=True); import time; time.sleep(1000)\r")
    child.expect_exact("42")

    child.kill(signal.SIGTERM)
    output = child.read()
    child.close()

    assert child.exitstatus == 1
    assert b"Timeout" in output
    assert b"python_mode.py" in output
    # The next one can begin.
    assert not is_held(library / ".orquestrador")


@posix
def test_the_end_is_raised_once_and_other_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def end_twice() -> None:
        with ending.in_order():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(10)
            finally:
                # While it ends, whoever sends it again disturbs nothing.
                os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(ending.Ended) as ended:
        end_twice()
    assert ended.value.code == 130
    assert signal.getsignal(signal.SIGTERM) is before


@posix
def test_an_end_that_a_library_has_caught_is_found_by_who_waits() -> None:
    def wait() -> None:
        with ending.in_order():
            assert not ending.is_asked()
            with contextlib.suppress(BaseException):
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(10)
            ending.check()

    with pytest.raises(ending.Ended):
        wait()


@posix
def test_what_nohup_started_outlives_its_terminal() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NOHUP], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (0, "goes on\n")


def test_another_thread_leaves_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[object] = []

    def inside() -> None:
        with ending.in_order():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()

    assert seen == [before]


@pytest.mark.parametrize("event", sorted(ending.CLOSING_EVENTS))
def test_windows_is_answered_when_everything_is_in_order(event: int) -> None:
    told = threading.Event()
    closing = ending.ConsoleClosing(told.set, limit_s=60.0)
    answers: list[bool] = []
    windows = threading.Thread(target=lambda: answers.append(closing(event)))

    windows.start()
    assert told.wait(30)
    assert answers == []
    closing.has_ended.set()
    windows.join(30)

    assert answers == [True]


def test_windows_is_answered_in_time_all_the_same() -> None:
    assert ending.ConsoleClosing(lambda: None, limit_s=0.01)(2)
    assert ending.LIMIT_S < WINDOWS_WAITS_S


@pytest.mark.parametrize("event", [0, 1])
def test_ctrl_c_and_ctrl_break_are_left_to_python(event: int) -> None:
    def never() -> None:
        raise AssertionError

    assert not ending.ConsoleClosing(never)(event)
