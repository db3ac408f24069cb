"""Start of `orquestrador run` at the user's logon, without administrator rights.

Each system has its own way: a user service of systemd, a logon task of Windows' Task
Scheduler, a launch agent of macOS. Each is one file with the command in it, told to
the system by one of its own programs.
"""

import hashlib
import os
import plistlib
import shlex
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from orquestrador.errors import OrquestradorError

_PROGRAM_LIMIT_S = 30.0


class AutostartError(OrquestradorError):
    """The system refused to start the program at logon."""


class Autostart(ABC):
    """How one system starts a command at logon.

    Args:
        library: whose system is started; each library has an entry of its own.
        command: the program and its arguments.

    """

    def __init__(self, library: Path, command: Sequence[str]) -> None:
        digest = hashlib.sha256(os.fsencode(library)).hexdigest()[:8]
        self.name = f"orquestrador-{digest}"
        self.library = library
        self.command = tuple(command)

    @property
    @abstractmethod
    def file(self) -> Path:
        """The file that says what is started."""

    @abstractmethod
    def content(self) -> bytes:
        """Return what stands in the file."""

    @abstractmethod
    def enable(self) -> None:
        """Tell the system about the file, which is written.

        Raises:
            AutostartError: with the system's own words.

        """

    @abstractmethod
    def disable(self) -> None:
        """Tell the system to forget it.

        Raises:
            AutostartError: with the system's own words.

        """

    def is_on(self) -> bool:
        """Return whether the file is there and says what it would say today."""
        return self.file.is_file() and self.file.read_bytes() == self.content()

    def turn_on(self) -> None:
        """Start the command at each logon from now on.

        Raises:
            AutostartError: with the system's own words; nothing is left then.

        """
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(self.content())
        try:
            self.enable()
        except AutostartError:
            self.file.unlink()
            raise

    def turn_off(self) -> bool:
        """Start it no more; returns whether it was on."""
        if not self.file.exists():
            return False
        self.disable()
        self.file.unlink(missing_ok=True)
        return True


class SystemdService(Autostart):
    """A service of the user's own systemd (man systemd.unit, systemd.service)."""

    @property
    def file(self) -> Path:
        """`~/.config/systemd/user/NAME.service`."""
        home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        return Path(home) / "systemd" / "user" / f"{self.name}.service"

    def content(self) -> bytes:
        """Return the unit; `%` is doubled, because systemd would expand it."""
        command = " ".join(map(_quoted_for_systemd, self.command))
        return (
            "[Unit]\n"
            f"Description=orquestrador: {_one_line(self.library)}\n"
            "\n[Service]\n"
            f"ExecStart={command}\n"
            "Restart=on-failure\n"
            # Of `run` that SIGTERM has ended in order.
            "SuccessExitStatus=130\n"
            "RestartSec=30\n"
            "KillSignal=SIGTERM\n"
            "Nice=5\n"
            "\n[Install]\n"
            "WantedBy=default.target\n"
        ).encode()

    def enable(self) -> None:
        """Read the unit and start it at logon from now on."""
        _told("systemctl", "--user", "daemon-reload")
        _told("systemctl", "--user", "enable", f"{self.name}.service")

    def disable(self) -> None:
        """Start it at logon no more; one that runs is not stopped."""
        _told("systemctl", "--user", "disable", f"{self.name}.service")


class LogonTask(Autostart):
    """A task of Windows' Task Scheduler that the user's own logon triggers.

    A trigger for one's own logon needs no administrator; one for anybody's does.
    """

    @property
    def file(self) -> Path:
        """The task's definition, kept in the user's local data."""
        local = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(local) / "orquestrador" / f"{self.name}.xml"

    def content(self) -> bytes:
        """Return the definition, UTF-16 as the scheduler wants it."""
        user = escape(f"{os.environ.get('USERDOMAIN', '.')}\\{_user()}")
        program, *arguments = self.command
        return (
            '<?xml version="1.0" encoding="UTF-16"?>\n'
            '<Task version="1.2"'
            ' xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\n'
            "  <Triggers><LogonTrigger>"
            f"<UserId>{user}</UserId><Delay>PT30S</Delay>"
            "</LogonTrigger></Triggers>\n"
            '  <Principals><Principal id="Author">'
            f"<UserId>{user}</UserId><LogonType>InteractiveToken</LogonType>"
            "<RunLevel>LeastPrivilege</RunLevel></Principal></Principals>\n"
            "  <Settings>"
            "<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>"
            "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>"
            "<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>"
            "<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>"
            "<Priority>7</Priority>"
            "</Settings>\n"
            '  <Actions Context="Author"><Exec>'
            f"<Command>{escape(program)}</Command>"
            f"<Arguments>{escape(subprocess.list2cmdline(arguments))}</Arguments>"
            "</Exec></Actions>\n"
            "</Task>\n"
        ).encode("utf-16")

    def enable(self) -> None:
        """Register the task."""
        _told("schtasks", "/Create", "/F", "/TN", self.name, "/XML", str(self.file))

    def disable(self) -> None:
        """Remove the task; one that runs is not stopped."""
        _told("schtasks", "/Delete", "/F", "/TN", self.name)


class LaunchAgent(Autostart):
    """A launch agent of macOS (man launchd.plist)."""

    @property
    def file(self) -> Path:
        """`~/Library/LaunchAgents/NAME.plist`."""
        return Path.home() / "Library" / "LaunchAgents" / f"{self.name}.plist"

    def content(self) -> bytes:
        """Return the property list."""
        return plistlib.dumps(
            {
                "Label": self.name,
                "ProgramArguments": list(self.command),
                "RunAtLoad": True,
                "KeepAlive": {"SuccessfulExit": False},
                "ProcessType": "Background",
                "StandardErrorPath": os.devnull,
                "StandardOutPath": os.devnull,
            }
        )

    def enable(self) -> None:
        """Load the agent, which starts it now as well."""
        _told("launchctl", "load", "-w", str(self.file))

    def disable(self) -> None:
        """Unload the agent, which ends it as well."""
        _told("launchctl", "unload", "-w", str(self.file))


def of_this_system(library: Path, command: Sequence[str]) -> Autostart:
    """Return how this system starts a command at logon."""
    if sys.platform == "win32":
        return LogonTask(library, command)
    if sys.platform == "darwin":
        return LaunchAgent(library, command)
    return SystemdService(library, command)


def _told(*command: str) -> None:
    """Run one of the system's programs.

    Raises:
        AutostartError: if it is not there, takes too long or refuses.

    """
    try:
        ended = subprocess.run(  # noqa: S603 -- a fixed program, and names of ours
            command,
            capture_output=True,
            check=False,
            timeout=_PROGRAM_LIMIT_S,
            # Not the library's folder: Windows would hold it open.
            cwd=tempfile.gettempdir(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AutostartError(f"{shlex.join(command)}: {error}") from error
    if ended.returncode:
        words = (ended.stderr or ended.stdout).decode("utf-8", "replace").strip()
        raise AutostartError(f"{shlex.join(command)}: {words or ended.returncode}")


def _quoted_for_systemd(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("%", "%%").replace("$", "$$") + '"'


def _one_line(path: Path) -> str:
    return " ".join(str(path).replace("%", "%%").split())


def _user() -> str:
    return os.environ.get("USERNAME") or Path.home().name
