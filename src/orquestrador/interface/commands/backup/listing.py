"""`orquestrador backup list`."""

import click

from orquestrador.interface.commands.backup.lines import snapshot_line
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_list()]


def _list() -> click.Command:
    return click.Command(
        "list",
        callback=click.pass_obj(list_snapshots),
        help=_(
            "Print the snapshots, newest first: id, time, files, size, skipped and "
            "reason, separated by tabs.\n\nExit status: 0 done, 1 failed."
        ),
    )


def list_snapshots(session: Session, /) -> int:
    """Print the snapshots; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy

    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        snapshots = repository.list()
    if session.as_json:
        session.print_json(snapshots)
        return 0
    for snapshot in snapshots:
        session.print(snapshot_line(session, snapshot))
    return 0
