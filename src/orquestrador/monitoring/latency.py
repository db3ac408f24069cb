"""How long something takes: exact quantiles over the last times."""

import math

from orquestrador.messages.monitor import LatencySample
from orquestrador.monitoring.ring import Ring

WINDOW = 1024
"""How many of the last times count."""


class Latency:
    """The last `WINDOW` durations of one thing."""

    def __init__(self, name: str) -> None:
        """See `LatencySample.name`."""
        self.name = name
        self.total_s = 0.0
        """Of all that were ever added."""

        self._last = Ring(WINDOW)
        self._at = Ring(WINDOW)

    @property
    def count(self) -> int:
        """How many were ever added."""
        return self._last.added

    def add(self, seconds: float, at: float) -> None:
        """Add one; a clock that was set back in between counts as no time.

        Args:
            seconds: how long it took.
            at: when it ended, seconds since the epoch.

        """
        seconds = max(0.0, seconds)
        self.total_s += seconds
        self._last.add(seconds)
        self._at.add(at)

    def quantiles(
        self, *shares: float, since: float = float("-inf")
    ) -> tuple[float | None, ...]:
        """Return, for each share, the least duration that so many did not exceed.

        Args:
            shares: above 0 up to 1: 0.5 is the median, 0.95 the p95.
            since: leave out what ended before; seconds since the epoch.

        Returns:
            Seconds, each a duration that was measured; None where there are none.

        """
        durations = sorted(
            seconds
            for seconds, at in zip(self._last, self._at, strict=True)
            if at >= since
        )
        if not durations:
            return (None,) * len(shares)
        return tuple(
            durations[max(0, math.ceil(share * len(durations)) - 1)] for share in shares
        )

    def sample(self) -> LatencySample:
        """Return it as it stands."""
        p50_s, p95_s, p99_s = self.quantiles(0.5, 0.95, 0.99)
        return LatencySample(
            name=self.name, count=self.count, p50_s=p50_s, p95_s=p95_s, p99_s=p99_s
        )
