"""The journal of one apply: records with checksums, written before what they announce.

A record is a mark, its length, a checksum (CRC-32) and MessagePack. What a crash left
half written at the end was never acted upon, and is cut off. A damaged record with
whole ones behind it is another matter: then nothing is guessed.
"""

import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from orquestrador.errors import JournalDamagedError, OrganizeError
from orquestrador.organizing.disk import Disk
from orquestrador.organizing.records import VERSION, AnyRecord, Begun, Record

if TYPE_CHECKING:
    from typing import BinaryIO

MAGIC = b"ORQJRNL1"
MARK = b"\xc1ORQ"
"""A byte that no MessagePack holds as a type, and our name."""

LARGEST = 64 * 1024 * 1024
"""Bytes of a record: one edit of a file of the largest size that is read."""

SUFFIX = ".journal"

_HEAD = struct.Struct(">4sII")
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyRecord] = msgspec.msgpack.Decoder(AnyRecord)


class Journal:
    """A journal that is open for writing.

    Args:
        path: its file; made if it is not there.
        disk: what is written with.

    Raises:
        JournalDamagedError: if what is in it cannot be read.

    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.records: list[Record] = []
        self._disk = disk
        self._unsynced = False
        end = 0
        if path.exists():
            self.records, end = read(path)
        self._file: BinaryIO = path.open("r+b" if end else "wb")
        if end:
            # A torn record at the end would make the next ones unreadable.
            self._file.truncate(end)
            self._file.seek(end)
        else:
            try:
                self._disk.append(self._file, MAGIC)
            except BaseException:
                self._file.close()
                raise

    def write(self, *records: Record) -> None:
        """Add records; they are on disk after the next `sync`.

        Raises:
            OrganizeError: if that is not possible.

        """
        data = b"".join(encoded(record) for record in records)
        try:
            self._disk.append(self._file, data)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.records += records
        self._unsynced = True

    def sync(self, *records: Record) -> None:
        """Add records and have everything on disk.

        Raises:
            OrganizeError: if that is not possible.

        """
        if records:
            self.write(*records)
        if self._unsynced:
            try:
                self._disk.sync(self._file)
            except OSError as error:
                raise _unwritable(self.path, error) from error
            self._unsynced = False

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def encoded(record: Record) -> bytes:
    """Return a record as it stands in the file."""
    data = _encoder.encode(record)
    return _HEAD.pack(MARK, len(data), zlib.crc32(data)) + data


def read(path: Path) -> tuple[list[Record], int]:
    """Return the whole records of a journal, and where they end.

    Raises:
        JournalDamagedError: if a record is damaged that others follow, or if it is
            no journal, or one of a later format.

    """
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        # It was being made; a power cut can leave zeros in the place of bytes.
        begun = data[: len(MAGIC)].rstrip(b"\0")
        if MAGIC.startswith(begun) and not _is_followed(data, -1):
            return [], 0
        raise JournalDamagedError(f"{path} is no journal of this program")
    records: list[Record] = []
    at = len(MAGIC)
    while (found := _record_at(data, at)) is not None:
        record, at = found
        records.append(_known(path, record))
    if _is_followed(data, at):
        raise JournalDamagedError(
            f"{path} is damaged at byte {at}: what was moved is not known for certain; "
            "`orquestrador backup restore` brings back the snapshot from before"
        )
    return records, at


def _record_at(data: bytes, at: int) -> tuple[bytes, int] | None:
    if len(data) < at + _HEAD.size:
        return None
    mark, length, checksum = _HEAD.unpack_from(data, at)
    start, end = at + _HEAD.size, at + _HEAD.size + length
    if mark != MARK or length > LARGEST or end > len(data):
        return None
    payload = data[start:end]
    return (payload, end) if zlib.crc32(payload) == checksum else None


def _known(path: Path, payload: bytes) -> Record:
    try:
        record = _decoder.decode(payload)
    except msgspec.DecodeError as error:
        raise JournalDamagedError(
            f"{path} has a record that this version does not know ({error}); use the "
            "version that wrote it, or a newer one"
        ) from error
    if isinstance(record, Begun) and record.version > VERSION:
        raise JournalDamagedError(
            f"{path} has format {record.version}; this program reads up to {VERSION}"
        )
    return record


def _is_followed(data: bytes, at: int) -> bool:
    """Whether a whole record stands behind what cannot be read."""
    place = data.find(MARK, at + 1)
    while place >= 0:
        if _record_at(data, place) is not None:
            return True
        place = data.find(MARK, place + 1)
    return False


def _unwritable(path: Path, error: OSError) -> OrganizeError:
    return OrganizeError(
        f"{path} cannot be written ({error.strerror or error}): what is announced "
        "there is all that was done; make room, then `orquestrador organize apply` "
        "goes on, or `orquestrador organize undo` takes it back"
    )
