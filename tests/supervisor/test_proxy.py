"""A proxy lives as long as its ref, and no instance lives because of it."""

# A proxy has no declared types.
# pyright: reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import gc
import logging
import threading
import time
import weakref
from typing import Any

import pykka
import pytest

from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildSpec,
    Supervisor,
    SupervisorFlags,
)

FLAGS = SupervisorFlags(intensity=1000, period_s=3600.0)


class Shelf:
    """A part of an actor."""

    pykka_traversable = True

    def __init__(self) -> None:
        self.books = 3

    def take(self) -> int:
        self.books -= 1
        return self.books


class Library(Actor):
    """Has parts and methods."""

    place = "here"

    def __init__(self, slow: threading.Event | None = None) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.only_in_instances = 7
        if slow is not None and self.actor_ref.incarnation > 1:
            assert slow.wait(30.0)

    def me(self) -> weakref.ref[Any]:
        return weakref.ref(self)

    def fail(self) -> None:
        raise ValueError("as asked")

    def number(self) -> int:
        return self.actor_ref.incarnation


def start(system: ActorSystem, slow: threading.Event | None = None) -> ActorRef[Any]:
    Supervisor.start(
        FLAGS, [ChildSpec(id="library", actor=Library, args=(slow,))], system=system
    )
    return system.ref("library")


def test_a_proxy_works_on_the_next_incarnation_and_keeps_no_old_one(
    system: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    """Own: proxy_stable."""
    # A log record keeps the error, and so its traceback and the instance.
    caplog.set_level(logging.CRITICAL, logger="pykka")
    proxy: Any = start(system).proxy()
    shelf = proxy.shelf
    take = shelf.take
    old = proxy.me().get(timeout=30.0)
    assert (take().get(timeout=30.0), shelf.books.get(timeout=30.0)) == (2, 2)

    proxy.fail.defer()

    assert proxy.number().get(timeout=30.0) == 2
    assert take().get(timeout=30.0) == 2
    assert shelf.books.get(timeout=30.0) == 2
    assert proxy.only_in_instances.get(timeout=30.0) == 7
    deadline = time.monotonic() + 30.0
    while old() is not None and time.monotonic() < deadline:
        gc.collect()
    assert old() is None
    assert proxy.shelf is shelf


def test_an_attribute_that_is_set_reaches_the_instance_of_now(
    system: ActorSystem,
) -> None:
    ref = start(system)
    proxy: Any = ref.proxy()
    proxy.fail.defer()

    proxy.place = "there"

    other: Any = ref.proxy()
    assert other.place.get(timeout=30.0) == "there"
    assert other.number().get(timeout=30.0) == 2


def test_a_proxy_can_be_made_and_used_while_the_actor_is_restarted(
    system: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    """Own: proxy_stable."""
    caplog.set_level(logging.CRITICAL, logger="pykka")
    slow = threading.Event()
    ref = start(system, slow)
    before: Any = ref.proxy()
    old = before.me().get(timeout=30.0)
    before.fail.defer()
    deadline = time.monotonic() + 30.0
    while (old() is not None or ref.incarnation == 1) and time.monotonic() < deadline:
        gc.collect()

    during: Any = ref.proxy()
    numbers = [before.number(), during.number()]
    assert during == before
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = during.nothing
    slow.set()

    assert [each.get(timeout=30.0) for each in numbers] == [2, 2]
    assert during.only_in_instances.get(timeout=30.0) == 7


def test_proxies_are_equal_by_actor_and_path_over_a_restart(
    system: ActorSystem,
) -> None:
    ref = start(system)
    proxy: Any = ref.proxy()
    hashes = hash(proxy), hash(proxy.shelf)
    assert proxy == ref.proxy()
    assert proxy.shelf == ref.proxy().shelf
    assert proxy != proxy.shelf
    assert proxy != "proxy"

    proxy.fail.defer()
    assert proxy.number().get(timeout=30.0) == 2

    assert proxy == ref.proxy()
    assert (hash(proxy), hash(proxy.shelf)) == hashes


def test_no_proxy_is_made_for_an_actor_that_has_ended(system: ActorSystem) -> None:
    ref = start(system)
    ref.stop(timeout=30.0)

    with pytest.raises(pykka.ActorDeadError, match="not found"):
        ref.proxy()
