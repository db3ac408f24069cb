"""`orquestrador open`: shows the newest report, or the library, to the user."""

import os
import subprocess
import sys
from pathlib import Path

import click

from orquestrador.errors import LibraryError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "open",
        callback=click.pass_obj(open_place),
        short_help=_("Open the newest report, or the library's folder."),
        help=_(
            "Open the newest report in the browser, or the library's folder in the "
            "file manager.\n\n"
            "Exit status: 0 done, 1 there is nothing to open, 2 wrong usage."
        ),
        params=[
            click.Argument(
                ["what"],
                type=click.Choice(["report", "library", "page"]),
                default="report",
            ),
        ],
    )


def open_place(session: Session, /, *, what: str) -> int:
    """Run the command; returns its exit status."""
    session.require_library()
    match what:
        case "library":
            place = session.library
        case "page":
            raise LibraryError(
                _("the web page is not part of this version; open the report instead")
            )
        case _other:
            place = _newest_report(session)
    if session.as_json:
        session.print_json({"opened": str(place)})
    else:
        session.print(str(place))
    _open(place)
    return 0


def _newest_report(session: Session) -> Path:
    reports = (session.state / "reports").glob("*.html")
    newest = max(reports, key=lambda path: path.stat().st_mtime_ns, default=None)
    if newest is None:
        raise LibraryError(
            _("there is no report yet; `{command}` writes one").format(
                command=session.command("report")
            )
        )
    return newest


def _open(place: Path) -> None:
    """Hand a file or folder to the program that the system has for it."""
    if sys.platform == "win32":
        os.startfile(place)  # noqa: S606 -- the user asked for exactly this
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.Popen(  # noqa: S603 -- a fixed program, and a path of ours
            [program, os.fspath(place)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise LibraryError(
            _("this system has no program {program}; open {place} yourself").format(
                program=program, place=place
            )
        ) from error
