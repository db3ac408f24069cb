"""How two states of a library differ: files, and what they were taken for."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from orquestrador.library import shown_name, suffix_of
from orquestrador.messages.comparing import (
    ContentLabels,
    Difference,
    FileChange,
    LabelsKnown,
    Reclassified,
)
from orquestrador.snapshots.labels import SHORT, Labels
from orquestrador.snapshots.manifest import FileRow
from orquestrador.snapshots.names import is_below

Rows = Mapping[bytes, FileRow]
"""Files by raw name."""


_Change = tuple[bytes, bytes | None, FileChange]
"""Raw name, the earlier one of a renamed file, and what is said."""


class State(NamedTuple):
    """The library at one moment."""

    id: str | None
    """The snapshot's; None for the library as it stands."""

    rows: Rows
    labels: Labels | None
    """None where none were kept."""


def compare(old: State, new: State, below: bytes | None = None) -> Difference:
    """Return how `new` differs from `old`.

    Args:
        old: the earlier state.
        new: the later state.
        below: the raw name of the file or folder to be compared; None for all. A
            file that was renamed into or out of it is looked for everywhere.

    """
    changes = [
        change
        for raw, old_raw, change in sorted(
            _changes(old.rows, new.rows), key=lambda each: each[0]
        )
        if is_below(raw, below) or (old_raw is not None and is_below(old_raw, below))
    ]
    kinds = [change.kind for change in changes]
    reclassified = tuple(_reclassified(old, new, below))
    return Difference(
        old=old.id or "",
        new=new.id,
        added=kinds.count("added"),
        removed=kinds.count("removed"),
        changed=kinds.count("changed"),
        renamed=kinds.count("renamed"),
        same=_same(old.rows, new.rows, below),
        changes=tuple(changes),
        reclassified=reclassified,
        labels=_known(old, new),
    )


def _known(old: State, new: State) -> LabelsKnown:
    match old.labels is not None, new.labels is not None:
        case True, True:
            return "both"
        case True, False:
            return "old"
        case False, True:
            return "new"
        case _:
            return "none"


def _same(old: Rows, new: Rows, below: bytes | None) -> int:
    return sum(
        1
        for raw, row in new.items()
        if raw in old and old[raw].sha256 == row.sha256 and is_below(raw, below)
    )


def _changes(old: Rows, new: Rows) -> Iterator[_Change]:
    """Yield what differs, by the raw name in the later state where there is one."""
    gone = [row for raw, row in old.items() if raw not in new]
    came = [row for raw, row in new.items() if raw not in old]
    renamed = dict(_pairs(gone, came))
    moved = set(renamed.values())
    for row in came:
        before = renamed.get(row)
        if before is None:
            yield row.raw, None, _added(row)
        else:
            yield row.raw, before.raw, _renamed(before, row)
    for row in gone:
        if row not in moved:
            yield row.raw, None, _removed(row)
    for raw, row in new.items():
        if raw in old and old[raw].sha256 != row.sha256:
            yield raw, None, _changed(old[raw], row)


def _pairs(
    gone: Iterable[FileRow], came: Iterable[FileRow]
) -> Iterator[tuple[FileRow, FileRow]]:
    """Yield (new, old) of files that have the same content under another name."""
    # Files that kept their name go first: of several copies each keeps its own.
    left, waiting = sorted(gone), sorted(came)
    for key in (_content_and_name, _content):
        found: defaultdict[object, deque[FileRow]] = defaultdict(deque)
        for row in left:
            found[key(row)].append(row)
        unpaired: list[FileRow] = []
        for row in waiting:
            candidates = found.get(key(row))
            if candidates:
                yield row, candidates.popleft()
            else:
                unpaired.append(row)
        left = sorted(row for rows in found.values() for row in rows)
        waiting = unpaired


def _content_and_name(row: FileRow) -> object:
    return row.sha256, row.raw.rpartition(b"/")[2]


def _content(row: FileRow) -> object:
    # That two files are empty is no sign of anything.
    return row.sha256 if row.size else row.raw


def _added(row: FileRow) -> FileChange:
    return FileChange(
        kind="added", path=shown_name(row.raw), size=row.size, sha256=row.sha256
    )


def _removed(row: FileRow) -> FileChange:
    return FileChange(
        kind="removed",
        path=shown_name(row.raw),
        old_size=row.size,
        old_sha256=row.sha256,
    )


def _changed(old: FileRow, new: FileRow) -> FileChange:
    return FileChange(
        kind="changed",
        path=shown_name(new.raw),
        old_size=old.size,
        size=new.size,
        old_sha256=old.sha256,
        sha256=new.sha256,
    )


def _renamed(old: FileRow, new: FileRow) -> FileChange:
    return FileChange(
        kind="renamed",
        path=shown_name(new.raw),
        old_path=shown_name(old.raw),
        old_size=old.size,
        size=new.size,
        old_sha256=old.sha256,
        sha256=new.sha256,
    )


def _reclassified(
    old: State, new: State, below: bytes | None
) -> Iterator[Reclassified]:
    """Yield the contents of both states that are taken for something else since."""
    if old.labels is None or new.labels is None:
        return
    held = {(row.sha256, suffix_of(row.raw)) for row in old.rows.values()}
    paths: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
    for raw, row in new.rows.items():
        key = row.sha256, suffix_of(raw)
        if key in held and is_below(raw, below):
            paths[key].append(raw)
    for (sha256, suffix), raws in sorted(paths.items(), key=lambda item: min(item[1])):
        before = old.labels.get((sha256[:SHORT], suffix))
        after = new.labels.get((sha256[:SHORT], suffix))
        if before is None or after is None or _said(before) == _said(after):
            continue
        yield Reclassified(
            paths=tuple(shown_name(raw) for raw in sorted(raws)),
            sha256=sha256,
            before=before.replace(sha256=sha256),
            after=after.replace(sha256=sha256),
        )


def _said(labels: ContentLabels) -> tuple[object, ...]:
    """Return what counts: the primary strategy, and all labels whatever their order."""
    return (
        labels.language,
        labels.kind,
        labels.strategies[:1],
        frozenset(labels.strategies),
        frozenset(labels.risk),
        frozenset(labels.hygiene),
    )
