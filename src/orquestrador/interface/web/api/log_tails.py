"""The last lines of the log for those who ask again and again."""

import threading
from collections import OrderedDict, deque
from pathlib import Path

from orquestrador.monitoring.log_reading import LogFilter, LogLine, LogReader

MOST_TAILS = 4
"""Questions that are remembered; the one that was not asked for longest goes."""

Key = tuple[int, str, str | None]


class LogTails:
    """Reads only what is new since the same was asked before; for any thread."""

    def __init__(self, folder: Path) -> None:
        """Read the log in this folder, which need not be there yet."""
        self._folder = folder
        self._lock = threading.Lock()
        self._tails: OrderedDict[Key, _Tail] = OrderedDict()

    def read(self, lines: int, level: str, actor: str | None) -> tuple[LogLine, ...]:
        """Return the last lines that are wanted, the oldest first.

        Args:
            lines: at most so many.
            level: the least important wanted.
            actor: a name or a pattern; None for all.

        """
        key = (lines, level, actor)
        with self._lock:
            tail = self._tails.pop(key, None) or _Tail(self._folder, *key)
            self._tails[key] = tail
            while len(self._tails) > MOST_TAILS:
                self._tails.popitem(last=False)
            return tail.lines()


class _Tail:
    def __init__(self, folder: Path, lines: int, level: str, actor: str | None) -> None:
        self._filter = LogFilter(actor=actor, level=level)
        self._reader = LogReader(folder)
        self._lines: deque[LogLine] = deque(maxlen=lines)

    def lines(self) -> tuple[LogLine, ...]:
        self._lines.extend(filter(self._filter.wants, self._reader.new()))
        return tuple(self._lines)
