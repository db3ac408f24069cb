"""Changes the paths in directives, byte for byte, and takes the changes back."""

import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from orquestrador.library import Content, Unreadable, os_path, read_content
from orquestrador.organizing.directives import directives
from orquestrador.organizing.disk import Disk
from orquestrador.organizing.records import Edit
from orquestrador.organizing.references import Broken, References, is_source
from orquestrador.organizing.relocating import RefusedError, draft_name

LARGEST_MB = 32
"""A larger file is no source."""

_LARGEST = LARGEST_MB * 1_000_000

Read = Callable[[bytes], bytes | None]
"""Returns a file's bytes by its raw name before the moves; None when unreadable."""


def edits(
    references: References,
    raws: Iterable[bytes],
    places: Mapping[bytes, bytes],
    root: Path,
) -> Iterator[Edit]:
    """Yield the edits that mend what the moves broke; they have been made.

    Args:
        references: what names what.
        raws: where the files were before the moves.
        places: where they are.
        root: the library.

    """

    def read(raw: bytes) -> bytes | None:
        content = read_content(os_path(root, places.get(raw, raw)), _LARGEST)
        return None if isinstance(content, Unreadable) else content.data

    number = 0
    for raw, data, broken in _broken(references, raws, read):
        changes = tuple(_changes(broken))
        if not changes:
            continue
        place = places.get(raw, raw)
        found = os_path(root, place).lstat()
        yield Edit(
            number=number,
            raw=place,
            before=_sha256(data),
            after=_sha256(changed(data, changes)),
            mtime_ns=found.st_mtime_ns,
            mode=stat.S_IMODE(found.st_mode),
            changes=changes,
        )
        number += 1


def _broken(
    references: References, raws: Iterable[bytes], read: Read
) -> Iterator[tuple[bytes, bytes, list[Broken]]]:
    for raw in sorted(raws):
        data = read(raw) if is_source(raw) else None
        if data is not None:
            broken = references.broken(raw, directives(data))
            if broken:
                yield raw, data, broken


def mended(data: bytes, broken: Iterable[Broken]) -> bytes:
    """Return a source's bytes with the directives mended that can be."""
    return changed(data, _changes(broken))


def _changes(broken: Iterable[Broken]) -> Iterator[tuple[int, bytes, bytes]]:
    for directive, mended in broken:
        new = None if mended is None else directive.encode(mended)
        if new is not None:
            yield directive.start, directive.old, new


def changed(data: bytes, changes: Iterable[tuple[int, bytes, bytes]]) -> bytes:
    """Return bytes with changes made.

    Args:
        data: the old bytes.
        changes: offset, old bytes and new bytes, in order.

    Raises:
        ValueError: if they are not of these bytes.

    """
    parts: list[bytes] = []
    end = 0
    for offset, old, new in changes:
        if offset < end or data[offset : offset + len(old)] != old:
            raise ValueError(f"byte {offset} is not what was to be changed")
        parts += [data[end:offset], new]
        end = offset + len(old)
    return b"".join([*parts, data[end:]])


def unchanged(
    changes: Iterable[tuple[int, bytes, bytes]],
) -> tuple[tuple[int, bytes, bytes], ...]:
    """Return the changes that take changes back."""
    shift = 0
    back: list[tuple[int, bytes, bytes]] = []
    for offset, old, new in changes:
        back.append((offset + shift, new, old))
        shift += len(new) - len(old)
    return tuple(back)


def make(edit: Edit, root: Path, disk: Disk, journal: str) -> None:
    """Make an edit, unless it has been made.

    Raises:
        RefusedError: if the file is not what it was.

    """
    draft = draft_name(journal, f"{edit.number}-edit")
    way = (edit.before, edit.after)
    _rewrite(edit, root, disk, draft, way, edit.changes, None)


def take_back(edit: Edit, root: Path, disk: Disk, journal: str) -> None:
    """Take an edit back, unless it has not been made.

    Raises:
        RefusedError: if the file is not what the edit left.

    """
    draft = draft_name(journal, f"{edit.number}-edit")
    way = (edit.after, edit.before)
    _rewrite(edit, root, disk, draft, way, unchanged(edit.changes), edit.mtime_ns)


def _rewrite(  # noqa: PLR0913, PLR0917 -- the two callers above
    edit: Edit,
    root: Path,
    disk: Disk,
    name: str,
    way: tuple[str, str],
    changes: tuple[tuple[int, bytes, bytes], ...],
    mtime_ns: int | None,
) -> None:
    path = os_path(root, edit.raw)
    read = read_content(path, _LARGEST)
    if isinstance(read, Unreadable):
        raise RefusedError(read.problem)
    if read.sha256 == way[1]:
        return
    if read.sha256 != way[0]:
        raise RefusedError("it was changed since")
    draft = path.with_name(name)
    try:
        draft.unlink(missing_ok=True)  # Of an attempt that was cut short.
        disk.write_new(draft, changed(read.data, changes), edit.mode, mtime_ns)
        _require_unchanged(path, read)
        disk.replace(draft, path)
        disk.sync_folder(path.parent)
    except RefusedError:
        draft.unlink(missing_ok=True)
        raise
    except (OSError, ValueError) as error:
        draft.unlink(missing_ok=True)
        raise RefusedError(f"it cannot be written: {error}") from error


def _require_unchanged(path: Path, read: Content) -> None:
    now = path.lstat()
    if (now.st_size, now.st_mtime_ns) != (read.size, read.mtime_ns):
        raise RefusedError("it was changed since")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
