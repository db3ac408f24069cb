"""All systems of this process, and the end of their trees when the program ends."""

import atexit
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.supervisor.system import ActorSystem

EXIT_LIMIT_S = 10.0
"""Seconds that the trees of all systems together may take to stop."""

_systems: "weakref.WeakSet[ActorSystem]" = weakref.WeakSet()


def add(system: "ActorSystem") -> None:
    """Stop its trees when the program ends, if somebody holds it until then."""
    _systems.add(system)


def systems() -> "tuple[ActorSystem, ...]":
    """Return every system of this process that somebody still holds."""
    return tuple(_systems)


@atexit.register
def _stop_all_trees() -> None:
    until = time.monotonic() + EXIT_LIMIT_S
    for system in systems():
        # Without any time left its newest tree is asked all the same.
        system.stop_trees(max(0.0, until - time.monotonic()))
