# The tests damage the store from inside.
# pyright: reportPrivateUsage=false
import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dulwich.objects import RawObjectID

from orquestrador.errors import SnapshotDamagedError
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.manifest import (
    FileRow,
    decode_manifest,
    encode_manifest,
    manifest_of,
)
from orquestrador.snapshots.trees import (
    add_library,
    add_root,
    commit_bytes,
    read_commit,
    snapshot_id,
    tree_entries,
)

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
At = Callable[[int], datetime]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def kept(repository: SnapshotRepository, library: Path, at: At) -> SnapshotRepository:
    repository.create(library, reason="one", now=at(0))
    (library / "second.mq4").write_bytes(b"second")
    repository.create(library, reason="two", now=at(1))
    return repository


def test_a_sound_repository_has_no_problems(
    kept: SnapshotRepository, library: Path, files: Files
) -> None:
    result = kept.verify()
    assert result.problems == ()
    assert result.snapshots == 2
    assert result.files == 2 * len(files(library)) - 1
    assert result.contents == len({data for data, _ in files(library).values()})
    assert kept.verify("latest").snapshots == 1


def test_every_flipped_bit_is_found(kept: SnapshotRepository) -> None:
    kept.close()
    dice = random.Random(1)
    whole = [*(kept.path / "objects").rglob("pack-*"), *kept.path.glob("refs/*/main")]
    whole += [*(kept.path / "refs" / "tags" / "snapshot").iterdir(), kept.path / "HEAD"]
    for number in range(120):
        file = whole[number % len(whole)]
        data = file.read_bytes()
        place = dice.randrange(len(data) - (file.parent.name != "pack"))
        damaged = bytearray(data)
        damaged[place] ^= 1 << dice.randrange(8)
        file.write_bytes(damaged)
        with SnapshotRepository(kept.path, read_only=True) as reader:
            result = reader.verify()
        assert result.problems, f"bit in byte {place} of {file} was not found"
        file.write_bytes(data)
    with SnapshotRepository(kept.path, read_only=True) as reader:
        assert reader.verify().problems == ()


def test_every_bit_of_an_index_s_head_is_looked_at(kept: SnapshotRepository) -> None:
    kept.close()
    file = next((kept.path / "objects").rglob("pack-*.idx"))
    data = file.read_bytes()
    file.chmod(0o600)
    for bit in range(8 * 16):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << (bit % 8)
        file.write_bytes(damaged)
        with SnapshotRepository(kept.path, read_only=True) as reader:
            problems = reader.verify().problems
        assert any("pack" in each.what for each in problems), (bit, problems)
    file.write_bytes(data)


def test_a_damaged_content_is_named_by_its_file(kept: SnapshotRepository) -> None:
    content = next(each for each in kept.manifest().contents if len(each.files) == 2)
    _damage(kept, content.blob)

    with SnapshotRepository(kept.path, read_only=True) as reader:
        problems = reader.verify().problems
        named = [each for each in problems if content.blob in each.what]
        assert {each.snapshot for each in named} == {one.id for one in reader.list()}
        assert all(content.files[0][0] in each.what for each in named)


def test_a_damaged_content_is_refused_and_the_rest_restored(
    kept: SnapshotRepository, tmp_path: Path, files: Files
) -> None:
    content = next(each for each in kept.manifest().contents if len(each.files) == 2)
    whole = sum(len(each.files) for each in kept.manifest().contents)
    _damage(kept, content.blob)

    with SnapshotRepository(kept.path, read_only=True) as reader:
        result = reader.restore(to=tmp_path / "out")
    names = {path for path, _ in content.files}
    assert {each.path for each in result.refused} == names
    assert result.written == whole - 2 == len(files(tmp_path / "out"))


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("lost", ["every pack", "the contents"])
def test_a_pack_that_is_gone_is_noticed_and_mended(
    lost: str,
    kept: SnapshotRepository,
    library: Path,
    tmp_path: Path,
    files: Files,
    at: At,
) -> None:
    packs = sorted(kept.path.rglob("*.pack"), key=lambda pack: pack.stat().st_size)
    chosen = packs if lost == "every pack" else packs[-1:]
    kept.close()
    for pack in chosen:
        pack.unlink()
        pack.with_suffix(".idx").unlink()
    with SnapshotRepository(kept.path) as again:
        problems = again.verify().problems
        assert len([each for each in problems if "missing" in each.what]) >= 2
        # What is in the library still is stored again, whatever the cache says.
        assert again.create(library, reason="after the loss", now=at(9)) is not None
        again.restore(to=tmp_path / "out")
        assert again.verify("latest").problems == ()
    assert files(tmp_path / "out") == files(library)


