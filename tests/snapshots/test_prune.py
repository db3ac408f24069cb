import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orquestrador.errors import SnapshotError
from orquestrador.snapshots import Keep, SnapshotRepository

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
At = Callable[[int], datetime]
Git = Callable[..., bytes]

DAY = 86_400


@pytest.fixture
def grown(repository: SnapshotRepository, tmp_path: Path, at: At) -> SnapshotRepository:
    """Eleven snapshots, a day apart, each with a content of its own."""
    dice = random.Random(1)
    library = tmp_path / "grown"
    library.mkdir()
    for day in range(11):
        (library / f"{day % 3}.mq4").write_bytes(dice.randbytes(50_000))
        repository.create(library, reason=f"day {day}", now=at(day * DAY))
    return repository


def test_what_the_policy_does_not_keep_is_gone_and_its_space_is_given_back(
    grown: SnapshotRepository, at: At
) -> None:
    ids = [each.id for each in grown.list()]

    result = grown.prune(Keep(last=2), now=at(11 * DAY))

    assert [each.snapshot.id for each in result.kept] == ids[:2]
    assert [each.reasons for each in result.kept] == [("newest", "last"), ("last",)]
    assert [each.id for each in result.removed] == ids[2:]
    assert [each.id for each in grown.list()] == ids[:2]
    # Of eleven contents of 50,000 bytes four are still in a snapshot.
    assert result.bytes_before > 550_000
    assert result.bytes_after == _packed(grown.path) < 250_000


def test_what_is_kept_restores_bit_for_bit(
    grown: SnapshotRepository, tmp_path: Path, files: Files, at: At, git: Git
) -> None:
    kept = [each.id for each in grown.list()][:4]
    for number, each in enumerate(kept):
        grown.restore(each, to=tmp_path / f"before {number}")

    grown.prune(Keep(daily=4), now=at(11 * DAY))

    for number, each in enumerate(kept):
        grown.restore(each, to=tmp_path / f"after {number}")
        before = files(tmp_path / f"before {number}")
        assert files(tmp_path / f"after {number}") == before
    assert grown.verify().problems == ()
    assert b"missing" not in git("-C", grown.path, "fsck", "--full", "--strict")


def test_a_dry_run_says_the_same_and_changes_nothing(
    grown: SnapshotRepository, at: At, files: Files
) -> None:
    before = files(grown.path)
    told = grown.prune(Keep(last=3), now=at(11 * DAY), dry_run=True)
    assert files(grown.path) == before

    done = grown.prune(Keep(last=3), now=at(11 * DAY))

    assert (told.kept, told.removed) == (done.kept, done.removed)
    assert abs(told.bytes_after - done.bytes_after) < 2_000


def test_a_policy_that_keeps_nothing_is_refused(
    grown: SnapshotRepository, at: At
) -> None:
    with pytest.raises(SnapshotError, match="would remove every snapshot"):
        grown.prune(Keep(), now=at(11 * DAY))
    assert len(grown.list()) == 11


def test_a_clock_that_went_back_removes_nothing_of_the_future(
    grown: SnapshotRepository, at: At
) -> None:
    result = grown.prune(Keep(last=1), now=at(5 * DAY))

    assert len(result.kept) == 6
    assert len(result.removed) == 5
    assert sum("from the future" in each.reasons for each in result.kept) == 5


def test_the_next_snapshot_refers_to_nothing_that_is_gone(
    grown: SnapshotRepository, tmp_path: Path, at: At, files: Files
) -> None:
    library = tmp_path / "grown"
    old = (library / "0.mq4").read_bytes()
    (library / "0.mq4").write_bytes(b"other")
    grown.create(library, reason="other", now=at(12 * DAY))
    grown.prune(Keep(last=1), now=at(13 * DAY))
    # The content that was pruned comes back under its old name.
    (library / "0.mq4").write_bytes(old)
    os.utime(library / "1.mq4")

    grown.create(library, reason="again", now=at(14 * DAY))

    grown.restore(to=tmp_path / "out")
    assert files(tmp_path / "out") == files(library)
    assert grown.verify().problems == ()


