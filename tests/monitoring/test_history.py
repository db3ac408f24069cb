"""An hour of every metric in memory that does not grow, and what follows from it."""

import math
import random
import tracemalloc

import pytest

from orquestrador.monitoring import History, Series
from orquestrador.monitoring.history import CAPACITY, MOST_SERIES
from orquestrador.monitoring.ring import Ring

HEAT = Series("heat")
COUNT = Series("count")


def filled(values: list[float | None], step_s: float = 1.0, **size: int) -> History:
    history = History(**size)
    for index, value in enumerate(values):
        history.add(index * step_s, {} if value is None else {HEAT: value})
    return history


def test_a_ring_holds_the_last_ones_in_their_order() -> None:
    ring = Ring(3)
    assert list(ring) == []
    for number in range(5):
        ring.add(number)

    assert list(ring) == [2, 3, 4]
    assert (len(ring), ring.added, ring.ago(0), ring.ago(2)) == (3, 5, 4, 2)
    with pytest.raises(IndexError):
        ring.ago(3)


def test_points_are_of_the_last_seconds_the_oldest_first() -> None:
    history = filled([1.0, 2.0, 3.0, 4.0], step_s=10)

    assert history.points(HEAT, 15) == [(20, 3.0), (30, 4.0)]
    assert history.points(HEAT, 1e9) == [(0, 1.0), (10, 2.0), (20, 3.0), (30, 4.0)]
    assert history.points(COUNT, 10) == []


def test_what_was_not_read_is_not_known_and_not_the_value_before() -> None:
    history = filled([1.0, None, 3.0, None])

    assert history.last(HEAT) is None
    assert [value for _, value in history.points(HEAT, 9)] == [1.0, None, 3.0, None]


def test_a_series_that_begins_later_has_no_older_values() -> None:
    history = filled([None, None, 7.0])

    assert history.points(HEAT, 9) == [(2, 7.0)]


def test_a_counter_s_growth_is_over_the_seconds_asked_for() -> None:
    history = filled([0.0, 1.0, 5.0, 6.0, 10.0])

    assert history.increase(HEAT, 2) == 5
    assert history.increase(HEAT, 100) == 10
    assert history.increase(COUNT, 2) is None


def test_a_counter_that_began_anew_counts_from_nothing() -> None:
    assert filled([100.0, 3.0]).increase(HEAT, 10) == 3


def test_growth_is_not_known_when_the_counter_is_not() -> None:
    assert filled([1.0, None]).increase(HEAT, 10) is None


def test_a_slope_is_that_of_the_straight_line_reckoned_apart() -> None:
    statistics = pytest.importorskip("statistics")
    chance = random.Random(4)
    values = [5 + 0.25 * second + chance.gauss(0, 3) for second in range(300)]

    slope = filled(list(values)).slope(HEAT, 300)

    expected = statistics.linear_regression(range(300), values).slope
    assert slope == pytest.approx(expected)
    assert slope == pytest.approx(0.25, abs=0.02)


def test_too_short_a_time_has_no_slope() -> None:
    assert filled([1.0, 2.0, 3.0]).slope(HEAT, 300) is None


def test_the_share_of_moments_above_nothing() -> None:
    assert filled([0.0, 0.5, None, 2.0, 0.0]).share(HEAT, 60) == 0.5
    assert filled([]).share(HEAT, 60) == 0.0


def test_a_series_that_is_gone_for_the_whole_time_is_forgotten() -> None:
    history = filled([1.0, None, None], capacity=3)
    assert history.subjects("heat") == [""]
    history.add(3, {})

    assert history.subjects("heat") == []


def test_more_series_than_there_is_room_for_are_left_out() -> None:
    history = History(capacity=4, most_series=2)
    for moment in range(3):
        history.add(
            moment, {Series("heat", str(number)): moment for number in range(9)}
        )

    assert len(history) == 2


def test_a_value_that_is_no_number_is_not_known() -> None:
    assert filled([math.nan]).last(HEAT) is None


def test_an_hour_takes_memory_once_and_then_no_more() -> None:
    readings = {Series("heat", str(number)): 1.5 for number in range(MOST_SERIES)}
    history = History()
    tracemalloc.start()
    try:
        for second in range(10):
            history.add(second, readings)
        early, _ = tracemalloc.get_traced_memory()
        for second in range(10, CAPACITY + 300):
            history.add(second, readings)
        late, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(history.points(Series("heat", "0"), 1e9)) == CAPACITY
    assert early < 8_000_000
    assert late - early < 50_000
