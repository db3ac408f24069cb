"""`orquestrador backup create`."""

import click

from orquestrador.interface.commands.backup.lines import snapshot_line
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_create()]


def _create() -> click.Command:
    return click.Command(
        "create",
        callback=click.pass_obj(create),
        help=_(
            "Take a snapshot of the library; none when nothing changed since the "
            "newest. Prints its id.\n\nExit status: 0 done, 1 failed, 130 interrupted."
        ),
    )


def create(session: Session, /) -> int:
    """Take a snapshot; returns the exit status."""
    with session.system() as system:
        snapshot = system.backup()
    if session.as_json:
        session.print_json({"snapshot": snapshot})
    elif snapshot is None:
        session.say(_("Nothing changed since the newest snapshot."))
    else:
        session.print(snapshot_line(session, snapshot))
    return 0
