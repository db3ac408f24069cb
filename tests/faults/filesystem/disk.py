"""What of a folder would survive a power cut.

A model of a file system, kept beside the real one by `layer.FaultyFiles`. It follows
the abstract persistence model of Pillai et al., "All File Systems Are Not Created
Equal" (OSDI 2014), in which a write becomes durable piece by piece and out of order
unless it is synced:

- Bytes written to a file are durable once that file was synced. Of later writes a cut
  keeps none, all, the first few with the last one torn, or only the file's new length
  with zeros in the place of the bytes. A time that was set is kept or lost apart.
- Names (created, renamed, linked, removed) are durable once the folder that holds them
  was synced. Of later changes a cut keeps none, all, the first few, or the first few of
  each folder, folders apart. A rename is one change, also between two folders: syncing
  either of them makes it durable, with all that came before it in both, and with the
  folder it went into: no file is lost between two names.
- Syncing a file does not make its name durable, and syncing a folder does not make its
  files' bytes durable. Some file systems promise more; a program that holds here holds
  there.

Not modelled: blocks that rot or are written elsewhere than meant, a drive that lies
about a sync, changes of one folder that become durable out of order among themselves,
owners and access rights.
"""

import os
import random
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.filesystem.shelf import Shelf, bring, clear

_OUTCOMES = ("none", "all", "first", "holes")
_ORDERS = ("none", "all", "first", "apart")


@dataclass(frozen=True)
class Write:
    """Bytes that were written to a file."""

    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    """A file's length that was set."""

    size: int


@dataclass(eq=False)
class File:
    """A regular file, whatever its names."""

    durable: bytes = b""
    mtime_ns: int | None = None
    """As it is durable; None: the moment of the cut."""

    changes: list[Write | Truncate] = field(default_factory=list[Write | Truncate])
    """Not yet durable, in order."""

    new_mtime_ns: int | None = None
    """Set, and not yet durable."""

    mode: int = 0o644
    """Access rights; a cut loses no change of them."""

    kept: Path | None = None
    """Where the real file is kept."""

    def sync(self) -> None:
        """Make durable what was written."""
        if self.changes:
            self.durable, self.mtime_ns = _applied(self.durable, self.changes), None
            self.changes.clear()
        if self.new_mtime_ns is not None:
            self.mtime_ns, self.new_mtime_ns = self.new_mtime_ns, None

    def after_cut(self, dice: random.Random) -> tuple[bytes, int | None]:
        """Return the bytes and the time that a cut leaves."""
        data, mtime_ns = self.durable, self.mtime_ns
        if self.changes:
            data = self._data_after_cut(dice)
            mtime_ns = None if data != self.durable else mtime_ns
        if self.new_mtime_ns is not None and dice.random() < 0.5:
            mtime_ns = self.new_mtime_ns
        return data, mtime_ns

    def _data_after_cut(self, dice: random.Random) -> bytes:
        match dice.choice(_OUTCOMES):
            case "none":
                return self.durable
            case "all":
                return _applied(self.durable, self.changes)
            case "first":
                return _applied(self.durable, self._torn(dice))
            case _:
                holes = (
                    Write(each.offset, bytes(len(each.data)))
                    if isinstance(each, Write)
                    else each
                    for each in self.changes
                )
                return _applied(self.durable, [*holes])

    def _torn(self, dice: random.Random) -> list[Write | Truncate]:
        kept = self.changes[: dice.randint(1, len(self.changes))]
        last = kept[-1]
        if isinstance(last, Write):
            kept[-1] = Write(last.offset, last.data[: dice.randrange(len(last.data))])
        return kept


@dataclass(eq=False)
class Link:
    """A symbolic link."""

    target: str


@dataclass(eq=False)
class Folder:
    """A folder."""

    names: "dict[str, Node]" = field(default_factory=dict[str, "Node"])
    """As programs see them."""

    durable: "dict[str, Node]" = field(default_factory=dict[str, "Node"])


Node = File | Folder | Link


@dataclass(frozen=True)
class _Naming:
    """One change of names: all of it is kept by a cut, or nothing."""

    entries: tuple[tuple[Folder, str, Node | None], ...]
    """Folder, name, and what it names from now on; None: nothing."""

    @property
    def folders(self) -> set[int]:
        return {id(folder) for folder, _, _ in self.entries}

    @property
    def nodes(self) -> set[int]:
        return {id(node) for _, _, node in self.entries if node is not None}


