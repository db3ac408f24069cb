"""The user's own data about files: what they add to the catalog, and must not lose.

It stands in `user-data.jsonl` in the state folder, apart from the catalog, which can
be made again from the files. Every update is one line: a checksum, a space and JSON.
Lines are only ever added, under a file lock, and are on the disk before an update
returns; a line that was cut off by the end of its program is passed over.
"""

import json
import os
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from filelock import FileLock

from orquestrador.errors import MessageValueError

FILE = "user-data.jsonl"


_FORMS: dict[str, tuple[Any, str]] = {
    "tags": (list[str] | None, "a list of texts"),
    "note": (str | None, "a text"),
    "labels": (dict[str, Any] | None, "values by name"),
}


@dataclass(eq=False)
class _Ticket:
    """One update on its way to the disk."""

    lines: bytes
    is_done: bool = False
    error: OSError | None = None


@dataclass
class _Known:
    """What was read of the file so far."""

    data: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    offset: int = 0
    damaged: int = 0


class UserData:
    """The data of one state folder; any thread may use it."""

    def __init__(self, state: Path) -> None:
        """Use the file in the folder `state`; neither need be there yet."""
        self.path = state / FILE
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._known = _Known()

    def update(self, data: Mapping[str, Mapping[str, Any]]) -> int:
        """Keep an update, for good; returns how many files it is about.

        Updates that threads make at the same time go to the disk together: the first
        to have its turn writes all that wait.

        Args:
            data: by path, `tags` (list of texts), `note` (text) and `labels` (by
                name), each if wanted; None takes away.

        Raises:
            MessageValueError: if it has another form; nothing is kept.
            OSError: if it cannot be written; nothing is kept.

        """
        ticket = _Ticket(b"".join(_line(path, each) for path, each in data.items()))
        with self._lock:
            self._waiting.append(ticket)
        with self._writing:
            if not ticket.is_done:
                self._write_waiting()
        if ticket.error is not None:
            raise ticket.error
        return len(data)

    def read(self) -> dict[str, dict[str, Any]]:
        """Return what is known, by path, also what another process has written."""
        with self._reading:
            self._catch_up()
            return cast(
                "dict[str, dict[str, Any]]", json.loads(json.dumps(self._known.data))
            )

    @property
    def damaged(self) -> int:
        """Lines that could not be read so far: cut off, or changed by others."""
        return self._known.damaged

    # -- writing ----------------------------------------------------------------------

    def _write_waiting(self) -> None:
        with self._lock:
            tickets, self._waiting = self._waiting, []
        error = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._file_lock():
                self._append(b"".join(each.lines for each in tickets))
        except TimeoutError:
            # A signal handler's, for this thread: the others' turn comes again.
            self._waiting[:0] = tickets
            raise
        except OSError as refusal:
            error = refusal
        except BaseException:
            self._waiting[:0] = tickets
            raise
        for each in tickets:
            each.error, each.is_done = error, True

    def _file_lock(self) -> FileLock:
        return FileLock(f"{self.path}.lock", thread_local=False)

    def _append(self, lines: bytes) -> None:
        with self.path.open("a+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size and _last_byte(file) != b"\n":
                # A program was killed in the middle of a line: ours begins anew.
                lines = b"\n" + lines
            try:
                written = file.write(lines)
                while written < len(lines):
                    written += file.write(lines[written:])
                os.fsync(file.fileno())
            except BaseException:
                # All of a group is kept, or nothing.
                file.truncate(size)
                raise

    # -- reading ----------------------------------------------------------------------

    def _catch_up(self) -> None:
        if not self.path.exists():
            return
        # Not while a group is written that may be taken back.
        with self._file_lock(), self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < self._known.offset:
                # Somebody has put an older file in its place.
                self._known = _Known()
            file.seek(self._known.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._known.offset += len(line)
                if line.strip():
                    self._take(line)

    def _take(self, line: bytes) -> None:
        checksum, _, text = line.rstrip(b"\n").partition(b" ")
        if checksum != _checksum(text):
            self._known.damaged += 1
            return
        said = json.loads(text)
        known = self._known.data.setdefault(said.pop("path"), {})
        for name, value in said.items():
            _merge(known, name, value)


def _merge(known: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401 -- JSON
    if value is None:
        known.pop(name, None)
    elif name == "tags":
        known[name] = list(dict.fromkeys([*known.get(name, []), *value]))
    elif name == "labels":
        merged = known.get(name, {}) | value
        known[name] = {key: each for key, each in merged.items() if each is not None}
    else:
        known[name] = value


def _line(path: object, data: Mapping[str, Any]) -> bytes:
    if not isinstance(path, str) or not path:
        raise MessageValueError(f"{path!r} is no path of a file; say it as a text")
    text = json.dumps({"path": path, **_checked(path, data)}).encode("ascii")
    return _checksum(text) + b" " + text + b"\n"


def _checked(path: str, data: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in data.items():
        if name not in _FORMS:
            raise MessageValueError(
                f"{path!r}: {name!r} is none of {', '.join(_FORMS)}"
            )
        form, words = _FORMS[name]
        try:
            msgspec.convert(value, form)
            json.dumps(value)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            raise MessageValueError(
                f"{path!r}: {name} is {value!r}; say {words}, or None"
            ) from error
    return dict(data)


def _last_byte(file: IO[bytes]) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def _checksum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)
