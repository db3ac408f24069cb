import datetime as dt

import pytest

from orquestrador.interface.moments import parse_moment

NOW = dt.datetime(2026, 3, 10, 15, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T18:00", "2026-01-31T18:00:00"),
        ("2026-01-31 18:00:05", "2026-01-31T18:00:05"),
        ("2026-01-31T18:00-03:00", "2026-01-31T21:00:00"),
        ("2026-01-31T18:00Z", "2026-01-31T18:00:00"),
        ("18:00", "2026-03-10T18:00:00"),
        ("9:05", "2026-03-10T09:05:00"),
        ("now", "2026-03-10T15:30:00"),
        ("agora", "2026-03-10T15:30:00"),
        ("90m", "2026-03-10T14:00:00"),
        ("2h", "2026-03-10T13:30:00"),
        ("3d", "2026-03-07T15:30:00"),
        ("1w", "2026-03-03T15:30:00"),
        ("2 days ago", "2026-03-08T15:30:00"),
        ("há 2 dias", "2026-03-08T15:30:00"),
        ("2 semanas atrás", "2026-02-24T15:30:00"),
        ("1 Hour Ago", "2026-03-10T14:30:00"),
    ],
)
def test_a_moment_is_written_in_many_ways(text: str, expected: str) -> None:
    for edge in ("start", "end"):
        found = parse_moment(text, now=NOW, edge=edge)  # type: ignore[arg-type]
        assert found == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31", "2026-01-31"),
        ("today", "2026-03-10"),
        ("Hoje", "2026-03-10"),
        ("yesterday", "2026-03-09"),
        ("ontem", "2026-03-09"),
        ("anteontem", "2026-03-08"),
    ],
)
def test_a_day_means_its_first_moment_or_its_last(text: str, day: str) -> None:
    start = parse_moment(text, now=NOW, edge="start")
    end = parse_moment(text, now=NOW, edge="end")
    assert start.isoformat() == f"{day}T00:00:00+00:00"
    assert end.isoformat() == f"{day}T23:59:59.999999+00:00"


@pytest.mark.parametrize(
    "text",
    ["", "someday", "2 moons ago", "2026-13-01", "25:00", "3", "-2h", "999999w"],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_moment(text, now=NOW, edge="end")


def test_a_local_time_has_the_zone_of_its_own_day() -> None:
    local = dt.datetime(2026, 3, 10, 15, 30).astimezone()
    found = parse_moment("2026-07-10T12:00", now=local, edge="end")
    assert found == dt.datetime(2026, 7, 10, 12, 0).astimezone()
