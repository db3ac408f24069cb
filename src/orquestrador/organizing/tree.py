"""The library as it stands: what is where, and which names are one and the same."""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from orquestrador.library import os_name, raw_name
from orquestrador.snapshots.cache import Seen
from orquestrador.snapshots.walking import Exclusion, extended, walk

PROTECTED = frozenset({b".git", b".orquestrador"})
"""Folders that are never looked into, and nothing is moved to."""

_TERMINAL_FILES = frozenset({b"origin.txt", b"terminal.exe", b"terminal64.exe"})
_TERMINAL_FOLDERS = (b"mql4/experts", b"mql5/experts")


class Tree(NamedTuple):
    """What stands in a library: raw names, relative to it."""

    files: dict[bytes, Seen]
    folders: set[bytes]
    """The library itself, which is empty, is not among them."""

    others: set[bytes]
    """Links, devices and the like, which stay where they are."""

    def terminals(self) -> list[bytes]:
        """Return the folders that are a MetaTrader's data folder; b"": the library."""
        found = {
            folder
            for folder, _, name in (raw.rpartition(b"/") for raw in self.files)
            if name.lower() in _TERMINAL_FILES
        }
        for each in self.folders:
            for ending in _TERMINAL_FOLDERS:
                if each.lower() == ending:
                    found.add(b"")
                elif each.lower().endswith(b"/" + ending):
                    found.add(each[: -len(ending) - 1])
        return sorted(found)


def read_tree(library: Path, state: Path) -> Tree:
    """List a library, without Git's folders and the state folder.

    Raises:
        SnapshotError: if the library cannot be listed.

    """
    tree = Tree({}, set(), set())
    exclusion = Exclusion([os_name(each) for each in sorted(PROTECTED)], [state])
    for listed in walk(extended(library), exclusion):
        if listed.raw:
            tree.folders.add(listed.raw)
        tree.files.update(listed.files)
        tree.others.update(raw for raw, _ in listed.skipped if raw != listed.raw)
    return tree


def terminal_above(library: Path) -> bool:
    """Whether a library is a part of a MetaTrader's data folder, such as its `MQL5`."""
    above = library.parent
    if library.name.upper() not in {"MQL4", "MQL5"}:
        return False
    return any((above / os_name(name)).is_file() for name in _TERMINAL_FILES)


@lru_cache(maxsize=65_536)
def same(raw: bytes) -> str:
    """Return what is equal for names that some system takes for one name.

    Windows and macOS take no notice of case, macOS none of how an accent is written.
    """
    text = raw.decode("utf-8", "surrogateescape")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def is_in(raw: bytes, folders: list[bytes]) -> bool:
    """Whether a raw name stands in one of these folders; b"" holds everything."""
    return any(not each or raw.startswith(each + b"/") for each in folders)


def parents(raw: bytes) -> list[bytes]:
    """Return the folders on the way to a raw name, the outermost first."""
    parts = raw.split(b"/")[:-1]
    return [b"/".join(parts[: count + 1]) for count in range(len(parts))]


def parent(raw: bytes) -> bytes:
    """Return the folder of a raw name; b"" is the library."""
    return raw.rpartition(b"/")[0]


def raw_of(shown: str) -> bytes:
    """Return the raw name of a text of our own, such as a rendered template."""
    return raw_name(shown)
