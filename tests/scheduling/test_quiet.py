from types import SimpleNamespace

import psutil
import pytest

from orquestrador.scheduling import Quiet
from orquestrador.scheduling.quiet import battery_drains


def _quiet(
    *, on_battery: bool = True, load: float = 0, drains: bool, busy: float
) -> Quiet:
    return Quiet(
        on_battery=on_battery,
        above_load_percent=load,
        is_on_battery=lambda: drains,
        load_percent=lambda: busy,
    )


def test_on_battery_work_waits() -> None:
    assert _quiet(drains=True, busy=0).reason() == "battery"
    assert _quiet(drains=False, busy=0).reason() is None


def test_a_user_who_does_not_mind_is_not_made_to_wait() -> None:
    assert _quiet(on_battery=False, drains=True, busy=100).reason() is None


def test_above_the_load_that_was_set_work_waits() -> None:
    assert _quiet(load=60, drains=False, busy=61).reason() == "load"
    assert _quiet(load=60, drains=False, busy=60).reason() is None


@pytest.mark.parametrize(
    ("found", "drains"),
    [
        (None, False),
        (SimpleNamespace(power_plugged=None), False),
        (SimpleNamespace(power_plugged=True), False),
        (SimpleNamespace(power_plugged=False), True),
    ],
)
def test_only_a_battery_that_is_known_to_drain_counts(
    found: object,
    *,
    drains: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: found, raising=False)

    assert battery_drains() is drains


def test_a_system_that_cannot_tell_has_no_battery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise OSError("no such device")

    monkeypatch.setattr(psutil, "sensors_battery", fail, raising=False)
    assert not battery_drains()
    monkeypatch.delattr(psutil, "sensors_battery")
    assert not battery_drains()


def test_this_machine_answers() -> None:
    quiet = Quiet(on_battery=True, above_load_percent=100)

    assert quiet.reason() in {None, "battery"}
