"""`run`, and the commands that find a running system and go to it: real processes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psutil
import pytest

from orquestrador import Orchestrator
from orquestrador.errors import (
    LibraryError,
    MessageValueError,
    RunFailedError,
    SnapshotError,
)
from orquestrador.running import RunningLibrary, find
from orquestrador.scheduling import Agenda
from orquestrador.snapshots import SnapshotRepository
from orquestrador.state import read_owner
from orquestrador.supervisor.remote import Address, address

SCRIPT = Path(__file__).parents[2] / "orquestrador_central.py"

SLOW = Path(__file__).parents[1] / "faults" / "programs" / "slow_cli.py"
"""The command line with a classifier that takes its time."""

Run = Callable[..., Any]

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

HOLDER = """\
import sys
from pathlib import Path
from orquestrador.state import StateFolder
folder = StateFolder(Path(sys.argv[1]))
print("held", flush=True)
input()
"""


@contextlib.contextmanager
def running(
    library: Path, *options: str, program: str = "-m orquestrador"
) -> Generator["subprocess.Popen[str]"]:
    """A `run` that takes requests."""
    with subprocess.Popen(
        [
            *(sys.executable, *program.split(), "--library", library),
            *("run", "--yes", "--no-web", *options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        env={**os.environ, "LANG": "C.UTF-8"},
    ) as process:
        try:
            wait_until(lambda: takes_requests(library) or process.poll() is not None)
            yield process
        finally:
            process.kill()


def takes_requests(library: Path) -> bool:
    owner = read_owner(library / ".orquestrador")
    return owner is not None and owner.control is not None


def wait_until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


def connected(library: Path) -> RunningLibrary:
    found = find(library, library / ".orquestrador")
    assert found is not None
    return found


def wait_for_the_first_run(library: Path) -> None:
    def done() -> bool:
        with (
            contextlib.suppress(SnapshotError),
            SnapshotRepository(
                library / ".orquestrador" / "snapshots", read_only=True
            ) as kept,
        ):
            return bool(list(kept.list()))
        return False

    wait_until(done)


def test_a_system_classifies_once_and_then_does_what_others_ask_for(
    library: Path, run: Run
) -> None:
    with running(library) as system:
        wait_for_the_first_run(library)
        (library / "New.mq4").write_text("int OnInit() { return 0; }\n")

        status = run("--library", library, "status")
        assert f"The system runs: process {system.pid}, since 20" in status.stdout
        for actor in ("orquestrador", "worker-1", "classifier", "backup", "control"):
            assert f" {actor} " in status.stdout
        classified = run("--library", library, "classify", "--no-report")
        assert classified.returncode == 0, classified.stderr
        assert "distinct contents" in classified.stdout
        assert f"The running system (process {system.pid}) does it." in (
            classified.stderr
        )
        found = run("--library", library, "search", "--jsonl", "New")
        assert '"path":"New.mq4"' in found.stdout
        created = run("--library", library, "--json", "backup", "create")
        assert json.loads(created.stdout) == {"snapshot": None}, "classify took it"
        report = run("--library", library, "report", "--format", "json")
        assert Path(report.stdout.strip()).is_file()

        stopped = run("--library", library, "stop")
        assert (stopped.returncode, stopped.stdout) == (0, "")
        assert stopped.stderr == f"Stopped (process {system.pid}).\n"
        output, words = system.communicate(timeout=30)
    assert (system.returncode, output) == (0, "")
    assert words.splitlines()[0].startswith(f"The system runs on {library}.")
    assert words.splitlines()[-1] == "Stopped."
    assert not takes_requests(library)


@posix
def test_a_system_that_does_not_answer_is_none_that_does_not_run(
    library: Path, run: Run
) -> None:
    with running(library) as system:
        wait_for_the_first_run(library)
        system.send_signal(signal.SIGSTOP)
        try:
            status = run("--library", library, "status")
        finally:
            system.send_signal(signal.SIGCONT)
        again = run("--library", library, "status")
        run("--library", library, "stop")

    assert (status.returncode, status.stdout) == (1, "")
    assert f"a system runs here (process {system.pid})" in status.stderr
    assert "does not answer" in status.stderr
    assert again.returncode == 0


def test_a_stop_has_ended_the_system_when_it_returns(library: Path, run: Run) -> None:
    with running(library) as system:
        address = Path(read_owner(library / ".orquestrador").control or "")  # type: ignore[union-attr]
        assert address.exists()
        assert run("--library", library, "stop").returncode == 0
        # Another one can take its place at once.
        again = run("--library", library, "classify", "--no-backup", "--no-report")
        assert again.returncode == 0, again.stderr
        assert not address.exists()
        assert system.wait(30) == 0


def test_a_stop_in_the_middle_of_a_run_keeps_what_there_is(
    library: Path, run: Run
) -> None:
    grow(library, 1500)
    with running(library) as system:
        wait_until(lambda: progress(library))
        assert run("--library", library, "stop").returncode == 0
        assert system.wait(30) == 0
    assert json.loads(run("--library", library, "status", "--json").stdout)["last_run"]
    rest = run("--library", library, "--json", "classify", "--no-backup", "--no-report")
    assert json.loads(rest.stdout)["summary"]["pending"] == 0


def grow(library: Path, files: int) -> None:
    for number in range(files):
        text = f"int OnInit() {{ return {number}; }}\n" * 100
        (library / f"{number}.mq4").write_text(text, encoding="utf-8")


def progress(library: Path) -> int:
    with connected(library) as system:
        under_way = system.status().run
        return 0 if under_way is None else under_way.settled


def test_status_tells_how_far_the_run_is(
    library: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(library, 4000)
    paths = [str(SLOW.parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    shown: list[str] = []

    def under_way() -> bool:
        shown.append(run("--library", library, "status").stdout)
        return "Run under way: " in shown[-1]

    with running(library, program=str(SLOW)):
        wait_until(under_way)
    assert " of 4,0" in shown[-1]


def test_status_is_one_json_document_also_of_a_running_system(
    library: Path, run: Run
) -> None:
    with running(library) as system:
        wait_for_the_first_run(library)
        document = json.loads(run("--library", library, "--json", "status").stdout)
        # As the keeper does; its first look comes a minute after the start.
        Agenda(library / ".orquestrador").note_paused("battery")
        paused = run("--library", library, "--json", "status").stdout
        line = run("--library", library, "status").stdout
    assert document["background_paused"] is None
    assert json.loads(paused)["background_paused"] == "battery"
    assert "Work in the background is paused: on battery" in line
    assert document["running"] is True
    assert document["system"]["pid"] == system.pid
    assert document["summary"]["files"] > 60
    names = [actor["name"] for actor in document["actors"]]
    assert names[:3] == ["orquestrador", "library", "catalog"]
    assert {actor["state"] for actor in document["actors"]} == {"running"}


@posix
@pytest.mark.parametrize("way", ["SIGINT", "SIGTERM"])
def test_an_interrupted_system_ends_in_order(way: str, library: Path, run: Run) -> None:
    with running(library) as system:
        wait_for_the_first_run(library)
        workers = psutil.Process(system.pid).children(recursive=True)
        address = Path(read_owner(library / ".orquestrador").control or "")  # type: ignore[union-attr]
        system.send_signal(signal.Signals[way])
        output, words = system.communicate(timeout=30)
    assert system.returncode == 130
    assert output == ""
    assert words.splitlines()[-1] == "Interrupted; what was done until now is kept."
    psutil.wait_procs(workers, timeout=30)
    assert not any(worker.is_running() for worker in workers)
    assert not address.exists()
    assert read_owner(library / ".orquestrador") is None


@posix
def test_ctrl_c_in_a_terminal_ends_it_in_order_and_leaves_a_whole_line(
    library: Path,
) -> None:
    pexpect = pytest.importorskip("pexpect", reason="terminals like these are POSIX")
    grow(library, 1500)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "orquestrador", "--library", str(library), "run", "--yes"],
        dimensions=(24, 80),
        timeout=60,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
    )
    child.expect(r"Ctrl-C\s+ends\s+it")
    child.expect("Classifying")
    child.sendintr()
    output: bytes = child.read()
    child.close()

    assert child.exitstatus == 130, output
    assert b"Interrupted; what was done until now is kept." in output
    assert b"Traceback" not in output
    assert read_owner(library / ".orquestrador") is None


@posix
def test_a_killed_system_is_no_running_system(library: Path, run: Run) -> None:
    with running(library) as system:
        wait_for_the_first_run(library)
        system.kill()
        system.wait(30)
    assert takes_requests(library), "it could not take its word back"

    status = json.loads(run("--library", library, "status", "--json").stdout)
    assert (status["running"], status["held_by"]) == (False, None)
    stopped = run("--library", library, "--json", "stop")
    assert json.loads(stopped.stdout) == {"stopped": False, "pid": None}
    assert run("--library", library, "classify", "--no-report").returncode == 0
    with running(library) as again:
        assert run("--library", library, "stop").returncode == 0
        assert again.wait(30) == 0


def test_a_second_system_is_refused_with_how_to_talk_to_the_first(
    library: Path, run: Run
) -> None:
    with running(library) as system:
        second = run("--library", library, "run", "--yes")
        assert second.returncode == 1
        assert f"process {system.pid} " in second.stderr
        assert "`orquestrador stop` ends it" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        assert run("--library", library, "status").returncode == 0


def test_a_system_on_another_library_is_not_asked(
    library: Path, tmp_path: Path, run: Run
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    state = library / ".orquestrador"
    with running(library):
        for command in ("classify", "status", "stop"):
            ended = run("--library", other, "--state", state, command)
            assert ended.returncode == 1
            assert f"works on {library}, not on {other}" in ended.stderr


@posix
def test_the_same_library_by_another_path_is_the_same(
    library: Path, tmp_path: Path, run: Run
) -> None:
    link = tmp_path / "link"
    link.symlink_to(library)
    with running(library):
        assert "The system runs" in run("--library", link, "status").stdout


def test_a_process_that_takes_no_requests_is_named_and_cannot_be_stopped(
    classified: Path, run: Run
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, classified / ".orquestrador"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        status = run("--library", classified, "status")
        stop = run("--library", classified, "stop")
        holder.communicate(b"\n", timeout=30)
    assert f"In use by process {holder.pid} (" in status.stdout
    assert stop.returncode == 1
    assert f"process {holder.pid} " in stop.stderr
    assert "takes no requests" in stop.stderr


def test_a_stop_where_nothing_runs_has_nothing_to_do(library: Path, run: Run) -> None:
    stopped = run("--library", library, "stop")

    assert stopped.returncode == 0
    assert stopped.stderr == f"No system runs on {library}.\n"
    assert not (library / ".orquestrador").exists()


def test_options_that_a_running_system_decides_are_said_to_be_left_out(
    library: Path, run: Run
) -> None:
    with running(library):
        ended = run("--library", library, "classify", "--workers", "3", "--no-report")
    assert ended.returncode == 0
    assert "--engine and --workers are for a run without it" in ended.stderr


@posix
def test_an_interrupted_request_goes_on_in_the_system(library: Path, run: Run) -> None:
    # What is saved would be classified before it is asked for.
    with running(library, "--no-watch"):
        wait_for_the_first_run(library)
        grow(library, 1500)
        with subprocess.Popen(
            [sys.executable, "-m", "orquestrador", "--library", library, "classify"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as asking:
            wait_until(lambda: progress(library))
            asking.send_signal(signal.SIGINT)
            _output, words = asking.communicate(timeout=30)
        assert asking.returncode == 130
        assert "The run goes on in the running system." in words
        with connected(library) as system:
            wait_until(lambda: system.summary().files > 1500, seconds=60)


def test_a_request_fails_when_its_system_ends(library: Path, run: Run) -> None:
    # What is saved would be classified before it is asked for.
    with running(library, "--no-watch") as system:
        wait_for_the_first_run(library)
        grow(library, 1500)
        with subprocess.Popen(
            [sys.executable, "-m", "orquestrador", "--library", library, "classify"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as asking:
            wait_until(lambda: progress(library))
            system.kill()
            _output, words = asking.communicate(timeout=30)
    assert asking.returncode == 1
    assert f"the running system (process {system.pid}) has ended" in words
    assert "Traceback" not in words


INLINE = {"classification": {"engine": "inline"}}


def test_a_script_may_take_requests_and_ends_when_it_is_asked_to(
    library: Path,
) -> None:
    with Orchestrator(library, settings=INLINE, control=True) as orq:
        with connected(library) as other:
            stopping = threading.Thread(target=other.stop)
            assert not orq.stop_requested.is_set()
            stopping.start()
            assert orq.stop_requested.wait(30)
            orq.stop()
            stopping.join(30)
            assert not stopping.is_alive()
            with pytest.raises(RunFailedError, match="has ended"):
                other.check()
        orq.start()
        assert not orq.stop_requested.is_set()
        with connected(library) as again:
            assert again.status().run is None


def test_a_script_takes_no_requests_unless_it_wants_to(library: Path) -> None:
    with Orchestrator(library, settings=INLINE):
        assert find(library, library / ".orquestrador") is None


def test_where_there_are_no_unix_sockets_everything_goes_over_tcp(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_tcp(application: str, subject: str) -> Address:
        return address(application, subject, tcp=True)

    monkeypatch.setattr("orquestrador.orchestrator.address", at_tcp)
    with (
        Orchestrator(library, settings=INLINE, control=True, backup=False),
        connected(library) as other,
    ):
        run = other.classify(report=False)
        events = [type(event).__name__ for event in run.events()]
        assert run.result(timeout=60).summary.files > 60
        assert events[0] == "RunStarted"
        assert events[-1] == "RunFinished"
        assert other.backup(timeout=60) is not None
        assert all(path.is_file() for path in other.report(timeout=60))
        assert other.metrics().threads > 1
        token = Path((read_owner(library / ".orquestrador") or never()).control or "")
        assert token.suffix == ".token"
    assert not token.exists()


def never() -> Any:
    raise AssertionError


def test_what_a_request_cannot_do_is_said_as_by_the_system_itself(
    library: Path,
) -> None:
    with (
        Orchestrator(library, settings=INLINE, control=True),
        connected(library) as other,
    ):
        with pytest.raises(LibraryError, match="is outside the library"):
            other.classify([library.parent])
        with pytest.raises(LibraryError, match="is not there"):
            other.classify(["gone.mq4"])
        with pytest.raises(MessageValueError, match="docx"):
            other.report(formats=["docx"], timeout=60)


def test_a_request_that_its_actor_always_fails_on_is_not_waited_for_for_ever(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_actor: object, _reason: str, _run: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("orquestrador.actors.backup.BackupActor._take", fail)
    with (
        Orchestrator(library, settings=INLINE, control=True) as orq,
        connected(library) as other,
    ):
        for system in (orq, other):
            with pytest.raises(RunFailedError, match=r"'backup' failed.*a defect"):
                system.backup(timeout=60)


def test_the_guides_script_goes_to_the_running_system(
    library: Path, tmp_path: Path, run: Run
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    library = library.rename(base / "CODIGO_FONTE_LIBRARY")
    with running(library) as system:
        wait_for_the_first_run(library)
        for command in ("classificar_tudo", "backup_completo", "status_sistema"):
            ended = subprocess.run(
                [sys.executable, SCRIPT, command],
                cwd=base,
                capture_output=True,
                timeout=60,
                check=False,
            )
            answer = json.loads(ended.stdout)
            assert answer["sucesso"] is True, answer
        assert answer["status"] == "executando"
        assert set(answer["componentes"].values()) == {"ativo"}
        assert system.poll() is None


def test_a_system_speaks_portuguese(library: Path, run: Run) -> None:
    with running(library, "--lang", "pt_BR"):
        wait_for_the_first_run(library)
        status = run("--library", library, "status", "--lang", "pt_BR").stdout
        run("--library", library, "--lang", "pt_BR", "parar_sistema")
    assert "O sistema roda: processo" in status
    assert "Atores:" in status
    assert " em andamento " in status
