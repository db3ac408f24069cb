"""The settings of alerts: thresholds, the user's own ones, and secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from orquestrador.config import default_settings, describe, load_settings
from orquestrador.errors import SettingsError

OWN = {
    "name": "full_mailbox",
    "metric": "orquestrador_actor_mailbox_messages",
    "raise_at": 1000,
    "clear_at": 100,
    "for_s": 5,
}


def test_one_threshold_of_one_alert_can_be_changed(tmp_path: Path) -> None:
    loaded = load_settings(
        tmp_path,
        environment={"ORQUESTRADOR_ALERTS__CPU_PERCENT__RAISE_AT": "99"},
        overrides={"alerts.cpu_percent.for_s": 1},
    )

    assert loaded.settings.alerts.cpu_percent.raise_at == 99
    assert loaded.settings.alerts.cpu_percent.for_s == 1
    assert loaded.settings.alerts.cpu_percent.clear_at == 75
    assert loaded.settings.alerts.disk_percent.raise_at == 95


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"alerts.cpu_percent.clear_at": 90}, r"must be below alerts\.cpu_percent"),
        ({"alerts.cpu_percent.raise_at": 70}, r"clear_at is 75; it must be below"),
        ({"alerts.success_percent.clear_at": 90}, "must be above"),
        ({"alerts.own": [OWN, OWN]}, "full_mailbox is the name of two alerts"),
        ({"alerts.own": [OWN | {"name": "errors"}]}, "errors is the name of two"),
        ({"alerts.own": [OWN | {"clear_at": 1000}]}, "are both 1000"),
        ({"alerts.own": [{"name": "x"}]}, "an object with name, metric, raise_at"),
        ({"alerts.cpu_percent.rase_at": 1}, r"did you mean alerts\..*raise_at"),
    ],
)
def test_what_could_never_work_is_refused(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem):
        default_settings(changes)


def test_alerts_of_the_user_s_own_are_read(tmp_path: Path) -> None:
    file = tmp_path / "orquestrador.json"
    file.write_text(json.dumps({"alerts": {"own": [OWN]}}), encoding="utf-8")

    (own,) = load_settings(tmp_path).settings.alerts.own

    assert (own.name, own.raise_at, own.for_s) == ("full_mailbox", 1000, 5)


def test_a_secret_is_shown_neither_in_the_list_nor_in_an_error(tmp_path: Path) -> None:
    password = "hunter2"  # noqa: S105 -- nobody's
    loaded = load_settings(
        tmp_path, overrides={"alerts.email": f"mailto://me:{password}@example.org"}
    )
    lines = {each.name: each for each in describe(loaded)}

    assert lines["alerts.email"].value == "***"
    assert lines["alerts.telegram"].value == ""
    assert password not in repr([tuple(each) for each in lines.values()])
    with pytest.raises(SettingsError) as caught:
        default_settings({"alerts.email": [password]})
    assert password not in str(caught.value)
