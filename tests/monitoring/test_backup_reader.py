from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orquestrador.config import default_settings
from orquestrador.messages.backup import VerifyResult
from orquestrador.monitoring import rules
from orquestrador.monitoring.backup_reader import BackupReader
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.opening import finish

DAY = timedelta(days=1)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "a.mq4").write_bytes(b"int start();")
    return folder


def _verify(repository: SnapshotRepository, now: datetime) -> VerifyResult:
    return finish(repository.verify_steps(now=now))


def test_without_snapshots_nothing_is_known(tmp_path: Path) -> None:
    assert BackupReader(tmp_path, "somewhere").read() == (None, None, None)


def test_the_age_is_that_of_the_last_verified_snapshot(
    tmp_path: Path, library: Path
) -> None:
    now = datetime.now(UTC)
    reader = BackupReader(tmp_path)
    with SnapshotRepository(tmp_path / "snapshots") as repository:
        repository.create(library, reason="old", now=now - 5 * DAY)
        # Nobody has checked it: what counts is how long that has been so.
        assert 0 <= (reader.read().verified_age_s or -1) < 60
        _verify(repository, now - 4 * DAY)
        verified = reader.read().verified_age_s
        assert verified == pytest.approx(5 * 86_400, abs=60)

        (library / "b.mq4").write_bytes(b"new")
        newer = repository.create(library, reason="new", now=now)
        repository.note_complete(newer, now)
        assert reader.read().verified_age_s == pytest.approx(5 * 86_400, abs=60)

        _verify(repository, now)
        assert reader.read().verified_age_s == pytest.approx(0, abs=60)


def test_damage_is_known_until_a_check_of_everything_finds_none(
    tmp_path: Path, library: Path
) -> None:
    reader = BackupReader(tmp_path)
    with SnapshotRepository(tmp_path / "snapshots") as repository:
        repository.create(library, reason="one", now=datetime.now(UTC))
        assert reader.read().damaged is None
        assert repository.verify().problems == ()
        assert reader.read().damaged is False
    index = next((tmp_path / "snapshots").rglob("*.idx"))
    whole = index.read_bytes()
    index.write_bytes(whole[:-1] + b"?")
    with SnapshotRepository(tmp_path / "snapshots", read_only=True) as repository:
        assert repository.verify().problems
    assert reader.read().damaged is True

    index.write_bytes(whole)
    with SnapshotRepository(tmp_path / "snapshots", read_only=True) as repository:
        assert repository.verify(depth="structure").problems == ()
        assert reader.read().damaged is True
        assert repository.verify().problems == ()
        assert reader.read().damaged is False


def test_the_age_of_a_push_is_known_where_there_is_a_second_place(
    tmp_path: Path, library: Path
) -> None:
    place = str(tmp_path / "there")
    now = datetime.now(UTC)
    with SnapshotRepository(tmp_path / "snapshots") as repository:
        repository.create(library, reason="one", now=now)
        assert BackupReader(tmp_path).read().push_age_s is None
        reader = BackupReader(tmp_path, place)
        assert reader.read().push_age_s == pytest.approx(0, abs=60)

        finish(repository.push_steps(place, library, now=now - 2 * DAY))

    assert reader.read().push_age_s == pytest.approx(2 * 86_400, abs=60)


def test_two_planned_snapshots_without_one_raise_the_alert() -> None:
    alerts = default_settings().alerts
    limits = {
        days: next(
            each for each in rules(alerts, days) if each.name == "snapshot_age_s"
        )
        for days in (1 / 24, 1.0, 7.0)
    }

    assert {days: rule.raise_at for days, rule in limits.items()} == {
        1 / 24: pytest.approx(2 * 3600),
        1.0: 2 * 86_400,
        7.0: 14 * 86_400,
    }
