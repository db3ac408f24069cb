"""A system for each test, stopped after it, and nothing left running."""

import threading
import time
from collections.abc import Iterator

import pytest

from orquestrador.supervisor import ActorSystem, ManualClock
from orquestrador.supervisor.testkit import EventLog

SHARED = ("orquestrador-clock", "orquestrador-events", "MainThread")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def system(clock: ManualClock) -> Iterator[ActorSystem]:
    """A system whose time stands still unless the test moves it."""
    yield from _system(ActorSystem(clock))


@pytest.fixture
def timed_system() -> Iterator[ActorSystem]:
    """A system in real time."""
    yield from _system(ActorSystem())


@pytest.fixture
def log(system: ActorSystem) -> EventLog:
    return EventLog(system)


def _system(system: ActorSystem) -> Iterator[ActorSystem]:
    before = set(threading.enumerate())
    yield system
    assert system.stop(timeout=30.0)
    assert _left_running(before) == []


def _left_running(before: set[threading.Thread]) -> list[str]:
    # An abandoned thread may wait for something in its test: thirty seconds at most.
    deadline = time.monotonic() + 45.0
    while True:
        left = [
            thread.name
            for thread in threading.enumerate()
            if thread not in before and not thread.name.startswith(SHARED)
        ]
        if not left or time.monotonic() > deadline:
            return left
        # A thread that has reported its end needs a moment to vanish.
        time.sleep(0.001)
