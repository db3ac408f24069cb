"""`orquestrador open`: shows the newest report, or the library, to the user."""

import contextlib
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
        short_help=_("Open the page, the newest report, or the library's folder."),
        help=_(
            "Open the running system's page or the newest report in the browser, or "
            "the library's folder in the file manager. Without a word it is the page "
            "where a system runs that serves one, else the report. The page's link "
            "works once and for a minute; whoever has it sees the system.\n\n"
            "Exit status: 0 done, 1 there is nothing to open, 2 wrong usage."
        ),
        params=[
            click.Argument(
                ["what"],
                type=click.Choice(["report", "library", "page"]),
                required=False,
            ),
        ],
    )


def open_place(session: Session, /, *, what: str | None) -> int:
    """Run the command; returns its exit status."""
    session.require_library()
    place = _place(session, what)
    if session.as_json:
        session.print_json({"opened": place})
    else:
        session.print(place)
    _open(place)
    return 0


def _place(session: Session, what: str | None) -> str:
    match what:
        case "library":
            return str(session.library)
        case "page":
            link = _page_link(session)
            if link is None:
                raise LibraryError(
                    _(
                        "no system runs here that serves a page; `{command}` starts one"
                    ).format(command=session.command("run"))
                )
            return link
        case "report":
            return str(_newest_report(session))
        case _other:
            return _page_link(session) or str(_newest_report(session))


def _page_link(session: Session) -> str | None:
    """Return a fresh link to the page; None where none is served."""
    running = session.running()
    if running is None:
        return None
    with running, contextlib.suppress(LibraryError):
        return running.page_link()
    return None


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


def _open(place: str) -> None:
    """Hand a file, folder or address to the program that the system has for it."""
    if sys.platform == "win32":
        os.startfile(place)  # noqa: S606 -- the user asked for exactly this
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.Popen(  # noqa: S603 -- a fixed program, and a path of ours
            [program, place],
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
