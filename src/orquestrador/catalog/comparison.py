"""Compares what stands on disk with what the catalog knows, file by file.

Unchanged means unread: a file of the same size, time and inode keeps its record
without being opened. A time within two seconds of the last look proves nothing,
because the file may have changed again within the same tick of its clock.
"""

import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from orquestrador.catalog.reading import KnownFile
from orquestrador.library import (
    Entry,
    Selection,
    Unreadable,
    os_name,
    read_content,
    suffix_of,
)
from orquestrador.library.archives import Member, members
from orquestrador.library.names import INSIDE
from orquestrador.messages.catalog import FileState

_RACY_NS = 2_000_000_000
_COMPILED = frozenset({".ex4", ".ex5"})


class KnownFiles(Protocol):
    """The catalog's files by raw name: a mapping, or what asks the catalog."""

    def get(self, raw: bytes, /) -> KnownFile | None:
        """Return what is known of a file, None if nothing."""
        ...

    def items(self) -> Iterable[tuple[bytes, KnownFile]]:
        """Return every file with what is known of it."""
        ...


class KnownContents(Protocol):
    """Keys of contents that need no classification: a set, or what asks the catalog."""

    def __contains__(self, key: Any, /) -> bool: ...  # noqa: ANN401 -- a set's own

    def add(self, key: tuple[str, str], /) -> None:
        """Note that somebody classifies this content."""
        ...


class Look(NamedTuple):
    """What one look at a file found."""

    state: FileState | None
    """None when the catalog is right about the file."""

    data: bytes | None
    """The bytes to classify; None when their record is known, or there are none."""


_UNCHANGED = Look(None, None)


