"""`orquestrador history`: what happened to a file."""

import click

from orquestrador.errors import LibraryError
from orquestrador.interface.commands.backup.lines import library_path
from orquestrador.interface.commands.changes import line
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "history",
        callback=click.pass_obj(history),
        short_help=_("Tell what happened to a file."),
        help=_(
            "Print all that happened to the file PATH as far as the catalog knows, the "
            "oldest first: when it was seen, what happened, the path it had, and what "
            "it was and is taken for, separated by tabs. A file that was renamed is "
            "followed to its earlier name. Which of its contents can be restored, "
            "`backup history` tells.\n\n"
            "Exit status: 0 done, 1 the catalog knows of no such file."
        ),
        params=[click.Argument(["path"])],
    )


def history(session: Session, /, *, path: str) -> int:
    """Print what happened to a file; returns the exit status."""
    from orquestrador.library import raw_name, raw_of_record  # noqa: PLC0415 -- not for --help

    typed = library_path(session, path)
    with session.catalog() as catalog:
        # A name as it is shown, or as the shell completes it.
        found = catalog.history(raw_of_record(typed))
        found = found or catalog.history(raw_name(typed))
    if not found:
        raise LibraryError(_("the catalog knows of no file {path}").format(path=typed))
    if session.as_json:
        session.print_json(found)
        return 0
    for each in found:
        session.print(line(session, each))
    return 0