class Disk:
    """The folder `root` as it is now, and as it would be after a cut.

    What stands there when it is made counts as durable.
    """

    def __init__(self, root: Path) -> None:
        """Read everything below `root`."""
        self.root = Path(os.path.realpath(root))
        self.top = Folder()
        self._namings: list[_Naming] = []
        self._shelf = Shelf(self.root)
        self.adopt()

    def close(self) -> None:
        """Let the files go that have no name any more."""
        self._shelf.close()

    def keep(self, file: File, path: Path) -> None:
        """Know the real file of a model's one, whatever becomes of its name."""
        file.kept = self._shelf.keep(path)

    def adopt(self) -> None:
        """Take in, as durable, what was made past the layer (by SQLite, say)."""
        self._adopt_below(self.top, self.root)

    def find(self, parts: tuple[str, ...]) -> Node | None:
        """Return what stands at a place below the root; parts are names."""
        node: Node | None = self.top
        for index, name in enumerate(parts):
            if not isinstance(node, Folder):
                return None
            if name not in node.names:
                self._adopt(node, name, self.root.joinpath(*parts[: index + 1]))
            node = node.names.get(name)
        return node

    def change_names(self, *entries: tuple[Folder, str, Node | None]) -> None:
        """Note one change of names, done at once."""
        _name(entries, durable=False)
        self._namings.append(_Naming(entries))

    def sync_folder(self, folder: Folder) -> None:
        """Make durable what was done to the names of a folder."""
        wanted = {id(folder)}
        entered: set[int] = set()
        kept: list[_Naming] = []
        left: list[_Naming] = []
        for naming in reversed(self._namings):
            if naming.folders & wanted or naming.nodes & entered:
                wanted |= naming.folders
                if len(naming.folders) > 1:
                    entered |= naming.folders
                kept.append(naming)
            else:
                left.append(naming)
        for naming in reversed(kept):
            _name(naming.entries, durable=True)
        self._namings = left[::-1]

    def write_after_cut(self, seed: str) -> None:
        """Make the real folder what a cut leaves; may be called again and again."""
        dice = random.Random(seed)
        names = _Names(self._kept(dice))
        clear(self.root)
        written: dict[int, Path] = {}
        for path, node in names.below(self.top, self.root):
            if id(node) in written:
                path.hardlink_to(written[id(node)])
            else:
                written[id(node)] = path
                _write(path, node, dice)

    def _kept(self, dice: random.Random) -> list[_Naming]:
        order = dice.choice(_ORDERS)
        if order == "none":
            return []
        if order == "all":
            return self._namings
        if order == "first":
            return self._namings[: dice.randint(0, len(self._namings))]
        ended: set[int] = set()
        kept: list[_Naming] = []
        for naming in self._namings:
            if not naming.folders & ended and dice.random() < 0.7:
                kept.append(naming)
            else:
                ended |= naming.folders | naming.nodes
        return kept

    def _adopt_below(self, folder: Folder, path: Path) -> None:
        for entry in os.scandir(path):
            self._adopt(folder, entry.name, Path(entry.path))

    def _adopt(self, folder: Folder, name: str, path: Path) -> None:
        if not os.path.lexists(path):
            return
        node = folder.names.get(name)
        if node is None:
            node = _read(path)
            if isinstance(node, File) and path.is_file():
                self.keep(node, path)
            folder.names[name] = folder.durable[name] = node
        if isinstance(node, Folder) and path.is_dir():
            self._adopt_below(node, path)


class _Names:
    """The names that are durable, and those that a cut happens to keep."""

    def __init__(self, kept: list[_Naming]) -> None:
        self._changed: dict[int, dict[str, Node]] = {}
        for naming in kept:
            for folder, name, node in naming.entries:
                names = self._changed.setdefault(id(folder), dict(folder.durable))
                _put(names, name, node)

    def below(self, folder: Folder, path: Path) -> Iterator[tuple[Path, Node]]:
        """Yield what stands below a folder, folders before what they hold."""
        for name, node in self._changed.get(id(folder), folder.durable).items():
            yield path / name, node
            if isinstance(node, Folder):
                yield from self.below(node, path / name)


def _name(
    entries: tuple[tuple[Folder, str, Node | None], ...], *, durable: bool
) -> None:
    for folder, name, node in entries:
        _put(folder.durable if durable else folder.names, name, node)


def _put(names: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _applied(data: bytes, changes: list[Write | Truncate]) -> bytes:
    made = bytearray(data)
    for each in changes:
        if isinstance(each, Truncate):
            made[each.size :] = bytes(max(0, each.size - len(made)))
        else:
            made.extend(bytes(max(0, each.offset - len(made))))
            made[each.offset : each.offset + len(each.data)] = each.data
    return bytes(made)


def _read(path: Path) -> Node:
    if path.is_symlink():
        return Link(str(path.readlink()))
    if path.is_dir():
        return Folder()
    # A FIFO or a device has no bytes that could be lost.
    data = path.read_bytes() if path.is_file() else b""
    found = path.lstat()
    return File(data, found.st_mtime_ns, mode=stat.S_IMODE(found.st_mode))


def _write(path: Path, node: Node, dice: random.Random) -> None:
    match node:
        case Folder():
            path.mkdir()
        case Link():
            path.symlink_to(node.target)
        case File():
            data, mtime_ns = node.after_cut(dice)
            bring(node.kept, path, data, node.mode)
            if mtime_ns is not None:
                os.utime(path, ns=(mtime_ns, mtime_ns))
