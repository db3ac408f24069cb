"""`orquestrador organize`: names and folders by the convention, there and back."""

import click

from orquestrador.interface.commands.organize import apply, plan, undo
from orquestrador.interface.translation import _


def command() -> click.Group:
    """Make the command."""
    group = click.Group(
        "organize",
        short_help=_("Propose names and folders, apply them, undo them."),
        help=_(
            "Names and folders by the convention. `plan` proposes and changes nothing; "
            "`apply` takes a snapshot and moves files, never over another one; `undo` "
            "brings everything back.\n\n"
            "Exit status: 0 done, 1 failed or files stayed, 2 wrong usage, "
            "130 interrupted."
        ),
    )
    for module in (plan, apply, undo):
        group.add_command(module.command())
    return group
