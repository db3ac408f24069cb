"""Brings everything back that an apply has moved and changed."""

import contextlib
import os
from collections.abc import Generator
from contextlib import closing

from orquestrador.errors import OrganizeError
from orquestrador.library import os_path
from orquestrador.organizing import folders, history, mending
from orquestrador.organizing.carrying import Carrier
from orquestrador.organizing.journal import Journal
from orquestrador.organizing.outcome import Outcome, Place, Progress
from orquestrador.organizing.records import (
    EditsUndone,
    Ready,
    Record,
    StepsUndone,
    Undoing,
    Undone,
)
from orquestrador.organizing.relocating import RefusedError, Relocator, back
from orquestrador.organizing.standing import Standing


def undo_steps(
    place: Place, journal_id: str | None = None
) -> Generator[Progress, None, Outcome]:
    """Bring files back; yields how far it has come after each step.

    What the user changed since stays, with the reason; a second undo tries those
    again, and does nothing where nothing is left to do.

    Args:
        place: the library and its state.
        journal_id: which apply; None means the one that was cut short, or the last.

    Raises:
        OrganizeError: if there is none, or another one was cut short.
        JournalDamagedError: if its journal cannot be read.

    """
    unfinished = history.unfinished(place.state)
    chosen = unfinished
    if journal_id is not None or chosen is None:
        chosen = history.find(place.state, journal_id)
    if unfinished not in {None, chosen}:
        raise OrganizeError(
            f"the moves of {unfinished} were cut short: undo or finish these first"
        )
    path = history.journal_path(place.state, chosen)
    with closing(Journal(path, place.disk)) as journal:
        if not any(isinstance(each, Ready) for each in journal.records):
            history.unmark(place.state, place.disk)
            return Outcome(journal=None, moved=0, undone=True)
        standing = Standing(journal)
        if standing.undone is not None and not standing.undone.refused:
            history.unmark(place.state, place.disk)
            return Outcome(journal=standing.begun.id, moved=0, undone=True)
        history.mark(place.state, standing.begun.id, place.disk)
        return (yield from _undo(place, journal, standing))


def _undo(
    place: Place, journal: Journal, standing: Standing
) -> Generator[Progress, None, Outcome]:
    journal.sync(Undoing())
    edited, edits_refused = _take_back_edits(place, journal, standing)
    carrier = Carrier(place, journal, standing, back, _undone, gives_up=False)
    _make_emptied(standing, carrier.relocator)
    waiting = [
        step
        for step in reversed(standing.steps)
        if step.number not in standing.steps_undone
        and step.number not in standing.refused
        and not standing.was_given_up(step)
    ]
    yield from carrier.carry(waiting)
    # An edit that stays keeps its file from going back: the first reason is told.
    refused = {
        _last_place(standing, move): reason for move, reason in carrier.refused.items()
    } | edits_refused
    folders.sweep(place.root, place.disk, standing)
    removed = _tidy(place, standing, complete=not refused)
    journal.sync(Undone(refused=len(refused)))
    history.unmark(place.state, place.disk)
    return Outcome(
        journal=standing.begun.id,
        moved=len(carrier.moved),
        refused=tuple(sorted(refused.items())),
        edited=edited,
        folders_removed=removed,
        snapshot=standing.begun.snapshot,
        undone=True,
    )


def _undone(steps: tuple[int, ...]) -> Record:
    return StepsUndone(steps=steps)


def _take_back_edits(
    place: Place, journal: Journal, standing: Standing
) -> tuple[int, dict[bytes, str]]:
    """Give files their old bytes; return how many, and those that were refused."""
    back_again: list[int] = []
    refused: dict[bytes, str] = {}
    gone_back = {
        step.target for step in standing.steps if step.number in standing.steps_undone
    }
    for edit in standing.edits:
        if edit.number in standing.edits_undone:
            continue
        try:
            mending.take_back(edit, place.root, place.disk, standing.begun.id)
        except RefusedError as error:
            # One that was refused may have been made, and only not been synced; and so
            # may one that was taken back, whose file has gone back since.
            is_back = edit.raw in gone_back and not os.path.lexists(
                os_path(place.root, edit.raw)
            )
            if edit.number not in standing.edits_refused and not is_back:
                refused[edit.raw] = str(error)
        else:
            back_again.append(edit.number)
    if back_again:
        journal.sync(EditsUndone(edits=tuple(back_again)))
    return len(back_again), refused


def _make_emptied(standing: Standing, relocator: Relocator) -> None:
    for raw in sorted(standing.emptied):
        # What stands in the way is told with the file that cannot go there.
        with contextlib.suppress(RefusedError, OSError):
            relocator.make_folder(raw)


def _last_place(standing: Standing, move: int) -> bytes:
    """Return where a file stands, or stood last."""
    legs = [step for step in standing.steps if step.move == move]
    there = [step for step in legs if step.number not in standing.steps_undone]
    return (there or legs)[-1].target


def _tidy(place: Place, standing: Standing, *, complete: bool) -> int:
    """Remove folders that the apply made, and give the others their modes and times."""
    removed = folders.remove_empty(place.root, place.disk, standing.begun.made)
    for raw, mode in standing.emptied.items():
        with contextlib.suppress(OSError):
            place.disk.set_mode(os_path(place.root, raw), mode)
    if complete:
        for raw, mtime_ns in reversed(standing.begun.folders):
            with contextlib.suppress(OSError):
                place.disk.set_mtime(os_path(place.root, raw), mtime_ns)
    return removed
