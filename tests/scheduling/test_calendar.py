import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from orquestrador.config import default_settings
from orquestrador.errors import SettingsError
from orquestrador.scheduling import Agenda, Every, Schedule, parse_schedule

# In New York clocks go forward on 8 March 2026 at 2:00, back on 1 November at 2:00.
if "America/New_York" not in available_timezones():
    pytest.skip("this system has no table of time zones", allow_module_level=True)
NEW_YORK = ZoneInfo("America/New_York")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def _schedule(text: str) -> Schedule:
    found = parse_schedule(text, NEW_YORK)
    assert found is not None
    return found


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def _runs(
    schedule: Schedule, begin: dt.datetime, days: int, step: dt.timedelta
) -> list[str]:
    """Ask again and again; return when it was due, as the clock on the wall shows."""
    last, found = begin, list[str]()
    moment = begin.astimezone(dt.UTC)
    for _ in range(int(days * DAY / step)):
        moment += step
        if schedule.is_due(last, moment):
            last = moment
            found.append(f"{moment.astimezone(NEW_YORK):%a %d %H:%M}")
    return found


def test_an_interval_is_due_when_it_has_passed() -> None:
    schedule = _schedule("every 6h")
    now = _at("2026-01-10 12:00")

    assert schedule.is_due(None, now)
    assert not schedule.is_due(now - 5.9 * HOUR, now)
    assert schedule.is_due(now - 6 * HOUR, now)


@pytest.mark.parametrize("text", ["every 6h", "daily 18:00"])
def test_a_clock_that_was_set_back_holds_nothing_up(text: str) -> None:
    now = _at("2026-01-10 12:00")

    assert _schedule(text).is_due(now + 3650 * DAY, now)


def test_a_time_of_the_day_is_due_once_a_day() -> None:
    found = _runs(_schedule("daily 18:00"), _at("2026-01-10 12:00"), 3, HOUR / 4)

    assert found == ["Sat 10 18:00", "Sun 11 18:00", "Mon 12 18:00"]


def test_weekdays_and_named_days_are_kept_to() -> None:
    begin = _at("2026-01-09 12:00")  # a Friday
    assert _runs(_schedule("weekdays 07:30"), begin, 5, HOUR / 2) == [
        "Mon 12 07:30",
        "Tue 13 07:30",
        "Wed 14 07:30",
    ]
    assert _runs(_schedule("sun,thu 20:00"), begin, 7, HOUR) == [
        "Sun 11 20:00",
        "Thu 15 20:00",
    ]
    assert _runs(_schedule("weekends 00:00"), begin, 7, HOUR) == [
        "Sat 10 00:00",
        "Sun 11 00:00",
    ]


@pytest.mark.parametrize("text", ["every 6h", "daily 18:00"])
def test_what_was_missed_is_caught_up_once(text: str) -> None:
    schedule = _schedule(text)
    back = _at("2026-02-20 09:00")

    assert schedule.is_due(_at("2026-01-10 18:00"), back)
    assert not schedule.is_due(back, back + HOUR)


def test_a_time_that_is_skipped_in_spring_is_due_once_that_day() -> None:
    found = _runs(_schedule("daily 02:30"), _at("2026-03-07 00:00"), 3, HOUR / 2)

    assert found == ["Sat 07 02:30", "Sun 08 03:30", "Mon 09 02:30"]


def test_a_time_that_comes_twice_in_autumn_is_due_once_that_day() -> None:
    found = _runs(_schedule("daily 01:30"), _at("2026-10-31 00:00"), 3, HOUR / 2)

    assert found == ["Sat 31 01:30", "Sun 01 01:30", "Mon 02 01:30"]


def test_a_calendar_that_was_never_done_waits_for_its_next_moment() -> None:
    assert not _schedule("daily 18:00").is_due(None, _at("2026-01-10 20:00"))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("every 2d", 2),
        ("daily 18:00", 1),
        ("weekdays 18:00", 3),
        ("mon 18:00", 7),
        ("mon,thu 18:00", 4),
    ],
)
def test_the_longest_pause_is_known(text: str, days: int) -> None:
    assert _schedule(text).longest_gap_s() == days * 86_400


def test_nothing_is_no_schedule() -> None:
    assert parse_schedule("") is None


@pytest.mark.parametrize(
    "text", ["daily", "every 0h", "every 6", "noday 10:00", "daily 24:00", "mon,"]
)
def test_the_settings_refuse_what_is_no_schedule(text: str) -> None:
    with pytest.raises(SettingsError, match=r"backup\.schedule"):
        default_settings({"backup.schedule": text})
    with pytest.raises(ValueError, match=r"not in|no schedule|not a"):
        parse_schedule(text)


@pytest.mark.parametrize(
    "text", ["", "every 30m", "daily 18:00", "weekdays 07:05", "mon,wed,fri 23:59"]
)
def test_the_settings_take_what_is_a_schedule(text: str) -> None:
    assert default_settings({"backup.schedule": text}).backup.schedule == text


# -- the agenda -------------------------------------------------------------------


def test_what_was_done_outlives_the_program(tmp_path: Path) -> None:
    now = _at("2026-01-10 12:00")
    Agenda(tmp_path).note_done("snapshot", now)

    again = Agenda(tmp_path)

    assert again.last("snapshot") == now
    assert not again.is_due("snapshot", Every(3600), now + HOUR / 2)
    assert again.is_due("snapshot", Every(3600), now + HOUR)


def test_what_is_new_is_due_at_once_or_after_its_time(tmp_path: Path) -> None:
    now = _at("2026-01-10 12:00")
    agenda = Agenda(tmp_path)

    assert agenda.is_due("one", Every(3600), now, first=True)
    assert not agenda.is_due("other", Every(3600), now)
    assert agenda.is_due("other", Every(3600), now + HOUR)


def test_a_damaged_agenda_is_an_empty_one(tmp_path: Path) -> None:
    Agenda(tmp_path).note_done("snapshot", _at("2026-01-10 12:00"))
    (tmp_path / "schedule.json").write_text("{", encoding="utf-8")

    assert Agenda(tmp_path).last("snapshot") is None


def test_a_pause_is_known_to_others(tmp_path: Path) -> None:
    agenda = Agenda(tmp_path)
    agenda.note_paused("battery")

    assert Agenda(tmp_path).paused == "battery"
    agenda.note_paused(None)
    assert Agenda(tmp_path).paused is None
