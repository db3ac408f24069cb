"""Which incarnation the current thread runs, if any."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.incarnation import Incarnation


class Host(Protocol):
    """A system that lives in one thread, and goes on while that thread waits."""

    def wait(self, is_done: Callable[[], bool], timeout: float | None) -> bool:
        """Go on until something is done; False when `timeout` seconds were over."""
        ...


class _Current(threading.local):
    incarnation: "Incarnation | None" = None
    """Set for the whole life of an incarnation's thread."""

    cell: "Cell | None" = None
    """The cell that the next actor made in this thread belongs to."""

    host: Host | None = None
    """The simulation that this thread runs, if any: it never blocks then."""

    never_waits: bool = False
    """Whether this thread carries messages for others, and so must not wait for room
    in a mailbox."""


current = _Current()


def take_cell() -> "Cell | None":
    """Return the cell waiting for its actor in this thread, once."""
    cell, current.cell = current.cell, None
    return cell
