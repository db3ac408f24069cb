"""Which observer watches a library: chosen by itself, or by the settings."""

import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from orquestrador.library.drives import SILENT, network_drive
from orquestrador.messages.watching import Degradation
from orquestrador.watching.cookies import Cookies
from orquestrador.watching.excludes import Excludes
from orquestrador.watching.inbox import Inbox
from orquestrador.watching.limits import (
    count_folders,
    inotify_limits,
    instances_command,
    is_limit,
    watches_command,
)

COOKIE_FOLDER = "watching"
"""In the state folder."""


class Watch(Protocol):
    """An observer at work; begun when it is made."""

    @property
    def kind(self) -> Literal["native", "polling"]:
        """Whether the system tells, or we look."""
        ...

    @property
    def folders(self) -> int | None:
        """Folders that are watched; None where the system watches them as one."""
        ...

    def is_alive(self) -> bool:
        """Whether it still observes."""
        ...

    def close(self) -> None:
        """Observe no more."""
        ...


@dataclass(frozen=True, kw_only=True)
class WatchPlan:
    """What is watched, and how."""

    library: Path
    state: Path
    excludes: Excludes
    observer: Literal["auto", "native", "polling"]
    poll_s: float


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A watch that stands, and what it is short of."""

    watch: Watch
    cookies: Cookies
    proofs: int
    """Cookies that have to be seen, one after the other, before all that was written
    before the first one is known."""

    degraded: Degradation | None = None


def open_watch(plan: WatchPlan, inbox: Inbox) -> Opened:
    """Begin to watch a library.

    Polling takes the place of the native observer on a drive of another machine, which
    does not tell what others change there, and where a limit of the system is reached.

    Args:
        plan: what and how.
        inbox: where everything is put.

    Raises:
        OSError: if the library cannot be watched at all.

    """
    _be_quiet()
    if plan.observer == "polling" or (
        plan.observer == "auto" and network_drive(plan.library, SILENT) is not None
    ):
        return _polling(plan, inbox, None)
    try:
        return _native(plan, inbox)
    except OSError as error:
        if not is_limit(error):
            raise
        return _polling(plan, inbox, limit_reached(plan, error))


def limit_reached(plan: WatchPlan, error: OSError) -> Degradation:
    """Return what is to be told about a limit of the native observer."""
    limits = inotify_limits()
    if limits is None:
        words = f"the system's own observer failed: {error.strerror or error}"
        return Degradation(code="observer", words=words, remedy=None)
    if "instance" in str(error):
        return Degradation(
            code="instances",
            words=(
                f"this library needs 1 watcher more than the {limits.instances} that "
                "Linux allows all of your programs together "
                "(fs.inotify.max_user_instances)"
            ),
            remedy=instances_command(limits.instances),
        )
    needed = count_folders(plan.library, plan.excludes)
    return Degradation(
        code="watches",
        words=(
            f"{needed} folders need a watch each, and Linux allows {limits.watches} "
            "for all of your programs together (fs.inotify.max_user_watches)"
        ),
        remedy=watches_command(needed),
    )


def _native(plan: WatchPlan, inbox: Inbox) -> Opened:
    if sys.platform == "linux":
        # Not elsewhere: it needs inotify to be loaded.
        from orquestrador.watching.inotify import InotifyWatch  # noqa: PLC0415 -- likewise

        # One reader hears all folders in order: ours may stand anywhere.
        cookies = Cookies(plan.state / COOKIE_FOLDER)
        watch: Watch = InotifyWatch(plan.library, cookies.folder, plan.excludes, inbox)
        return Opened(watch=watch, cookies=cookies, proofs=1)
    from orquestrador.watching.observing import ObserverWatch  # noqa: PLC0415 -- loads an observer

    cookies = Cookies(_folder_inside(plan))
    watch = ObserverWatch(plan.library, cookies.folder, plan.excludes, inbox)
    return Opened(watch=watch, cookies=cookies, proofs=1)


def _polling(plan: WatchPlan, inbox: Inbox, degraded: Degradation | None) -> Opened:
    from orquestrador.watching.observing import ObserverWatch  # noqa: PLC0415 -- loads an observer

    cookies = Cookies(_folder_inside(plan))
    watch = ObserverWatch(
        plan.library, cookies.folder, plan.excludes, inbox, plan.poll_s
    )
    # A look that was under way when the first was written may have passed by what
    # was saved before it. The look that finds the second began later.
    return Opened(watch=watch, cookies=cookies, proofs=2, degraded=degraded)


def _folder_inside(plan: WatchPlan) -> Path:
    """Return a folder for cookies that is watched with the library."""
    inside = plan.state.is_relative_to(plan.library)
    return plan.state / COOKIE_FOLDER if inside else plan.library


def _be_quiet() -> None:
    """Keep watchdog's words off a screen that nobody has set up for logging."""
    logger = logging.getLogger("watchdog")
    if not any(isinstance(each, logging.NullHandler) for each in logger.handlers):
        logger.addHandler(logging.NullHandler())
