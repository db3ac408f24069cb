"""A real disk without room: what was kept before is whole, and it is said."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orquestrador.errors import OrquestradorError, SnapshotError
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.in_place import InPlace
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.retention import Keep
from tests.faults.filesystem.picture import contents
from tests.organizing.libraries import Library

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path, *, leaving: int = 0) -> Path:
    """Take all room but so many bytes."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"\0" * 512)
        except OSError:
            stream.truncate(max(0, stream.tell() - leaving))
    return filler


def write(library: Path, seed: int) -> None:
    for number in range(20):
        path = library / f"{number}.mq4"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(os.urandom(10_000) + bytes([seed]))
    # What the first snapshot's pack must not be removed for.
    path = library / "shared.mq4"
    if not path.exists():
        path.write_bytes(os.urandom(150_000))


@pytest.mark.parametrize("leaving", [0, 20_000, 100_000])
def test_a_snapshot_and_a_prune_without_room(
    disk: Path, tmp_path: Path, leaving: int
) -> None:
    library = tmp_path / "library"
    trees: list[dict[bytes, bytes]] = []
    path = disk / "snapshots"
    for day in range(3):
        write(library, day)
        trees.append(contents(library))
        with SnapshotRepository(path) as repository:
            repository.create(
                library, reason=f"{day}", now=NOW + dt.timedelta(days=day)
            )
    write(library, 9)
    filler = fill(disk, leaving=leaving)

    with (
        pytest.raises(SnapshotError, match="full"),
        SnapshotRepository(path) as repository,
    ):
        repository.create(library, reason="full", now=NOW)
    with (
        pytest.raises(SnapshotError, match="full"),
        SnapshotRepository(path) as repository,
    ):
        repository.prune(Keep(last=2), now=NOW + dt.timedelta(days=9))

    filler.unlink()
    with SnapshotRepository(path) as repository:
        assert repository.verify().problems == ()
        assert [each.reason for each in repository.list()] == ["2", "1", "0"]
        for snapshot in repository.list():
            repository.restore(snapshot.id, to=tmp_path / snapshot.id)
            assert contents(tmp_path / snapshot.id) == trees[int(snapshot.reason)]
        assert repository.create(library, reason="room again", now=NOW) is not None
        repository.prune(Keep(last=2), now=NOW + dt.timedelta(days=9))
        assert repository.verify().problems == ()


def test_a_restore_into_a_library_without_room(disk: Path, tmp_path: Path) -> None:
    library, state = disk / "library", tmp_path / "state"
    write(library, 1)
    before = contents(library)
    with SnapshotRepository(state / "snapshots") as repository:
        repository.create(library, reason="first", now=NOW)
        write(library, 2)
        changed = contents(library)
        filler = fill(disk)

        def in_place() -> InPlace:
            return InPlace(repository, library, state / "restore", reason="", now=NOW)

        oldest = repository.list()[-1].id
        with pytest.raises(SnapshotError, match="full"):
            finish(in_place().restore(oldest, force=True))
        for name, data in contents(library).items():
            assert data in (before.get(name), changed.get(name), filler.read_bytes())
        filler.unlink()
        finish(in_place().restore(oldest, force=True))
        assert contents(library) == before


def test_moves_without_room(disk: Path) -> None:
    library = Library(disk).fill({f"old/{n}": str(n) for n in range(20)})
    before = library.tree()
    plan = library.plan({f"old/{n}": f"new/{n}" for n in range(20)})
    filler = fill(disk)
    with pytest.raises(OrquestradorError, match=r"No space left|full"):
        library.apply(plan)
    assert library.tree() == before
    filler.unlink()
    assert library.apply(plan).refused == ()
    assert library.undo().refused == ()
    assert library.tree() == before
