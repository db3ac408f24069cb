"""Settled paths that somebody looks at, and that are not in the catalog yet."""

from orquestrador.watching.settling import Settled

_MOST = 4


class Sent:
    """Batches of paths on their way; few, so that what is saved next waits little."""

    def __init__(self) -> None:
        self._batches: list[list[Settled]] = []

    def __len__(self) -> int:
        """Return how many paths are on their way."""
        return sum(map(len, self._batches))

    @property
    def has_room(self) -> bool:
        """Whether another batch may follow."""
        return len(self._batches) < _MOST

    def add(self, batch: list[Settled]) -> tuple[bytes, ...]:
        """Take note of a batch that is about to be sent; returns its raw names."""
        self._batches.append(batch)
        return _raws(batch)

    def take(self, raws: tuple[bytes, ...]) -> list[Settled] | None:
        """Take back the first batch of these paths; None if there is none."""
        batch = next((each for each in self._batches if _raws(each) == raws), None)
        if batch is not None:
            self._batches.remove(batch)
        return batch

    def oldest(self) -> float | None:
        """Return since when the oldest change of a path waits; None: none does."""
        times = (settled.first for batch in self._batches for settled in batch)
        return min(times, default=None)


def _raws(batch: list[Settled]) -> tuple[bytes, ...]:
    return tuple(settled.raw for settled in batch)
