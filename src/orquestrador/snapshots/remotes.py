"""Second places for snapshots: folders, and Git repositories by their addresses."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from orquestrador.errors import SnapshotError

PUBLIC_HOSTS = {
    "github.com": "https",
    "gitlab.com": "https",
    "codeberg.org": "https",
    "bitbucket.org": "https",
}
"""Where anybody may read what is public, and how; asked without credentials."""

_DRIVE = re.compile(r"[A-Za-z]:([\\/]|$)")
_SSH = re.compile(r"(?:[^/@:]+@)?(?P<host>[^/:@]+|\[[^]]+\]):(?P<path>.*)", re.DOTALL)
"""As `user@host:path`."""


def folder_of(location: str) -> Path | None:
    """Return the folder that a location is; None for the address of a repository."""
    if location.startswith("file://"):
        from urllib.request import url2pathname  # noqa: PLC0415 -- loads all of HTTP and TLS

        parts = urlsplit(location)
        return Path(url2pathname(parts.path)).absolute()
    if "://" in location:
        return None
    is_drive = sys.platform == "win32" and _DRIVE.match(location)
    if not is_drive and _SSH.fullmatch(location) and not Path(location).exists():
        return None
    return Path(location).expanduser().absolute()


def host_of(location: str) -> str | None:
    """Return the host of an address; None for a folder."""
    if folder_of(location) is not None:
        return None
    if "://" in location:
        return urlsplit(location).hostname
    found = _SSH.fullmatch(location)
    return None if found is None else found["host"]


def require_no_password(location: str) -> None:
    """Refuse an address with a password in it: it would stand in settings and logs.

    Raises:
        SnapshotError: if it has one.

    """
    if "://" in location and urlsplit(location).password:
        raise SnapshotError(
            f"the address of {urlsplit(location).hostname} holds a password; leave it "
            "out and give it to git: `git credential approve`, or the credential "
            "manager that comes with Git for Windows"
        )


def readable_by_all(location: str) -> str | None:
    """Return the address at which anybody could read it; None where that is unusual."""
    host = host_of(location)
    if host is None:
        return None
    netloc = urlsplit(location).netloc.rpartition("@")[2] if "://" in location else host
    scheme = PUBLIC_HOSTS.get(netloc) or PUBLIC_HOSTS.get(host)
    if scheme is None:
        return None
    found = _SSH.fullmatch(location)
    if "://" in location:
        path = urlsplit(location).path
    elif found is not None:
        path = found["path"]
    else:
        return None
    place = netloc if location.startswith("http") else host
    return f"{scheme}://{place}/{path.strip('/')}"


def is_second_place(location: str, library: Path) -> bool:
    """Whether a failure of the library's disk leaves a place as it is."""
    folder = folder_of(location)
    if folder is None:
        return True
    try:
        return folder.stat().st_dev != library.stat().st_dev
    except OSError:
        return False
