"""What references lead to: every object that must not be lost."""

from collections.abc import Generator, Iterable

from orquestrador.snapshots.store import GitStore
from orquestrador.snapshots.trees import tree_entries

_LOOK = 256
"""Objects between two looks at whether to stop."""


def reachable(store: GitStore, roots: Iterable[str]) -> Generator[None, None, set[str]]:
    """Return the names of all objects that roots lead to.

    Contents are not read, but they are there. Needs some hundred bytes of memory for
    each object.

    Raises:
        SnapshotDamagedError: if an object is missing or damaged.

    """
    there = store.names()
    found: set[str] = set()
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found.add(name)
        kind, data = store.read_any(name)
        if kind == b"tree":
            for is_folder, made in tree_entries(data).values():
                if is_folder or made not in there:
                    # A missing one is read too: that says so.
                    pending.append(made)
                else:
                    found.add(made)
        elif kind != b"blob":
            pending += _named(data)
        if len(found) % _LOOK == 0:
            yield
    return found


def _named(data: bytes) -> list[str]:
    """Return what a commit or an annotated tag names."""
    head = data.partition(b"\n\n")[0].split(b"\n")
    return [
        name.decode("ascii", "replace")
        for line in head
        for key, _, name in [line.partition(b" ")]
        if key in {b"tree", b"parent", b"object"}
    ]
