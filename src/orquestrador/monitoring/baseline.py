"""What a rate is reckoned from: how it was a second or more ago."""

from typing import Generic, TypeVar

T = TypeVar("T")

LEAST_S = 1.0
"""A rate over a shorter time says nothing, and two who ask at once would get one."""


class Baseline(Generic[T]):
    """Keeps how something was, between one and two readings of a second before."""

    def __init__(self, now: float, value: T) -> None:
        """Begin with how it is.

        Args:
            now: seconds of a clock that never goes back.
            value: how it is.

        """
        self._older = self._newer = (now, value)

    def look_back(self, now: float, value: T) -> tuple[float, T]:
        """Take how it is now; return how long ago the base was taken, and the base."""
        if now - self._newer[0] >= LEAST_S:
            self._older, self._newer = self._newer, (now, value)
        at, before = self._older
        return now - at, before