class Comparison:
    """Looks at listed files for one run."""

    def __init__(  # noqa: PLR0913 -- a run names each of them
        self,
        root: Path,
        selection: Selection,
        known: KnownFiles,
        contents: KnownContents,
        *,
        max_bytes: int,
        verify: bool = False,
    ) -> None:
        """Compare files below `root` with the catalog's.

        Args:
            root: the library's folder, absolute.
            selection: which files are looked at.
            known: the catalog's files by raw name.
            contents: keys of the contents that need no classification; keys found
                by a look are added, so that each is given out once.
            max_bytes: a larger file is not read.
            verify: read unchanged files too.

        """
        # Text, not a Path: one is made for every file that is read.
        self._folder = str(root) + os.sep
        self._selection = selection
        self._known = known
        self._contents = contents
        self._max_bytes = max_bytes
        self._verify = verify

    def look(self, entry: Entry) -> Look:
        """Return what is new about a file."""
        known = self._known.get(entry.raw)
        problem = entry.problem or self._not_read(entry)
        if problem is not None:
            return self._problem(entry, known, problem)
        if known is not None and not self._verify and _unchanged(entry, known):
            return _UNCHANGED
        return self._read(entry)

    # -- archives --------------------------------------------------------------------

    def is_archive(self, entry: Entry) -> bool:
        """Whether members stand in a file that are to be looked at."""
        return entry.problem is None and (
            suffix_of(entry.raw) in self._selection.archives
        )

    def is_still(self, archive: Entry) -> bool:
        """Whether the catalog is right about an archive and every member of it."""
        known = self._known.get(archive.raw)
        return (
            known is not None
            and not self._verify
            and known.problem is None
            and known.sha256 == self._looked_for(archive)
            and _is_same(archive, known)
            and all(
                each.classified or each.problem is not None
                for _, each in self._inside.get(archive.raw, ())
            )
        )

    def known_inside(self, archive: Entry) -> Iterator[bytes]:
        """Yield the raw names of the members that the catalog knows."""
        for raw, _ in self._inside.get(archive.raw, ()):
            yield raw

    def members(self, archive: Entry) -> Iterator[tuple[bytes, Look]]:
        """Yield the raw name of each member and what is new about it.

        An archive that cannot be read comes itself, alone, with its problem.
        """
        path = Path(self._folder + os_name(archive.raw))
        for each in members(path, self._max_bytes, self._selection.wants_suffix):
            if not each.name:
                known = self._known.get(archive.raw)
                problem = each.problem or "unknown"
                yield archive.raw, self._problem(archive, known, problem)
            elif each.problem is None or each.suffix not in self._selection.sniffed:
                look = self._member(archive, each)
                yield _raw_of_member(archive, each), look

    def read_archive(self, archive: Entry) -> FileState:
        """Return what is stored of an archive when all its members are.

        It is in no list, as a text that is no source: its members are. For a hash it
        has one of what was looked for in it: other settings find other members.
        """
        return FileState(
            raw=archive.raw,
            size=archive.size,
            mtime_ns=archive.mtime_ns,
            inode=archive.inode,
            scanned_at_ns=time.time_ns(),
            sha256=self._looked_for(archive),
            suffix=suffix_of(archive.raw),
            sniffed=True,
        )

    def _looked_for(self, archive: Entry) -> str:
        looked_for = f"{archive.size} {archive.mtime_ns} {self._asked}"
        return hashlib.sha256(looked_for.encode()).hexdigest()

    @cached_property
    def _asked(self) -> str:
        selection = self._selection
        parts = (selection.sources, selection.sniffed, selection.counted)
        return f"{[sorted(each) for each in parts]} {self._max_bytes}"

    @cached_property
    def _inside(self) -> dict[bytes, list[tuple[bytes, KnownFile]]]:
        found: defaultdict[bytes, list[tuple[bytes, KnownFile]]] = defaultdict(list)
        for raw, known in self._known.items():
            archive, inside, _ = raw.partition(INSIDE)
            if inside:
                found[archive].append((raw, known))
        return found

    def _member(self, archive: Entry, member: Member) -> Look:
        problem = member.problem
        if problem is None and member.suffix in self._selection.counted:
            problem = f"archive ({member.suffix}), not read"
        state = FileState(
            raw=_raw_of_member(archive, member),
            size=member.size,
            mtime_ns=archive.mtime_ns,
            inode=None,
            scanned_at_ns=time.time_ns(),
            sha256=None if problem else hashlib.sha256(member.data).hexdigest(),
            suffix=member.suffix,
            sniffed=member.suffix in self._selection.sniffed,
            problem=problem,
        )
        if problem is not None:
            return Look(state, None)
        return self._content(state, member.data)

    # -- files -----------------------------------------------------------------------

    def _content(self, state: FileState, data: bytes) -> Look:
        """Return a look at a content, with its bytes if it has to be classified."""
        key = (state.sha256 or "", state.suffix)
        if key in self._contents:
            return Look(state, None)
        self._contents.add(key)
        return Look(state, data)

    def _read(self, entry: Entry) -> Look:
        now = time.time_ns()
        content = read_content(self._folder + os_name(entry.raw), self._max_bytes)
        if isinstance(content, Unreadable):
            return self._problem(entry, self._known.get(entry.raw), content.problem)
        key = (content.sha256, suffix_of(entry.raw))
        state = FileState(
            raw=entry.raw,
            size=content.size,
            mtime_ns=content.mtime_ns,
            inode=content.inode,
            scanned_at_ns=now,
            sha256=key[0],
            suffix=key[1],
            sniffed=key[1] in self._selection.sniffed,
        )
        return self._content(state, content.data)

    def _not_read(self, entry: Entry) -> str | None:
        suffix = suffix_of(entry.raw)
        if suffix not in self._selection.counted:
            return None
        kind = "compiled program" if suffix in _COMPILED else "archive"
        return f"{kind} ({suffix}), not read"

    def _problem(self, entry: Entry, known: KnownFile | None, problem: str) -> Look:
        if known is not None and (known.problem, known.size, known.mtime_ns) == (
            problem,
            entry.size,
            entry.mtime_ns,
        ):
            return _UNCHANGED
        state = FileState(
            raw=entry.raw,
            size=entry.size,
            mtime_ns=entry.mtime_ns,
            inode=entry.inode,
            scanned_at_ns=time.time_ns(),
            sha256=None,
            suffix=suffix_of(entry.raw),
            sniffed=suffix_of(entry.raw) in self._selection.sniffed,
            problem=problem,
        )
        return Look(state, None)


def _unchanged(entry: Entry, known: KnownFile) -> bool:
    return known.classified and _is_same(entry, known)


def _is_same(entry: Entry, known: KnownFile) -> bool:
    return (
        entry.size == known.size
        and entry.mtime_ns == known.mtime_ns
        and entry.mtime_ns < known.scanned_at_ns - _RACY_NS
        and (entry.inode == known.inode or entry.inode is None)
    )


def _raw_of_member(archive: Entry, member: Member) -> bytes:
    name = member.name.replace("%25", "%").encode("utf-8", "surrogatepass")
    return archive.raw + INSIDE + name
