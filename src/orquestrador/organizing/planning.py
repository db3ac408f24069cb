"""Makes a plan: by what the catalog knows, a name and a folder for every file."""

import datetime as dt
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from orquestrador.catalog.reading import KnownFile
from orquestrador.config import OrganizeSettings
from orquestrador.errors import OrganizeError
from orquestrador.library import raw_of_record, shown_name, suffix_of
from orquestrador.library.names import INSIDE
from orquestrador.messages import Record
from orquestrador.organizing import copies
from orquestrador.organizing.fields import Fields, fields_of, reason_to_leave
from orquestrador.organizing.plan import Left, Move, Plan
from orquestrador.organizing.template import FolderTemplate, NameTemplate
from orquestrador.organizing.tree import (
    Tree,
    is_in,
    parents,
    raw_of,
    same,
    terminal_above,
)

GUIDE_FOLDER = b"CODIGO_FONTE_LIBRARY"
"""Where the guide's sources stand, below its base path."""

_TERMINAL = "it stands in a MetaTrader data folder, which needs its names"
_CHANGED = "it changed since it was classified; run `orquestrador classify`"
_LAST_COPY = "it was put aside, and is now the only one with these bytes"
_UNKNOWN = "it is not in the catalog yet; run `orquestrador classify`"


class Known(NamedTuple):
    """A file of the catalog."""

    raw: bytes
    file: KnownFile
    record: Record


class _Organized(NamedTuple):
    known: Known
    fields: Fields
    folder: bytes
    """Where the convention wants it, with the folders' spelling on disk."""


class _Surplus(NamedTuple):
    known: Known
    best: bytes
    """The copy that stays."""


def refuse_terminal(library: Path, tree: Tree) -> None:
    """Refuse a library that a MetaTrader works with.

    Raises:
        OrganizeError: if it is one.

    """
    if b"" in tree.terminals() or terminal_above(library):
        raise OrganizeError(
            f"{library} is a MetaTrader data folder: the terminal looks for its "
            "programs by name and folder, so moving them breaks charts and templates; "
            "copy your sources elsewhere, or say --force-terminal"
        )


def known_files(
    records: Iterable[Record], files: dict[bytes, KnownFile]
) -> list[Known]:
    """Return the catalog's files with their records."""
    known: list[Known] = []
    for record in records:
        raw = raw_of_record(record.path)
        # A member of an archive stays where it is.
        if raw in files and INSIDE not in raw:
            known.append(Known(raw, files[raw], record))
    return known


