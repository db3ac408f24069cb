"""Takes steps in batches and notes what is on disk; what apply and undo share."""

from collections.abc import Callable, Generator, Iterator, Sequence

import msgspec

from orquestrador.library import shown_name, suffix_of
from orquestrador.organizing.journal import Journal
from orquestrador.organizing.outcome import Place, Progress
from orquestrador.organizing.records import Copying, Done, Record, Refused, Step
from orquestrador.organizing.relocating import (
    RefusedError,
    Relocator,
    Way,
    forward,
)
from orquestrador.organizing.standing import Standing
from orquestrador.snapshots.names import DRAFTS_PREFIX

BATCH = 256
"""Steps between two syncs: each costs some milliseconds for every folder touched."""

_MOST_NAMES = 1000


class Carrier:
    """Takes the steps of one journal, forward or back.

    Args:
        place: where.
        journal: is told what is done.
        standing: what it says so far.
        way: turns a step into a rename.
        note: makes the record that says which steps are on disk.
        gives_up: whether a file that was refused is not tried again another time.

    """

    def __init__(  # noqa: PLR0913 -- apply and undo differ in these
        self,
        place: Place,
        journal: Journal,
        standing: Standing,
        way: Callable[[Step], Way],
        note: Callable[[tuple[int, ...]], Record],
        *,
        gives_up: bool,
    ) -> None:
        self.relocator = Relocator(
            place.root, place.disk, standing.begun.id, self._announce
        )
        self.refused: dict[int, str] = {}
        """Why a file was not moved this time, by the number of its move."""

        self.moved: set[int] = set()
        """Numbers of the moves whose files have another name since this began."""

        self._journal = journal
        self._standing = standing
        self._way = way
        self._note = note
        self._gives_up = gives_up
        self._later: dict[int, Step] = {}
        self._taken: list[int] = []
        self._refusals: list[Refused] = []

    def carry(self, steps: Sequence[Step]) -> Generator[Progress, None, None]:
        """Take steps in this order; yields how far it has come after each."""
        self._later = _followers(steps)
        for count, step in enumerate(steps, start=1):
            self._one(step)
            if count % BATCH == 0:
                self._settle()
            yield Progress(count, len(steps))
        self._settle()

    def _settle(self) -> None:
        """Have on disk what was done, and only then on record."""
        self.relocator.settle()
        taken, refusals = tuple(self._taken), tuple(self._refusals)
        if taken or refusals:
            self._journal.sync(*([self._note(taken)] if taken else []), *refusals)
        self._taken.clear()
        self._refusals.clear()

    def _one(self, step: Step) -> None:
        if step.move in self.refused:
            return
        if self._is_beyond(step):
            self._taken.append(step.number)
            return
        way = self._way(step)
        try:
            if self.relocator.take(way, self._standing.copies.get(step.number)):
                self.moved.add(step.move)
        except RefusedError as error:
            self.refused[step.move] = f"{error}{self._rescued(step, way.source)}"
            if self._gives_up:
                reason = self.refused[step.move]
                self._refusals.append(Refused(step=step.number, reason=reason))
        else:
            self._taken.append(step.number)

    def _is_beyond(self, step: Step) -> bool:
        """Whether the file is where a later step takes it; another may be here now."""
        later = self._later.get(step.number)
        return later is not None and self.relocator.is_beyond(
            self._way(step), self._way(later).target
        )

    def _rescued(self, step: Step, aside: bytes) -> str:
        """Give a file on its way a name of its own again; return it in words."""
        folder, slash, name = aside.rpartition(b"/")
        if not name.startswith(DRAFTS_PREFIX.encode()):
            return ""
        for target in self._names(step):
            rescue = msgspec.structs.replace(
                step,
                number=len(self._standing.steps),
                source=aside,
                target=target,
                whole=False,
            )
            # Not settled before: that the file is at its name of ours is on record.
            self._journal.sync(rescue)
            self._standing.steps.append(rescue)
            try:
                self.relocator.take(forward(rescue))
            except RefusedError:
                continue
            self.relocator.settle()
            self._journal.sync(Done(steps=(rescue.number,)))
            return f"; it is {shown_name(target)} now"
        return f"; it is {shown_name(folder + slash + name)} now"

    def _names(self, step: Step) -> Iterator[bytes]:
        """Yield names for a file that can neither go on nor back."""
        legs = [each for each in self._standing.steps if each.move == step.move]
        yield from dict.fromkeys((legs[0].source, legs[-1].target))
        wanted = legs[-1].target
        suffix = suffix_of(wanted).encode()
        stem = wanted[: len(wanted) - len(suffix)]
        for number in range(2, _MOST_NAMES):
            yield b"%s-%d%s" % (stem, number, wanted[len(stem) :])

    def _announce(self, step: int, inode: int) -> None:
        self._journal.sync(Copying(step=step, inode=inode))


def _followers(steps: Sequence[Step]) -> dict[int, Step]:
    """Return the last step of each file that takes several, by the earlier ones."""
    last = {step.move: step for step in steps}
    return {
        step.number: last[step.move] for step in steps if last[step.move] is not step
    }
