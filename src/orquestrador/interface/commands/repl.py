"""`orquestrador repl`: interactive control of a running system."""

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "repl",
        callback=click.pass_obj(repl),
        short_help=_("Control a running system interactively."),
        help=_(
            "Attach to the system that runs on the library, or start one here, and "
            "control it line by line: every command, a look at each actor, events "
            "while you type, and Python. `help` lists what there is. Leaving an "
            "attached system leaves it running.\n\n"
            "Exit status: 0 left, 1 failed (of lines from a pipe: one of them "
            "failed), 2 wrong usage."
        ),
    )


def repl(session: Session, /) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.interface.repl.loop import interact  # noqa: PLC0415 -- not for --help

    session.require_library()
    return interact(session)
