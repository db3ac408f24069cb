"""Memory that does not grow: the last values of something, oldest first."""

import math
from array import array
from collections.abc import Iterator

NOTHING = math.nan
"""Stands in a ring for a value that is not known."""


class Ring:
    """The last `capacity` numbers, in memory that is taken once."""

    __slots__ = ("_next", "_values", "added")

    def __init__(self, capacity: int) -> None:
        """Begin without any; eight bytes are taken for each place."""
        self._values = array("d", bytes(8 * capacity))
        self._next = 0
        self.added = 0
        """How many were ever added."""

    def __len__(self) -> int:
        return min(self.added, len(self._values))

    def __iter__(self) -> Iterator[float]:
        return (self.ago(steps) for steps in range(len(self) - 1, -1, -1))

    def add(self, value: float) -> None:
        """Add a number; the oldest makes room."""
        self._values[self._next] = value
        self._next = (self._next + 1) % len(self._values)
        self.added += 1

    def ago(self, steps: int) -> float:
        """Return the number added `steps` before the last one.

        Raises:
            IndexError: if it was never added, or is gone.

        """
        if not 0 <= steps < len(self):
            raise IndexError(f"the ring holds {len(self)} numbers, not {steps + 1}")
        return self._values[(self._next - 1 - steps) % len(self._values)]
