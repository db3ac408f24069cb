"""What is kept in a snapshot beside the library's files: the user's own words."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.messages import RestoreResult, SkippedFile
from orquestrador.snapshots.opening import explained
from orquestrador.snapshots.target import Target

if TYPE_CHECKING:
    from orquestrador.snapshots.repository import SnapshotRepository

USER_FILES = ("corrections.toml", "user-data.jsonl")
"""Files of the state folder that nobody but the user can write again."""


def user_files(state: Path) -> dict[str, bytes]:
    """Return the bytes of those of them that are there, by name.

    Raises:
        OSError: if one is there and cannot be read.

    """
    found: dict[str, bytes] = {}
    for name in USER_FILES:
        path = state / name
        if path.exists():
            found[name] = path.read_bytes()
    return found


def restore_user_files(
    repository: "SnapshotRepository", snapshot_id: str, to: Path, *, force: bool
) -> RestoreResult:
    """Write the user's own files of a snapshot into a folder.

    Args:
        repository: open, for reading at least.
        snapshot_id: as in `SnapshotRepository.find`.
        to: the folder; made when it is missing.
        force: replace different files that stand there.

    Raises:
        SnapshotError: if there is no such snapshot, or the folder cannot be written.

    """
    snapshot = repository.find(snapshot_id)
    beside = repository.beside(snapshot.id)
    refused: list[SkippedFile] = []
    written = unchanged = size = 0
    with explained(to, "--to"):
        to.mkdir(parents=True, exist_ok=True)
        with Target(to) as target:
            for name in USER_FILES:
                data, raw = beside.get(name), name.encode()
                if data is None:
                    continue
                there = target.look(raw)
                if there is not None and target.read(raw) == data:
                    unchanged += 1
                elif there is not None and not force:
                    reason = "a different file stands there; --force replaces it"
                    refused.append(SkippedFile(path=name, reason=reason))
                else:
                    now_ns = time.time_ns()
                    target.write(raw, data, now_ns, replace=force, durable=True)
                    written += 1
                    size += len(data)
    return RestoreResult(
        snapshot=snapshot.id,
        to=str(to),
        written=written,
        unchanged=unchanged,
        bytes=size,
        folders=0,
        refused=tuple(refused),
    )
