"""Carries a plan out, under a journal; continues one that was cut short."""

import contextlib
import datetime as dt
import os
import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from orquestrador.errors import OrganizeError
from orquestrador.library import os_name, raw_of_shown, shown_name
from orquestrador.organizing import copies, folders, history, mending
from orquestrador.organizing.carrying import Carrier
from orquestrador.organizing.journal import Journal
from orquestrador.organizing.outcome import Outcome, Place, Progress
from orquestrador.organizing.plan import Move, Plan
from orquestrador.organizing.planning import refuse_terminal
from orquestrador.organizing.records import (
    VERSION,
    Begun,
    Done,
    Edit,
    Edited,
    EditRefused,
    EditsReady,
    Emptied,
    Finished,
    Ready,
    Record,
)
from orquestrador.organizing.references import References
from orquestrador.organizing.relocating import RefusedError, forward
from orquestrador.organizing.standing import Standing
from orquestrador.organizing.steps import Vetted, ordered, vet
from orquestrador.organizing.tree import Tree, read_tree

Steps = Generator[Progress, None, Outcome]


def require_finished(state: Path) -> None:
    """Refuse to begin something new while an apply or an undo is unfinished.

    Raises:
        OrganizeError: if one is; says how to go on.

    """
    journal = history.unfinished(state)
    if journal is not None:
        raise OrganizeError(
            f"the moves of {journal} were cut short: `orquestrador organize apply` "
            "without a plan goes on, `orquestrador organize undo` takes them back"
        )


def require_same_library(plan: Plan, library: Path) -> None:
    """Refuse a plan that was made for another library.

    Raises:
        OrganizeError: says which.

    """
    made_for = Path(os_name(raw_of_shown(plan.library)))
    if made_for == library:
        return
    try:
        same = made_for.samefile(library)
    except OSError:
        same = False
    if not same:
        raise OrganizeError(
            f"the plan was made for {plan.library}, not for {library}; make one with "
            "`orquestrador organize plan`"
        )


def apply_steps(
    plan: Plan,
    place: Place,
    *,
    snapshot: str | None,
    fix_includes: bool = False,
    force_terminal: bool = False,
) -> Steps:
    """Carry a plan out; yields how far it has come after each step.

    Closing the generator early, or a crash, leaves an unfinished journal:
    `resume_steps` goes on, `undo_steps` takes it back.

    Args:
        plan: which files go where.
        place: the library and its state.
        snapshot: the newest snapshot of the library, which must be as it is now.
        fix_includes: mend directives that the moves break.
        force_terminal: work on a MetaTrader data folder too.

    Raises:
        OrganizeError: if nothing was begun, or the journal cannot be written.

    """
    require_finished(place.state)
    require_same_library(plan, place.library)
    tree = read_tree(place.library, place.state)
    if not force_terminal:
        refuse_terminal(place.library, tree)
    vetted = vet(plan.moves, place.root, tree, place.protected)
    if not vetted.moves:
        return Outcome(journal=None, moved=0, refused=vetted.refused, snapshot=snapshot)
    journal = _begin(place, tree, vetted, snapshot, fix_includes=fix_includes)
    with closing(journal):
        return (yield from _go_on(place, journal))


def resume_steps(place: Place) -> Steps:
    """Carry out what is left of an apply, or of an undo, that was cut short.

    Raises:
        OrganizeError: if there is none.
        JournalDamagedError: if its journal cannot be read.

    """
    from orquestrador.organizing.undoing import undo_steps  # noqa: PLC0415 -- it imports this module

    unfinished = history.unfinished(place.state)
    if unfinished is None:
        raise OrganizeError(
            "nothing was cut short; `orquestrador organize plan` makes a plan to apply"
        )
    with closing(_opened(place, unfinished)) as journal:
        if not any(isinstance(each, Ready) for each in journal.records):
            history.unmark(place.state, place.disk)
            return Outcome(journal=None, moved=0)
        if not Standing(journal).undoing:
            return (yield from _go_on(place, journal))
    return (yield from undo_steps(place, unfinished))


def _opened(place: Place, journal: str) -> Journal:
    return Journal(history.journal_path(place.state, journal), place.disk)


