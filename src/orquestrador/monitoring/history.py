"""An hour of every metric, one value a second, in memory that does not grow."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from orquestrador.monitoring.ring import NOTHING, Ring

CAPACITY = 3600
MOST_SERIES = 256
"""Together they take at most 7.4 MB."""


class Series(NamedTuple):
    """What one row of values is about."""

    metric: str
    """Its name as Prometheus sees it."""

    subject: str = ""
    """An actor's name, for a metric that each actor has."""


Readings = Mapping[Series, float]
Point = tuple[float, float | None]
"""A time, seconds since the epoch, and the value; None where it is not known."""


class History:
    """The last `CAPACITY` values of each series, all taken at the same moments.

    A series that is not read for as long as that is forgotten. Above `MOST_SERIES`
    new ones are left out until others are.
    """

    def __init__(
        self, capacity: int = CAPACITY, most_series: int = MOST_SERIES
    ) -> None:
        """Begin empty; memory is taken with the first value of each series."""
        self._capacity = capacity
        self._most_series = most_series
        self._at = Ring(capacity)
        self._rings: dict[Series, Ring] = {}
        self._absent: dict[Series, int] = {}

    def __len__(self) -> int:
        """Return how many series there are."""
        return len(self._rings)

    def add(self, at: float, readings: Readings) -> None:
        """Add what was read at one moment; what is missing is noted as not known.

        Args:
            at: seconds since the epoch.
            readings: not known is also a NaN.

        """
        self._at.add(at)
        for series, ring in tuple(self._rings.items()):
            value = readings.get(series)
            ring.add(NOTHING if value is None else value)
            self._note_absence(series, absent=value is None)
        for series in readings.keys() - self._rings.keys():
            if len(self._rings) < self._most_series:
                self._rings[series] = ring = Ring(self._capacity)
                ring.add(readings[series])

    def subjects(self, metric: str) -> list[str]:
        """Return what a metric is known of; an actor's name, or "" for the system."""
        return [each.subject for each in self._rings if each.metric == metric]

    def last(self, series: Series) -> float | None:
        """Return the newest value; None when it is not known."""
        ring = self._rings.get(series)
        return None if ring is None else _known(ring.ago(0))

    def points(
        self, series: Series, seconds: float
    ) -> list[tuple[float, float | None]]:
        """Return (time, value) of the last `seconds`, the oldest first."""
        ring = self._rings.get(series)
        if ring is None or not len(self._at):
            return []
        steps = self._steps(seconds, len(ring))
        return [
            (self._at.ago(step), _known(ring.ago(step)))
            for step in range(steps, -1, -1)
        ]

    def increase(self, series: Series, seconds: float) -> float | None:
        """Return by how much a counter grew in the last `seconds`.

        Returns:
            None when it is not known now. A counter that began anew counts from 0,
            and one that is younger than `seconds` from its first value.

        """
        ring = self._rings.get(series)
        now = None if ring is None else _known(ring.ago(0))
        if ring is None or now is None:
            return None
        before = _known(ring.ago(self._steps(seconds, len(ring))))
        if before is None:
            return now
        return now - before if now >= before else now

    def slope(self, series: Series, seconds: float) -> float | None:
        """Return the growth a second of the straight line through the last values.

        Returns:
            None when the values known span less than a fifth of `seconds`.

        """
        known = [
            (at, value)
            for at, value in self.points(series, seconds)
            if value is not None
        ]
        if len(known) < 3 or known[-1][0] - known[0][0] < seconds / 5:
            return None
        middle = sum(at for at, _ in known) / len(known)
        mean = sum(value for _, value in known) / len(known)
        spread = sum((at - middle) ** 2 for at, _ in known)
        return sum((at - middle) * (value - mean) for at, value in known) / spread

    def share(self, series: Series, seconds: float) -> float:
        """Return in which share of the last `seconds` it was above zero."""
        known = [
            value for _, value in self.points(series, seconds) if value is not None
        ]
        return sum(value > 0 for value in known) / len(known) if known else 0.0

    def _steps(self, seconds: float, most: int) -> int:
        """Return how many values back the oldest of the last `seconds` is."""
        low, high = 0, most - 1
        oldest = self._at.ago(0) - seconds
        while low < high:
            middle = (low + high + 1) // 2
            if self._at.ago(middle) >= oldest:
                low = middle
            else:
                high = middle - 1
        return low

    def _note_absence(self, series: Series, *, absent: bool) -> None:
        if not absent:
            self._absent.pop(series, None)
            return
        self._absent[series] = self._absent.get(series, 0) + 1
        if self._absent[series] >= self._capacity:
            del self._rings[series], self._absent[series]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
