"""`orquestrador monitor` and `orquestrador logs`, in pipes and in a real terminal."""

import contextlib
import datetime as dt
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador.catalog import Catalog
from tests.monitoring.conftest import MailServer

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def running(library: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a system on the library; it is stopped after the test."""
    environment = {**os.environ, "LANG": "C.UTF-8"}
    environment["ORQUESTRADOR_ENGINE"] = "inline"
    command = [sys.executable, "-m", "orquestrador", "--library", str(library)]
    with subprocess.Popen(
        [*command, "run", "--yes"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "contents classified" in line:
                break
        yield process
        process.terminate()
        process.wait(30)


def test_once_shows_the_machine_and_the_catalog_where_nothing_runs(
    run: Run, classified: Path
) -> None:
    ended = run("--library", classified, "monitor", "--once")

    assert ended.returncode == 0, ended.stderr
    assert "no system runs here" in ended.stdout
    assert re.search(r"Library +\d+ files", ended.stdout)
    assert "Watcher degraded (nothing watches the library)" in " ".join(
        ended.stdout.split()
    )
    assert max(map(len, ended.stdout.splitlines())) <= 80


def test_it_leaves_nothing_behind_and_holds_no_lock(run: Run, library: Path) -> None:
    ended = run("--library", library, "monitor", "--once")

    assert ended.returncode == 0
    assert "nothing is known about it yet" in ended.stdout
    assert not (library / ".orquestrador").exists()


def test_json_is_one_document(run: Run, classified: Path) -> None:
    """Guide: G14."""
    ended = run("--library", classified, "monitor", "--json")
    document = json.loads(ended.stdout)
    with Catalog(
        classified / ".orquestrador" / "catalog.sqlite3", read_only=True
    ) as catalog:
        files = catalog.summary().files

    assert document["running"] is False
    metrics = document["metrics"]
    assert metrics["library"]["files"] == files
    assert metrics["memory_percent"] == pytest.approx(
        psutil.virtual_memory().percent, abs=5
    )
    states = {each["rule"]: each["state"] for each in metrics["alerts"]}
    assert states["watcher_degraded"] == "undefined"


def test_it_attaches_to_the_system_that_runs(
    run: Run, library: Path, running: subprocess.Popen[str]
) -> None:
    """Guide: G14."""
    ended = run("--library", library, "monitor", "--json")
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)

    assert (document["running"], document["pid"]) == (True, running.pid)
    metrics = document["metrics"]
    process = psutil.Process(running.pid)
    assert metrics["threads"] == process.num_threads()
    assert metrics["process_memory_mb"] == pytest.approx(
        process.memory_info().rss / 2**20, rel=0.1
    )
    names = [each["name"] for each in metrics["actors"]]
    assert {"catalog", "classifier", "monitor", "notifier", "backup"} <= set(names)
    assert metrics["library"]["snapshot_age_s"] is not None


def test_without_a_terminal_each_sample_is_a_line(run: Run, classified: Path) -> None:
    options = ("--interval", "0.3", "--duration", "2")
    ended = run("--library", classified, "monitor", *options)

    lines = ended.stdout.splitlines()
    assert ended.returncode == 0
    assert 2 <= len(lines) <= 8
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  CPU \d+ %", line)
        assert "alerts: " in line


@pytest.mark.parametrize(
    ("lang", "word", "columns"),
    [("en", "Actor", "Waiting"), ("pt_BR", "Ator", "Na fila")],
)
def test_on_a_terminal_the_screen_fits_and_is_renewed(
    library: Path, running: subprocess.Popen[str], lang: str, word: str, columns: str
) -> None:
    pexpect = pytest.importorskip("pexpect", reason="terminals like these are POSIX")
    command = ["-m", "orquestrador", "--lang", lang, "--library", str(library)]
    child = pexpect.spawn(
        sys.executable,
        [*command, "monitor", "--interval", "0.3"],
        dimensions=(40, 80),
        timeout=30,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
    )
    for _ in range(3):
        child.expect(word)
    child.sendintr()
    output = child.before + child.read()
    child.close()

    assert child.exitstatus == 130
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", output).decode("utf-8")
    assert columns in text
    assert max(len(line) for line in re.split(r"[\r\n]", text)) <= 80


def test_it_goes_on_by_itself_when_the_system_ends(
    library: Path, running: subprocess.Popen[str]
) -> None:
    command = [sys.executable, "-m", "orquestrador", "--library", str(library)]
    with subprocess.Popen(
        [*command, "monitor", "--interval", "0.2"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as watcher:
        assert watcher.stdout is not None
        watcher.stdout.readline()
        running.terminate()
        running.wait(30)
        for _ in range(3):
            assert "CPU" in watcher.stdout.readline()
        watcher.kill()


# -- trials of alerts --------------------------------------------------------------


@contextlib.contextmanager
def _listener() -> Generator[tuple[int, list[bytes]]]:
    """Take one POST on this machine."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                data = peer.recv(65536)
                while b'"title"' not in data:
                    data += peer.recv(65536)
                taken.append(data)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1]), taken
        thread.join(30)


def test_a_trial_reaches_the_webhook_of_the_settings(
    run: Run, classified: Path
) -> None:
    pytest.importorskip("apprise")
    with _listener() as (port, taken):
        ended = run(
            "--library",
            classified,
            "monitor",
            "--test-alert",
            "webhook",
            ORQUESTRADOR_ALERTS__WEBHOOK=f"http://127.0.0.1:{port}/hook",
        )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "webhook: a message for trying was sent\n"
    assert b"orquestrador: a trial" in taken[0]


