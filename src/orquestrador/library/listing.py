"""Lists a library: every regular file once, in an order that does not vary.

Symbolic links and reparse points are never followed, so that a link to a parent
folder cannot make the walk endless and nothing outside the library is read.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.library.names import os_name, raw_name, suffix_of

_RECALL_ON_DATA_ACCESS = 0x00400000
"""Windows file attribute; the standard library has no name for it."""


class Entry(NamedTuple):
    """A file of the library as its folder lists it."""

    raw: bytes
    """Raw name, relative to the library."""

    size: int
    """Bytes."""

    mtime_ns: int
    inode: int | None
    """None where the listing has none (Windows)."""

    problem: str | None
    """Why it cannot be read: a link, a device, a folder without permission …"""


class Selection(NamedTuple):
    """Which files of a library are looked at, by lower-case suffix with its dot."""

    sources: frozenset[str]
    """Classified whatever their content is."""

    sniffed: frozenset[str]
    """Read, and part of the library only when their content is MQL or Pine."""

    counted: frozenset[str]
    """Named as not read."""

    excluded_folders: frozenset[str]
    """Folder names that are never entered, wherever they stand."""

    archives: frozenset[str] = frozenset()
    """Opened, and their members looked at as files are."""

    def wants(self, raw: bytes) -> bool:
        """Whether a file is part of what a run looks at."""
        return self.wants_suffix(suffix_of(raw))

    def wants_suffix(self, suffix: str) -> bool:
        """Whether files of a suffix are."""
        return (
            suffix in self.sources
            or suffix in self.sniffed
            or suffix in self.counted
            or suffix in self.archives
        )


def list_files(
    root: Path,
    *,
    excluded_folders: frozenset[str] = frozenset(),
    excluded_paths: frozenset[Path] = frozenset(),
    start: bytes = b"",
) -> Iterator[Entry]:
    """Yield every file below `root`, folder by folder, by raw name.

    Args:
        root: the library's folder, absolute.
        excluded_folders: folder names that are not entered.
        excluded_paths: folders that are not entered, absolute.
        start: raw name of a folder, or of a single file, to list instead of all.

    Yields:
        Regular files; links, devices, FIFOs and folders that cannot be listed come
        as entries with a problem.

    """
    pending = [os_name(start)]
    if start and not _is_plain_folder(root / pending[0]):
        yield _single(root, pending.pop())
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder if folder else root) as listing:
                found = sorted(listing, key=lambda each: each.name)
        except OSError as error:
            yield _problem(folder, f"folder cannot be listed: {error.strerror}")
            continue
        below: list[str] = []
        for each in found:
            relative = f"{folder}/{each.name}" if folder else each.name
            if _is_folder(each):
                if each.name not in excluded_folders and (
                    not excluded_paths or Path(each.path) not in excluded_paths
                ):
                    below.append(relative)
            else:
                yield _entry(each, relative)
        pending.extend(reversed(below))


def _is_plain_folder(path: Path) -> bool:
    """Whether a path is a folder itself, and no link to one."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return False
    if (
        sys.platform == "win32"
        and found.st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT
    ):
        return False
    return stat.S_ISDIR(found.st_mode)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        if sys.platform == "win32":
            found = entry.stat(follow_symlinks=False)
            return found.st_reparse_tag != stat.IO_REPARSE_TAG_MOUNT_POINT
    except OSError:
        return False
    return True


def _single(root: Path, relative: str) -> Entry:
    try:
        return _regular((root / relative).lstat(), relative)
    except OSError as error:
        return _problem(relative, f"cannot be looked at: {error.strerror}")


def _entry(entry: "os.DirEntry[str]", relative: str) -> Entry:
    try:
        return _regular(entry.stat(follow_symlinks=False), relative)
    except OSError as error:
        return _problem(relative, f"cannot be looked at: {error.strerror}")


def _regular(found: os.stat_result, relative: str) -> Entry:
    problem = kind_problem(found.st_mode) or _placeholder_problem(found)
    if problem is not None:
        return _problem(relative, problem)
    # Windows listings carry no inode; asking for one would open every file.
    inode = found.st_ino or None
    return Entry(raw_name(relative), found.st_size, found.st_mtime_ns, inode, None)


def kind_problem(mode: int) -> str | None:
    """Return why a file of this mode is not read, or None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISLNK(mode):
        return "symbolic link, not followed"
    if stat.S_ISFIFO(mode):
        return "named pipe, not opened"
    if stat.S_ISSOCK(mode):
        return "socket, not opened"
    if stat.S_ISDIR(mode):
        return "link to a folder, not followed"
    return "device, not opened"


def _placeholder_problem(found: os.stat_result) -> str | None:
    # Opening such a file would make OneDrive, Dropbox and the like download it.
    if getattr(found, "st_file_attributes", 0) & _RECALL_ON_DATA_ACCESS:
        return "cloud placeholder, not downloaded"
    return None


def _problem(relative: str, problem: str) -> Entry:
    return Entry(raw_name(relative), 0, 0, None, problem)


def folder_size(folder: Path) -> int:
    """Return the bytes of all files below a folder, as far as they stay there."""
    size = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            # Somebody at work there makes and removes drafts.
            with contextlib.suppress(FileNotFoundError):
                size += (Path(place) / name).stat().st_size
    return size
