"""What Linux allows a user's programs to watch, and how more is allowed."""

import errno
import os
import sys
from pathlib import Path
from typing import NamedTuple

from orquestrador.library import raw_name
from orquestrador.watching.excludes import Excludes

_PLACE = Path("/proc/sys/fs/inotify")
_USUAL_WATCHES = 524_288
"""What desktops and editors set; takes about 500 MB of the kernel's if all are used."""

_USUAL_INSTANCES = 1024


class InotifyLimits(NamedTuple):
    """Limits of all programs of one user together."""

    watches: int
    """Folders."""

    instances: int
    """Watchers."""


def inotify_limits(place: Path = _PLACE) -> InotifyLimits | None:
    """Return the limits; None where there are none."""
    if sys.platform != "linux":
        return None
    try:
        return InotifyLimits(
            int((place / "max_user_watches").read_text("ascii")),
            int((place / "max_user_instances").read_text("ascii")),
        )
    except (OSError, ValueError):
        return None


def is_limit(error: OSError) -> bool:
    """Whether an error of a native observer means that a limit was reached."""
    return error.errno in {errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


def watches_command(needed: int) -> str:
    """Return the command that allows to watch `needed` folders and then some."""
    number = _USUAL_WATCHES
    while number < 2 * needed:
        number *= 2
    return f"sudo sysctl fs.inotify.max_user_watches={number}"


def instances_command(present: int) -> str:
    """Return the command that allows more watchers than at present."""
    number = max(_USUAL_INSTANCES, 2 * present)
    return f"sudo sysctl fs.inotify.max_user_instances={number}"


def count_folders(library: Path, excludes: Excludes) -> int:
    """Return the number of folders that have to be watched."""
    count = 0
    pending = [""]
    while pending:
        folder = pending.pop()
        count += 1
        try:
            with os.scandir(library / folder) as listing:
                below = [each for each in listing if each.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        for each in below:
            relative = f"{folder}/{each.name}" if folder else each.name
            if excludes.follows_folder(raw_name(relative)):
                pending.append(relative)
    return count