def test_a_tree_that_differs_from_the_manifest_is_named(
    kept: SnapshotRepository, at: At
) -> None:
    store = kept._store
    commit = store.main() or ""
    snapshot, tree = read_commit(commit, store.read(b"commit", commit))
    writer = store.writer(set())
    blob = writer.add(b"blob", b"smuggled")
    library = writer.add(b"tree", b"100644 x\0" + bytes.fromhex(blob))
    manifest = kept._store.read(b"tree", tree)
    entries = tree_entries(manifest) | {b"library": (True, library)}
    forged = writer.add(
        b"commit", commit_bytes(add_root(entries, writer.add), snapshot)
    )
    writer.commit()
    store.publish("20260301T120001Z-" + forged[:8], forged)

    problems = [each.what for each in kept.verify("latest").problems]
    assert "x: not in the manifest" in problems
    assert "EAs/lf.mq5: tree and manifest differ" in problems


def test_a_tag_that_names_another_snapshot_is_found(kept: SnapshotRepository) -> None:
    newest, oldest = kept.list()
    tags = kept.path / "refs" / "tags" / "snapshot"
    (tags / oldest.id).write_bytes((tags / newest.id).read_bytes())
    problems = kept.verify().problems
    assert [each.snapshot for each in problems] == [oldest.id]
    assert newest.id in problems[0].what


def test_a_later_format_is_not_guessed_at(kept: SnapshotRepository) -> None:
    with pytest.raises(SnapshotDamagedError, match="use a newer one"):
        decode_manifest(b'{"type":"manifest","version":2}\n')
    known = b'{"type":"manifest","version":1,"later":1}\n'
    assert decode_manifest(known).contents == ()


def _damage(repository: SnapshotRepository, blob: str) -> None:
    """Overwrite a content inside its pack."""
    repository.close()
    for pack in repository._store._objects.packs:
        if blob.encode() in list(pack.index):
            offset = pack.index.object_offset(RawObjectID(bytes.fromhex(blob)))
            data = bytearray(Path(pack.data.path).read_bytes())
            data[offset + 6 : offset + 12] = b"\xff" * 6
            pack.close()
            Path(pack.data.path).write_bytes(data)
            return
    pytest.fail("the content is in no pack")


def test_bytes_that_are_not_what_the_manifest_says_are_found(
    kept: SnapshotRepository, tmp_path: Path
) -> None:
    """Sound for Git, and yet not what was kept."""
    store = kept._store
    writer = store.writer(set())
    blob = writer.add(b"blob", b"other")
    row = FileRow(b"x", 5, 0, hashlib.sha256(b"right").hexdigest(), blob)
    data = encode_manifest(manifest_of([row], [], []))
    entries = {
        b"library": (True, add_library([(b"x", blob)], writer.add)),
        b"manifest.jsonl": (False, writer.add(b"blob", data)),
    }
    snapshot = kept.list()[0].replace(files=1)
    commit = writer.add(
        b"commit", commit_bytes(add_root(entries, writer.add), snapshot)
    )
    writer.commit()
    store.publish(snapshot_id(snapshot.time, commit), commit)

    (problem,) = kept.verify("latest").problems
    assert problem.what.startswith(f"x: blob {blob} does not hash to")
    result = kept.restore(to=tmp_path / "out")
    assert [each.path for each in result.refused] == ["x"]
    assert list((tmp_path / "out").iterdir()) == []
