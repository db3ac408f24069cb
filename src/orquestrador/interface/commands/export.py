"""`orquestrador export`: writes the catalog's records to a file."""

from pathlib import Path

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "export",
        callback=click.pass_obj(export),
        short_help=_("Write every record of the catalog to FILE."),
        help=_(
            "Write every record of the catalog to FILE, in path order: one JSON "
            "object a line (.jsonl), a table (.csv), or Parquet with nested columns "
            "(.parquet, an extra).\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[click.Argument(["file"], type=click.Path(path_type=Path))],
    )


def export(session: Session, /, *, file: Path) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.catalog import export_records  # noqa: PLC0415 -- not for --help

    with session.catalog() as catalog:
        count = export_records(catalog.records(), file)
    if session.as_json:
        session.print_json({"file": str(file), "records": count})
    else:
        session.say(
            _("{count} records written to {file}").format(
                count=session.number(count), file=file
            )
        )
    return 0
