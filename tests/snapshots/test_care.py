"""Checks that are remembered, shares, mending, trial restores."""

import errno
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dulwich.object_format import SHA1
from dulwich.pack import Pack

from orquestrador.errors import SnapshotError
from orquestrador.messages import VerifyResult
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.checked import Checks, choose_share, day_of
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.pack import PackWriter

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
At = Callable[[int], datetime]
Put = Callable[[Path, dict[bytes, bytes]], None]
Git = Callable[..., bytes]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def kept(repository: SnapshotRepository, library: Path, at: At) -> SnapshotRepository:
    repository.create(library, reason="one", now=at(0))
    (library / "second.mq4").write_bytes(b"second" * 1000)
    repository.create(library, reason="two", now=at(1))
    return repository


def _share(repository: SnapshotRepository, now: datetime) -> VerifyResult:
    return finish(repository.verify_steps(depth="share", now=now))


def test_a_check_of_everything_verifies_the_newest_snapshot(
    kept: SnapshotRepository,
) -> None:
    assert kept.checks() == Checks()

    finish(kept.verify_steps(now=NOW + DAY))

    checks = kept.checks()
    assert checks.last is not None
    assert (checks.last.at, checks.last.depth) == (NOW + DAY, "full")
    assert checks.verified is not None
    assert checks.verified.snapshot == kept.find().id
    assert checks.verified_at() == kept.find().time
    assert not checks.is_damaged()


def test_the_structure_alone_reads_no_content_and_verifies_nothing(
    kept: SnapshotRepository,
) -> None:
    result = kept.verify(depth="structure")

    assert result.problems == ()
    assert (result.contents, result.bytes, result.depth) == (0, 0, "structure")
    assert result.all_contents > 20
    assert kept.checks().verified is None


def test_the_structure_alone_finds_what_is_missing(kept: SnapshotRepository) -> None:
    kept.close()
    pack = max(kept.path.rglob("*.pack"), key=lambda each: each.stat().st_size)
    pack.unlink()
    pack.with_suffix(".idx").unlink()

    with SnapshotRepository(kept.path) as again:
        assert again.verify(depth="structure").problems
        assert again.checks().is_damaged()


def test_a_library_that_did_not_change_is_as_in_the_verified_snapshot(
    kept: SnapshotRepository,
) -> None:
    finish(kept.verify_steps(now=NOW))

    kept.note_complete(None, NOW + 5 * DAY)

    assert kept.checks().verified_at() == NOW + 5 * DAY


def test_a_newer_snapshot_is_not_verified_by_a_check_before_it(
    kept: SnapshotRepository, library: Path, at: At
) -> None:
    finish(kept.verify_steps(now=NOW))
    verified = kept.find()
    (library / "third.mq4").write_bytes(b"third")
    newer = kept.create(library, reason="three", now=at(9))

    kept.note_complete(newer, NOW + 5 * DAY)
    assert kept.checks().verified_at() == verified.time

    # A share begins with what nobody has read yet.
    result = _share(kept, NOW + 5 * DAY)
    assert 1 <= result.contents < result.all_contents
    assert kept.checks().verified_at() == NOW + 5 * DAY


def test_shares_read_everything_within_their_days(
    repository: SnapshotRepository, tmp_path: Path, put: Put, at: At
) -> None:
    library = tmp_path / "many"
    contents = {f"{number}.mq4".encode(): b"%d" % number * 50 for number in range(90)}
    put(library, contents)
    repository.create(library, reason="many", now=at(0))
    assert _share(repository, NOW).contents == 90

    counts = [_share(repository, NOW + day * DAY).contents for day in range(1, 31)]

    assert sum(counts) >= 90
    assert max(counts) <= 4
    oldest = min(repository.checks().reads.values())
    assert oldest > day_of(NOW)


def test_after_a_pause_a_share_is_as_much_as_was_missed() -> None:
    sizes = {f"{number:040x}": 10 for number in range(300)}
    checks = Checks(shared_at=NOW, reads=dict.fromkeys(sizes, day_of(NOW)))
    read = [
        len(choose_share(sizes, checks, days=30, now=NOW + days * DAY))
        for days in (0, 1, 4, 30, 400)
    ]

    assert read == [10, 10, 40, 300, 300]


def test_the_position_of_shares_outlives_the_program(
    kept: SnapshotRepository,
) -> None:
    _share(kept, NOW)
    path = kept.path
    kept.close()

    with SnapshotRepository(path) as again:
        assert len(again.checks().reads) == again.verify(depth="structure").all_contents
        (path / "orquestrador" / "checks.json").write_text("{damaged")
        assert again.checks() == Checks()


# -- mending ----------------------------------------------------------------------


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 4
    path.write_bytes(data)


def _biggest(repository: SnapshotRepository, suffix: str = "pack") -> Path:
    packs = repository.path.rglob(f"*.{suffix}")
    return max(packs, key=lambda each: each.stat().st_size)


