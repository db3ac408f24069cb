"""`orquestrador import`: brings records from files into the catalog."""

from pathlib import Path

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "import",
        callback=click.pass_obj(import_),
        short_help=_("Bring the records of FILE into the catalog."),
        help=_(
            "Bring the records of FILE into the catalog: an export (.jsonl or "
            ".parquet), or the output folder of `orquestrador shards`. What the "
            "catalog knows besides stays; of a path that comes twice, the first "
            "counts; one that leads out of the library is left out.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[click.Argument(["file"], type=click.Path(path_type=Path))],
    )


def import_(session: Session, /, *, file: Path) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.catalog import Catalog  # noqa: PLC0415 -- not for --help
    from orquestrador.shards.importing import import_rows, rows_of  # noqa: PLC0415 -- likewise
    from orquestrador.state import StateFolder  # noqa: PLC0415 -- likewise

    session.require_library()
    sniffed = frozenset(session.loaded.settings.classification.sniffed_suffixes)
    with StateFolder(session.state) as state, Catalog(state.catalog) as catalog:
        catalog.set_library(str(session.library))
        found = import_rows(catalog, rows_of(file), sniffed)
    if session.as_json:
        session.print_json(
            {"file": str(file), "records": found.records, "left_out": found.left_out}
        )
        return 0
    session.say(
        _("{count} records of {file} are in the catalog; left out: {left_out}").format(
            count=session.number(found.records),
            file=file,
            left_out=session.number(found.left_out),
        )
    )
    return 0
