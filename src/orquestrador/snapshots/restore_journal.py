"""What a restore into the library is about to do, written before it does it.

One file, of frames: length, CRC-32, MessagePack. The first is the plan, the others
say how far it is. The file appears whole; a frame that was cut off by the end of its
program counts as not written. The last restore's journal stays: undo needs it.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from orquestrador.errors import SnapshotError
from orquestrador.snapshots.pack import make_folder, sync, sync_folder

Stage = Literal["planned", "finished", "undoing", "undone"]

VERSION = 1
_HEAD = struct.Struct(">LL")


class Version(msgspec.Struct, array_like=True, frozen=True):
    """A file as one of two snapshots holds it."""

    sha256: str
    blob: str
    mtime_ns: int


class Action(msgspec.Struct, array_like=True, frozen=True):
    """One file that is to be written."""

    raw: bytes
    """Raw name."""

    before: Version | None
    """In the snapshot taken first; None if the file was not there."""

    after: Version
    """In the snapshot that is restored."""


class Plan(msgspec.Struct, frozen=True):
    """A restore into the library."""

    snapshot: str
    """Id of the snapshot that is restored."""

    before: str
    """Id of the snapshot taken first."""

    path: bytes | None
    """What was asked for: a raw name; None for everything."""

    actions: tuple[Action, ...]
    folders: tuple[bytes, ...]
    """Raw names of folders that were not there, parents first."""

    version: int = VERSION


class RestoreJournal:
    """The journal at `path`; its folder is made with the first plan."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[Plan, Stage] | None:
        """Return the last plan and how far it is; None when there is none.

        Raises:
            SnapshotError: if it cannot be read.

        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        frames = _frames(data)
        stage: Stage = "planned"
        try:
            plan = msgspec.msgpack.decode(next(frames), type=Plan)
            for frame in frames:
                stage = msgspec.msgpack.decode(frame, type=Stage)
        except (StopIteration, msgspec.MsgspecError) as error:
            raise SnapshotError(
                f"{self._path} is damaged, so the last restore can be neither "
                "finished nor undone; `orquestrador backup list` names the snapshot "
                "that was taken before it: move the journal away and restore that"
            ) from error
        if plan.version > VERSION:
            raise SnapshotError(
                f"{self._path} has format {plan.version}; use the version of "
                "orquestrador that wrote it"
            )
        return plan, stage

    def begin(self, plan: Plan) -> None:
        """Keep a plan in place of the last one; it is on the disk when this returns."""
        make_folder(self._path.parent)
        draft = self._path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(_frame(msgspec.msgpack.encode(plan)))
            sync(file)
        draft.replace(self._path)
        sync_folder(self._path.parent)

    def mark(self, stage: Stage) -> None:
        """Say how far the plan is; it is on the disk when this returns."""
        data = self._path.read_bytes()
        whole = sum(_HEAD.size + len(frame) for frame in _frames(data))
        with self._path.open("r+b") as file:
            # Over what is left of a frame that was cut off.
            file.truncate(whole)
            file.seek(0, os.SEEK_END)
            file.write(_frame(msgspec.msgpack.encode(stage)))
            sync(file)


def needed_snapshots(journal: Path) -> frozenset[str]:
    """Return the snapshots that a restore needs to be finished or undone.

    None where there is no journal, or it is damaged: then it serves neither.

    Args:
        journal: its path.

    """
    try:
        last = RestoreJournal(journal).read()
    except SnapshotError:
        return frozenset()
    if last is None or last[1] == "undone":
        return frozenset()
    plan, stage = last
    if stage == "finished":
        return frozenset({plan.before})
    return frozenset({plan.before, plan.snapshot})


def _frame(payload: bytes) -> bytes:
    return _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def _frames(data: bytes) -> Iterator[bytes]:
    """Yield the payloads of whole frames, up to the first that is none."""
    at = 0
    while at + _HEAD.size <= len(data):
        size, crc = _HEAD.unpack_from(data, at)
        payload = data[at + _HEAD.size : at + _HEAD.size + size]
        # After a power cut a file may have its new length, and zeros in it.
        if not payload or len(payload) < size or zlib.crc32(payload) != crc:
            return
        yield payload
        at += _HEAD.size + size
