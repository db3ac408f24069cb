"""`orquestrador doctor`: looks at everything the program needs, and says what to do."""

from typing import TYPE_CHECKING

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.interface.checks import Finding


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "doctor",
        callback=click.pass_obj(doctor),
        short_help=_("Check that everything the program needs is in order."),
        help=_(
            "Check Python, the libraries, the screen, the settings, the library, the "
            "state folder, the catalog, the backup and the worker processes; says "
            "what to do where something is not in order. Changes nothing.\n\n"
            "Exit status: 0 no problem (warnings may be), 1 a problem."
        ),
    )


def doctor(session: Session, /) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.interface.checks import findings  # noqa: PLC0415 -- not for --help
    from orquestrador.interface.wrapping import wrapped  # noqa: PLC0415 -- likewise

    marks = {"ok": _("ok"), "warning": _("warning"), "problem": _("PROBLEM")}
    colours = {"ok": "green", "warning": "yellow", "problem": "red"}
    width = max(map(len, marks.values()))
    found: list[Finding] = []
    for each in findings(session):
        found.append(each)
        if session.as_json:
            continue
        mark = click.style(marks[each.level].ljust(width), fg=colours[each.level])
        line = f"{mark}  {each.subject}: {each.words}"
        session.print(wrapped(line, indent=width + 2))
        if each.remedy:
            session.print(f"{' ' * width}  → {each.remedy}")
    if session.as_json:
        session.print_json([each._asdict() for each in found])
    return 1 if any(each.level == "problem" for each in found) else 0
