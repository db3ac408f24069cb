"""Folders around the moves: what they were, which were emptied, which were made."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from orquestrador.library import os_name, os_path, raw_name
from orquestrador.organizing.disk import Disk
from orquestrador.organizing.relocating import draft_name, is_real_folder
from orquestrador.organizing.standing import Standing
from orquestrador.organizing.tree import Tree, parent, parents


def to_be_made(targets: Iterable[bytes], tree: Tree) -> tuple[bytes, ...]:
    """Return the folders that are missing for these names, the outermost first."""
    wanted = {folder for target in targets for folder in parents(target)}
    return tuple(sorted(wanted - tree.folders))


def with_times(raws: Iterable[bytes], root: Path) -> tuple[tuple[bytes, int], ...]:
    """Return the folders of these names that are there, with their times."""
    folders = {b""} | {folder for raw in raws for folder in parents(raw)}
    found: list[tuple[bytes, int]] = []
    for raw in sorted(folders):
        try:
            seen = os_path(root, raw).lstat() if raw else root.stat()
        except OSError:
            continue
        found.append((raw, seen.st_mtime_ns))
    return tuple(found)


def emptied(sources: Iterable[bytes], root: Path) -> list[tuple[bytes, int]]:
    """Return the folders that are empty now that these files have left.

    Args:
        sources: raw names where files were.
        root: the library.

    Returns:
        Raw names and modes, the innermost first; a folder that only holds folders
        of the list is among them.

    """
    candidates = {folder for source in sources for folder in parents(source)}
    found: dict[bytes, int] = {}
    for raw in sorted(candidates, key=lambda each: -each.count(b"/")):
        mode = _mode_if_empty(root, raw, found)
        if mode is not None:
            found[raw] = mode
    return list(found.items())


def _mode_if_empty(root: Path, raw: bytes, gone: dict[bytes, int]) -> int | None:
    path = os_path(root, raw)
    try:
        seen = path.lstat()
        if not is_real_folder(seen):
            return None
        with os.scandir(path) as entries:
            names = [raw_name(entry.name) for entry in entries]
    except OSError:
        return None
    if any(raw + b"/" + name not in gone for name in names):
        return None
    return stat.S_IMODE(seen.st_mode)


def remove_empty(root: Path, disk: Disk, folders: Iterable[bytes]) -> int:
    """Remove folders that are empty, the innermost first; return how many.

    One that somebody put something into stays.
    """
    removed = 0
    synced: set[bytes] = set()
    for raw in sorted(folders, key=lambda each: -each.count(b"/")):
        try:
            disk.remove_folder(os_path(root, raw))
        except OSError:
            continue  # It holds something, or is gone already.
        removed += 1
        synced.add(parent(raw))
    for raw in sorted(synced):
        folder = os_path(root, raw)
        if folder.is_dir():
            disk.sync_folder(folder)
    return removed


def sweep(root: Path, disk: Disk, standing: Standing) -> None:
    """Remove files of ours that were not whole when an attempt was cut short."""
    ours = draft_name(standing.begun.id, "").encode()
    raws = {raw for step in standing.steps for raw in (step.source, step.target)}
    raws |= {edit.raw for edit in standing.edits}
    for folder in sorted({parent(raw) for raw in raws}):
        path = os_path(root, folder) if folder else root
        try:
            if folder and not is_real_folder(path.lstat()):
                continue
            names = [raw_name(each.name) for each in path.iterdir()]
        except OSError:
            continue
        for name in names:
            if name.startswith(ours) and name.endswith((b"-copy", b"-edit")):
                disk.remove(path / os_name(name))
