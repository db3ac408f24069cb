"""`orquestrador classify`: classifies the library under the supervised tree."""

from pathlib import Path
from typing import Any

import click

from orquestrador.interface.error_words import error_text
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "classify",
        callback=click.pass_obj(classify),
        short_help=_("Classify the library, or only PATHS in it, into the catalog."),
        help=_(
            "Classify the library, or only PATHS in it, into the catalog; then take a "
            "snapshot and write reports, as the settings say. Prints what was found. "
            "Files that did not change are not read again.\n\n"
            "Exit status: 0 done (files that could not be read are recorded), "
            "1 failed, 2 wrong usage, 130 interrupted; what was classified is kept."
        ),
        params=[
            click.Argument(["paths"], nargs=-1, type=click.Path(path_type=Path)),
            click.Option(
                ["--level"],
                type=click.Choice(["quick", "full"]),
                help=_("quick: language, kind and facts; full: everything."),
            ),
            click.Option(
                ["--engine"],
                type=click.Choice(["processes", "inline", "ray"]),
                help=_("Where to classify: in worker processes, or in this one."),
            ),
            click.Option(
                ["--workers"],
                type=click.IntRange(1, 64),
                help=_("Number of worker processes."),
            ),
            click.Option(
                ["--verify"], is_flag=True, help=_("Read unchanged files too.")
            ),
            click.Option(
                ["--backup/--no-backup"],
                default=None,
                help=_("Take a snapshot afterwards."),
            ),
            click.Option(
                ["--report/--no-report"],
                default=None,
                help=_("Write reports afterwards."),
            ),
            click.Option(
                ["-y", "--yes"],
                is_flag=True,
                help=_("Do not ask, however large the folder is."),
            ),
        ],
    )


def classify(session: Session, /, *, yes: bool, **options: Any) -> int:  # noqa: ANN401 -- click's options
    """Run the command; returns its exit status."""
    from orquestrador.interface import progress, questions, summary  # noqa: PLC0415 -- loaded when it is used

    session.overrides = {
        "classification": {"engine": options["engine"], "workers": options["workers"]}
    }
    session.require_library()
    running = session.running()
    if running is not None:
        _tell_who_decides(session, running.pid, options)
    elif not yes:
        questions.confirm_large_library(session)
    first = not (session.state / "catalog.sqlite3").exists()
    with running or session.orchestrator() as system:
        handle = system.classify(
            [session.place(path).absolute() for path in options["paths"]],
            level=options["level"],
            verify=options["verify"],
            backup=options["backup"],
            report=options["report"],
        )
        try:
            progress.follow(session, handle)
        except KeyboardInterrupt:
            if running is not None:
                session.say(_("The run goes on in the running system."))
            raise
        result = handle.result()
    summary.show(session, result, first=first)
    problems = [result.snapshot_problem, result.report_problem]
    for problem in filter(None, problems):
        click.echo(f"{_('Error')}: {error_text(problem)}", err=True)
    return 1 if any(problems) else 0


def _tell_who_decides(session: Session, pid: int, options: dict[str, Any]) -> None:
    session.say(_("The running system (process {pid}) does it.").format(pid=pid))
    if options["engine"] or options["workers"]:
        session.say(
            _("Its own settings hold: --engine and --workers are for a run without it.")
        )
