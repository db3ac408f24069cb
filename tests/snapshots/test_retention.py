from datetime import UTC, datetime, timedelta, timezone

import pytest

from orquestrador.messages import Snapshot
from orquestrador.snapshots.retention import Keep, decide

NOW = datetime(2026, 3, 31, 12, 30, 0, tzinfo=UTC)


def _taken(*times: datetime) -> list[Snapshot]:
    return [
        Snapshot(
            id=f"{time:%Y%m%dT%H%M%SZ}-{number:08x}",
            time=time,
            reason="test",
            run=None,
            files=1,
            bytes=1,
            contents=1,
            skipped=0,
        )
        for number, time in enumerate(times)
    ]


def _reasons(
    snapshots: list[Snapshot], keep: Keep, **options: object
) -> list[tuple[str, ...]]:
    decisions = decide(snapshots, keep, now=NOW, zone=UTC, **options)  # type: ignore[arg-type]
    by_id = {each.snapshot.id: each.reasons for each in decisions}
    return [by_id[each.id] for each in snapshots]


def test_the_last_ones_are_kept() -> None:
    taken = _taken(*(NOW - timedelta(minutes=number) for number in range(4)))

    assert _reasons(taken, Keep(last=2)) == [("newest", "last"), ("last",), (), ()]


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("hourly", timedelta(hours=1)),
        ("daily", timedelta(days=1)),
        ("weekly", timedelta(weeks=1)),
        ("monthly", timedelta(days=31)),
        ("yearly", timedelta(days=366)),
    ],
)
def test_of_each_bucket_the_newest_is_kept(kind: str, step: timedelta) -> None:
    pairs = [NOW - step * number - late for number in range(4) for late in _TWO]
    found = _reasons(_taken(*pairs), Keep()._replace(**{kind: 3}))

    assert [kind in each for each in found] == [True, False] * 3 + [False, False]


_TWO = (timedelta(0), timedelta(seconds=1))


def test_where_places_are_left_the_oldest_is_kept_too() -> None:
    taken = _taken(*(NOW - timedelta(hours=number) for number in range(3)))

    assert _reasons(taken, Keep(yearly=2)) == [("newest", "yearly"), (), ("yearly",)]


def test_a_day_is_one_of_the_local_time_zone() -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    early = datetime(2026, 3, 11, 0, 30, tzinfo=UTC)
    taken = _taken(early + timedelta(days=1), early, late, late - timedelta(days=3))
    kept = {
        zone: [
            each.snapshot
            for each in decide(taken, Keep(daily=3), now=NOW, zone=zone)
            if each.reasons
        ]
        for zone in (UTC, timezone(timedelta(hours=-3)))
    }

    assert taken[2] in kept[UTC]
    assert taken[2] not in kept[timezone(timedelta(hours=-3))]


def test_a_snapshot_from_the_future_is_kept_and_takes_no_ones_place() -> None:
    future = NOW + timedelta(days=3650)
    taken = _taken(future, NOW, NOW - timedelta(days=1), NOW - timedelta(days=2))

    found = _reasons(taken, Keep(last=2, daily=1))

    assert found == [("from the future",), ("newest", "last", "daily"), ("last",), ()]


def test_what_was_written_last_is_kept_though_the_clock_went_back() -> None:
    taken = _taken(NOW, NOW - timedelta(days=1), NOW - timedelta(days=2))

    found = _reasons(taken, Keep(last=1), newest=taken[2].id)

    assert found == [("newest", "last"), (), ("newest",)]


def test_a_policy_of_nothing_is_empty() -> None:
    assert Keep().is_empty()
    assert not Keep(yearly=1).is_empty()
