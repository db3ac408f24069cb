"""`orquestrador stop`: asks the running system to stop in order."""

import click

from orquestrador.errors import LibraryError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "stop",
        callback=click.pass_obj(stop),
        short_help=_("Ask the running system to stop in order."),
        help=_(
            "Ask the system that runs on the library to stop in order, and wait until "
            "it has. Where none runs there is nothing to do.\n\n"
            "Exit status: 0 no system runs any more, 1 failed, 2 wrong usage, "
            "130 interrupted."
        ),
        params=[
            click.Option(
                ["--timeout"],
                type=click.FloatRange(0, min_open=True),
                default=30.0,
                show_default=True,
                help=_("Seconds to wait for its end."),
            )
        ],
    )


def stop(session: Session, /, *, timeout: float) -> int:
    """Run the command; returns its exit status."""
    session.require_library()
    running = session.running()
    if running is None:
        _refuse_other_owner(session)
        session.say(_("No system runs on {library}.").format(library=session.library))
    else:
        with running:
            running.stop(timeout=timeout)
        session.say(_("Stopped (process {pid}).").format(pid=running.pid))
    if session.as_json:
        pid = None if running is None else running.pid
        session.print_json({"stopped": running is not None, "pid": pid})
    return 0


def _refuse_other_owner(session: Session) -> None:
    owner = session.holder()
    if owner is not None:
        raise LibraryError(
            _(
                "process {pid} ({command}, since {since}) works on {library} and takes "
                "no requests; end it where it was started"
            ).format(
                pid=owner.pid,
                command=owner.command,
                since=owner.since,
                library=session.library,
            )
        )
