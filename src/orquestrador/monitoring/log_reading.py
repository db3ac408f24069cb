"""Reads the log of a system, running or not, line by line as they come."""

import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from orquestrador.monitoring.log_file import log_files

_LEVELS = ("debug", "info", "warning", "error")
_CHUNK = 1 << 20


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log."""

    time: str
    """UTC, ISO 8601; empty for a line that is damaged."""

    level: str
    actor: str | None
    logger: str
    message: str
    error: str | None = None
    """A traceback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which lines are wanted."""

    actor: str | None = None
    """A name, or a pattern such as `worker-*`; None for all, and for no actor."""

    level: str = "debug"
    """The least important."""

    def wants(self, line: LogLine) -> bool:
        """Return whether a line is wanted."""
        if line.level in _LEVELS and _LEVELS.index(line.level) < _LEVELS.index(
            self.level
        ):
            return False
        return self.actor is None or fnmatch.fnmatchcase(line.actor or "", self.actor)


class LogReader:
    """Goes through a log from its begin, and on as it grows.

    It holds no file open between two looks: on Windows nothing could be deleted.
    """

    def __init__(self, folder: Path) -> None:
        """Read the log in this folder, which need not be there yet."""
        self._folder = folder
        self._number = 0
        self._offset = 0

    def new(self) -> Iterator[LogLine]:
        """Yield the lines that were written since the last look, all of them at first.

        A line whose end is not written yet comes with a later look.
        """
        for number, path in log_files(self._folder):
            if number < self._number:
                continue
            if number > self._number:
                self._number, self._offset = number, 0
            yield from self._rest(path)

    def _rest(self, path: Path) -> Iterator[LogLine]:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return  # It was the oldest, and is gone.
        with file:
            file.seek(self._offset)
            while chunk := file.readlines(_CHUNK):
                for line in chunk:
                    if not line.endswith(b"\n"):
                        return
                    self._offset += len(line)
                    if line.strip():
                        yield _parsed(line)


def _parsed(line: bytes) -> LogLine:
    text = line.decode("utf-8", "replace").strip()
    try:
        fields: Any = json.loads(text)
        return msgspec.convert(cast("dict[str, Any]", fields), LogLine)
    except (ValueError, msgspec.ValidationError):
        # Its writer was killed in the middle of it.
        return LogLine(time="", level="warning", actor=None, logger="", message=text)
