"""The commands of the first day: demo, doctor, init, open."""

import json
import os
import sqlite3
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from orquestrador import Orchestrator
from orquestrador.interface.cli import main
from orquestrador.snapshots.restore_journal import Plan, RestoreJournal

Run = Callable[..., Any]


def test_the_demonstration_shows_a_failing_actor_that_comes_back(
    tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "EAs"

    ended = run("demo", "--to", folder, "--yes")

    assert ended.returncode == 0, ended.stderr
    shown = [
        "2 surplus copies",
        "martingale",
        "Grid do Ouro (1).mq4",
        "lot_multiplier.factor",
        "Reversao RSI.mq5",
        "ValueError: nobody to greet",
        "ask rui → RUI",
        "visitor (Visitor) running",
        "1 restarts",
    ]
    places = [ended.stdout.find(words) for words in shown]
    assert -1 not in places, [w for w, at in zip(shown, places, strict=True) if at < 0]
    assert (folder.with_name("EAs-restored") / "Experts/Reversao RSI.mq5").is_file()


def test_the_demonstration_speaks_portuguese(tmp_path: Path, run: Run) -> None:
    ended = run("--lang", "pt_BR", "demo_completo", "--to", tmp_path / "EAs", "-y")

    assert ended.returncode == 0, ended.stderr
    assert "Nada na sua biblioteca foi alterado" in ended.stdout


def test_the_demonstration_does_not_touch_a_folder_that_holds_something(
    library: Path, run: Run
) -> None:
    before = sorted(library.rglob("*"))

    ended = run("demo", "--to", library, "--yes")

    assert ended.returncode == 1
    assert "not empty" in ended.stderr
    assert sorted(library.rglob("*")) == before


def _levels(ended: Any) -> dict[str, str]:
    return {each["subject"]: each["level"] for each in json.loads(ended.stdout)}


def test_a_library_in_order_has_no_problem(classified: Path, run: Run) -> None:
    ended = run("--library", classified, "--json", "doctor")

    assert ended.returncode == 0, ended.stdout
    levels = _levels(ended)
    assert levels.pop("Library") == "ok"
    # The only backup is on the same disk: that stays a warning until it is pushed.
    assert levels.pop("Backup") == "warning"
    assert set(levels) >= {"Python", "Libraries", "Catalog", "Workers"}
    assert set(levels.values()) == {"ok"}


def test_what_is_not_there_yet_is_a_warning_with_the_command(
    library: Path, run: Run
) -> None:
    ended = run("--library", library, "doctor")

    assert ended.returncode == 0, ended.stdout
    assert "warning  Catalog: there is none yet" in ended.stdout
    assert f"→ orquestrador --library {library} classify" in ended.stdout
    assert not (library / ".orquestrador").exists()


def test_a_damaged_catalog_is_a_problem(library: Path, run: Run) -> None:
    run("--library", library, "classify", "--no-report", "--no-backup")
    catalog = library / ".orquestrador" / "catalog.sqlite3"
    damaged = bytearray(catalog.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    catalog.write_bytes(damaged)
    for each in ("-wal", "-shm"):
        catalog.with_name(catalog.name + each).unlink(missing_ok=True)
    with pytest.raises(sqlite3.DatabaseError), sqlite3.connect(catalog) as database:
        database.execute("SELECT count(*) FROM files").fetchall()
    database.close()

    ended = run("--library", library, "doctor")

    assert ended.returncode == 1
    assert "PROBLEM" in ended.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="stands in with a shell script")
def test_a_worker_that_cannot_start_is_a_problem(
    classified: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no worker today >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", os.fspath(broken))

    status = main(["--library", os.fspath(classified), "--lang", "en", "doctor"])

    assert status == 1
    shown = capfd.readouterr().out
    assert "PROBLEM  Workers: no worker today" in shown
    assert "--engine inline" in shown


def test_a_library_that_is_not_there_is_a_problem(tmp_path: Path, run: Run) -> None:
    ended = run("--library", tmp_path / "nowhere", "doctor")

    assert ended.returncode == 1
    assert "is no folder" in ended.stdout


def test_init_writes_the_settings_that_then_hold(library: Path, run: Run) -> None:
    ended = run("--library", library, "init", "--yes")

    assert ended.returncode == 0, ended.stderr
    assert str(library / "orquestrador.json") in ended.stdout
    checked = run("--library", library, "config", "check")
    assert checked.returncode == 0
    assert "orquestrador.json" in checked.stderr


def test_init_never_replaces_a_file(library: Path, run: Run) -> None:
    settings = library / "orquestrador.json"
    settings.write_text('{"backup": {"automatic": false}}')

    ended = run("--library", library, "init", "--yes")

    assert ended.returncode == 1
    assert "is there already" in ended.stderr
    assert settings.read_text() == '{"backup": {"automatic": false}}'


@pytest.mark.skipif(sys.platform == "win32", reason="pexpect needs a POSIX terminal")
def test_init_asks_in_a_terminal_and_keeps_the_answers(library: Path) -> None:
    import pexpect  # noqa: PLC0415 -- not on Windows

    child = cast("Any", pexpect).spawn(
        sys.executable,
        ["-m", "orquestrador", "--lang", "pt_BR", "--library", str(library), "init"],
        encoding="utf-8",
        timeout=30,
    )
    child.expect("snapshot")
    child.sendline("n")
    child.expect("segundo lugar")
    child.sendline("/mnt/usb/eas")
    child.expect("relatório")
    child.sendline("s")
    child.expect("Medir")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0
    written = json.loads((library / "orquestrador.json").read_text(encoding="utf-8"))
    assert written["backup"] == {"automatic": False, "remote": "/mnt/usb/eas"}
    assert written["report"]["automatic"] is True


@pytest.fixture
def opener(tmp_path: Path) -> Path:
    """Put a program in front of the system's own that notes what it is to open."""
    if sys.platform == "win32":
        pytest.skip("Windows opens files without a program of this name")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("xdg-open", "open"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{folder}/opened"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def _opened(opener: Path) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if (opener / "opened").exists() and (opener / "opened").read_text():
            return (opener / "opened").read_text()
        time.sleep(0.01)
    raise AssertionError("nothing was opened")


def test_open_shows_the_newest_report(classified: Path, opener: Path, run: Run) -> None:
    path = f"{opener}{os.pathsep}{os.environ['PATH']}"

    ended = run("--library", classified, "open", PATH=path)

    assert ended.returncode == 0, ended.stderr
    assert _opened(opener) == ended.stdout.strip()
    assert Path(_opened(opener)).suffix == ".html"


def test_open_page_needs_a_system_that_serves_one(library: Path, run: Run) -> None:
    ended = run("--library", library, "open", "page")

    assert ended.returncode == 1
    assert "no system runs here that serves a page" in ended.stderr


def test_open_leads_to_the_page_of_the_system_that_runs(
    classified: Path, opener: Path, run: Run
) -> None:
    path = f"{opener}{os.pathsep}{os.environ['PATH']}"
    settings = {"web": {"port": 0}}
    with Orchestrator(classified, settings=settings, control=True, web=True):
        page = run("--library", classified, "open", "page", PATH=path)
        assert page.returncode == 0, page.stderr
        assert _opened(opener) == page.stdout.strip()
        assert page.stdout.startswith("http://127.0.0.1:")
        (opener / "opened").unlink()
        assert run("--library", classified, "abrir", PATH=path).returncode == 0
        assert _opened(opener).startswith("http://127.0.0.1:")
    with Orchestrator(classified, control=True):
        refused = run("--library", classified, "open", "page")

    assert refused.returncode == 1
    assert "no system runs here that serves a page" in refused.stderr


def test_open_without_a_report_says_how_to_make_one(library: Path, run: Run) -> None:
    ended = run("--library", library, "abrir", "report")

    assert ended.returncode == 1
    assert "report` writes one" in ended.stderr


def test_a_restore_that_was_cut_short_is_a_problem(library: Path, run: Run) -> None:
    journal = RestoreJournal(library / ".orquestrador" / "journal" / "restore")
    journal.begin(Plan("20260301T120000Z-12345678", "before", None, (), ()))

    ended = run("--library", library, "doctor")

    assert ended.returncode == 1
    assert "backup restore --undo" in ended.stdout
    journal.mark("finished")
    assert "restore --undo" not in run("--library", library, "doctor").stdout