def test_where_what_is_kept_is_damaged_nothing_is_removed(
    grown: SnapshotRepository, at: At
) -> None:
    grown.close()
    packs = sorted(grown.path.rglob("*.pack"), key=lambda each: each.stat().st_mtime_ns)
    # Its content is in the newest snapshot, its trees in none that is kept.
    data = bytearray(packs[-3].read_bytes())
    data[len(data) // 2] ^= 1
    packs[-3].write_bytes(data)

    with SnapshotRepository(grown.path) as damaged:
        with pytest.raises(SnapshotError, match=r"nothing was removed.*--repair"):
            damaged.prune(Keep(last=1), now=at(11 * DAY))
        assert len(damaged.list()) == 11
    assert sorted(grown.path.rglob("*.pack")) == sorted(packs)


def test_snapshots_that_git_packed_are_pruned_too(
    grown: SnapshotRepository, tmp_path: Path, at: At, files: Files, git: Git
) -> None:
    grown.close()
    git("-C", grown.path, "gc", "--quiet", "--prune=now")
    with SnapshotRepository(grown.path) as packed:
        result = packed.prune(Keep(last=2), now=at(11 * DAY))
        assert len(packed.list()) == len(result.kept) == 2
        assert result.bytes_after < result.bytes_before / 2
        packed.restore(to=tmp_path / "out")
        assert packed.verify().problems == ()
    assert files(tmp_path / "out") == files(tmp_path / "grown")
    assert b"missing" not in git("-C", grown.path, "fsck", "--full", "--strict")


def test_references_of_others_keep_what_they_name(
    grown: SnapshotRepository, at: At, git: Git
) -> None:
    oldest = grown.list()[-1]
    git("-C", grown.path, "branch", "mine", f"snapshot/{oldest.id}")

    grown.prune(Keep(last=1), now=at(11 * DAY))

    assert git("-C", grown.path, "ls-tree", "-r", "mine").count(b"blob") == 2
    assert b"missing" not in git("-C", grown.path, "fsck", "--full", "--strict")


def test_many_small_packs_become_one(
    repository: SnapshotRepository, tmp_path: Path, at: At
) -> None:
    library = tmp_path / "small"
    library.mkdir()
    for number in range(20):
        (library / f"{number}.mq4").write_text(str(number))
        repository.create(library, reason="one more", now=at(number))

    repository.prune(Keep(last=100), now=at(1000))

    assert len([*repository.path.rglob("*.pack")]) == 1
    assert len(repository.list()) == 20
    assert repository.verify().problems == ()


def test_a_reader_cannot_prune(grown: SnapshotRepository, at: At) -> None:
    with (
        SnapshotRepository(grown.path, read_only=True) as reader,
        pytest.raises(SnapshotError, match="for reading only"),
    ):
        reader.prune(Keep(last=1), now=at(11 * DAY))


def test_left_in_the_middle_everything_is_as_it_was(
    grown: SnapshotRepository, at: At
) -> None:
    before = [each.id for each in grown.list()]
    steps = grown.prune_steps(Keep(last=1), now=at(11 * DAY))
    next(steps)
    steps.close()

    assert [each.id for each in grown.list()] == before
    assert not [*(grown.path / "orquestrador" / "drafts").iterdir()]
    assert grown.verify().problems == ()


def _packed(repository: Path) -> int:
    return sum(each.stat().st_size for each in repository.rglob("*.pack"))


def test_times_are_counted_from_the_newest(grown: SnapshotRepository, at: At) -> None:
    # As in restic: a library that nobody touched for a year loses nothing by it.
    result = grown.prune(Keep(daily=3), now=at(0) + timedelta(days=400))

    assert [each.reasons for each in result.kept] == [
        ("newest", "daily"),
        ("daily",),
        ("daily",),
    ]
