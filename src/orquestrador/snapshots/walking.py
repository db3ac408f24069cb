"""Lists what a snapshot may hold: files and folders, and what cannot be kept.

Unlike a classification's listing it needs every kind of file, empty folders, and
the inode's time of change. Links and reparse points are never followed.
"""

import fnmatch
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.errors import SnapshotError
from orquestrador.library import raw_name
from orquestrador.library.listing import kind_problem
from orquestrador.snapshots.cache import Seen

_OFFLINE = 0x00001000
_RECALL_ON_DATA_ACCESS = 0x00400000
"""Windows file attributes of files that are only in the cloud."""


Matcher = Callable[[str], re.Match[str] | None]


class Listed(NamedTuple):
    """One folder of the library."""

    raw: bytes
    """Raw name; empty for the library itself."""

    files: list[tuple[bytes, Seen]]
    skipped: list[tuple[bytes, str]]


class Exclusion:
    """What is left out: patterns as in the settings, and whole folders.

    Args:
        patterns: shell patterns, case ignored; one without `/` is compared with each
            name, one with `/` with the path below the library.
        folders: folders that are not entered, wherever they stand.

    """

    def __init__(
        self, patterns: Iterable[str] = (), folders: Iterable[Path] = ()
    ) -> None:
        cleaned = [pattern.replace("\\", "/").strip("/") for pattern in patterns]
        self._names = _any_of([each for each in cleaned if "/" not in each])
        self._paths = _any_of([each for each in cleaned if "/" in each])
        self._folders = {_normal(os.path.realpath(each)) for each in folders}

    def matches(self, name: str, relative: str) -> bool:
        """Whether a file or folder is left out by its name or path."""
        return bool(self._names(name) or self._paths(relative))

    def holds(self, folder: str) -> bool:
        """Whether a folder, as an absolute real path, is not entered."""
        return _normal(folder) in self._folders


def _any_of(patterns: list[str]) -> Matcher:
    # `(?!)` matches nothing: without patterns nothing is left out.
    joined = "|".join(["(?!)", *(fnmatch.translate(each) for each in patterns)])
    return re.compile(joined, re.IGNORECASE).match


def extended(path: Path) -> Path:
    """Return an absolute path that may be longer than Windows usually allows."""
    absolute = os.path.realpath(path)
    if sys.platform == "win32" and not absolute.startswith("\\\\?\\"):
        if absolute.startswith("\\\\"):
            return Path("\\\\?\\UNC\\" + absolute[2:])
        return Path("\\\\?\\" + absolute)
    return Path(absolute)


def _normal(path: str) -> str:
    return os.path.normcase(path.removeprefix("\\\\?\\"))


def walk(root: Path, exclusion: Exclusion) -> Iterator[Listed]:
    """Yield the folders below `root`, `root` first.

    Args:
        root: as `extended` gives it.
        exclusion: what is left out.

    Raises:
        SnapshotError: if `root` itself cannot be listed.

    """
    pending = [""]
    while pending:
        folder = pending.pop()
        listed, below = _list(root, folder, exclusion)
        yield listed
        pending.extend(reversed(below))


def _list(root: Path, folder: str, exclusion: Exclusion) -> tuple[Listed, list[str]]:
    listed = Listed(raw_name(folder), [], [])
    below: list[str] = []
    try:
        with os.scandir(root / folder if folder else root) as entries:
            for entry in entries:
                relative = f"{folder}/{entry.name}" if folder else entry.name
                if exclusion.matches(entry.name, relative):
                    continue
                _sort_in(entry, relative, listed, below, exclusion)
    except OSError as error:
        if not folder:
            raise SnapshotError(
                f"{root} cannot be listed: {error.strerror}; is it the right folder, "
                "and is its drive there?"
            ) from error
        reason = f"folder cannot be listed: {error.strerror}"
        listed.skipped.append((listed.raw, reason))
    return listed, below


def _sort_in(
    entry: "os.DirEntry[str]",
    relative: str,
    listed: Listed,
    below: list[str],
    exclusion: Exclusion,
) -> None:
    raw = raw_name(relative)
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        listed.skipped.append((raw, f"cannot be looked at: {error.strerror}"))
        return
    if stat.S_ISDIR(found.st_mode) and not _is_junction(found):
        if not exclusion.holds(entry.path):
            below.append(relative)
        return
    problem = kind_problem(found.st_mode) or _cloud_problem(found)
    if problem is not None:
        listed.skipped.append((raw, problem))
    else:
        listed.files.append((raw, seen(found)))


def seen(found: os.stat_result) -> Seen:
    """Return how a listing shows a file."""
    if sys.platform == "win32":
        return Seen(found.st_size, found.st_mtime_ns, 0, found.st_ino)
    return Seen(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _is_junction(found: os.stat_result) -> bool:
    if sys.platform == "win32":
        return found.st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT
    return False


def _cloud_problem(found: os.stat_result) -> str | None:
    if sys.platform == "win32":
        placeholder = _OFFLINE | _RECALL_ON_DATA_ACCESS
        if found.st_file_attributes & placeholder:
            return "cloud placeholder, not downloaded"
    return None
