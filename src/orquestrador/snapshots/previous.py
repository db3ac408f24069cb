"""The newest snapshot, as the next one needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orquestrador.errors import SnapshotDamagedError
from orquestrador.snapshots.manifest import FileRow, decode_manifest
from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.trees import MANIFEST, read_commit, tree_entries


@dataclass(frozen=True)
class Previous:
    """The newest snapshot, as far as it can be read."""

    commit: str | None = None
    time: datetime | None = None
    manifest: bytes = b""
    entries: Mapping[bytes, tuple[bool, str]] = field(
        default_factory=dict[bytes, tuple[bool, str]]
    )
    rows: Mapping[bytes, FileRow] = field(default_factory=dict[bytes, FileRow])


def read_previous(store: GitStore) -> Previous:
    """Return the newest snapshot; nothing when there is none or it is damaged."""
    commit = store.main()
    if commit is None:
        return Previous()
    try:
        newest, tree = read_commit(commit, store.read(b"commit", commit))
        entries = tree_entries(store.read(b"tree", tree))
        data = store.read(b"blob", entries[MANIFEST][1])
        rows = {row.raw: row for row in decode_manifest(data).rows()}
    except (SnapshotDamagedError, KeyError):
        # Then every file is read again, which makes a sound snapshot.
        return Previous()
    return Previous(commit, newest.time, data, entries, rows)
