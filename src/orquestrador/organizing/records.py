"""What the journal of an apply is made of; docs/organizing.md describes the format.

A released field never changes its name or meaning: old journals stay undoable.
"""

import msgspec

VERSION = 1


class Record(msgspec.Struct, frozen=True, tag_field="record", kw_only=True):
    """The base; each has a tag of its own."""


class Begun(Record, frozen=True, tag="begun"):
    """The first: which library, and how its folders were."""

    version: int
    id: str
    library: str
    """Shown name, absolute."""

    at_ns: int
    snapshot: str | None
    """The newest snapshot before the first move."""

    fix_includes: bool
    made: tuple[bytes, ...]
    """Folders that are not there yet, and will be made; the outermost first."""

    folders: tuple[tuple[bytes, int], ...]
    """Folders that are touched, with their modification times."""

    refused: tuple[tuple[bytes, str], ...] = ()
    """Files of the plan that are not moved, and why."""

    instead: tuple[tuple[bytes, bytes], ...] = ()
    """Copies that are put aside, and the files with the same bytes that stay."""


class Step(Record, frozen=True, tag="step"):
    """A file is going to be renamed."""

    number: int
    """From 0, in the order of their doing."""

    move: int
    """Steps of one file have this in common."""

    source: bytes
    """Raw name, relative to the library."""

    target: bytes
    sha256: str
    size: int
    mtime_ns: int
    device: int
    inode: int
    """Which file it is; 0 where the system does not tell."""

    whole: bool = True
    """Whether the file is then where it belongs; else it is on its way, under a name
    of ours."""


class Ready(Record, frozen=True, tag="ready"):
    """Every step that was intended is written; before it nothing was moved."""


class Done(Record, frozen=True, tag="done"):
    """These steps are on disk."""

    steps: tuple[int, ...]


class Refused(Record, frozen=True, tag="refused"):
    """A step that was not taken; nothing of it was changed."""

    step: int
    reason: str


class Copying(Record, frozen=True, tag="copying"):
    """The file of a step has been copied to another drive, and gets its name now."""

    step: int
    inode: int
    """Of the copy."""


class Edit(Record, frozen=True, tag="edit"):
    """The paths in a file's directives are going to be changed."""

    number: int
    raw: bytes
    before: str
    """sha256 of its bytes."""

    after: str
    mtime_ns: int
    """Before."""

    mode: int
    changes: tuple[tuple[int, bytes, bytes], ...]
    """Offset in the old bytes, old bytes, new bytes; in order."""


class EditsReady(Record, frozen=True, tag="edits_ready"):
    """Every edit that was intended is written; before it no file was changed."""

    count: int
    """Of the last edits with each number; more were of an attempt cut short."""


class Edited(Record, frozen=True, tag="edited"):
    """These edits are on disk."""

    edits: tuple[int, ...]


class EditRefused(Record, frozen=True, tag="edit_refused"):
    """An edit that was not made."""

    edit: int
    reason: str


class Emptied(Record, frozen=True, tag="emptied"):
    """Folders that the moves left empty are going to be removed, innermost first."""

    folders: tuple[tuple[bytes, int], ...]
    """With their modes."""


class Finished(Record, frozen=True, tag="finished"):
    """The apply is at its end."""


class Undoing(Record, frozen=True, tag="undoing"):
    """An undo begins, or goes on."""


class StepsUndone(Record, frozen=True, tag="steps_undone"):
    """The files of these steps are back."""

    steps: tuple[int, ...]


class EditsUndone(Record, frozen=True, tag="edits_undone"):
    """These files have their old bytes again."""

    edits: tuple[int, ...]


class Undone(Record, frozen=True, tag="undone"):
    """An undo is at its end."""

    refused: int
    """Files that could not be brought back, because they were changed since."""


AnyRecord = (
    Begun
    | Step
    | Ready
    | Done
    | Refused
    | Copying
    | Edit
    | EditsReady
    | Edited
    | EditRefused
    | Emptied
    | Finished
    | Undoing
    | StepsUndone
    | EditsUndone
    | Undone
)
