"""Compares what stands on disk with what the catalog knows, file by file.

Unchanged means unread: a file of the same size, time and inode keeps its record
without being opened. A time within two seconds of the last look proves nothing,
because the file may have changed again within the same tick of its clock.
"""

import os
import time
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
from orquestrador.messages.catalog import FileState

_RACY_NS = 2_000_000_000
_COMPILED = frozenset({".ex4", ".ex5"})


class KnownFiles(Protocol):
    """The catalog's files by raw name: a mapping, or what asks the catalog."""

    def get(self, raw: bytes, /) -> KnownFile | None:
        """Return what is known of a file, None if nothing."""
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
        if key in self._contents:
            return Look(state, None)
        self._contents.add(key)
        return Look(state, content.data)

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
    return (
        known.classified
        and entry.size == known.size
        and entry.mtime_ns == known.mtime_ns
        and entry.mtime_ns < known.scanned_at_ns - _RACY_NS
        and (entry.inode == known.inode or entry.inode is None)
    )
