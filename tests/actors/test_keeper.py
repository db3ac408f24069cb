"""Work by schedule, with time that the test owns: a simulation in one thread."""

import datetime as dt
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from orquestrador.actors import BackupActor, KeeperActor, KeeperPlace
from orquestrador.actors.keeper import LOOK_S
from orquestrador.config import default_settings
from orquestrador.messages import Message
from orquestrador.messages.backup import (
    CheckFinished,
    PushFinished,
    SaveClassified,
    SnapshotFinished,
    TakeSnapshot,
)
from orquestrador.scheduling import Agenda
from orquestrador.snapshots import SnapshotRepository
from orquestrador.supervisor import ChildSpec, Supervisor, SupervisorFlags
from orquestrador.supervisor.simulation import Chances, Simulation

BEGIN = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
HOUR = 3600.0
DAY = 24 * HOUR


class Office:
    """A library with the backup's actor and the keeper."""

    def __init__(self, folder: Path, off_s: float = 0.0, **changes: Any) -> None:
        self.library = folder / "library"
        self.state = folder / "state"
        self.library.mkdir(exist_ok=True)
        self.state.mkdir(exist_ok=True)
        self._off_s = off_s
        self._seen: list[Message] = []
        named = {name.replace("__", "."): value for name, value in changes.items()}
        settings = default_settings(named)
        self.simulation = Simulation(1, chances=Chances())
        self.simulation.__enter__()
        system = self.simulation.system
        for kind in (SnapshotFinished, CheckFinished, PushFinished):
            system.events.subscribe(kind, self._seen.append)
        place = KeeperPlace(
            library=self.library,
            state=self.state,
            settings=settings.backup,
            quiet=settings.quiet,
            now=self.now,
        )
        arguments = (self.library, self.state, settings.backup)
        specs = [
            ChildSpec(id="backup", actor=BackupActor, args=arguments),
            ChildSpec(id="keeper", actor=KeeperActor, args=(place,)),
        ]
        Supervisor.start(SupervisorFlags(), specs, system=system)
        system.events.subscribe(SnapshotFinished, system.ref("keeper").tell)

    def now(self) -> dt.datetime:
        return BEGIN + dt.timedelta(seconds=self.simulation.now + self._off_s)

    def look(self, later_s: float = 0.0) -> list[Message]:
        """Let time pass, until the next look at the schedule; return what was told."""
        self._off_s += later_s
        self._seen.clear()
        self.simulation.run(LOOK_S)
        return list(self._seen)

    def take(self) -> None:
        """Take a snapshot on demand."""
        message = TakeSnapshot(token=uuid.uuid4().hex, reason="on demand")
        self.simulation.system.ref("backup").tell(message)
        self.simulation.run(1.0)

    def save(self, name: str = "a.mq4", data: bytes = b"1") -> None:
        (self.library / name).write_bytes(data)

    def tell_saved(self) -> None:
        """Say that a save is in the catalog."""
        self.simulation.system.ref("keeper").tell(SaveClassified())

    def repository(self) -> SnapshotRepository:
        return SnapshotRepository(self.state / "snapshots", read_only=True)


Opens = Callable[..., Office]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Opens]:
    opened: list[Office] = []

    def start(*, off_s: float = 0.0, **changes: Any) -> Office:
        close()
        opened.append(Office(tmp_path, off_s, **changes))
        return opened[-1]

    def close() -> None:
        while opened:
            opened.pop().simulation.__exit__(None, None, None)

    yield start
    close()


def _kinds(seen: list[Message]) -> list[str]:
    return [type(each).__name__ for each in seen]


def test_what_changed_is_kept_by_schedule_and_checked(office: Opens) -> None:
    open_ = office(backup__schedule="every 6h")
    open_.save()

    seen = open_.look()

    assert _kinds(seen) == ["SnapshotFinished"]
    assert _kinds(open_.look()) == ["CheckFinished"]
    with open_.repository() as repository:
        (snapshot,) = repository.list()
        assert snapshot.reason == "on schedule"
        verified = repository.checks().verified
        assert verified is not None
        assert verified.snapshot == snapshot.id
    assert open_.look() == []
    assert open_.look(5 * HOUR) == []


