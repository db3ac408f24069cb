"""Which worker holds which batch: plain bookkeeping of the classifier."""

import itertools
from typing import NamedTuple

from orquestrador.actors.contents import Contents

_AHEAD = 2
"""Batches of a kind that a worker holds: one in work, one that it finds then."""

_numbers = itertools.count(1)
"""Of batches and stores; an answer to an earlier incarnation meets no other's."""


def next_number() -> int:
    """Return a number that no batch and no store of this process has had."""
    return next(_numbers)


class Held(NamedTuple):
    """A batch that a worker holds."""

    worker: str
    contents: Contents
    urgent: bool


class Dispatch:
    """Batches that wait for a worker, and those that a worker holds.

    An urgent batch (a save) goes before every other one, and does not count against
    what a worker may hold of these: the worker itself lets it overtake them.
    """

    def __init__(self, workers: tuple[str, ...]) -> None:
        """`workers` are the names of actors."""
        self.broken: dict[str, str] = {}
        """Workers that cannot start, and why."""

        self._workers = workers
        self._held: dict[int, Held] = {}
        self._waiting: dict[bool, list[Contents]] = {True: [], False: []}

    def add(self, contents: Contents, *, urgent: bool) -> None:
        """Add a batch that waits for a worker."""
        self._waiting[urgent].append(contents)

    def is_waiting(self, *, urgent: bool) -> bool:
        """Whether a batch of this kind waits for a worker."""
        return bool(self._waiting[urgent])

    def is_busy(self, *, urgent: bool) -> bool:
        """Whether any batch of this kind waits or is held."""
        return self.is_waiting(urgent=urgent) or any(
            each.urgent == urgent for each in self._held.values()
        )

    @property
    def all_broken(self) -> bool:
        """Whether no worker can start."""
        return len(self.broken) == len(self._workers)

    def assign(self) -> tuple[int, Held] | None:
        """Give the next batch to the least loaded worker; None if none is free.

        Returns:
            The batch's number, and who holds it now.

        """
        for urgent in (True, False):
            worker = self._free(urgent=urgent)
            if worker is not None and self._waiting[urgent]:
                number = next_number()
                held = Held(worker, self._waiting[urgent].pop(0), urgent)
                self._held[number] = held
                return number, held
        return None

    def _free(self, *, urgent: bool) -> str | None:
        loads = {each: 0 for each in self._workers if each not in self.broken}
        for held in self._held.values():
            if held.urgent == urgent and held.worker in loads:
                loads[held.worker] += 1
        worker = min(loads, key=loads.__getitem__, default=None)
        return None if worker is None or loads[worker] >= _AHEAD else worker

    def answered(self, number: int) -> Held | None:
        """Take a batch back as done.

        Returns:
            None for one that was taken back before, or given by an earlier
            incarnation: its answer is void.

        """
        return self._held.pop(number, None)

    def take_back(self, worker: str) -> None:
        """Let what a worker held, and lost with its incarnation, wait for any other."""
        for number in [
            key for key, held in self._held.items() if held.worker == worker
        ]:
            held = self._held.pop(number)
            self._waiting[held.urgent].append(held.contents)

    def forget(self, *, urgent: bool) -> None:
        """Forget all batches of a kind; what workers still hold of it is void."""
        self._waiting[urgent].clear()
        for number in [
            key for key, held in self._held.items() if held.urgent == urgent
        ]:
            del self._held[number]
