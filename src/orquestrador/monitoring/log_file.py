"""The log of a running system: JSON lines in a few files of bounded size.

    <state>/log/orquestrador-000017.jsonl

A full file is closed and the next number begun: nothing is ever renamed, which
Windows refuses while somebody reads. The oldest are deleted; one that is being read
there is deleted with a later one. One process at a time writes: the one that holds
the state folder.
"""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 2_000_000
"""Of one file."""

KEPT = 5
"""Files at a time."""

_NAME = re.compile(r"orquestrador-(\d{6,12})\.jsonl")
_LEVELS = ("debug", "info", "warning", "error")


def log_files(folder: Path) -> list[tuple[int, Path]]:
    """Return the files of a log with their numbers, the oldest first."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    found = [
        (int(match[1]), match[0]) for match in map(_NAME.fullmatch, names) if match
    ]
    return sorted((number, folder / name) for number, name in found)


class LogFile(logging.Handler):
    """Writes records as lines; a line is on its way to the disk when `emit` returns.

    A record that cannot be written (a full disk) is counted, and told of with the
    next one that can; the program that logs goes on.
    """

    def __init__(
        self,
        folder: Path,
        actor: Callable[[logging.LogRecord], str | None] = lambda _record: None,
        *,
        most_bytes: int = MOST_BYTES,
        kept: int = KEPT,
    ) -> None:
        """Go on in the newest file.

        Args:
            folder: made if it is not there.
            actor: names the actor that a record is from; called in its thread.
            most_bytes: of one file; a single line may be longer.
            kept: files at a time, at least 1.

        """
        super().__init__()
        self._folder = folder
        self._actor = actor
        self._most_bytes = most_bytes
        self._kept = kept
        self._file: BinaryIO | None = None
        self._size = 0
        self._number = 0
        self._lost = 0
        self._is_closed = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, unless the log is closed."""
        if self._is_closed:
            # Another thread had this handler in hand when it was taken away.
            return
        try:
            line = self._line(record)
            if self._lost:
                line = _lost(record, self._lost) + line
            self._open_for(len(line)).write(line)
        except OSError:
            self._lost += 1
        except Exception:  # noqa: BLE001 -- a record's own: wrong arguments, a bad __str__
            self.handleError(record)
        else:
            self._size += len(line)
            self._lost = 0

    def close(self) -> None:
        """Close the file."""
        self.acquire()
        try:
            self._is_closed = True
            self._close()
        finally:
            self.release()
        super().close()

    def _line(self, record: logging.LogRecord) -> bytes:
        error = None
        if record.exc_info:
            formatter = self.formatter or _formatter
            error = formatter.formatException(record.exc_info)
        return _encoded(record, self._actor(record), record.getMessage(), error)

    def _open_for(self, size: int) -> BinaryIO:
        if self._file is not None and self._size + size > self._most_bytes:
            self._close()
            self._number += 1
        if self._file is None:
            self._file = self._opened(size)
            self._delete_old()
        return self._file

    def _opened(self, size: int) -> BinaryIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        newest = max((number for number, _ in log_files(self._folder)), default=1)
        self._number = max(newest, self._number)
        path = self._path()
        if path.exists() and path.stat().st_size + size > self._most_bytes:
            self._number += 1
            path = self._path()
        # Not buffered: who follows the log sees a line at once, and a kill loses none.
        file = path.open("ab", buffering=0)
        self._size = file.tell()
        if self._size and not _ends_with_line(path):
            # Its writer was killed in the middle of one.
            self._size += file.write(b"\n")
        return file

    def _path(self) -> Path:
        return self._folder / f"orquestrador-{self._number:06}.jsonl"

    def _delete_old(self) -> None:
        for _number, path in log_files(self._folder)[: -self._kept]:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                # Windows does not let go of a file that is being read.
                continue

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


_formatter = logging.Formatter()


def level_name(number: int) -> str:
    """Return the name of a level as the settings write it."""
    steps = min(max(number // 10, 1), len(_LEVELS))
    return _LEVELS[steps - 1]


def _encoded(
    record: logging.LogRecord, actor: str | None, message: str, error: str | None
) -> bytes:
    moment = datetime.fromtimestamp(record.created, UTC)
    line = {
        "time": moment.isoformat(timespec="milliseconds"),
        "level": level_name(record.levelno),
        "actor": actor,
        "logger": record.name,
        "message": message,
        "error": error,
    }
    text = json.dumps(line, ensure_ascii=False)
    # A file's name may hold half a surrogate pair.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _lost(record: logging.LogRecord, count: int) -> bytes:
    told = logging.makeLogRecord(
        {"created": record.created, "levelno": logging.WARNING, "name": __name__}
    )
    message = f"{count} lines before this one could not be written"
    return _encoded(told, None, message, None)


def _ends_with_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
