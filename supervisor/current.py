"""Which incarnation the current thread runs, if any."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.incarnation import Incarnation


class _Current(threading.local):
    incarnation: "Incarnation | None" = None
    """Set for the whole life of an incarnation's thread."""

    cell: "Cell | None" = None
    """The cell that the next actor made in this thread belongs to."""


current = _Current()


def take_cell() -> "Cell | None":
    """Return the cell waiting for its actor in this thread, once."""
    cell, current.cell = current.cell, None
    return cell
