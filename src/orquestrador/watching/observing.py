"""An observer of watchdog's, where there is no inotify: native ones, and polling."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from watchdog.events import (
    EVENT_TYPE_CLOSED_NO_WRITE,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_MOVED,
    EVENT_TYPE_OPENED,
    DirDeletedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserverVFS

from orquestrador.library import raw_name
from orquestrador.watching.cookies import is_cookie
from orquestrador.watching.excludes import Excludes
from orquestrador.watching.inbox import Inbox

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

_UNTELLING = frozenset({EVENT_TYPE_OPENED, EVENT_TYPE_CLOSED_NO_WRITE})
"""Reading a file is no change, and we read many."""

_GONE = frozenset({"deleted", "moved"})
_JOIN_S = 2.0


class ObserverWatch:
    """Watches a library with one of watchdog's observers, from the start to `close`."""

    kind: Literal["native", "polling"]

    def __init__(
        self,
        library: Path,
        cookies: Path,
        excludes: Excludes,
        inbox: Inbox,
        poll_s: float | None = None,
    ) -> None:
        """Begin to watch.

        Args:
            library: its folder, absolute.
            cookies: the folder of our own files, in the library.
            excludes: what is not followed.
            inbox: where everything is put.
            poll_s: seconds between two looks; None takes the system's own way.

        Raises:
            OSError: if the library cannot be watched.

        """
        self.kind = "native" if poll_s is None else "polling"
        self.folders: int | None = None
        """Folders that are looked at; None where the system watches them as one."""

        self._listed = 0
        self._root = os.path.realpath(library)
        self._cookies = os.path.realpath(cookies)
        self._excludes = excludes
        self._observer: BaseObserver = (
            Observer()
            if poll_s is None
            else PollingObserverVFS(os.lstat, self._list, polling_interval=poll_s)
        )
        translator = _Translator(self._root, self._cookies, excludes, inbox)
        self._observer.schedule(translator, self._root, recursive=True)
        try:
            # A look at everything, where it is polled.
            self._observer.start()
        except BaseException:
            self._observer.stop()
            raise
        if poll_s is not None:
            self.folders = self._listed

    def is_alive(self) -> bool:
        """Whether events are still told."""
        return self._observer.is_alive() and all(
            emitter.is_alive() for emitter in self._observer.emitters
        )

    def close(self) -> None:
        """Watch no more; a look under way at a slow drive ends by itself."""
        self._observer.stop()
        if self._observer.is_alive():
            self._observer.join(_JOIN_S)

    def _list(self, folder: str | None) -> Iterator["os.DirEntry[str]"]:
        """List a folder for polling, without what is not followed."""
        place = folder or self._root
        if place == self._root:
            self.folders, self._listed = self._listed or None, 0
        self._listed += 1
        with os.scandir(place) as listing:
            found = list(listing)
        return (each for each in found if self._is_wanted(each))

    def _is_wanted(self, entry: "os.DirEntry[str]") -> bool:
        if is_cookie(os.fsencode(entry.name)) or leads_to(entry.path, self._cookies):
            return True
        raw = raw_name(entry.path[len(self._root) + 1 :])
        is_folder = entry.is_dir(follow_symlinks=False)
        return self._excludes.follows(raw, is_folder=is_folder)


class _Translator(FileSystemEventHandler):
    """Makes of each event the paths to look at."""

    def __init__(
        self, root: str, cookies: str, excludes: Excludes, inbox: Inbox
    ) -> None:
        """Translate what happens below `root`."""
        super().__init__()
        self._root = root
        self._below = root if root.endswith(os.sep) else root + os.sep
        self._cookies = cookies
        self._excludes = excludes
        self._inbox = inbox

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Take one event."""
        try:
            self._take(event)
        except Exception as error:  # noqa: BLE001 -- the actor fails with it
            self._inbox.fail(error)

    def _take(self, event: FileSystemEvent) -> None:
        if event.event_type in _UNTELLING:
            return
        if isinstance(event, DirDeletedEvent) and self._text(event.src_path) in {
            self._root,
            self._below,
        }:
            self._inbox.lose_root()
            return
        if event.is_directory and event.event_type == EVENT_TYPE_MODIFIED:
            # Its files tell for themselves.
            return
        # Windows calls everything that is gone a file.
        gone = event.event_type in _GONE
        self._look_at(self._text(event.src_path), None if gone else event.is_directory)
        if event.event_type == EVENT_TYPE_MOVED:
            self._look_at(self._text(event.dest_path), event.is_directory)

    def _look_at(self, path: str, is_folder: bool | None) -> None:  # noqa: FBT001 -- handed on
        if not path.startswith(self._below):
            return
        folder, _, name = path.rpartition(os.sep)
        if is_cookie(os.fsencode(name)):
            if folder == self._cookies:
                self._inbox.add_cookie(name)
            return
        raw = raw_name(path[len(self._below) :])
        if self._excludes.follows(raw, is_folder=is_folder):
            self._inbox.add(raw)

    @staticmethod
    def _text(path: bytes | str) -> str:
        return os.fsdecode(path)


def leads_to(path: str, target: str) -> bool:
    """Whether a path is `target`, or a folder above it."""
    return path == target or target.startswith(path + os.sep)