@pytest.mark.parametrize("seed", range(25))
def test_whatever_a_flipped_bit_damages_is_mended_from_the_library(
    seed: int, kept: SnapshotRepository, library: Path, tmp_path: Path, files: Files
) -> None:
    # The newest snapshot's manifest and commit alone are nowhere else.
    dice = random.Random(seed)
    content = next(each for each in kept.manifest().contents if each.size > 500)
    kept.close()
    for path in (_biggest(kept), _biggest(kept, "idx")):
        if seed % 2 == (path.suffix == ".idx"):
            _flip(path, dice.randrange(path.stat().st_size))

    with SnapshotRepository(kept.path) as damaged:
        assert damaged.verify().problems
        result = finish(damaged.repair_steps(library, now=NOW))
        assert result.mended
        lost = [each for each in result.problems if "manifest" in each.what]
        lost += [each for each in result.problems if "commit" in each.what]
        if not result.problems:
            damaged.restore(to=tmp_path / "out")
            assert files(tmp_path / "out") == files(library)
        else:
            # What cannot be known any more is said.
            assert lost or any("tree" in each.what for each in result.problems)
        assert content.size > 500


def test_a_content_that_the_library_has_no_more_is_named(
    kept: SnapshotRepository, library: Path, git: Git
) -> None:
    content = next(each for each in kept.manifest().contents if len(each.files) == 2)
    _damage(kept, content.blob)
    for name, _ in content.files:
        (library / name).unlink()

    with SnapshotRepository(kept.path) as damaged:
        result = finish(damaged.repair_steps(library, now=NOW))
        assert {content.blob in each.what for each in result.problems} == {True}
        assert content.files[0][0] in result.problems[0].what
        assert damaged.checks().is_damaged()
        # Another copy turns up.
        moved = library / "elsewhere" / "found again.mq4"
        moved.parent.mkdir()
        moved.write_bytes(b"int OnInit() { return 0; }\r\n" * 50)
        again = finish(damaged.repair_steps(library, now=NOW))
        assert again.problems == ()
        assert again.mended == (content.files[0][0],)
        assert not damaged.checks().is_damaged()
    assert b"missing" not in git("-C", kept.path, "fsck", "--full", "--strict")


def _damage(repository: SnapshotRepository, blob: str) -> None:
    """Flip a bit inside one content."""
    repository.close()
    for index in repository.path.rglob("*.idx"):
        pack = Pack(str(index.with_suffix("")), object_format=SHA1)
        names = {raw.hex(): offset for raw, offset, _ in pack.index.iterentries()}
        pack.close()
        if blob in names:
            _flip(index.with_suffix(".pack"), names[blob] + 20)


def test_damaged_names_of_snapshots_are_set_right(
    kept: SnapshotRepository, library: Path
) -> None:
    kept.close()
    tags = sorted((kept.path / "refs" / "tags" / "snapshot").iterdir())
    main = kept.path / "refs" / "heads" / "main"
    before = [path.read_bytes() for path in (*tags, main, kept.path / "HEAD")]
    _flip(tags[0], 3)
    _flip(tags[1], 30)
    main.write_text(main.read_text()[::-1].strip() + "\n")
    (kept.path / "HEAD").write_text("ref: refs/heads/other\n")

    with SnapshotRepository(kept.path) as damaged:
        assert finish(damaged.repair_steps(library, now=NOW)).problems == ()
    after = [path.read_bytes() for path in (*tags, main, kept.path / "HEAD")]
    assert after == before


def test_mending_what_is_sound_changes_nothing(
    kept: SnapshotRepository, library: Path, files: Files
) -> None:
    before = {raw: data for raw, data in files(kept.path).items() if b"objects" in raw}

    result = finish(kept.repair_steps(library, now=NOW))

    assert (result.mended, result.problems) == ((), ())
    after = {raw: data for raw, data in files(kept.path).items() if b"objects" in raw}
    assert after == before


# -- trial restores ---------------------------------------------------------------


def test_a_trial_restore_compares_everything_and_leaves_nothing(
    kept: SnapshotRepository, tmp_path: Path
) -> None:
    folder = tmp_path / "trial"
    folder.mkdir()

    test = finish(kept.try_restore_steps(folder, now=NOW))

    assert test.problem is None
    assert test.files == kept.find().files
    assert not [*folder.iterdir()]
    assert kept.checks().restored == test
    assert not kept.checks().is_damaged()


def test_a_trial_restore_that_fails_is_known(
    kept: SnapshotRepository, tmp_path: Path
) -> None:
    content = next(each for each in kept.manifest().contents if len(each.files) == 2)
    _damage(kept, content.blob)
    folder = tmp_path / "trial"
    folder.mkdir()

    with SnapshotRepository(kept.path) as damaged:
        test = finish(damaged.try_restore_steps(folder, now=NOW))
        assert test.problem is not None
        assert content.files[0][0] in test.problem
        assert damaged.checks().is_damaged()
    assert not [*folder.iterdir()]


def test_a_disk_that_is_full_while_a_pack_is_rescued_costs_nothing_of_it(
    kept: SnapshotRepository, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pack = kept.path, _biggest(kept)
    before = pack.read_bytes()
    kept.close()
    pack.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))

    def refuse(*_anything: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with SnapshotRepository(path) as damaged:
        monkeypatch.setattr(PackWriter, "add_compressed", refuse)
        with pytest.raises((OSError, SnapshotError)):
            finish(damaged.repair_steps(library, now=NOW))
        monkeypatch.undo()

        assert pack.is_file()
        finish(damaged.repair_steps(library, now=NOW))
        assert damaged.verify().problems == ()
