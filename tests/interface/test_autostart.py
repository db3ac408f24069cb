"""Start at logon: what each system is told, and what is left behind."""

import os
import plistlib
import shlex
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador.interface.autostart import (
    Autostart,
    AutostartError,
    LaunchAgent,
    LogonTask,
    SystemdService,
)

Run = Callable[..., Any]
COMMAND = (
    "/opt/a b/python",
    "-m",
    "orquestrador",
    "--library",
    '/home/ana/EAs 100% "ouro" $HOME',
    "run",
)
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home folder of its own."""
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, os.fspath(tmp_path / "home"))
    return tmp_path / "home"


class Program:
    """A system's program that notes how it was called."""

    def __init__(self, folder: Path) -> None:
        """Keep the note in `folder`."""
        self.folder = folder
        self.note = folder / "called"

    def stand_for(self, name: str, status: int = 0) -> None:
        """Be called by this name."""
        program = self.folder / name
        program.write_text(
            f'#!/bin/sh\necho "$@" >> "{self.note}"\necho "no bus" >&2\nexit {status}\n'
        )
        program.chmod(0o755)

    def calls(self) -> list[str]:
        """Return the arguments of each call."""
        return self.note.read_text().splitlines() if self.note.exists() else []


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a program that is found before the system's own."""
    if sys.platform == "win32":
        pytest.skip("stands in for programs with shell scripts")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Program(folder)


def test_the_unit_starts_exactly_the_command(tmp_path: Path) -> None:
    unit = SystemdService(tmp_path / "EAs", COMMAND).content().decode()

    line = next(each for each in unit.splitlines() if each.startswith("ExecStart="))
    # systemd halves a doubled % and $; beyond that it splits as a shell does.
    assert "100%% " in line
    words = shlex.split(line.removeprefix("ExecStart="))
    assert [each.replace("%%", "%").replace("$$", "$") for each in words] == [*COMMAND]


def test_the_task_starts_exactly_the_command_at_this_users_logon_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERNAME", "Ana & Rui")
    monkeypatch.setenv("USERDOMAIN", "CASA")

    root = ET.fromstring(  # noqa: S314 -- what our own code has written
        LogonTask(tmp_path / "EAs", COMMAND).content()
    )

    action = root.find(f"{TASK}Actions/{TASK}Exec")
    assert action is not None
    assert action.findtext(f"{TASK}Command") == COMMAND[0]
    assert '"/home/ana/EAs 100% \\"ouro\\" $HOME"' in str(
        action.findtext(f"{TASK}Arguments")
    )
    trigger = root.find(f"{TASK}Triggers/{TASK}LogonTrigger")
    assert trigger is not None
    assert trigger.findtext(f"{TASK}UserId") == "CASA\\Ana & Rui"
    assert root.findtext(f".//{TASK}RunLevel") == "LeastPrivilege"


def test_the_agent_starts_exactly_the_command(tmp_path: Path) -> None:
    agent = plistlib.loads(LaunchAgent(tmp_path / "EAs", COMMAND).content())

    assert agent["ProgramArguments"] == [*COMMAND]
    assert agent["RunAtLoad"] is True


@pytest.mark.parametrize(
    ("kind", "name", "on", "off"),
    [
        (SystemdService, "systemctl", "enable", "disable"),
        (LogonTask, "schtasks", "/Create", "/Delete"),
        (LaunchAgent, "launchctl", "load", "unload"),
    ],
)
def test_on_tells_the_system_and_off_takes_it_back(
    kind: type[Autostart],
    name: str,
    on: str,
    off: str,
    program: Program,
    tmp_path: Path,
) -> None:
    program.stand_for(name)
    entry = kind(tmp_path / "EAs", COMMAND)
    assert not entry.is_on()

    entry.turn_on()
    assert entry.is_on()
    assert any(on in call.split() for call in program.calls())

    assert entry.turn_off()
    assert not entry.is_on()
    assert not entry.file.exists()
    assert off in program.calls()[-1].split()
    assert not entry.turn_off()


def test_a_system_that_refuses_is_an_error_with_its_words_and_leaves_nothing(
    program: Program, tmp_path: Path
) -> None:
    program.stand_for("systemctl", status=1)
    entry = SystemdService(tmp_path / "EAs", COMMAND)

    with pytest.raises(AutostartError, match="no bus"):
        entry.turn_on()

    assert not entry.file.exists()


def test_two_libraries_have_an_entry_each(tmp_path: Path) -> None:
    one = SystemdService(tmp_path / "one", COMMAND)
    other = SystemdService(tmp_path / "other", COMMAND)

    assert one.file != other.file


@pytest.mark.skipif(sys.platform != "linux", reason="asks systemd, which Linux has")
def test_the_command_line_turns_it_on_and_off(
    library: Path, program: Program, run: Run
) -> None:
    program.stand_for("systemctl")

    assert run("--library", library, "autostart", "status").returncode == 1
    on = run("--library", library, "autostart", "on")
    assert on.returncode == 0, on.stderr
    assert f"{library}" in Path(on.stdout.split("(")[1].split(")")[0]).read_text()
    assert run("--library", library, "iniciar_com_o_sistema").returncode == 0
    assert run("--library", library, "autostart", "off").returncode == 0
    assert run("--library", library, "autostart", "status").returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="asks systemd, which Linux has")
def test_a_large_folder_is_asked_about_when_it_is_turned_on_not_when_it_starts(
    library: Path, program: Program, run: Run
) -> None:
    program.stand_for("systemctl")
    settings = '{"ask": {"large_library_files": 0}}'
    (library / "orquestrador.json").write_text(settings, encoding="utf-8")

    refused = run("--library", library, "autostart", "on")
    assert refused.returncode == 2
    assert "Say --yes" in refused.stderr
    assert program.calls() == []

    on = run("--library", library, "autostart", "on", "--yes")
    assert on.returncode == 0, on.stderr
    unit = Path(on.stdout.split("(")[1].split(")")[0]).read_text(encoding="utf-8")
    assert '"run" "--yes"\n' in unit
