"""How often is too often: the sliding window of a supervisor's restarts."""

from collections import deque


class RestartWindow:
    """Counts the restarts of the last `period_s` seconds."""

    def __init__(self, intensity: int, period_s: float) -> None:
        """Allow `intensity` restarts in any `period_s` seconds."""
        self.intensity = intensity
        self.period_s = period_s
        self._restarts: deque[float] = deque()

    def change(self, intensity: int, period_s: float) -> None:
        """Set another limit; the restarts so far stay counted.

        Those that the shorter of two periods has let go of are gone.
        """
        self.intensity = intensity
        self.period_s = period_s

    def recent(self, now: float) -> int:
        """Return how many restarts the last `period_s` seconds have seen."""
        return sum(each >= now - self.period_s for each in self._restarts.copy())

    def allows(self, now: float) -> bool:
        """Count one restart at `now`; return whether it is within the limit."""
        self._restarts.append(now)
        while self._restarts[0] < now - self.period_s:
            self._restarts.popleft()
        return len(self._restarts) <= self.intensity
