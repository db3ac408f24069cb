"""The Git objects that make a snapshot: trees and the parentless commit."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from dulwich.objects import ObjectID, Tree

from orquestrador.errors import SnapshotDamagedError
from orquestrador.messages import Snapshot

LIBRARY = b"library"
MANIFEST = b"manifest.jsonl"
_FILE_MODE = 0o100644
_FOLDER_MODE = 0o040000
_AUTHOR = b"orquestrador <snapshots@orquestrador.invalid>"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Add = Callable[[bytes, bytes], str]
"""Takes a kind and bytes, stores them, returns the object's name."""

Read = Callable[[bytes, str], bytes]
"""Takes a kind and a name, returns the object's bytes."""


class _Described(msgspec.Struct, frozen=True):
    """What a commit's text says about its snapshot, as one line of JSON."""

    time_us: int
    """Microseconds since 1970, UTC."""

    reason: str
    run: int | None
    files: int
    bytes: int
    contents: int
    skipped: int


def add_library(files: Iterable[tuple[bytes, str]], add: Add) -> str:
    """Store the trees of a library; return the name of the topmost.

    Args:
        files: path below the library as it stands in trees, and blob.
        add: stores an object.

    """
    folders: dict[bytes, Tree] = {b"": Tree()}
    for path, blob in files:
        folder, _, name = path.rpartition(b"/")
        _folder(folders, folder).add(name, _FILE_MODE, ObjectID(blob.encode("ascii")))
    # Deepest first: a folder's name is known only once it is whole.
    deepest = sorted(folders, key=lambda path: path.count(b"/") + bool(path))
    for path in reversed(deepest):
        made = add(b"tree", folders[path].as_raw_string())
        if not path:
            return made
        parent, _, name = path.rpartition(b"/")
        folders[parent].add(name, _FOLDER_MODE, ObjectID(made.encode("ascii")))
    raise AssertionError("the topmost folder is always there")


def _folder(folders: dict[bytes, Tree], path: bytes) -> Tree:
    found = folders.get(path)
    if found is None:
        found = folders[path] = Tree()
        while path:
            path = path.rpartition(b"/")[0]
            if path in folders:
                break
            folders[path] = Tree()
    return found


def add_root(entries: dict[bytes, tuple[bool, str]], add: Add) -> str:
    """Store the tree of a snapshot.

    Args:
        entries: name to whether it is a folder, and the object's name.
        add: stores an object.

    """
    tree = Tree()
    for name, (is_folder, made) in entries.items():
        mode = _FOLDER_MODE if is_folder else _FILE_MODE
        tree.add(name, mode, ObjectID(made.encode("ascii")))
    return add(b"tree", tree.as_raw_string())


def tree_entries(data: bytes) -> dict[bytes, tuple[bool, str]]:
    """Return what a tree lists: name to whether it is a folder, and the object.

    Raises:
        SnapshotDamagedError: if it is no tree.

    """
    try:
        tree = Tree.from_string(data)
        items = [(item.path, item.mode, item.sha) for item in tree.iteritems()]
    except Exception as error:
        raise SnapshotDamagedError(f"a tree cannot be read: {error}") from error
    return {
        name: (mode == _FOLDER_MODE, sha.decode("ascii")) for name, mode, sha in items
    }


def tree_files(root: str, read: Read) -> Iterator[tuple[bytes, str]]:
    """Yield the path and blob of every file below a tree.

    Raises:
        SnapshotDamagedError: if a tree is missing or damaged.

    """
    pending = [(b"", root)]
    while pending:
        prefix, name = pending.pop()
        for entry, (is_folder, made) in tree_entries(read(b"tree", name)).items():
            if is_folder:
                pending.append((prefix + entry + b"/", made))
            else:
                yield prefix + entry, made


def commit_bytes(tree: str, snapshot: Snapshot) -> bytes:
    """Return the parentless commit of a snapshot; its id is not part of it."""
    described = _Described(
        time_us=(snapshot.time - _EPOCH) // timedelta(microseconds=1),
        reason=snapshot.reason,
        run=snapshot.run,
        files=snapshot.files,
        bytes=snapshot.bytes,
        contents=snapshot.contents,
        skipped=snapshot.skipped,
    )
    stamp = b"%s %d +0000" % (_AUTHOR, max(0, described.time_us // 1_000_000))
    return b"".join(
        (
            b"tree %s\n" % tree.encode("ascii"),
            b"author %s\ncommitter %s\n\n" % (stamp, stamp),
            b"Snapshot of %d files\n\n" % snapshot.files,
            msgspec.json.encode(described),
            b"\n",
        )
    )


def snapshot_id(time: datetime, commit: str) -> str:
    """Return the id of the snapshot that a commit is."""
    return f"{time.astimezone(UTC):%Y%m%dT%H%M%SZ}-{commit[:8]}"


def read_commit(name: str, data: bytes) -> tuple[Snapshot, str]:
    """Return the snapshot that a commit is, and the name of its tree.

    Raises:
        SnapshotDamagedError: if the commit is none of a snapshot.

    """
    head, _, text = data.partition(b"\n\n")
    try:
        tree = head.split(b"\n")[0].removeprefix(b"tree ").decode("ascii")
        described = msgspec.json.decode(text.split(b"\n")[2], type=_Described)
        time = _EPOCH + timedelta(microseconds=described.time_us)
    except (IndexError, ValueError, OverflowError, msgspec.DecodeError) as error:
        raise SnapshotDamagedError(f"commit {name} is no snapshot: {error}") from error
    return Snapshot(
        id=snapshot_id(time, name),
        time=time,
        reason=described.reason,
        run=described.run,
        files=described.files,
        bytes=described.bytes,
        contents=described.contents,
        skipped=described.skipped,
    ), tree
