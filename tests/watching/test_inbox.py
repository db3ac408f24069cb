"""Between the observer's thread and whoever looks."""

import threading
from collections.abc import Callable

import pytest

from orquestrador.watching import Inbox


class Bell:
    def __init__(self) -> None:
        self.rings = 0

    def __call__(self) -> None:
        self.rings += 1


def test_a_burst_rings_once_until_the_taker_rests() -> None:
    bell = Bell()
    inbox = Inbox(bell)
    for number in range(100):
        inbox.add(b"%d.mq4" % number)

    assert bell.rings == 1
    assert inbox.take().events == 100
    inbox.add(b"more.mq4")
    assert bell.rings == 1, "whoever has taken looks again by itself"

    assert not inbox.rest(), "something is there"
    inbox.take()
    assert inbox.rest()
    inbox.add(b"again.mq4")
    assert bell.rings == 2


ARRIVALS: dict[str, Callable[[Inbox], None]] = {
    "cookie": lambda inbox: inbox.add_cookie("x"),
    "overflow": lambda inbox: inbox.overflow(),
    "lost root": lambda inbox: inbox.lose_root(),
    "problem": lambda inbox: inbox.fail(ValueError("broken")),
}


@pytest.mark.parametrize("kind", ARRIVALS)
def test_whatever_comes_rings_and_lets_nobody_rest(kind: str) -> None:
    bell = Bell()
    inbox = Inbox(bell)
    ARRIVALS[kind](inbox)

    assert bell.rings == 1
    assert not inbox.rest()


def test_what_was_heard_before_a_cookie_is_older_than_it() -> None:
    inbox = Inbox(Bell())
    inbox.add(b"before.mq4")
    inbox.add_cookie("cookie")
    inbox.add(b"after.mq4")

    arrivals = inbox.take()

    seen = arrivals.cookies["cookie"]
    assert arrivals.changes.paths[b"before.mq4"].first <= seen
    assert arrivals.changes.paths[b"after.mq4"].first >= seen


def test_lost_events_make_everything_to_be_looked_at() -> None:
    inbox = Inbox(Bell())
    inbox.overflow()
    arrivals = inbox.take()

    assert arrivals.overflows == 1
    assert arrivals.changes.everything is not None


def test_it_stays_small_however_many_paths_change() -> None:
    inbox = Inbox(Bell(), most=500)
    for number in range(20_000):
        inbox.add(b"%d/%d/x.mq4" % (number % 200, number))

    arrivals = inbox.take()
    assert arrivals.events == 20_000
    assert len(arrivals.changes) <= 500


def test_nothing_is_lost_between_two_threads() -> None:
    inbox = Inbox(Bell(), most=10_000)
    done = threading.Event()
    found: set[bytes] = set()
    events = 0

    def add() -> None:
        for number in range(5000):
            inbox.add(b"%d.mq4" % number)
        done.set()

    thread = threading.Thread(target=add)
    thread.start()
    while not (done.is_set() and inbox.rest()):
        arrivals = inbox.take()
        events += arrivals.events
        found |= arrivals.changes.paths.keys()
    thread.join()

    assert events == 5000
    assert len(found) == 5000
