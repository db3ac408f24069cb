"""When a path that changed has come to rest; time is handed in, in seconds.

An editor that saves writes, renames and deletes within a few milliseconds, and only
the last of it is worth a look. Not every system says that a file was closed, so rest
is what tells: a path at which nothing happened for a while.
"""

from typing import NamedTuple

from orquestrador.watching.changes import MOST, Change, Changes


class Settled(NamedTuple):
    """A path to look at."""

    raw: bytes
    saved_at: float
    """When it was seen to change last, in seconds since the epoch."""

    first: float
    """When it was seen to change first, by the clock of the changes."""


class Settling:
    """Paths that are not yet looked at; bounded as `Changes` are."""

    def __init__(self, settle_s: float, longest_s: float, most: int = MOST) -> None:
        """Begin with nothing.

        Args:
            settle_s: so long nothing happens at a path that has come to rest.
            longest_s: a path where something happens all the time is looked at
                after this, and then again and again.
            most: paths that are kept one by one.

        """
        self._settle_s = settle_s
        self._longest_s = longest_s
        self._most = most
        self._changes = Changes(most)

    def __len__(self) -> int:
        return len(self._changes)

    @property
    def everything(self) -> float | None:
        """Since when the whole library has to be looked at; None: it has not."""
        return self._changes.everything

    def merge(self, changes: Changes) -> None:
        """Take over what was gathered elsewhere."""
        for raw, change in changes.paths.items():
            self._changes.add(raw, change)
        if changes.everything is not None:
            self._changes.add_everything(changes.everything)

    def add(self, raw: bytes, change: Change) -> None:
        """Take note of a change at a path."""
        self._changes.add(raw, change)

    def take(self, now: float, count: int) -> list[Settled]:
        """Return at most `count` paths at rest, first seen first; they are let go."""
        found: list[Settled] = []
        for raw, change in self._changes.paths.items():
            if self._due(change) <= now:
                found.append(Settled(raw, change.saved_at, change.first))
                if len(found) == count:
                    break
        for settled in found:
            del self._changes.paths[settled.raw]
        return found

    def take_everything(self) -> float | None:
        """Return since when all has to be looked at, once; None: it has not."""
        since = self._changes.everything
        if since is not None:
            self._changes.everything = None
        return since

    def next_due(self) -> float | None:
        """Return when a path comes to rest if nothing more happens; None: no path."""
        return min(map(self._due, self._changes.paths.values()), default=None)

    def oldest(self) -> float | None:
        """Return since when something waits; None when nothing does."""
        return self._changes.oldest()

    def _due(self, change: Change) -> float:
        return min(change.last + self._settle_s, change.first + self._longest_s)
