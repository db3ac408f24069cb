"""The state folder: where everything about a library is kept, by one process at a time.

<library>/.orquestrador/      or where --state says
lock, owner.json          held while a process works, and who it is
catalog.sqlite3           what is known about every file
snapshots/                the backup repository
reports/, log/
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from orquestrador.errors import LibraryError, LibraryInUseError

FOLDER = ".orquestrador"
_CLOUD_FOLDERS = ("dropbox", "google drive", "googledrive", "icloud drive", "onedrive")
_NETWORK_FILE_SYSTEMS = frozenset(
    {"afpfs", "cifs", "fuse.sshfs", "nfs", "nfs4", "smb2", "smb3", "smbfs", "webdav"}
)


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
            self._write_owner()
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
            (self.path / "owner.json").unlink(missing_ok=True)
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

    def _write_owner(self) -> None:
        owner = {
            "pid": os.getpid(),
            "command": Path(sys.argv[0]).name,
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        }
        (self.path / "owner.json").write_text(json.dumps(owner), encoding="utf-8")


def _in_use(path: Path) -> str:
    try:
        owner = json.loads((path / "owner.json").read_text(encoding="utf-8"))
        who = f"process {owner['pid']} ({owner['command']}, since {owner['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        # The other one is just starting or ending; the lock is what counts.
        who = "another process"
    return (
        f"{path} is in use by {who}; wait until it has ended, or stop it, and try again"
    )


def _refuse_network_drive(path: Path) -> None:
    kind = _network_drive(path)
    if kind is not None:
        raise LibraryError(
            f"the state folder {path} stands on a network drive ({kind}), where a "
            "database cannot be kept safely; choose a local one with --state DIR"
        )


def _network_drive(path: Path) -> str | None:
    import psutil  # noqa: PLC0415 -- a read-only command never comes here

    # A link, or a letter, may stand for a folder of another machine.
    real = Path(os.path.realpath(path))
    if str(real).startswith("\\\\"):
        return "UNC"
    best = ""
    kind = None
    for partition in psutil.disk_partitions(all=True):
        mount = partition.mountpoint
        if len(mount) > len(best) and real.is_relative_to(mount):
            best = mount
            remote = "remote" in partition.opts.split(",")
            network = partition.fstype.lower() in _NETWORK_FILE_SYSTEMS or remote
            kind = partition.fstype or "remote" if network else None
    return kind


def _local_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state"))