def test_where_nothing_changed_nothing_is_written(office: Opens) -> None:
    open_ = office(backup__schedule="every 6h", backup__verify_days=0)
    open_.save()
    open_.look()

    (seen,) = open_.look(6 * HOUR)

    assert isinstance(seen, SnapshotFinished)
    assert (seen.snapshot, seen.problem) == (None, None)
    with open_.repository() as repository:
        assert len(repository.list()) == 1
        # It is known, though, that the library is still as it was.
        complete = repository.checks().complete
        assert complete is not None
        assert complete.at >= open_.now() - dt.timedelta(minutes=2)


def test_what_was_missed_while_it_was_off_is_caught_up_once(office: Opens) -> None:
    open_ = office(backup__schedule="daily 18:00")
    open_.save()
    assert open_.look() == []

    back = office(off_s=5 * DAY, backup__schedule="daily 18:00")

    assert _kinds(back.look()) == ["SnapshotFinished"]
    assert "SnapshotFinished" not in _kinds(back.look())


def test_without_automatic_backups_no_schedule_takes_one(office: Opens) -> None:
    open_ = office(backup__automatic=False)
    open_.save()

    assert open_.look(100 * DAY) == []


def test_what_was_saved_is_kept_a_while_after(office: Opens) -> None:
    open_ = office(backup__schedule="", backup__after_saves_s=600)
    open_.save()
    assert open_.look() == []
    open_.tell_saved()
    assert open_.look() == []
    open_.tell_saved()

    seen = open_.look(540.0)

    assert _kinds(seen) == ["SnapshotFinished"]
    with open_.repository() as repository:
        assert [each.reason for each in repository.list()] == ["after saves"]
    open_.look()
    assert open_.look(HOUR) == [], "once"


def test_a_snapshot_that_comes_before_serves_for_the_saves(office: Opens) -> None:
    open_ = office(backup__schedule="", backup__after_saves_s=600)
    open_.save()
    open_.tell_saved()
    open_.look()
    open_.take()
    assert _kinds(open_.look(HOUR)) == ["CheckFinished"]


@pytest.mark.parametrize(
    "off", [{"backup__after_saves_s": 0}, {"backup__automatic": False}]
)
def test_saves_are_not_kept_where_nobody_wants_it(
    office: Opens, off: dict[str, Any]
) -> None:
    open_ = office(backup__schedule="", **off)
    open_.save()
    open_.tell_saved()
    assert open_.look(HOUR) == []


def test_a_share_is_read_every_day(office: Opens) -> None:
    open_ = office(backup__schedule="")
    open_.save()
    open_.take()
    assert _kinds(open_.look()) == ["CheckFinished"]

    days = [_kinds(open_.look(DAY)) for _ in range(3)]

    assert days == [["CheckFinished"]] * 3
    assert open_.look() == []


def test_damage_is_told_and_mended_with_the_next_snapshot(office: Opens) -> None:
    open_ = office(backup__schedule="every 2d")
    open_.save(data=b"precious" * 500)
    open_.look()
    open_.look()
    (pack,) = (open_.state / "snapshots").rglob("*.pack")
    index = pack.with_suffix(".idx")
    data = index.read_bytes()
    index.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    (seen,) = open_.look(DAY)
    assert isinstance(seen, CheckFinished)
    assert seen.problems
    with open_.repository() as repository:
        assert repository.checks().is_damaged()

    assert "SnapshotFinished" in _kinds(open_.look(DAY))
    with open_.repository() as repository:
        assert not repository.checks().is_damaged()
        assert repository.verify().problems == ()


