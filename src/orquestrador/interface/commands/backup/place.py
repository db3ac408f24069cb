"""Whether there are snapshots at all."""

from orquestrador.errors import SnapshotError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def require_snapshots(session: Session) -> None:
    """Raise `SnapshotError` where no snapshot was ever taken."""
    if not (session.snapshots / "HEAD").exists():
        raise SnapshotError(
            _("there is no snapshot yet; `{command}` takes one").format(
                command=session.command("backup create")
            )
        )
