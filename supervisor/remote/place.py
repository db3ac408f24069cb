"""Where a running system can be found: a short folder that is the user's alone.

A socket's path has about a hundred bytes, so it cannot stand beside the library. It
stands in the user's runtime folder, under a name made from whatever the system is
about. The folder is what keeps others out: its owner and its mode are checked, by
both sides, every time.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orquestrador.errors import PeerRefusedError, RemoteError

MAX_SOCKET_PATH = 108 if sys.platform == "linux" else 104
"""Bytes, with the zero at the end."""

_SOCKET, _TOKEN = ".sock", ".token"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a system listens: a Unix socket, or a file that tells port and secret."""

    path: Path

    @property
    def is_socket(self) -> bool:
        """Whether it is a Unix socket."""
        return self.path.suffix == _SOCKET

    @property
    def lock(self) -> Path:
        """The file that the listening process holds."""
        return self.path.with_suffix(".lock")

    def __str__(self) -> str:
        return str(self.path)


def address(
    application: str,
    subject: str,
    *,
    tcp: bool = sys.platform == "win32",
    environment: Mapping[str, str] | None = None,
) -> Address:
    """Return where the system about `subject` listens; makes the folder.

    Args:
        application: names the folder.
        subject: what the system is about, such as a path; any text.
        tcp: loopback TCP with a secret in a file; False, a Unix socket.
        environment: the process's variables if None.

    Raises:
        PeerRefusedError: if the folder could be somebody else's.
        RemoteError: if every folder there is has too long a path for a socket.

    """
    digest = hashlib.sha256(os.fsencode(subject)).hexdigest()
    name = digest[:16] + (_TOKEN if tcp else _SOCKET)
    tried: list[str] = []
    for folder in _folders(application, environment or os.environ):
        path = folder / name
        if not tcp and len(os.fsencode(path)) >= MAX_SOCKET_PATH:
            tried.append(str(folder))
            continue
        make_private(folder)
        return Address(path)
    raise RemoteError(
        f"the path of a socket may have {MAX_SOCKET_PATH - 1} bytes; too long are "
        f"{', '.join(tried)}: set XDG_RUNTIME_DIR to a folder with a shorter path"
    )


def _folders(application: str, environment: Mapping[str, str]) -> Iterator[Path]:
    if sys.platform == "win32":
        local = environment.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
        yield base / application / "run"
        return
    runtime = environment.get("XDG_RUNTIME_DIR")
    # It may still name another user's, in a shell that `su` has opened.
    if runtime and _is_own_folder(Path(runtime)):
        yield Path(runtime) / application
    for folder in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108 -- the name has the user's number, and the owner is checked
        yield Path(folder) / f"{application}-{os.geteuid()}"


def _is_own_folder(path: Path) -> bool:
    if sys.platform == "win32" or not path.is_absolute():
        return False
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def make_private(folder: Path) -> None:
    """Make a folder for this user alone, or check the one that is there.

    Raises:
        PeerRefusedError: if it is a link, somebody else's, or open to others.
        RemoteError: if it cannot be made.

    """
    try:
        if sys.platform == "win32":
            folder.parent.mkdir(parents=True, exist_ok=True)
        # 0o700 also keeps others out on Windows, from 3.11.10, 3.12.4 and 3.13 on;
        # before, it is the folder around it, the user's own, that does.
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise RemoteError(
            f"the folder {folder} cannot be made: {error.strerror}; set "
            "XDG_RUNTIME_DIR to a folder of your own"
        ) from error
    check_private(folder)


def check_private(path: Path, *, folder: bool = True) -> None:
    """Refuse a folder, or a file, that is not this user's alone.

    Raises:
        PeerRefusedError: says what it is and what to do.
        FileNotFoundError: if it is not there.

    """
    found = path.lstat()
    wanted = stat.S_ISDIR if folder else stat.S_ISREG
    if not wanted(found.st_mode):
        raise PeerRefusedError(
            f"{path} is not {'a folder' if folder else 'a file'} of its own but "
            f"{_kind(found.st_mode)}; remove it"
        )
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise PeerRefusedError(
            f"{path} belongs to user {found.st_uid}, not to {os.geteuid()}; remove it, "
            "or set XDG_RUNTIME_DIR to a folder of your own"
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise PeerRefusedError(
            f"{path} is open to others (mode {mode:04o}); end what uses it, remove "
            "it, and start again"
        )


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    return "a folder" if stat.S_ISDIR(mode) else "something else"
