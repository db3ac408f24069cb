"""`orquestrador report`: writes reports from the catalog."""

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "report",
        callback=click.pass_obj(report),
        short_help=_("Write reports from the catalog."),
        help=_(
            "Write reports from the catalog into the state folder and print their "
            "paths, one a line.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Option(
                ["--kind"],
                type=click.Choice(["executive"]),
                default="executive",
                show_default=True,
                help=_("What the report is about."),
            ),
            click.Option(
                ["--format", "formats"],
                default="html,json",
                show_default=True,
                help=_("Kinds of file, separated by commas: html, json."),
            ),
        ],
    )


def report(session: Session, /, *, kind: str, formats: str) -> int:
    """Run the command; returns its exit status."""
    del kind  # There is one kind so far.
    with session.catalog():
        pass
    chosen = tuple(filter(None, formats.split(",")))
    unknown = sorted({*chosen} - {"html", "json"})
    if unknown or not chosen:
        raise click.BadParameter(
            _("{formats}: this version writes html and json").format(
                formats=", ".join(unknown) or "''"
            ),
            param_hint="--format",
        )
    with session.system() as system:
        paths = system.report(formats=chosen)
    if session.as_json:
        session.print_json({"reports": [str(path) for path in paths]})
    for path in () if session.as_json else paths:
        session.print(str(path))
    return 0
