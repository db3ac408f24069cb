"""Snapshots and files as lines for people."""

from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.interface.session import Session
from orquestrador.interface.snapshot_words import snapshot_reason
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from datetime import datetime

    from orquestrador.messages.backup import Snapshot


def snapshot_line(session: Session, snapshot: "Snapshot") -> str:
    """Return id, time, files, size, skipped and reason, separated by tabs."""
    return "\t".join(
        [
            snapshot.id,
            time_text(snapshot.time),
            _("{files} files").format(files=session.number(snapshot.files)),
            session.megabytes(snapshot.bytes),
            _("{count} skipped").format(count=session.number(snapshot.skipped)),
            snapshot_reason(snapshot.reason, session.translation),
        ]
    )


def time_text(moment: "datetime") -> str:
    """Return a moment in local time, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def library_path(session: Session, typed: str) -> str:
    """Return a path that a person typed as seen from the library.

    Snapshots know no other: an absolute one inside the library becomes relative.
    """
    path = Path(typed).expanduser()
    if path.is_absolute() and path.is_relative_to(session.library):
        return str(path.relative_to(session.library))
    return typed.removeprefix("./").removeprefix(".\\")
