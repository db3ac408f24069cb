"""Quantiles against a second way to reckon them."""

import math
import random

import pytest

from orquestrador.monitoring import Latency
from orquestrador.monitoring.latency import WINDOW


def test_quantiles_are_durations_that_so_many_did_not_exceed() -> None:
    chance = random.Random(7)
    durations = [chance.expovariate(3) for _ in range(777)]
    latency = Latency("x")
    for each in durations:
        latency.add(each, at=0)

    for share in (0.01, 0.5, 0.95, 0.99, 1.0):
        (found,) = latency.quantiles(share)
        assert found in durations
        assert sum(each <= found for each in durations) >= share * 777
        assert sum(each < found for each in durations) < share * 777


def test_only_the_last_ones_count_and_all_are_counted() -> None:
    latency = Latency("x")
    for _ in range(WINDOW):
        latency.add(100.0, at=0)
    for _ in range(WINDOW):
        latency.add(1.0, at=0)

    assert latency.quantiles(1.0) == (1.0,)
    assert latency.count == 2 * WINDOW
    assert latency.total_s == pytest.approx(101.0 * WINDOW)


def test_one_duration_is_every_quantile_and_none_is_none() -> None:
    latency = Latency("x")
    assert latency.quantiles(0.5, 0.99) == (None, None)
    assert latency.sample().p95_s is None
    latency.add(2.5, at=0)

    assert latency.quantiles(0.01, 0.5, 1.0) == (2.5, 2.5, 2.5)


def test_old_durations_can_be_left_out() -> None:
    latency = Latency("x")
    latency.add(9.0, at=100)
    latency.add(1.0, at=200)

    assert latency.quantiles(1.0, since=150) == (1.0,)
    assert latency.quantiles(1.0, since=300) == (None,)


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    latency = Latency("x")
    latency.add(-5.0, at=0)

    assert latency.quantiles(0.5) == (0.0,)
    assert not math.copysign(1, latency.total_s) < 0
