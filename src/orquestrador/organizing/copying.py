"""Builds the organized tree somewhere else, as copies; the library is only read."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

from orquestrador.errors import OrganizeError
from orquestrador.library import Unreadable, os_path, read_content, shown_name
from orquestrador.organizing.applying import require_same_library
from orquestrador.organizing.directives import directives
from orquestrador.organizing.making import instead_of
from orquestrador.organizing.mending import mended
from orquestrador.organizing.outcome import Outcome, Place, Progress
from orquestrador.organizing.plan import Plan
from orquestrador.organizing.references import References, is_source
from orquestrador.organizing.relocating import RefusedError, Relocator, draft_name
from orquestrador.organizing.steps import vet
from orquestrador.organizing.tree import parent, read_tree
from orquestrador.snapshots.walking import extended

_LARGEST = 1 << 40
_DRAFT = draft_name("copy", "draft")


def copy_steps(
    plan: Plan, place: Place, to: Path, *, fix_includes: bool = False
) -> Generator[Progress, None, Outcome]:
    """Write to a folder what the library would be after the plan.

    What stands there already with the same bytes is kept, so that a copy that was cut
    short goes on when it is begun again; a different file is never replaced.

    Args:
        plan: which files go where; the others keep their names.
        place: the library and its state.
        to: the folder; made when it is missing.
        fix_includes: mend directives in the copies.

    Raises:
        OrganizeError: if the folder is in the library, or the library in it, or it
            cannot be made.

    """
    require_same_library(plan, place.library)
    root = _outside(place.library, to)
    tree = read_tree(place.library, place.state)
    vetted = vet(plan.moves, place.root, tree, place.protected)
    places = {move.source: move.target for move in vetted.moves}
    references = References(tree.files, places, instead_of(plan))
    copier = _Copier(place, root, references if fix_includes else None)
    stays = {raw for raw, _ in vetted.refused}
    copied = 0
    refused = dict(vetted.refused)
    raws = sorted(tree.files)
    for count, raw in enumerate(raws, start=1):
        try:
            if raw not in stays:
                copied += copier.copy(raw, places.get(raw, raw))
        except RefusedError as error:
            refused[raw] = str(error)
        except OSError as error:
            refused[raw] = f"it cannot be copied: {error.strerror or error}"
        yield Progress(count, len(raws))
    return Outcome(
        journal=None,
        moved=copied,
        refused=tuple(sorted(refused.items())),
        edited=copier.edited,
    )


def _outside(library: Path, to: Path) -> Path:
    root, target = extended(library), extended(to)
    if target.is_relative_to(root) or root.is_relative_to(target):
        raise OrganizeError(
            f"{to} and the library {library} are in one another: copies there would be "
            "taken for the library's own; name a folder beside it"
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OrganizeError(f"{to} cannot be made: {error.strerror}") from error
    return target


class _Copier:
    def __init__(self, place: Place, root: Path, references: References | None) -> None:
        self.edited = 0
        self._place = place
        self._root = root
        self._references = references
        self._folders = Relocator(root, place.disk, "copy", lambda _step, _inode: None)

    def copy(self, raw: bytes, target: bytes) -> int:
        """Copy a file; return how many were written."""
        source = os_path(self._place.root, raw)
        read = read_content(source, _LARGEST)
        if isinstance(read, Unreadable):
            raise RefusedError(read.problem)
        data = self._mended(raw, read.data)
        self.edited += data != read.data
        self._folders.make_folder(parent(target)) if parent(target) else None
        path = os_path(self._root, target)
        if os.path.lexists(path):
            there = read_content(path, _LARGEST)
            if isinstance(there, Unreadable) or there.data != data:
                raise RefusedError(f"a different {shown_name(target)} stands there")
            return 0
        self._write(path, data, stat.S_IMODE(source.lstat().st_mode), read.mtime_ns)
        return 1

    def _mended(self, raw: bytes, data: bytes) -> bytes:
        if self._references is None or not is_source(raw):
            return data
        return mended(data, self._references.broken(raw, directives(data)))

    def _write(self, path: Path, data: bytes, mode: int, mtime_ns: int) -> None:
        disk = self._place.disk
        draft = self._root / _DRAFT
        draft.unlink(missing_ok=True)
        disk.write_new(draft, data, mode, mtime_ns)
        disk.rename(draft, path)
