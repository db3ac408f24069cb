"""`orquestrador backup`: snapshots of the library; one module a family."""

import click

from orquestrador.interface.commands.backup import (
    create,
    diff,
    export,
    history,
    listing,
    prune,
    push,
    restore,
    show,
    verify,
)
from orquestrador.interface.translation import _

_FAMILIES = (
    create,
    listing,
    show,
    diff,
    history,
    restore,
    export,
    verify,
    prune,
    push,
)


def command() -> click.Group:
    """Make the command."""
    group = click.Group(
        "backup",
        short_help=_("Take, list, restore and verify snapshots."),
        help=_(
            "Snapshots of the library, kept in a Git repository that plain git can "
            "restore as well."
        ),
    )
    for family in _FAMILIES:
        for each in family.commands():
            group.add_command(each)
    return group
