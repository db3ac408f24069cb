"""The state folder: where everything about a library is kept, by one process at a time.

<library>/.orquestrador/      or where --state says
lock, owner.json          held while a process works; who it is, and where it listens
catalog.sqlite3           what is known about every file
snapshots/                the backup repository
reports/, log/
"""

import hashlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from orquestrador.errors import LibraryError, LibraryInUseError
from orquestrador.library.drives import network_drive
from orquestrador.library.sharing import patiently

FOLDER = ".orquestrador"
_CLOUD_FOLDERS = ("dropbox", "google drive", "googledrive", "icloud drive", "onedrive")


def state_path(library: Path, state: Path | None = None) -> Path:
    """Return where a library's state belongs.

    Args:
        library: absolute.
        state: the user's choice, which always wins.

    Returns:
        `<library>/.orquestrador`, or a folder of the user's local data when the
        library stands in a folder that a cloud service copies: its copy of a
        database in use would be damaged.

    """
    if state is not None:
        return state.expanduser().absolute()
    if not is_cloud_folder(library):
        return library / FOLDER
    digest = hashlib.sha256(os.fsencode(library)).hexdigest()[:8]
    return _local_data() / "orquestrador" / f"{library.name}-{digest}"


def is_cloud_folder(folder: Path) -> bool:
    """Whether a cloud service copies this folder, by its name or environment."""
    roots = [
        Path(value)
        for name, value in os.environ.items()
        if name.upper().startswith("ONEDRIVE") and value
    ]
    return any(folder.is_relative_to(root) for root in roots) or any(
        part.lower().startswith(_CLOUD_FOLDERS) for part in folder.parts
    )


class StateFolder:
    """The state folder, held by this process until `close`.

    Raises:
        LibraryInUseError: when another process holds it.
        LibraryError: when it cannot be made, or stands on a network drive.

    """

    def __init__(self, path: Path) -> None:
        """Make the folder if needed and take its lock."""
        self.path = path
        self.catalog = path / "catalog.sqlite3"
        self.snapshots = path / "snapshots"
        self.reports = path / "reports"
        self.log = path / "log"
        _refuse_network_drive(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
            ignore = path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            # Not of one thread: who stops the system need not have started it.
            self._lock = FileLock(path / "lock", thread_local=False)
            self._lock.acquire(timeout=0)
            self.announce()
        except Timeout:
            raise LibraryInUseError(_in_use(path)) from None
        except OSError as error:
            raise LibraryError(
                f"the state folder {path} cannot be used: {error.strerror or error}; "
                "choose another with --state DIR"
            ) from error

    def close(self) -> None:
        """Let another process have it."""
        if self._lock.is_locked:
            owner = self.path / "owner.json"
            try:
                patiently(lambda: owner.unlink(missing_ok=True))
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def announce(self, control: str | None = None) -> None:
        """Say who holds the folder, and where it can be talked to."""
        owner = Owner(
            pid=os.getpid(),
            command=Path(sys.argv[0]).name,
            since=time.strftime("%Y-%m-%d %H:%M:%S"),
            control=control,
        )
        # A reader must never see half of it: the name appears with all of it.
        part = self.path / "owner.json.part"
        part.write_text(json.dumps(asdict(owner)), encoding="utf-8")
        patiently(lambda: part.replace(self.path / "owner.json"))


@dataclass(frozen=True)
class Owner:
    """Who holds a state folder, by its own word."""

    pid: int
    command: str
    since: str
    """Local time."""

    control: str | None
    """Where it takes requests: a socket, or a token file; None: it takes none."""


def read_owner(path: Path) -> Owner | None:
    """Return who last said that it holds a state folder; it may have been killed."""
    try:
        said = json.loads((path / "owner.json").read_text(encoding="utf-8"))
        return Owner(
            pid=int(said["pid"]),
            command=str(said["command"]),
            since=str(said["since"]),
            control=None if said["control"] is None else str(said["control"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        # It is just starting or ending; the lock is what counts.
        return None


def is_held(path: Path, *, by: int | None = None) -> bool:
    """Return whether a process holds a state folder: any, or the process `by`."""
    owner = read_owner(path)
    if by is not None and owner is not None and owner.pid != by:
        return False
    lock = FileLock(path / "lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        # A folder where nothing can be locked is held by nobody.
        return False
    lock.release()
    return False


def _in_use(path: Path) -> str:
    owner = read_owner(path)
    if owner is None:
        who = "another process"
    else:
        who = f"process {owner.pid} ({owner.command}, since {owner.since})"
    if owner is not None and owner.control is not None:
        return (
            f"{path} is in use by the system of {who}; `orquestrador status` shows "
            "it, `orquestrador stop` ends it"
        )
    return (
        f"{path} is in use by {who}; wait until it has ended, or stop it, and try again"
    )


def _refuse_network_drive(path: Path) -> None:
    kind = network_drive(path)
    if kind is not None:
        raise LibraryError(
            f"the state folder {path} stands on a network drive ({kind}), where a "
            "database cannot be kept safely; choose a local one with --state DIR"
        )


def _local_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state"))
