"""A pytest plugin for tests of actors: fixtures, and a guard around every test.

Load it in the `conftest.py` at the root, or on the command line:

    pytest_plugins = ["orquestrador.supervisor.pytest_plugin"]
    pytest -p orquestrador.supervisor.pytest_plugin

It is not loaded by merely being installed: it watches every test. After each one it
stops every actor system, also the one of the bare actors, and fails the test

- if a system does not stop in time,
- if a thread of the test's goes on,
- if a message became a dead letter and no `dead_letters.expect` asked for it. Letters
  that come from the guard's own stop do not count.

`@pytest.mark.allow_dead_letters` and `@pytest.mark.allow_threads("name", ...)` (how
the names begin) except a test; the ini options `orquestrador_stop_s` and
`orquestrador_allowed_threads` speak for all.

What a simulation's system leaves is the simulation's to judge.
"""

import threading
from collections.abc import Iterator

import pytest

from orquestrador.supervisor.at_exit import systems
from orquestrador.supervisor.clock import ManualClock
from orquestrador.supervisor.system import ActorSystem
from orquestrador.supervisor.testkit import (
    DeadLetterLog,
    EventLog,
    Probe,
    left_running,
)

STOP_S = 5.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    parser.addini(
        "orquestrador_stop_s",
        "seconds that actor systems, and then threads, may take to end after a test",
        default=str(STOP_S),
    )
    parser.addini(
        "orquestrador_allowed_threads",
        "how names begin of threads that may outlive a test",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line(
        "markers", "allow_dead_letters: the test may leave dead letters unread"
    )
    config.addinivalue_line(
        "markers", "allow_threads(name, ...): threads so named may outlive the test"
    )


@pytest.fixture(autouse=True)
def actor_guard(request: pytest.FixtureRequest) -> Iterator[None]:
    """Stop every system after the test, and fail on what the test has left behind."""
    stop_s = float(request.config.getini("orquestrador_stop_s"))
    threads = set(threading.enumerate())
    # Those that were left unread before are another test's.
    for system in _watched():
        DeadLetterLog(system).read_all()
    yield
    node: pytest.Item = request.node
    systems_of_test = _watched()
    allowed = node.get_closest_marker("allow_dead_letters") is not None
    problems = [] if allowed else _unread(systems_of_test, by_stop=True)
    problems += _stop_all(systems_of_test, stop_s)
    if not allowed:
        # Of what was in work when the test ended.
        problems += _unread(systems_of_test, by_stop=False)
    left = left_running(threads, allowed=_allowed(request), timeout=stop_s)
    if left:
        problems.append(f"threads still run: {', '.join(left)}")
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def manual_clock() -> ManualClock:
    """Time that stands still until the test moves it; `actor_system` goes by it."""
    return ManualClock()


@pytest.fixture
def actor_system(manual_clock: ManualClock) -> ActorSystem:
    """An actor system of the test's own, by the manual clock."""
    return ActorSystem(manual_clock)


@pytest.fixture
def event_log(actor_system: ActorSystem) -> EventLog:
    """What is published on the test's system, from now on."""
    return EventLog(actor_system)


@pytest.fixture
def dead_letters(actor_system: ActorSystem) -> DeadLetterLog:
    """The dead letters of the test's system."""
    return DeadLetterLog(actor_system)


@pytest.fixture
def probe(actor_system: ActorSystem) -> Probe:
    """An actor of the test's system that the test plays."""
    return Probe(actor_system)


def _watched() -> list[ActorSystem]:
    return [system for system in systems() if not system.is_simulated]


def _unread(watched: list[ActorSystem], *, by_stop: bool) -> list[str]:
    """Describe the unread letters, with or without those that a stop makes."""
    return [
        f"unread dead letter: {letter.message!r} from {letter.sender or 'outside'} "
        f"to {letter.receiver}: {letter.reason}"
        for system in watched
        for letter in DeadLetterLog(system).read_all()
        if by_stop or letter.reason not in _BY_A_STOP
    ]


_BY_A_STOP = ("the receiver stopped before handling it", "the receiver has stopped")


def _stop_all(watched: list[ActorSystem], stop_s: float) -> Iterator[str]:
    for system in watched:
        if not system.stop(stop_s):
            yield f"a system did not stop in {stop_s:g} s:\n{system.tree()}"


def _allowed(request: pytest.FixtureRequest) -> tuple[str, ...]:
    node: pytest.Item = request.node
    named = [
        str(name)
        for marker in node.iter_markers("allow_threads")
        for name in marker.args
    ]
    return (*request.config.getini("orquestrador_allowed_threads"), *named)
