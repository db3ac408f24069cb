"""What stands in the state folder beside the catalog and the snapshots."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

from orquestrador import user_data
from orquestrador.config import load_settings
from orquestrador.errors import OrquestradorError
from orquestrador.interface.cli import main
from orquestrador.messages.monitor import AlertState
from orquestrador.monitoring.alert_file import FILE_NAME, load_alerts, save_alerts
from orquestrador.user_data import UserData
from tests.faults.filesystem.trials import World

Data = dict[str, dict[str, Any]]


class _UserDataWorld(World):
    """The user's own data; every update that returned is there for good."""

    before: ClassVar[Data] = {}
    after: ClassVar[Data] = {}

    @property
    def state(self) -> Path:
        """Their folder."""
        return self.folder / "state"

    def check(self, *, done: bool) -> None:
        """Of each file all of the update is there, or nothing; the next is kept too."""
        data = UserData(self.state)
        kept = data.read()
        for path, each in kept.items():
            assert each in (self.before.get(path), self.after.get(path))
        assert kept.keys() >= self.before.keys()
        assert not done or kept == self.after
        data.update({"next.mq4": {"note": "next"}})
        # A line that lacked nothing but its end is known from then on.
        after = UserData(self.state).read()
        assert after.pop("next.mq4") == {"note": "next"}
        assert after in (kept, self.after)


class FirstUpdate(_UserDataWorld):
    """The first update makes the file."""

    after: ClassVar[Data] = {"a.mq4": {"tags": ["good"]}, "b.mq4": {"note": "b"}}

    def prepare(self) -> None:
        """Have nothing."""

    def act(self) -> None:
        """Keep it."""
        UserData(self.state).update(self.after)


class Update(_UserDataWorld):
    """A later update of two files."""

    before: ClassVar[Data] = {"a.mq4": {"tags": ["good"]}}
    after: ClassVar[Data] = {"a.mq4": {"tags": ["good", "old"]}, "b.mq4": {"note": "b"}}

    def prepare(self) -> None:
        """Have an update."""
        UserData(self.state).update(self.before)

    def act(self) -> None:
        """Keep another."""
        new: Data = {"a.mq4": {"tags": ["old"]}, "b.mq4": {"note": "b"}}
        UserData(self.state).update(new)


class Compact(_UserDataWorld):
    """A file that is mostly superseded is put in short form."""

    before: ClassVar[Data] = {"a.mq4": {"note": "39"}}
    after: ClassVar[Data] = {"a.mq4": {"note": "40"}}

    def prepare(self) -> None:
        """Have many updates of one file."""
        data = UserData(self.state)
        for number in range(40):
            data.update({"a.mq4": {"note": str(number)}})

    def act(self) -> None:
        """Keep one more, which makes it short."""
        with mock.patch.object(user_data, "COMPACT_BYTES", 100):
            UserData(self.state).update(self.after)


class Alerts(World):
    """The alerts that are more than ok."""

    def prepare(self) -> None:
        """Have one."""
        save_alerts(self.folder / FILE_NAME, [_alert("cpu")])

    def act(self) -> None:
        """Have another."""
        save_alerts(self.folder / FILE_NAME, [_alert("memory")])

    def check(self, *, done: bool) -> None:
        """It is the one or the other."""
        (alert,) = load_alerts(self.folder / FILE_NAME)
        assert alert.rule in {"cpu", "memory"}


class Init(World):
    """`orquestrador init` writes the settings."""

    @property
    def library(self) -> Path:
        """Where they are written."""
        return self.folder / "library"

    def prepare(self) -> None:
        """Have a library."""
        self.library.mkdir()

    def act(self) -> None:
        """Take the proposed answers."""
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            status = main(["--library", str(self.library), "init", "--yes"])
        if status != 0:
            raise OrquestradorError(said.getvalue())

    def check(self, *, done: bool) -> None:
        """The settings are there and sound, or not there and asked for again."""
        file = self.library / "orquestrador.json"
        if not file.exists():
            self.act()
        assert load_settings(self.library).file == file
        assert [each.name for each in self.library.glob("orq*")] == [file.name]


def _alert(name: str) -> AlertState:
    return AlertState(
        rule=name,
        subject="",
        metric=name,
        standing="firing",
        value=1.0,
        since=1.0,
        seen_at=1.0,
        raise_at=1.0,
        clear_at=0.5,
        for_s=0.0,
    )
