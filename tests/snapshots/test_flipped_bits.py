"""Two hundred bits of a repository are flipped, one after the other.

Each is found by `verify`, or does not matter: then every snapshot still restores bit
for bit. What does not matter, and why:

- our `cache` (it says which files need not be read again, and has a checksum), `lock`
  (only held, never read) and `checks.json` (when what was checked: unreadable, it means
  that nothing was), all in `orquestrador/`;
- `config`: this program does not read it, and sets it right where git is used.
"""

import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.retention import Keep

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
Put = Callable[[Path, dict[bytes, bytes]], None]
At = Callable[[int], datetime]
Git = Callable[..., bytes]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
FLIPS = 200
HARMLESS = {"cache", "lock", "checks.json", "config"}


@pytest.fixture
def kept(tmp_path: Path, put: Put, at: At) -> Path:
    """A small repository of two snapshots, checked once."""
    library = tmp_path / "library"
    put(library, {b"EAs/%d.mq4" % n: b"int n = %d;\r\n" % n * 40 for n in range(5)})
    path = tmp_path / "snapshots"
    with SnapshotRepository(path) as repository:
        repository.create(library, reason="one", now=at(0))
        put(library, {b"EAs/new.mq5": b"void OnTick() {}\n"})
        repository.create(library, reason="two", now=at(1))
        assert repository.verify().problems == ()
    return path


def restored(path: Path, out: Path, files: Files) -> dict[str, object]:
    """Return what every listed snapshot restores to, and remove it again."""
    found: dict[str, object] = {}
    with SnapshotRepository(path, read_only=True) as repository:
        for snapshot in repository.list():
            repository.restore(snapshot.id, to=out)
            found[snapshot.id] = files(out)
            shutil.rmtree(out)
    return found


@pytest.mark.parametrize("references", ["loose", "packed"])
def test_every_flipped_bit_is_found_or_does_not_matter(
    kept: Path, tmp_path: Path, files: Files, git: Git, references: str
) -> None:
    is_packed = references == "packed"
    if is_packed:
        git("--git-dir", kept, "pack-refs", "--all")
    whole = [path for path in sorted(kept.rglob("*")) if path.is_file()]
    names = {path.name for path in whole}
    assert names >= {
        "HEAD",
        "cache",
        "checks.json",
        "packed-refs" if is_packed else "main",
    }
    assert {path.suffix for path in whole} >= {".pack", ".idx"}
    before = restored(kept, tmp_path / "out", files)
    dice = random.Random(20260301 + is_packed)
    for number in range(FLIPS // 2):
        file = whole[number % len(whole)]
        data = file.read_bytes()
        if not data:
            continue
        place = dice.randrange(len(data))
        damaged = bytearray(data)
        damaged[place] ^= 1 << dice.randrange(8)
        mode = file.stat().st_mode
        file.chmod(0o600)
        file.write_bytes(damaged)
        with SnapshotRepository(kept, read_only=True) as reader:
            found = reader.verify()
        if not found.problems:
            assert restored(kept, tmp_path / "out", files) == before, (
                f"bit in byte {place} of {file.name}: not found, and it matters"
            )
        if file.name not in HARMLESS and file.suffix in {".pack", ".idx"}:
            assert found.problems, f"bit in byte {place} of {file.name}: not found"
        file.write_bytes(data)
        file.chmod(mode)
    assert restored(kept, tmp_path / "out", files) == before


def test_packed_references_with_a_damaged_line_are_told_and_mended(
    kept: Path, tmp_path: Path, files: Files, git: Git
) -> None:
    before = restored(kept, tmp_path / "out", files)
    git("--git-dir", kept, "pack-refs", "--all")
    packed = kept / "packed-refs"
    lines = packed.read_bytes().splitlines(keepends=True)
    lines[-2] = lines[-2].replace(b" refs/tags", b"!refs/tags")
    packed.write_bytes(b"".join(lines))

    with SnapshotRepository(kept) as repository:
        assert "damaged line" in str(repository.verify().problems)
        assert len(repository.list()) == 1
        result = finish(repository.repair_steps(tmp_path / "library"))
        assert "packed-refs" in str(result.mended)
        assert result.problems == ()
    assert restored(kept, tmp_path / "out", files) == before
    assert git("--git-dir", kept, "fsck", "--full", "--strict") == b""


def test_a_packed_snapshot_can_be_removed(
    kept: Path, tmp_path: Path, files: Files, git: Git
) -> None:
    git("--git-dir", kept, "pack-refs", "--all")
    with SnapshotRepository(kept) as repository:
        newest = repository.list()[0]
        repository.prune(Keep(last=1), now=NOW)
        assert repository.list() == (newest,)
        assert repository.verify().problems == ()
    assert restored(kept, tmp_path / "out", files).keys() == {newest.id}
    git("--git-dir", kept, "fsck", "--full", "--strict")


def test_a_snapshot_is_taken_beside_a_pack_whose_index_cannot_be_read(
    kept: Path, tmp_path: Path, put: Put, at: At, files: Files
) -> None:
    library = tmp_path / "library"
    for index in (kept / "objects").rglob("pack-*.idx"):
        damaged = bytearray(index.read_bytes())
        # The version, 2, becomes one that nobody knows.
        damaged[7] ^= 1
        index.chmod(0o600)
        index.write_bytes(damaged)
    put(library, {b"EAs/newer.mq5": b"void OnTick() { }\n"})

    with SnapshotRepository(kept) as repository:
        taken = repository.create(library, reason="three", now=at(2))
        assert taken is not None
        repository.restore(taken.id, to=tmp_path / "out")

    assert files(tmp_path / "out") == files(library)
