"""`orquestrador report`: writes reports from the catalog."""

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

KINDS = ("executive", "full", "statistics")
FORMATS = ("html", "json", "csv", "md", "pdf")


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "report",
        callback=click.pass_obj(report),
        short_help=_("Write reports from the catalog."),
        help=_(
            "Write reports from the catalog into the state folder and print their "
            "paths, one a line. A PDF needs the extra orquestrador[pdf].\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Option(
                ["--kind"],
                type=click.Choice(KINDS),
                default="executive",
                show_default=True,
                help=_(
                    "What the report is about: the most important, also a table of "
                    "all files, or the figures alone."
                ),
            ),
            click.Option(
                ["--format", "formats"],
                default="html,json",
                show_default=True,
                help=_("Kinds of file, separated by commas: html, json, csv, md, pdf."),
            ),
            click.Option(
                ["--spreadsheet/--no-spreadsheet"],
                default=None,
                help=_(
                    "Write CSV for a Brazilian spreadsheet, with a byte-order mark and "
                    "semicolons."
                ),
            ),
        ],
    )


def report(
    session: Session, /, *, kind: str, formats: str, spreadsheet: bool | None
) -> int:
    """Run the command; returns its exit status."""
    with session.catalog():
        pass
    chosen = tuple(filter(None, formats.split(",")))
    unknown = sorted({*chosen} - {*FORMATS})
    if unknown or not chosen:
        raise click.BadParameter(
            _("{formats}: there is {known}").format(
                formats=", ".join(unknown) or "''", known=", ".join(FORMATS)
            ),
            param_hint="--format",
        )
    with session.system() as system:
        paths = system.report(kind=kind, formats=chosen, spreadsheet=spreadsheet)
    if session.as_json:
        session.print_json({"reports": [str(path) for path in paths]})
    for path in () if session.as_json else paths:
        session.print(str(path))
    return 0
