"""Paths that changed, each once; so many at most, then their folders in their place."""

from collections import Counter
from dataclasses import dataclass

MOST = 8192
"""Paths that are kept one by one."""

_MANY = 16
"""A folder with more changed paths than this is looked at as a whole, when it must."""


@dataclass(slots=True)
class Change:
    """What is known about one path; times are in seconds."""

    first: float
    """When it was first seen to change, by a clock that only goes on."""

    last: float
    """When it was last seen to change, likewise."""

    saved_at: float
    """The same moment as `last`, since the epoch."""

    def extend(self, later: "Change") -> None:
        """Take in what was seen of the same path, or below it, by somebody else."""
        self.first = min(self.first, later.first)
        self.last = max(self.last, later.last)
        self.saved_at = max(self.saved_at, later.saved_at)


class Changes:
    """Changed paths in the order in which they were first seen.

    A path stands for all below it. Where there are more than `most`, those of a
    folder with many of them become the folder; where that is not enough, all of them
    become `everything`. Not for several threads at once.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.paths: dict[bytes, Change] = {}
        """By raw name, relative to the library."""

        self.everything: float | None = None
        """Since when the whole library has to be looked at; None: it has not."""

    def __len__(self) -> int:
        """Return the number of paths, the whole library counted as one."""
        return len(self.paths) + (self.everything is not None)

    def add(self, raw: bytes, change: Change) -> None:
        """Take note of a change at a path."""
        if not raw:
            self.add_everything(change.first)
            return
        known = self.paths.get(raw) or self._above(raw)
        if known is not None:
            known.extend(change)
            return
        self.paths[raw] = change
        if len(self.paths) > self._most:
            self._fold()

    def add_everything(self, since: float) -> None:
        """Take note that anything may have changed, without knowing what.

        The paths known so far stay: they are looked at sooner than all the rest.
        """
        if self.everything is None:
            self.everything = since

    def oldest(self) -> float | None:
        """Return since when something waits; None when nothing does."""
        times = [change.first for change in self.paths.values()]
        if self.everything is not None:
            times.append(self.everything)
        return min(times, default=None)

    def _above(self, raw: bytes) -> Change | None:
        """Return the change of a folder above this path, if there is one."""
        cut = raw.rfind(b"/")
        while cut > 0:
            known = self.paths.get(raw[:cut])
            if known is not None:
                return known
            cut = raw.rfind(b"/", 0, cut)
        return None

    def _fold(self) -> None:
        crowds = Counter(raw.rpartition(b"/")[0] for raw in self.paths)
        before, self.paths = self.paths, {}
        for raw, change in before.items():
            folder = raw.rpartition(b"/")[0]
            place = folder if folder and crowds[folder] > _MANY else raw
            known = self.paths.get(place) or self._above(place)
            if known is None:
                self.paths[place] = change
            else:
                known.extend(change)
        if len(self.paths) > self._most // 2:
            since = min(change.first for change in self.paths.values())
            self.paths.clear()
            self.add_everything(since)
