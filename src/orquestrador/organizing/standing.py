"""How far a journal has come: what its records add up to."""

from typing import TypeVar

from orquestrador.errors import JournalDamagedError
from orquestrador.organizing.journal import Journal
from orquestrador.organizing.records import (
    Begun,
    Copying,
    Done,
    Edit,
    Edited,
    EditRefused,
    EditsReady,
    EditsUndone,
    Emptied,
    Ready,
    Record,
    Refused,
    Step,
    StepsUndone,
    Undoing,
    Undone,
)

R = TypeVar("R")


class Standing:
    """What is on record of one apply.

    Raises:
        JournalDamagedError: if it has no beginning.

    """

    def __init__(self, journal: Journal) -> None:
        records = journal.records
        begun = _all(records, Begun)
        if not begun:
            raise JournalDamagedError(f"{journal.path} has no beginning")
        self.begun = begun[0]
        self.is_ready = bool(_all(records, Ready))
        self.steps = _all(records, Step)
        self.done = {step for each in _all(records, Done) for step in each.steps}
        self.refused = {each.step: each.reason for each in _all(records, Refused)}
        self.copies = {each.step: each.inode for each in _all(records, Copying)}
        self.edits_ready = bool(_all(records, EditsReady))
        self.edits = _intended(records)
        self.edited = {edit for each in _all(records, Edited) for edit in each.edits}
        self.edits_refused = {
            each.edit: each.reason for each in _all(records, EditRefused)
        }
        self.emptied = {
            raw: mode for each in _all(records, Emptied) for raw, mode in each.folders
        }
        """Folders that were, or are going to be, removed, with their modes."""

        self.steps_undone = {
            step for each in _all(records, StepsUndone) for step in each.steps
        }
        self.edits_undone = {
            edit for each in _all(records, EditsUndone) for edit in each.edits
        }
        ends = [each for each in records if isinstance(each, Undoing | Undone)]
        self.undoing = bool(ends)
        last = ends[-1] if ends else None
        self.undone = last if isinstance(last, Undone) else None
        """How the last undo ended; None where none did."""

    def was_given_up(self, step: Step) -> bool:
        """Whether it was never taken: one before it of the same file was refused."""
        return step.number not in self.done and any(
            earlier.move == step.move
            and earlier.number < step.number
            and earlier.number in self.refused
            for earlier in self.steps
        )

    def places(self) -> dict[bytes, bytes]:
        """Return where each file is now that was moved, by its first place."""
        first: dict[int, bytes] = {}
        places: dict[bytes, bytes] = {}
        for step in self.steps:
            source = first.setdefault(step.move, step.source)
            if step.number in self.done:
                places[source] = step.target
        return {old: now for old, now in places.items() if old != now}

    def moved(self) -> int:
        """Return how many files are where the plan wants them."""
        return sum(step.whole and step.number in self.done for step in self.steps)

    def refusals(self) -> tuple[tuple[bytes, str], ...]:
        """Return the files of the plan that stayed, and why."""
        first = {step.move: step.source for step in reversed(self.steps)}
        moved = {
            step.move for step in self.steps if step.whole and step.number in self.done
        }
        reasons = {
            step.move: self.refused[step.number]
            for step in reversed(self.steps)
            if step.number in self.refused and step.move not in moved
        }
        late = [(first[move], reason) for move, reason in reasons.items()]
        return tuple(sorted([*self.begun.refused, *late]))


def _all(records: list[Record], kind: type[R]) -> list[R]:
    return [each for each in records if isinstance(each, kind)]


def _intended(records: list[Record]) -> list[Edit]:
    """Return the edits; those of an attempt that was cut short are not among them."""
    ready = _all(records, EditsReady)
    edits = {each.number: each for each in _all(records, Edit)}
    return [edits[number] for number in range(ready[-1].count)] if ready else []
