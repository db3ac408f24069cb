"""The trace of a schedule: everything that happened, in its order."""

import re
from collections.abc import Callable, Iterator

from orquestrador.supervisor.control import Control, Report, StopSelf, Tick

_VARYING = re.compile(r"urn:uuid:[0-9a-f-]+|0x[0-9a-fA-F]+")
_LONGEST = 100

Entry = tuple[float, int, str, str, object]
"""When, how deep inside other steps, who, what, and the message or None."""


class Trace:
    """What happened in one schedule; `str` gives one line for each event.

    Lines are made when they are read: most traces never are. Two runs of the same
    schedule have the same lines, whatever addresses and URNs their objects have.
    """

    def __init__(self) -> None:
        self.now: Callable[[], float] = lambda: 0.0
        self.depth = 0
        """How many steps, one inside the other, are being made right now."""

        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return (_line(entry) for entry in tuple(self._entries))

    def __str__(self) -> str:
        return "\n".join(self)

    def add(self, who: str, what: str, message: object = None) -> None:
        """Note that something happened now."""
        self._entries.append((self.now(), self.depth, who, what, message))


def _line(entry: Entry) -> str:
    now, depth, who, what, message = entry
    words = _VARYING.sub("…", f"{now:10.3f} {'  ' * depth}{who} {what}")
    return words if message is None else f"{words} {shown(message)}"


def shown(message: object) -> str:
    """Return a message in a few words that are the same in every run."""
    if isinstance(message, Tick):
        return f"tick {shown(message.timer.message)}"
    if isinstance(message, Report):
        return f"{type(message).__name__} of {message.cell}/{message.number}"
    if isinstance(message, Control | StopSelf):
        return type(message).__name__
    words = _VARYING.sub("…", repr(message))
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
