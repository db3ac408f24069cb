"""The names of a system: who is found under which."""

import threading
from typing import TYPE_CHECKING

from orquestrador.errors import ChildRequestError, UnknownActorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orquestrador.supervisor.cell import Cell


class Names:
    """Cells by name: an actor keeps its name over restarts, until it has ended."""

    def __init__(self) -> None:
        self._cells: dict[str, Cell] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> "Iterator[str]":
        """Iterate over the names there are, sorted."""
        return iter(sorted(self._cells.copy()))

    def claim(self, name: str, cell: "Cell") -> None:
        """Let `name` mean `cell`.

        Raises:
            ChildRequestError: `already_started`, if another actor has the name.

        """
        with self._lock:
            holder = self._cells.setdefault(name, cell)
        if holder is not cell:
            raise ChildRequestError("already_started", name, holder.ref)

    def find(self, name: str) -> "Cell":
        """Return who has this name.

        Raises:
            UnknownActorError: if nobody has; lists the names there are.

        """
        cell = self._cells.get(name)
        if cell is None:
            known = ", ".join(self) or "none"
            raise UnknownActorError(f"no actor is named {name!r}; there are: {known}")
        return cell

    def release(self, cell: "Cell") -> None:
        """Let the name of an actor that has ended go."""
        with self._lock:
            if self._cells.get(cell.name) is cell:
                del self._cells[cell.name]
