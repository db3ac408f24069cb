"""`orquestrador config`: shows and checks the settings."""

import json

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Group:
    """Make the command."""
    group = click.Group(
        "config",
        short_help=_("Show or check the settings."),
        help=_("Show or check the settings that hold for the library."),
    )
    group.add_command(
        click.Command(
            "show",
            callback=click.pass_obj(show),
            help=_(
                "Print each setting: name, value, where it comes from, what it means, "
                "separated by tabs.\n\nExit status: 0 done, 2 settings are wrong."
            ),
        )
    )
    group.add_command(
        click.Command(
            "check",
            callback=click.pass_obj(check),
            help=_(
                "Read the settings and name everything that is wrong with them.\n\n"
                "Exit status: 0 nothing is wrong, 2 something is."
            ),
        )
    )
    return group


def show(session: Session, /) -> int:
    """Print every setting; returns the exit status."""
    from orquestrador.config import describe  # noqa: PLC0415 -- not for --help

    settings = describe(session.loaded)
    if session.as_json:
        session.print_json(
            [
                {
                    "name": line.name,
                    "value": line.value,
                    "origin": str(line.origin),
                    "meaning": line.meaning,
                    "allowed": line.allowed,
                    "guide_name": line.guide_name,
                }
                for line in settings
            ]
        )
        return 0
    for line in settings:
        value = json.dumps(line.value, ensure_ascii=False)
        session.print(f"{line.name}\t{value}\t{line.origin}\t{_(line.meaning)}")
    return 0


def check(session: Session, /) -> int:
    """Read the settings; what is wrong is raised as `SettingsError`."""
    loaded = session.loaded
    place = str(loaded.file) if loaded.file else _("the defaults; there is no file")
    session.say(_("The settings are right: {place}").format(place=place))
    if session.as_json:
        session.print_json({"file": str(loaded.file) if loaded.file else None})
    return 0