def _begin(
    place: Place,
    tree: Tree,
    vetted: Vetted,
    snapshot: str | None,
    *,
    fix_includes: bool,
) -> Journal:
    """Write down everything that is intended."""
    now = dt.datetime.now(dt.UTC)
    name = f"{now:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"
    _make_durably(place.state / history.FOLDER, place)
    targets = [move.target for move in vetted.moves]
    sources = [move.source for move in vetted.moves]
    begun = Begun(
        version=VERSION,
        id=name,
        library=shown_name(os.fsencode(place.library)),
        at_ns=time.time_ns(),
        snapshot=snapshot,
        fix_includes=fix_includes,
        made=folders.to_be_made(targets, tree),
        folders=folders.with_times([*sources, *targets], place.root),
        refused=vetted.refused,
        instead=tuple(_instead(vetted.moves)),
    )
    try:
        steps = list(ordered(vetted.moves, place.root, name))
        history.mark(place.state, name, place.disk)
        return _written(place, name, [begun, *steps, Ready()])
    except (OSError, OrganizeError) as error:
        # Nothing was moved: nothing is left to go on with.
        with contextlib.suppress(OSError):
            history.journal_path(place.state, name).unlink(missing_ok=True)
            history.unmark(place.state, place.disk)
        if isinstance(error, OrganizeError):
            raise
        raise OrganizeError(
            f"nothing was moved: {error.filename or place.state}: {error.strerror}"
        ) from error


def _make_durably(folder: Path, place: Place) -> None:
    """Make a folder and those above it that are missing, with their names on disk."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        place.disk.sync_folder(each.parent)


def _written(place: Place, name: str, records: list[Record]) -> Journal:
    journal = _opened(place, name)
    try:
        journal.sync(*records)
        place.disk.sync_folder(place.state / history.FOLDER)
    except BaseException:
        journal.close()
        raise
    return journal


def _instead(moves: tuple[Move, ...]) -> Iterator[tuple[bytes, bytes]]:
    for move in moves:
        if move.copy_of is not None and copies.is_put_aside(move.target):
            yield move.source, move.copy_of


def _go_on(place: Place, journal: Journal) -> Steps:
    standing = Standing(journal)
    waiting = [
        step
        for step in standing.steps
        if step.number not in standing.done
        and step.number not in standing.refused
        and not standing.was_given_up(step)
    ]
    carrier = Carrier(place, journal, standing, forward, _done, gives_up=True)
    yield from carrier.carry(waiting)
    standing = Standing(journal)
    if standing.begun.fix_includes:
        _edit(place, journal, standing)
    folders.sweep(place.root, place.disk, standing)
    removed = _remove_emptied(place, journal, standing)
    journal.sync(Finished())
    history.unmark(place.state, place.disk)
    return _outcome(Standing(journal), removed)


def _done(steps: tuple[int, ...]) -> Record:
    return Done(steps=steps)


def _edit(place: Place, journal: Journal, standing: Standing) -> None:
    if not standing.edits_ready:
        edits = list(_intended_edits(place, standing))
        journal.sync(*edits, EditsReady(count=len(edits)))
        standing = Standing(journal)
    made: list[int] = []
    refused: list[EditRefused] = []
    for edit in standing.edits:
        if edit.number in standing.edited or edit.number in standing.edits_refused:
            continue
        try:
            mending.make(edit, place.root, place.disk, standing.begun.id)
        except RefusedError as error:
            refused.append(EditRefused(edit=edit.number, reason=str(error)))
        else:
            made.append(edit.number)
    journal.sync(Edited(edits=tuple(made)), *refused)


def _intended_edits(place: Place, standing: Standing) -> Iterator[Edit]:
    places = standing.places()
    came_from = {now: old for old, now in places.items()}
    tree = read_tree(place.library, place.state)
    before = [came_from.get(raw, raw) for raw in tree.files]
    instead = {
        copy: kept
        for copy, kept in standing.begun.instead
        if copy in places and kept in tree.files
    }
    references = References(before, places, instead)
    return mending.edits(references, before, places, place.root)


def _remove_emptied(place: Place, journal: Journal, standing: Standing) -> int:
    found = folders.emptied(standing.places(), place.root)
    if not found:
        return len(standing.emptied)
    journal.sync(Emptied(folders=tuple(found)))
    folders.remove_empty(place.root, place.disk, [raw for raw, _ in found])
    return len({*standing.emptied, *(raw for raw, _ in found)})


def _outcome(standing: Standing, removed: int) -> Outcome:
    by_number = {edit.number: edit.raw for edit in standing.edits}
    return Outcome(
        journal=standing.begun.id,
        moved=standing.moved(),
        refused=standing.refusals(),
        edited=len(standing.edited),
        edits_refused=tuple(
            (by_number[number], reason)
            for number, reason in sorted(standing.edits_refused.items())
        ),
        folders_removed=removed,
        snapshot=standing.begun.snapshot,
    )
