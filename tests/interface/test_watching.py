"""`run` follows what changes, and `status` says whether the catalog is up to date."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@contextlib.contextmanager
def running(library: Path, *options: str) -> Generator["subprocess.Popen[str]"]:
    """A `run` whose first run has ended."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "orquestrador", "--library", str(library)),
            *("run", "--yes", *options),
        ],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if "contents classified" in line:
                    break
            yield process
        finally:
            process.terminate()
            process.wait(30)


def test_what_is_saved_while_it_runs_is_found_after_wait_idle(
    library: Path, run: Run
) -> None:
    with running(library):
        (library / "New One.mq4").write_text("int OnInit() { return 0; }\n")
        waited = run("--library", library, "status", "--wait-idle")
        assert waited.returncode == 0, waited.stderr
        (line,) = [
            each for each in waited.stdout.splitlines() if each.startswith("Watching")
        ]
        assert line.endswith("up to date")
        assert ("native" if sys.platform == "linux" else "") in line
        found = run("--library", library, "search", "--jsonl", "New One")
        assert '"path":"New One.mq4"' in found.stdout

        (library / "New One.mq4").unlink()
        waited = run("--library", library, "--json", "status", "--wait-idle")
        watcher = json.loads(waited.stdout)["watcher"]
        assert (watcher["pending"], watcher["reconciling"]) == (0, False)
        assert watcher["degraded"] == []
        found = run("--library", library, "search", "--jsonl", "New One")
        assert found.stdout == ""

        metrics = json.loads(run("--library", library, "monitor", "--json").stdout)[
            "metrics"
        ]
        states = {each["rule"]: each["state"] for each in metrics["alerts"]}
        assert states["watcher_degraded"] == "ok"
        assert metrics["watcher"]["events"] > 0


def test_a_system_that_does_not_follow_says_so(library: Path, run: Run) -> None:
    with running(library, "--no-watch"):
        status = run("--library", library, "status")
        assert "Watching: no" in status.stdout
        waited = run("--library", library, "status", "--wait-idle")
        assert waited.returncode == 1
        assert "does not watch" in waited.stderr


def test_where_nothing_runs_nothing_can_be_waited_for(
    classified: Path, run: Run
) -> None:
    waited = run("--library", classified, "status", "--wait-idle")

    assert waited.returncode == 1
    assert "no system runs" in waited.stderr
    assert "orquestrador --library" in waited.stderr
    assert "Watching" not in run("--library", classified, "status").stdout


def test_the_wait_ends_with_its_timeout(library: Path, run: Run) -> None:
    """The library is away: nobody can say that everything is in the catalog."""
    state = library.parent / "state"
    options = ("--library", library, "--state", state)
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "orquestrador", *map(str, options)),
            *("run", "--yes"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as system:
        assert system.stderr is not None
        for line in system.stderr:
            if "contents classified" in line:
                break
        library.rename(library.parent / "away")
        library.mkdir()
        waited = run(*options, "status", "--wait-idle", "--timeout", "0.5")
        system.terminate()
        system.wait(30)

    assert waited.returncode == 1
    assert "after 0.5 s" in waited.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux's")
def test_doctor_compares_the_folders_with_the_limit(classified: Path, run: Run) -> None:
    ended = run("--library", classified, "--json", "doctor")
    (finding,) = [
        each for each in json.loads(ended.stdout) if each["subject"] == "Watching"
    ]

    limit = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    assert f"{limit:,}" in finding["words"]
    assert finding["words"].split()[0].isdigit()
