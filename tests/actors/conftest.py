"""A tree of a few actors, some of them puppets that keep what they are told."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orquestrador.supervisor import ActorSystem, ChildSpec, Supervisor, SupervisorFlags
from orquestrador.supervisor.testkit import EventLog, Puppet, received


class Tree:
    """The actors of one test, by name."""

    def __init__(self, specs: tuple[ChildSpec, ...]) -> None:
        self.system = ActorSystem()
        self.events = EventLog(self.system)
        flags = SupervisorFlags(intensity=5, period_s=60.0)
        self._top = Supervisor.start(flags, specs, system=self.system)

    def tell(self, name: str, message: object) -> None:
        self.system.ref(name).tell(message)

    def received(self, name: str, count: int) -> tuple[Any, ...]:
        """Wait until a puppet was told `count` messages; returns all of them."""
        until = time.monotonic() + 30
        found: tuple[Any, ...] = ()
        while len(found) < count:
            assert time.monotonic() < until, f"only {found} came"
            found = self.system.ref(name).ask(received, block=True, timeout=30)
        return found

    def stop(self) -> None:
        self._top.stop(10)
        self.system.events.close()


@pytest.fixture
def plant() -> Iterator[Callable[..., Tree]]:
    """Start a tree; it is stopped after the test."""
    trees: list[Tree] = []

    def start(*specs: ChildSpec) -> Tree:
        trees.append(Tree(specs))
        return trees[-1]

    yield start
    for tree in trees:
        tree.stop()


@pytest.fixture
def puppet() -> Callable[[str], ChildSpec]:
    """The spec of a puppet with this name."""
    return lambda name: ChildSpec(id=name, actor=Puppet)