class Planner:
    """Makes plans for one library.

    Args:
        library: its folder, absolute.
        tree: what stands in it.
        known: what the catalog knows of it.
        settings: the templates.
        alike: of contents that are copies though their bytes are not the same, by
            sha256: the sha256 of the best of them.
        force_terminal: whether MetaTrader's data folders are organized too.

    Raises:
        OrganizeError: if the library is such a folder, without `force_terminal`.
        SettingsError: if a template cannot be used.

    """

    def __init__(  # noqa: PLR0913 -- all that a plan rests on
        self,
        library: Path,
        tree: Tree,
        known: Iterable[Known],
        settings: OrganizeSettings,
        *,
        alike: Mapping[str, str] | None = None,
        force_terminal: bool = False,
    ) -> None:
        if not force_terminal:
            refuse_terminal(library, tree)
        self._library = library
        self._tree = tree
        self._alike = alike or {}
        self._names = NameTemplate(settings.name)
        self._folders = FolderTemplate(settings.folder)
        self._root = GUIDE_FOLDER + b"/" if GUIDE_FOLDER in tree.folders else b""
        self._spelling = {same(each): each for each in sorted(tree.folders)[::-1]}
        self._terminals = [] if force_terminal else tree.terminals()
        self._no_folders = {same(raw) for raw in (*tree.files, *tree.others)}
        self._parts: tuple[dict[bytes, _Organized], dict[bytes, _Surplus]] | None = None
        self._left: list[Left] = []
        self._usable = [each for each in known if self._is_usable(each)]

    def organize(self) -> Plan:
        """Return a plan that gives every file its name and folder."""
        staying, surplus = self._parted()
        moves = self._place(staying)
        places = {move.source: move.target for move in moves}
        return self._plan(moves + self._put_aside(surplus, places))

    def surplus(self) -> frozenset[bytes]:
        """Return the surplus copies, whether put aside already or not."""
        return frozenset(self._parted()[1])

    def duplicates(self, included: Collection[bytes] = ()) -> Plan:
        """Return a plan that only puts surplus copies aside.

        Args:
            included: files that others include where they stand; they stay.

        """
        surplus = dict(self._parted()[1])
        for raw in surplus.keys() & {*included}:
            del surplus[raw]
            self._left.append(Left(raw, "a copy, but another file includes it here"))
        return self._plan(self._put_aside(surplus, {}))

    def _plan(self, moves: list[Move]) -> Plan:
        left = {each.raw for each in self._left}
        staying = sum(each.raw not in left for each in self._usable) - len(moves)
        ordered = sorted(
            moves, key=lambda move: (move.copy_of is not None, move.target)
        )
        return Plan(
            library=shown_name(os.fsencode(self._library)),
            made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            moves=tuple(ordered),
            left=tuple(sorted(self._left)),
            in_place=staying,
        )

    def _is_usable(self, known: Known) -> bool:
        reason = self._reason_to_leave(known)
        if reason is not None:
            self._left.append(Left(known.raw, reason))
        return reason is None

    def _reason_to_leave(self, known: Known) -> str | None:
        seen = self._tree.files.get(known.raw)
        if seen is None:
            return "it is no longer there; run `orquestrador classify`"
        if known.file.problem is not None:
            return known.file.problem
        if not known.file.classified or known.file.sha256 is None:
            return _UNKNOWN
        if (seen.size, seen.mtime_ns) != (known.file.size, known.file.mtime_ns):
            return _CHANGED
        if is_in(known.raw, self._terminals):
            return _TERMINAL
        return reason_to_leave(known.record)

    def _parted(self) -> tuple[dict[bytes, _Organized], dict[bytes, _Surplus]]:
        """Return the files that stay by raw name, and surplus copies with theirs."""
        if self._parts is None:
            self._parts = self._part()
        return self._parts

    def _part(self) -> tuple[dict[bytes, _Organized], dict[bytes, _Surplus]]:
        groups: defaultdict[str, list[_Organized]] = defaultdict(list)
        for known in self._usable:
            sha256 = known.file.sha256 or ""
            groups[self._alike.get(sha256, sha256)].append(self._organized(known))
        staying: dict[bytes, _Organized] = {}
        surplus: dict[bytes, _Surplus] = {}
        for sha256, group in groups.items():
            best = group[0].known.raw
            if len(group) > 1:
                best = self._best(sha256, group)
            for each in group:
                if each.known.raw == best:
                    self._keep(each, staying)
                else:
                    surplus[each.known.raw] = _Surplus(each.known, best)
        return staying, surplus

    def _best(self, sha256: str, group: list[_Organized]) -> bytes:
        """Return the copy that stays: of the best content, where it is among them."""
        wanted = [each for each in group if each.known.file.sha256 == sha256]
        return copies.best(
            [
                copies.Member(each.known.raw, self._is_in_place(each))
                for each in wanted or group
            ]
        )

    def _keep(self, each: _Organized, staying: dict[bytes, _Organized]) -> None:
        if copies.is_put_aside(each.known.raw):
            # It may be kept there on purpose, or be the old bytes of a mended file.
            self._left.append(Left(each.known.raw, _LAST_COPY))
        else:
            staying[each.known.raw] = each

    def _organized(self, known: Known) -> _Organized:
        fields = fields_of(known.record, known.raw, self._names)
        wanted = self._root + raw_of(self._folders.render(fields.named()))
        return _Organized(known, fields, self._as_spelled(wanted.rstrip(b"/")))

    def _as_spelled(self, folder: bytes) -> bytes:
        """Use folders that are there, where they differ by case only."""
        spelled = b""
        for part in folder.split(b"/") if folder else ():
            here = spelled + b"/" + part if spelled else part
            spelled = (
                here
                if here in self._tree.folders
                else self._spelling.get(same(here), here)
            )
        return spelled

    def _target(self, each: _Organized, number: int | None) -> bytes:
        name = raw_of(
            self._names.render(each.fields.named(), number) + each.fields.suffix
        )
        return each.folder + b"/" + name if each.folder else name

    def _is_in_place(self, each: _Organized) -> bool:
        return each.known.raw == self._target(each, each.fields.number)

    def _place(self, staying: dict[bytes, _Organized]) -> list[Move]:
        waiting: list[_Organized] = []
        for each in staying.values():
            if self._is_in_place(each):
                continue
            blocked = self._blocked(each.folder)
            if blocked is None:
                waiting.append(each)
            else:
                self._left.append(Left(each.known.raw, blocked))
        taken = self._taken_without({each.known.raw for each in waiting})
        moves: list[Move] = []
        for each in sorted(waiting, key=lambda one: one.known.raw):
            target = self._free(each, taken)
            taken.add(same(target))
            moves.append(_move(each.known, target, None))
        return moves

    def _taken_without(self, leaving: set[bytes]) -> set[str]:
        # A copy that is put aside leaves its name too; it is not given away, so that
        # the user may strike out that move and keep the others.
        files = self._tree.files.keys() - leaving
        return {same(raw) for raw in (*files, *self._tree.folders, *self._tree.others)}

    def _blocked(self, folder: bytes) -> str | None:
        """Return why a folder cannot be made, or None."""
        for each in (*parents(folder), folder) if folder else ():
            if each not in self._tree.folders and same(each) in self._no_folders:
                return f"its folder cannot be made: {shown_name(each)} is a file"
        return None

    def _free(self, each: _Organized, taken: set[str]) -> bytes:
        target, number = self._target(each, None), 1
        while same(target) in taken:
            number += 1
            target = self._target(each, number)
        return target

    def _put_aside(
        self, surplus: Mapping[bytes, _Surplus], places: Mapping[bytes, bytes]
    ) -> list[Move]:
        """Return the moves of surplus copies.

        Args:
            surplus: by raw name.
            places: where those that stay are in the end, if they are moved.

        """
        taken = self._taken_without(set())
        moves: list[Move] = []
        for raw, each in sorted(surplus.items()):
            if copies.is_put_aside(raw):
                continue
            target = _numbered(copies.place_of(raw), taken)
            taken.add(same(target))
            best = places.get(each.best, each.best)
            moves.append(_move(each.known, target, best))
        return moves


def _numbered(wanted: bytes, taken: set[str]) -> bytes:
    target, number = wanted, 1
    suffix = suffix_of(wanted).encode("utf-8")
    while same(target) in taken:
        number += 1
        stem = wanted[: len(wanted) - len(suffix)]
        target = b"%s-%d%s" % (stem, number, wanted[len(stem) :])
    return target


def _move(known: Known, target: bytes, copy_of: bytes | None) -> Move:
    return Move(
        source=known.raw,
        target=target,
        sha256=known.file.sha256 or "",
        size=known.file.size,
        mtime_ns=known.file.mtime_ns,
        copy_of=copy_of,
    )
