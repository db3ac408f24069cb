"""What one path held over the snapshots, also under names it had before."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from orquestrador.library import raw_of_shown, shown_name
from orquestrador.messages import Snapshot
from orquestrador.messages.comparing import KeptContent
from orquestrador.snapshots.manifest import FileRow, Manifest


class _Found(NamedTuple):
    snapshot: Snapshot
    row: FileRow


def history(
    raw: bytes, newest_first: Iterable[tuple[Snapshot, Manifest]]
) -> tuple[KeptContent, ...]:
    """Return the contents of a path, newest first.

    Where a snapshot lacks the path, the content it has in the next later one is
    looked for under a name that this later one lacks: the file was renamed since.

    Args:
        raw: the raw name of a file.
        newest_first: the snapshots; read one after another.

    """
    kept: list[KeptContent] = []
    stretch: list[_Found] = []
    for found in _found(raw, newest_first):
        if stretch and _differ(stretch[-1], found):
            kept.append(_content(stretch))
            stretch = []
        if found is not None:
            stretch.append(found)
    if stretch:
        kept.append(_content(stretch))
    return tuple(kept)


def _found(
    raw: bytes, newest_first: Iterable[tuple[Snapshot, Manifest]]
) -> Iterator[_Found | None]:
    """Yield what stands under the path in each snapshot; None where nothing does."""
    later: _Found | None = None
    manifest_later: Manifest | None = None
    for snapshot, manifest in newest_first:
        row = _row(raw, manifest)
        if row is None and later is not None and manifest_later is not None:
            row = _earlier_name(later.row, manifest, _names(manifest_later))
            raw = raw if row is None else row.raw
        later = None if row is None else _Found(snapshot, row)
        manifest_later = manifest
        yield later


def _row(raw: bytes, manifest: Manifest) -> FileRow | None:
    shown = shown_name(raw)
    for content in manifest.contents:
        for path, mtime_ns in content.files:
            if path == shown:
                size, sha256, blob = content.size, content.sha256, content.blob
                return FileRow(raw, size, mtime_ns, sha256, blob)
    return None


def _earlier_name(
    later: FileRow, manifest: Manifest, names_later: frozenset[bytes]
) -> FileRow | None:
    """Return the file that became `later`: same content, and its name is gone."""
    candidates = [
        row
        for row in _rows_of(later.sha256, manifest)
        if row.raw not in names_later and row.size
    ]
    name = later.raw.rpartition(b"/")[2]
    candidates.sort(key=lambda row: (row.raw.rpartition(b"/")[2] != name, row.raw))
    return candidates[0] if candidates else None


def _rows_of(sha256: str, manifest: Manifest) -> Iterator[FileRow]:
    for content in manifest.contents:
        if content.sha256 == sha256:
            for path, mtime_ns in content.files:
                raw = raw_of_shown(path)
                yield FileRow(raw, content.size, mtime_ns, sha256, content.blob)


def _names(manifest: Manifest) -> frozenset[bytes]:
    return frozenset(
        raw_of_shown(path) for each in manifest.contents for path, _ in each.files
    )


def _differ(one: _Found, other: _Found | None) -> bool:
    return other is None or (one.row.raw, one.row.sha256) != (
        other.row.raw,
        other.row.sha256,
    )


def _content(stretch: list[_Found]) -> KeptContent:
    row = stretch[0].row
    times = [found.snapshot.time for found in stretch]
    return KeptContent(
        path=shown_name(row.raw),
        sha256=row.sha256,
        size=row.size,
        mtime_ns=row.mtime_ns,
        first=min(times),
        last=max(times),
        snapshots=tuple(found.snapshot.id for found in stretch),
    )
