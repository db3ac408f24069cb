"""The manifest of a snapshot: what a Git tree cannot say about a library.

One JSON object a line: first the head, then each distinct content with the files
that hold it, then empty folders, then what was skipped and why. Names are shown
names (`orquestrador.library.shown_name`), so undecodable bytes lead back to exactly
one name. Equal libraries have equal manifests, byte for byte. Readers ignore keys
that they do not know.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from orquestrador.errors import SnapshotDamagedError
from orquestrador.library import raw_of_shown, shown_name

VERSION = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOB = re.compile(r"[0-9a-f]{40}")


class Head(msgspec.Struct, tag="manifest", frozen=True):
    """The first line."""

    version: int


class Content(msgspec.Struct, tag="content", frozen=True):
    """Bytes, and the files that hold them."""

    sha256: str
    """64 hexadecimal digits."""

    blob: str
    """Their name in Git, 40 hexadecimal digits."""

    size: int
    files: tuple[tuple[str, int], ...]
    """Shown name and modification time in nanoseconds, by raw name."""


class Folder(msgspec.Struct, tag="folder", frozen=True):
    """A folder that holds no file of the snapshot."""

    path: str


class Skipped(msgspec.Struct, tag="skipped", frozen=True):
    """A file or folder that is not in the snapshot."""

    path: str
    reason: str


class FileRow(NamedTuple):
    """A file of a snapshot."""

    raw: bytes
    """Raw name, relative to the library."""

    size: int
    mtime_ns: int
    sha256: str
    blob: str


class Manifest(NamedTuple):
    """Everything a snapshot knows about its library."""

    contents: tuple[Content, ...]
    folders: tuple[bytes, ...]
    """Raw names."""

    skipped: tuple[tuple[bytes, str], ...]
    """Raw names and reasons."""

    def rows(self) -> Iterator[FileRow]:
        """Yield every file, content by content."""
        for each in self.contents:
            for path, mtime_ns in each.files:
                raw = raw_of_shown(path)
                yield FileRow(raw, each.size, mtime_ns, each.sha256, each.blob)


_Line = Head | Content | Folder | Skipped
_decoder: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(_Line)
_encoder = msgspec.json.Encoder()


def manifest_of(
    rows: Iterable[FileRow],
    folders: Iterable[bytes],
    skipped: Iterable[tuple[bytes, str]],
) -> Manifest:
    """Gather files by content, everything in an order that does not vary."""
    ordered = sorted(rows, key=lambda row: (row.sha256, row.raw))
    contents: list[Content] = []
    start = 0
    for end in range(1, len(ordered) + 1):
        if end == len(ordered) or ordered[end].sha256 != ordered[start].sha256:
            contents.append(_content(ordered[start:end]))
            start = end
    return Manifest(tuple(contents), tuple(sorted(folders)), tuple(sorted(skipped)))


def _content(rows: list[FileRow]) -> Content:
    files = tuple((shown_name(row.raw), row.mtime_ns) for row in rows)
    return Content(rows[0].sha256, rows[0].blob, rows[0].size, files)


def encode_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as JSON lines."""
    lines: list[_Line] = [Head(VERSION), *manifest.contents]
    lines += [Folder(shown_name(raw)) for raw in manifest.folders]
    lines += [Skipped(shown_name(raw), reason) for raw, reason in manifest.skipped]
    return _encoder.encode_lines(lines)


def decode_manifest(data: bytes) -> Manifest:
    """Return the manifest in JSON lines.

    Raises:
        SnapshotDamagedError: if it is none, or one of a later format.

    """
    try:
        lines: list[_Line] = _decoder.decode_lines(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotDamagedError(f"manifest.jsonl: {error}") from error
    if not lines or not isinstance(lines[0], Head):
        raise SnapshotDamagedError("manifest.jsonl does not begin with its head")
    if lines[0].version > VERSION:
        raise SnapshotDamagedError(
            f"manifest.jsonl has format {lines[0].version}; this program reads up "
            f"to {VERSION}: use a newer one"
        )
    contents = tuple(each for each in lines if isinstance(each, Content))
    for each in contents:
        if not _SHA256.fullmatch(each.sha256) or not _BLOB.fullmatch(each.blob):
            raise SnapshotDamagedError(f"manifest.jsonl: no hash in {each.sha256!r}")
    folders = (raw_of_shown(each.path) for each in lines if isinstance(each, Folder))
    skipped = (
        (raw_of_shown(each.path), each.reason)
        for each in lines
        if isinstance(each, Skipped)
    )
    return Manifest(contents, tuple(folders), tuple(skipped))
