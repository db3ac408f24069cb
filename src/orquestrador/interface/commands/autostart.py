"""`orquestrador autostart`: the system runs from the user's logon on."""

import sys
from pathlib import Path

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "autostart",
        callback=click.pass_obj(autostart),
        short_help=_("Start `run` for this library at every logon, or no more."),
        help=_(
            "Let the system start `orquestrador run` for this library when you log "
            "on (on), no more (off), or say which of the two holds (status). Needs "
            "no administrator rights: a user service of systemd, a logon task on "
            "Windows, a launch agent on macOS.\n\n"
            "Exit status: 0 done (of status: it is on), 1 failed (of status: it is "
            "off), 2 wrong usage."
        ),
        params=[
            click.Argument(
                ["action"],
                type=click.Choice(["on", "off", "status"]),
                default="status",
            ),
            click.Option(
                ["-y", "--yes"],
                is_flag=True,
                help=_("Do not ask, however large the folder is."),
            ),
        ],
    )


def autostart(session: Session, /, *, action: str, yes: bool) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.interface import questions  # noqa: PLC0415 -- not for --help
    from orquestrador.interface.autostart import of_this_system  # noqa: PLC0415 -- not for --help

    session.require_library()
    entry = of_this_system(session.library, _run_command(session))
    match action:
        case "on":
            # Here: nobody is there to be asked when it starts.
            if not yes:
                questions.confirm_large_library(session)
            entry.turn_on()
        case "off":
            entry.turn_off()
        case _other:
            pass
    on = entry.is_on()
    if session.as_json:
        session.print_json({"on": on, "file": str(entry.file)})
    elif on:
        words = _("on: `orquestrador run` starts at your logon ({file})")
        session.print(words.format(file=entry.file))
    else:
        session.print(_("off: nothing of this library starts at your logon"))
    return 0 if on or action == "off" else 1


def _run_command(session: Session) -> list[str]:
    """Return `run` for this library, whatever the folder it is started in."""
    interpreter = Path(sys.executable)
    without_window = interpreter.with_name("pythonw.exe")
    if sys.platform == "win32" and without_window.exists():
        interpreter = without_window
    return [
        str(interpreter),
        "-m",
        "orquestrador",
        *session.options(),
        "run",
        "--yes",
    ]
