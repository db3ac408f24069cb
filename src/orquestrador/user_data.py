"""The user's own data about files: what they add to the catalog, and must not lose.

It stands in `user-data.jsonl` in the state folder, apart from the catalog, which can
be made again from the files. Every update is one line: a checksum, a space and JSON.
Lines are added, under a file lock, and are on the disk before an update returns; a
line that was cut off by the end of its program is passed over. A file that later
lines have mostly superseded is put in one piece by one that says the same in fewer.
"""

import json
import logging
import os
import threading
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from filelock import FileLock

from orquestrador.errors import MessageValueError

FILE = "user-data.jsonl"
COMPACT_BYTES = 1 << 18
"""A file below this is left as it is."""

_HEADER = b"#"
"""Begins the first line of a compacted file, which nothing else has."""

_HEADER_BYTES = 64

logger = logging.getLogger(__name__)

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
    header: bytes = b""
    """The first line of the file, if it was compacted."""

    damaged: list[bytes] = field(default_factory=list[bytes])


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
        self._look_at_bytes = COMPACT_BYTES

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
        return len(self._known.damaged)

    # -- writing ----------------------------------------------------------------------

    def _write_waiting(self) -> None:
        with self._lock:
            tickets, self._waiting = self._waiting, []
        error = None
        try:
            _make_folder(self.path.parent)
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
        if error is None:
            self._compact_if_large()

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
                if not size:
                    # The file's name is to be there as long as its bytes.
                    _sync_folder(self.path.parent)
            except BaseException:
                # All of a group is kept, or nothing.
                file.truncate(size)
                raise

    def _compact_if_large(self) -> None:
        """Look, whenever the file has doubled, whether most of it is superseded."""
        try:
            if self.path.stat().st_size < self._look_at_bytes:
                return
            with self._file_lock():
                self._look_at_bytes = max(COMPACT_BYTES, 2 * self._compact())
        except TimeoutError:
            # A signal handler's: the update is kept, and the next one looks again.
            raise
        except OSError as error:
            self._look_at_bytes *= 2
            logger.warning("%s stays as large as it is: %s", self.path, error)

    def _compact(self) -> int:
        """Replace the file by a shorter one if that is worth it; returns its size."""
        size = self.path.stat().st_size
        known = _Known()
        with self.path.open("rb") as file:
            _take_lines(file, known)
        lines = [
            b"# %s\n" % uuid.uuid4().hex.encode(),
            *known.damaged,
            *(_line(path, data) for path, data in known.data.items()),
        ]
        if 2 * sum(map(len, lines)) > size:
            return size
        draft = self.path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        _sync_folder(self.path.parent)
        return self.path.stat().st_size

    # -- reading ----------------------------------------------------------------------

    def _catch_up(self) -> None:
        if not self.path.exists():
            return
        # Not while a group is written that may be taken back.
        with self._file_lock(), self.path.open("rb") as file:
            header = _header(file)
            is_shorter = file.seek(0, os.SEEK_END) < self._known.offset
            if is_shorter or header != self._known.header:
                # It was compacted, or somebody has put an older one in its place.
                self._known = _Known(header=header)
            file.seek(self._known.offset)
            _take_lines(file, self._known)


def _header(file: IO[bytes]) -> bytes:
    line = file.readline(_HEADER_BYTES)
    return line if line.startswith(_HEADER) else b""


def _take_lines(file: IO[bytes], known: _Known) -> None:
    """Take what is in the file from here on, up to its last whole line."""
    for line in file:
        if not line.endswith(b"\n"):
            return
        known.offset += len(line)
        if line.strip() and not line.startswith(_HEADER):
            _take(line, known)


def _take(line: bytes, known: _Known) -> None:
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if checksum != _checksum(text):
        known.damaged.append(line)
        return
    said = json.loads(text)
    data = known.data.setdefault(said.pop("path"), {})
    for name, value in said.items():
        _merge(data, name, value)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing; all of them durable."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        _sync_folder(each.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        # A folder cannot be opened there; NTFS journals names by itself.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
