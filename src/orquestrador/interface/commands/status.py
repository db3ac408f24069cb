"""`orquestrador status`: the state of the catalog and of the backup."""

from typing import TYPE_CHECKING

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.messages.backup import Snapshot


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "status",
        callback=click.pass_obj(status),
        short_help=_("Show what is known about the library."),
        help=_(
            "Show what the catalog knows about the library, the last run and the "
            "newest snapshot.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
    )


def status(session: Session, /) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.interface import summary  # noqa: PLC0415 -- not for --help

    with session.catalog() as catalog:
        found, run = catalog.summary(), catalog.last_run()
    newest = _newest_snapshot(session)
    if session.as_json:
        session.print_json(
            {
                "library": str(session.library),
                "state": str(session.state),
                "running": False,
                "summary": found,
                "last_run": run,
                "newest_snapshot": newest,
            }
        )
        return 0
    session.print(f"{_('Library')}: {session.library}")
    session.print(f"{_('State')}: {session.state}")
    for line in summary.catalog_lines(session, found):
        session.print(line)
    if run is not None:
        session.print(f"{_('Last run')}: {run.state}" + _reason(run.reason))
    if newest is None:
        session.print(_("Backup: none; `orquestrador backup create` takes one"))
    else:
        session.print(
            f"{_('Newest snapshot')}: {newest.id}, {summary.backup_place(session)}"
        )
    return 0


def _reason(reason: str | None) -> str:
    return f" ({reason})" if reason else ""


def _newest_snapshot(session: Session) -> "Snapshot | None":
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- loaded when it is used

    if not (session.snapshots / "HEAD").exists():
        return None
    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        return next(iter(repository.list()), None)
