"""The native observer on Linux: a tree of watches on watchdog's inotify reader.

watchdog's own observer over this reader pairs the two halves of a rename, and for it
holds an unpaired half, and all that comes behind it, for half a second; it goes on to
watch a folder that was moved away, watches what nobody follows, and passes over a
folder in silence when the limit of watches is reached. Here each event means only
"look at this path", so nothing is paired, and the rest is what this module is about.
"""

import itertools
import os
from pathlib import Path
from typing import Literal

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from orquestrador.library import os_name, raw_name
from orquestrador.watching.cookies import is_cookie
from orquestrador.watching.excludes import Excludes
from orquestrador.watching.inbox import Inbox
from orquestrador.watching.limits import is_limit

_CHANGES = Mask(
    InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
)
_UNMOUNTED = InotifyConstants.IN_UNMOUNT
_JOIN_S = 2.0


class InotifyWatch(WatchCallback):
    """Watches every folder of a library that is followed, from the start to `close`.

    The reader's thread is the only one that comes here after the start. A folder is
    always watched before it is listed or told of: what is made in it from then on
    is heard, and what was there before is found by whoever looks below it.
    """

    kind: Literal["native", "polling"] = "native"

    def __init__(
        self, library: Path, cookies: Path, excludes: Excludes, inbox: Inbox
    ) -> None:
        """Begin to watch.

        Args:
            library: its folder, absolute.
            cookies: the folder of our own files; need not be in the library.
            excludes: what is not followed.
            inbox: where everything is put.

        Raises:
            OSError: if the library cannot be watched, or a limit is reached
                (`limits.is_limit`).

        """
        # inotify does not follow a link to the library's folder.
        self._root = os.path.realpath(library)
        self._cookies = os.path.realpath(cookies)
        self._excludes = excludes
        self._inbox = inbox
        self._numbers = itertools.count(1)
        self._names: dict[WatchDescriptor, tuple[bytes | None, CallbackId]] = {}
        self._watches: dict[bytes | None, WatchDescriptor] = {}
        self._closed = False
        self._reader = InotifyFD()
        try:
            self._watch_all()
        except BaseException:
            self.close()
            raise
        # Only now: until here the system has kept what it had to tell.
        self._reader.start()

    @property
    def folders(self) -> int:
        """Folders of the library that are watched."""
        return len(self._watches) - (None in self._watches)

    def is_alive(self) -> bool:
        """Whether events are still read."""
        return self._reader.is_alive()

    def close(self) -> None:
        """Watch no more; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._reader.ident is None:
            # Its files are closed by its thread alone.
            self._reader.start()
        self._reader.stop()
        self._reader.join(_JOIN_S)

    # -- called by the reader ------------------------------------------------------

    def on_event(self, event: InotifyEvent) -> None:
        """Take one event."""
        try:
            self._take(event)
        except Exception as error:  # noqa: BLE001 -- the actor fails with it
            self._inbox.fail(error)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Forget a folder that is gone, or whose drive is."""
        name, _number = self._names.pop(wd, (None, 0))
        if self._watches.get(name) == wd:
            del self._watches[name]
        if name == b"" and not self._closed:
            self._inbox.lose_root()

    def on_queue_overflow(self) -> None:
        """Watch everything anew: a folder may have come of which nothing was told."""
        try:
            watched = [(wd, number) for wd, (_, number) in self._names.items()]
            self._names.clear()
            self._watches.clear()
            self._reader.remove_callbacks(watched)
            self._watch_all()
        except Exception as error:  # noqa: BLE001 -- the actor fails with it
            self._inbox.fail(error)
        self._inbox.overflow()

    def _take(self, event: InotifyEvent) -> None:
        if self._closed or event.wd not in self._names:
            return
        folder, _number = self._names[event.wd]
        if folder is None:
            if is_cookie(event.name):
                self._inbox.add_cookie(os.fsdecode(event.name))
        elif not event.name:
            self._take_own(event, folder)
        else:
            raw = folder + b"/" + event.name if folder else event.name
            if event.mask & InotifyConstants.IN_ISDIR:
                self._take_folder(event, raw)
            elif self._excludes.follows_file(raw):
                self._inbox.add(raw)

    def _take_own(self, event: InotifyEvent, folder: bytes) -> None:
        """Take what happened to a watched folder itself; its parent tells the rest."""
        gone = event.is_delete_self or event.is_move_self or event.mask & _UNMOUNTED
        if not folder and gone:
            self._inbox.lose_root()

    def _take_folder(self, event: InotifyEvent, raw: bytes) -> None:
        if not self._excludes.follows_folder(raw):
            return
        if event.is_moved_from:
            self._unwatch_below(raw)
        elif not event.is_delete:
            # It came, or may be entered since now.
            self._watch_below(raw)
        self._inbox.add(raw)

    # -- watches ---------------------------------------------------------------------

    def _watch_all(self) -> None:
        # First, so that no cookie is missed.
        self._watch(None, self._cookies)
        if self._watch(b"", self._root) is None:
            raise FileNotFoundError(self._root)
        self._watch_below(b"")

    def _watch_below(self, raw: bytes) -> None:
        pending = [raw]
        while pending:
            folder = pending.pop()
            path = f"{self._root}/{os_name(folder)}" if folder else self._root
            if self._watch(folder, path) is None:
                continue
            try:
                with os.scandir(path) as listing:
                    names = [
                        each.name
                        for each in listing
                        if each.is_dir(follow_symlinks=False)
                    ]
            except OSError:
                # Gone meanwhile, or unreadable: what is told of it comes next.
                continue
            for name in names:
                below = folder + b"/" + raw_name(name) if folder else raw_name(name)
                if self._excludes.follows_folder(below):
                    pending.append(below)

    def _watch(self, name: bytes | None, path: str) -> WatchDescriptor | None:
        """Watch one folder; None if that cannot be.

        Raises:
            OSError: if a limit is reached.

        """
        number = CallbackId(next(self._numbers))
        try:
            wd = self._reader.add_callback(os.fsencode(path), _CHANGES, self, number)
        except OSError as error:
            if is_limit(error):
                raise
            return None
        if wd < 0:
            # What watchdog makes of a folder without permission.
            self._reader.remove_callbacks([(wd, number)])
            return None
        self._replace(wd, name, number)
        return wd

    def _replace(
        self, wd: WatchDescriptor, name: bytes | None, number: CallbackId
    ) -> None:
        # The same folder under another name, or once more: told of once, as now.
        if wd in self._names:
            former, former_number = self._names[wd]
            self._reader.remove_callbacks([(wd, former_number)])
            if self._watches.get(former) == wd:
                del self._watches[former]
        self._names[wd] = (name, number)
        self._watches[name] = wd

    def _unwatch_below(self, raw: bytes) -> None:
        below = raw + b"/"
        gone = [
            (name, wd)
            for name, wd in self._watches.items()
            if name is not None and (name == raw or name.startswith(below))
        ]
        for name, wd in gone:
            del self._watches[name]
            _name, number = self._names.pop(wd)
            self._reader.remove_callbacks([(wd, number)])
