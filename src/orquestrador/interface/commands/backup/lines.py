"""A snapshot as one line for people."""

from typing import TYPE_CHECKING

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages.backup import Snapshot


def snapshot_line(session: Session, snapshot: "Snapshot") -> str:
    """Return id, time, files, size, skipped and reason, separated by tabs."""
    return "\t".join(
        [
            snapshot.id,
            f"{snapshot.time.astimezone():%Y-%m-%d %H:%M:%S}",
            _("{files} files").format(files=session.number(snapshot.files)),
            session.megabytes(snapshot.bytes),
            _("{count} skipped").format(count=session.number(snapshot.skipped)),
            snapshot.reason,
        ]
    )
