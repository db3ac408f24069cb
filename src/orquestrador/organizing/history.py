"""The journals of a library: the last one, older ones, one that was cut short.

A file `unfinished` names the journal that is being worked on, so that any command can
tell at no cost that an apply was cut short.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from orquestrador.errors import JournalDamagedError, OrganizeError
from orquestrador.organizing.disk import Disk
from orquestrador.organizing.journal import SUFFIX, read
from orquestrador.organizing.records import (
    Begun,
    Done,
    Finished,
    Ready,
    Record,
    Undoing,
    Undone,
)

FOLDER = "journal"
UNFINISHED = "unfinished"


class Applied(NamedTuple):
    """One apply of the past."""

    id: str
    at_ns: int
    moved: int
    """Renames that are on disk."""

    state: str
    """`applied`, `unfinished`, `undone`, `partly undone` or `damaged`."""


def journal_path(state: Path, journal: str) -> Path:
    """Return where a journal stands."""
    return state / FOLDER / f"{journal}{SUFFIX}"


def unfinished(state: Path) -> str | None:
    """Return the id of the apply, or undo, that was cut short, if one was."""
    try:
        text = (state / FOLDER / UNFINISHED).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    path = journal_path(state, text)
    # Before the journal stood on disk, nothing was done.
    return text if text and path.name == f"{text}{SUFFIX}" and path.exists() else None


def mark(state: Path, journal: str, disk: Disk) -> None:
    """Note that a journal is being worked on; it is on disk when this returns."""
    folder = state / FOLDER
    part = folder / f"{UNFINISHED}.part"
    part.unlink(missing_ok=True)
    disk.write_new(part, journal.encode(), 0o600)
    disk.replace(part, folder / UNFINISHED)
    disk.sync_folder(folder)


def unmark(state: Path, disk: Disk) -> None:
    """Note that nothing is being worked on."""
    path = state / FOLDER / UNFINISHED
    if path.exists():
        disk.remove(path)
        disk.sync_folder(state / FOLDER)


def applies(state: Path) -> Iterator[Applied]:
    """Yield every apply that is on record, the newest first."""
    current = unfinished(state)
    for path in sorted((state / FOLDER).glob(f"*{SUFFIX}"), reverse=True):
        try:
            records, _ = read(path)
        except JournalDamagedError:
            yield Applied(path.stem, 0, 0, "damaged")
            continue
        if any(isinstance(each, Ready) for each in records):
            yield _applied(path.stem, records, current)


def find(state: Path, journal: str | None) -> str:
    """Return the id of an apply; None means the last one.

    Raises:
        OrganizeError: if there is none, or more than one.

    """
    found = list(applies(state))
    if journal is None:
        if not found:
            raise OrganizeError("nothing was ever moved here: there is nothing to undo")
        return found[0].id
    chosen = [each.id for each in found if each.id.startswith(journal)]
    if len(chosen) == 1 and journal:
        return chosen[0]
    what = "no apply" if not chosen else f"{len(chosen)} applies"
    raise OrganizeError(
        f"{what} called {journal!r}; `orquestrador organize undo --list` shows them"
    )


def _applied(journal: str, records: list[Record], current: str | None) -> Applied:
    begun = next(each for each in records if isinstance(each, Begun))
    moved = sum(len(each.steps) for each in records if isinstance(each, Done))
    return Applied(journal, begun.at_ns, moved, state_of(records, journal == current))


def state_of(records: list[Record], is_current: bool) -> str:  # noqa: FBT001 -- one fact more
    """Return how far a journal has come, in a word or two."""
    ends = [each for each in records if isinstance(each, Finished | Undoing | Undone)]
    last = ends[-1] if ends else None
    if isinstance(last, Undone):
        return "partly undone" if last.refused else "undone"
    if is_current or not isinstance(last, Finished):
        return "unfinished"
    return "applied"