def test_a_restore_is_tried_every_month(office: Opens) -> None:
    open_ = office(backup__schedule="", backup__verify_days=0)
    open_.save()
    open_.take()
    assert open_.look() == []
    assert open_.look(29 * DAY) == []

    (seen,) = open_.look(DAY)

    assert seen == CheckFinished(what="test_restore", problems=())
    with open_.repository() as repository:
        restored = repository.checks().restored
        assert restored is not None
        assert (restored.files, restored.problem) == (1, None)
    assert not [*open_.state.glob("test-restore-*")]
    assert open_.look(29 * DAY) == []


def test_a_policy_prunes_after_a_snapshot(office: Opens) -> None:
    open_ = office(backup__keep__last=2, backup__schedule="every 1h")
    for number in range(5):
        open_.save(data=b"%d" % number)
        open_.look(HOUR)

    with open_.repository() as repository:
        assert len(repository.list()) == 2
        assert repository.verify().problems == ()


def test_without_a_policy_every_snapshot_is_kept(office: Opens) -> None:
    open_ = office(backup__schedule="every 1h")
    for number in range(5):
        open_.save(data=b"%d" % number)
        open_.look(HOUR)

    with open_.repository() as repository:
        assert len(repository.list()) == 5


# -- pushing ----------------------------------------------------------------------


def test_a_new_snapshot_is_pushed_at_once(office: Opens, tmp_path: Path) -> None:
    there = tmp_path / "there"
    open_ = office(backup__remote=str(there), backup__schedule="")
    open_.save()

    open_.take()

    with SnapshotRepository(there, read_only=True) as pushed:
        assert len(pushed.list()) == 1
    assert "PushFinished" not in _kinds(open_.look(DAY))


def test_a_push_that_fails_is_tried_again_later_and_later(
    office: Opens, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "something else").write_bytes(b"1")
    open_ = office(backup__remote=str(there), backup__schedule="")
    open_.save()
    open_.take()

    tries = [_pushes(open_.look()) for _ in range(24)]

    assert sum(map(len, tries)) == 2
    assert all(each.problem for told in tries for each in told)
    shutil.rmtree(there)
    (pushed,) = _pushes(open_.look(HOUR))
    assert (pushed.problem, pushed.result and pushed.result.sent) == (None, 1)


def test_what_was_not_pushed_before_the_end_is_pushed_after_the_start(
    office: Opens, tmp_path: Path
) -> None:
    open_ = office(backup__schedule="")
    open_.save()
    open_.take()

    again = office(backup__remote=str(tmp_path / "there"), backup__schedule="")

    (pushed,) = _pushes(again.look())
    assert pushed.problem is None


def _pushes(seen: list[Message]) -> list[PushFinished]:
    return [each for each in seen if isinstance(each, PushFinished)]


# -- quiet ------------------------------------------------------------------------


def test_on_battery_the_schedule_waits_and_what_is_asked_for_does_not(
    office: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    battery = SimpleNamespace(power_plugged=False)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    open_ = office(backup__schedule="every 1h", quiet__on_battery=True)
    open_.save()

    assert open_.look() == []
    assert open_.look(DAY) == []
    assert Agenda(open_.state).paused == "battery"
    open_.take()
    with open_.repository() as repository:
        assert len(repository.list()) == 1

    battery.power_plugged = True
    assert _kinds(open_.look()) == ["SnapshotFinished"]
    assert Agenda(open_.state).paused is None


def test_above_the_load_that_was_set_the_schedule_waits(
    office: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = [90.0]

    def percent(interval: float | None = None) -> float:
        assert interval is None
        return load[0]

    monkeypatch.setattr(psutil, "cpu_percent", percent)
    open_ = office(backup__schedule="every 1h", quiet__above_load_percent=50)
    open_.save()

    assert open_.look() == []
    assert Agenda(open_.state).paused == "load"

    load[0] = 10.0
    assert "SnapshotFinished" in _kinds(open_.look())
