"""Which moment the report before this one told of.

A report names what changed since the one before it. Which that was is kept beside the
reports, so that the same catalog gives the same report however often it is written.
"""

import os
from pathlib import Path

import msgspec

_NAME = "told.json"


class _Told(msgspec.Struct, frozen=True):
    """The moments of the last two reports that told of different ones."""

    last_ns: int
    before_ns: int | None = None


def moment_before(folder: Path, as_of_ns: int) -> int | None:
    """Return the moment of the report before one of `as_of_ns`; None when none was."""
    told = _read(folder)
    if told is None:
        return None
    return told.before_ns if told.last_ns == as_of_ns else told.last_ns


def note_moment(folder: Path, as_of_ns: int) -> None:
    """Note that a report of this moment was written."""
    told = _read(folder)
    if told is not None and told.last_ns == as_of_ns:
        return
    noted = _Told(as_of_ns, told.last_ns if told else None)
    unfinished = folder / f".{_NAME}.{os.getpid()}.tmp"
    unfinished.write_bytes(msgspec.json.encode(noted))
    unfinished.replace(folder / _NAME)


def _read(folder: Path) -> _Told | None:
    try:
        return msgspec.json.decode((folder / _NAME).read_bytes(), type=_Told)
    except (FileNotFoundError, msgspec.DecodeError):
        # Nothing rests on it but where a list of changes begins.
        return None
