"""How long an actor's messages take: exact quantiles over the last, in fixed memory."""

import math
from array import array
from typing import Annotated

from msgspec import Meta

from orquestrador.messages import Message

WINDOW = 256
"""How many of an actor's last messages count for the quantiles: 2 KiB."""

Seconds = Annotated[float, Meta(ge=0)]


class HandlingTimes(Message, tag=False):
    """How long an actor's handlers took, from taking a message to their end.

    The quantiles are over the last `WINDOW` messages, each a time that was measured;
    None before the first.
    """

    count: Annotated[int, Meta(ge=0)]
    """Messages that were timed, also those whose handler failed. The runtime's own
    are not among them."""

    total_s: Seconds
    """Of all that were timed."""

    p50_s: Seconds | None
    p95_s: Seconds | None
    p99_s: Seconds | None


class HandlingTimer:
    """The last times of one actor, over all its incarnations.

    Written by the actor's thread, read by any: a reader may miss the newest.
    """

    __slots__ = ("_last", "count", "total_s")

    def __init__(self) -> None:
        self._last = array("d", bytes(8 * WINDOW))
        self.count = 0
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Add the time of one message."""
        self._last[self.count % WINDOW] = seconds
        self.total_s += seconds
        self.count += 1

    def times(self) -> HandlingTimes:
        """Return how they stand."""
        count = self.count
        last = sorted(self._last[: min(count, WINDOW)])
        p50_s, p95_s, p99_s = (_quantile(last, share) for share in (0.5, 0.95, 0.99))
        return HandlingTimes(
            count=count, total_s=self.total_s, p50_s=p50_s, p95_s=p95_s, p99_s=p99_s
        )


def _quantile(ordered: list[float], share: float) -> float | None:
    """Return the least time that so large a share of them did not exceed."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
