"""`orquestrador run`: the whole system in the foreground, until it is told to stop."""

from typing import TYPE_CHECKING

import click

from orquestrador.errors import RunFailedError
from orquestrador.interface.error_words import error_text
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.orchestrator import Orchestrator
    from orquestrador.run_handle import RunResult

_SLICE_S = 0.1
"""A wait is cut into these: Ctrl-C must be heard on Windows."""


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "run",
        callback=click.pass_obj(run),
        short_help=_("Run the whole system in the foreground."),
        help=_(
            "Run the whole system in the foreground: classify the library once, then "
            "follow what changes in it and do what other commands ask for, until "
            "`orquestrador stop` or Ctrl-C ends it. While it runs, classify, report "
            "and backup create go to it, and status shows every actor. Words for "
            "people go to standard error; with --json one document says at the end "
            "how it ended.\n\n"
            "Exit status: 0 stopped by `orquestrador stop`, 1 failed, 2 wrong usage, "
            "130 interrupted; what was classified is kept."
        ),
        params=[
            click.Option(
                ["--no-watch"],
                is_flag=True,
                help=_("Do not follow changes in the library."),
            ),
            click.Option(
                ["--no-web"],
                is_flag=True,
                help=_("Serve no web page."),
            ),
            click.Option(
                ["--port"],
                type=click.IntRange(1, 65535),
                help=_("Port of the web page; the settings' if not given."),
            ),
            click.Option(
                ["-y", "--yes"],
                is_flag=True,
                help=_("Do not ask, however large the folder is."),
            ),
        ],
    )


def run(
    session: Session, /, *, no_watch: bool, no_web: bool, port: int | None, yes: bool
) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.interface import ending, questions  # noqa: PLC0415 -- not for --help
    from orquestrador.interface.wrapping import wrapped  # noqa: PLC0415 -- likewise

    if port is not None:
        session.overrides["web.port"] = port
    session.require_library()
    if not yes:
        questions.confirm_large_library(session)
    watch = session.loaded.settings.watch.enabled and not no_watch
    with session.orchestrator(control=True, watch=watch, web=not no_web) as orq:
        words = _(
            "The system runs on {library}. Ctrl-C ends it, or `{stop}` from "
            "elsewhere; `{status}` shows it."
        ).format(
            library=session.library,
            stop=session.command("stop"),
            status=session.command("status"),
        )
        session.say(wrapped(words, indent=0))
        if session.loaded.settings.web.page and not no_web:
            page = _("`{command}` shows it in the browser.")
            page = page.format(command=session.command("open page"))
            session.say(wrapped(page, indent=0))
        _classify_once(session, orq)
        while not orq.stop_requested.wait(_SLICE_S):
            ending.check()
            orq.check()
    session.say(_("Stopped."))
    if session.as_json:
        session.print_json(
            {
                "library": str(session.library),
                "state": str(session.state),
                "stopped": True,
            }
        )
    return 0


def _classify_once(session: Session, orq: "Orchestrator") -> None:
    from orquestrador.interface import progress  # noqa: PLC0415 -- not for --help

    handle = orq.first_run or orq.classify()
    stopping = orq.stop_requested.is_set
    try:
        progress.follow(session, handle, until=stopping)
        if not stopping():
            _tell(session, handle.result())
    except RunFailedError as error:
        # The system goes on, unless it is the system that has ended.
        orq.check()
        click.echo(f"{_('Error')}: {error_text(error)}", err=True)


def _tell(session: Session, result: "RunResult") -> None:
    if result.changed:
        words = _("{files} files, {count} contents classified in {seconds} s").format(
            files=session.number(result.files),
            count=session.number(result.classified),
            seconds=session.number(result.duration_s, 1),
        )
    else:
        words = _("Nothing changed since the last run.")
    session.say(words)
    for problem in filter(None, (result.snapshot_problem, result.report_problem)):
        click.echo(f"{_('Error')}: {error_text(problem)}", err=True)