def test_a_trial_reaches_the_mail_server_of_the_settings(
    run: Run, classified: Path
) -> None:
    pytest.importorskip("apprise")
    server = MailServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    place = f"127.0.0.1:{server.port}"
    ended = run(
        "--library",
        classified,
        "monitor",
        "--test-alert",
        "email",
        ORQUESTRADOR_ALERTS__EMAIL=f"mailto://me:pw@{place}?from=a@x.org&to=b@x.org",
    )
    server.shutdown()
    server.server_close()
    thread.join()

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "email: a message for trying was sent\n"
    assert "orquestrador: a trial" in server.messages[0]


@pytest.mark.skipif(sys.platform == "win32", reason="a script is a program there")
def test_a_trial_reaches_the_desktop(
    run: Run, classified: Path, tmp_path: Path
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > "{tmp_path}/told"\n')
    program.chmod(0o755)
    ended = run(
        "--library",
        classified,
        "monitor",
        "--test-alert",
        "desktop",
        ORQUESTRADOR_ALERTS__DESKTOP="true",
        PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    )

    assert ended.returncode == 0, ended.stderr
    assert "orquestrador: a trial" in (tmp_path / "told").read_text()


def test_a_trial_that_fails_says_why_without_the_address(
    run: Run, classified: Path
) -> None:
    secret = "T0kenOfMine"  # noqa: S105 -- nobody's
    ended = run(
        "--library",
        classified,
        "monitor",
        "--test-alert",
        "telegram",
        ORQUESTRADOR_ALERTS__TELEGRAM=f"telegram/{secret}",
    )

    assert ended.returncode == 1
    assert "write tgram://token/chat" in ended.stderr
    assert secret not in ended.stderr + ended.stdout


def test_a_trial_of_the_log_is_in_the_running_system_s_log(
    run: Run, library: Path, running: subprocess.Popen[str]
) -> None:
    tried = run("--library", library, "monitor", "--test-alert", "log")
    logged = run("--library", library, "logs", "--actor", "notifier")

    assert tried.returncode == 0, tried.stderr
    assert "orquestrador: a trial" in logged.stdout


# -- the log -----------------------------------------------------------------------


def test_the_log_of_a_stopped_system_is_shown(run: Run, classified: Path) -> None:
    ended = run("--library", classified, "logs")

    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    assert "The system starts on" in lines[0]
    assert any(re.search(r"info +classifier +Run 1 ended", line) for line in lines)
    assert lines[-1].endswith("The system has stopped")


def test_the_log_is_chosen_by_actor_level_and_number(
    run: Run, classified: Path
) -> None:
    def messages(*options: str) -> list[str]:
        ended = run("--library", classified, "logs", "--jsonl", *options)
        return [json.loads(line)["message"] for line in ended.stdout.splitlines()]

    everything = messages("--lines", "0")
    assert messages("-n", "2") == everything[-2:]
    assert all(each.startswith("Run 1") for each in messages("--actor", "classif*"))
    assert messages("--level", "error") == []


def test_a_log_that_is_not_there_is_no_error(run: Run, library: Path) -> None:
    ended = run("--library", library, "logs", "--json")

    assert (ended.returncode, json.loads(ended.stdout)) == (0, [])
    assert not (library / ".orquestrador").exists()


def test_an_event_is_a_line_within_a_second(
    library: Path, run: Run, running: subprocess.Popen[str]
) -> None:
    """Guide: G25."""
    command = [sys.executable, "-m", "orquestrador", "--library", str(library)]
    with subprocess.Popen(
        [*command, "logs", "--follow", "--jsonl"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as follower:
        assert follower.stdout is not None
        seen: list[tuple[float, dict[str, Any]]] = []

        def read() -> None:
            lines = follower.stdout or ()
            seen.extend((time.time(), json.loads(line)) for line in lines)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        while not any("Run 1 ended" in line["message"] for _, line in seen):
            time.sleep(0.01)
        shutil.copy(next(library.rglob("*.mq4")), library / "another.mq4")
        assert run("--library", library, "classify", "--yes").returncode == 0
        limit = time.monotonic() + 30
        while not any("Run 2 ended" in line["message"] for _, line in seen):
            assert time.monotonic() < limit
            time.sleep(0.01)
        follower.kill()
        reader.join(30)

    for at, line in seen:
        if "Run 2" in line["message"] or "Snapshot" in line["message"]:
            happened = dt.datetime.fromisoformat(line["time"]).timestamp()
            if happened > seen[0][0]:
                assert at - happened < 1.0


def test_a_name_s_escape_sequence_does_not_reach_the_terminal(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / ".orquestrador" / "log"
    folder.mkdir(parents=True)
    line = {"time": "x", "level": "info", "actor": None, "logger": ""}
    text = json.dumps(line | {"message": "a\x1b[31mred\nsecond"})
    (folder / "orquestrador-000001.jsonl").write_text(text + "\n", encoding="utf-8")

    shown = run("--library", tmp_path, "logs").stdout

    assert "\x1b" not in shown
    assert "a\\x1b[31mred" in shown
    assert "    second" in shown
