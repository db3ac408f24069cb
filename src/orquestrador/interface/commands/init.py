"""`orquestrador init`: the first steps, asked one by one."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from orquestrador.errors import LibraryError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

FILE = "orquestrador.json"


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "init",
        callback=click.pass_obj(init),
        short_help=_("Take the first steps: ask what matters and write the settings."),
        help=_(
            "Ask what matters (backups, reports, measurements) and write the answers "
            "to orquestrador.json in the library's folder. A file that is there is "
            "never replaced; nothing else is changed.\n\n"
            "Exit status: 0 done, 1 the file is there already, 130 interrupted."
        ),
        params=[
            click.Option(
                ["-y", "--yes"],
                is_flag=True,
                help=_("Take every proposed answer without asking."),
            ),
        ],
    )


def init(session: Session, /, *, yes: bool) -> int:
    """Run the command; returns its exit status."""
    session.require_library()
    path = session.library / FILE
    _refuse_to_replace(path, session)
    answers = _asked(session, ask=not yes and sys.stdin.isatty())
    text = json.dumps(answers, ensure_ascii=False, indent=2) + "\n"
    # An answer to the questions may have taken long.
    _refuse_to_replace(path, session)
    _write(path, text)
    if session.as_json:
        session.print_json({"file": str(path), "settings": answers})
        return 0
    session.print(_("Written: {path}").format(path=path))
    session.print(_("Try next:"))
    for words in ("doctor", "classify"):
        session.print(f"  {session.command(words)}")
    return 0


def _refuse_to_replace(path: Path, session: Session) -> None:
    if path.exists():
        raise LibraryError(
            _("{path} is there already; `{command}` shows what holds").format(
                path=path, command=session.command("config show")
            )
        )


def _write(path: Path, text: str) -> None:
    """Write all of a file or nothing: half of the settings would be no settings."""
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _asked(session: Session, *, ask: bool) -> dict[str, Any]:
    from orquestrador.interface import questions  # noqa: PLC0415 -- not for --help

    settings = session.loaded.settings

    def confirmed(question: str, *, proposed: bool) -> bool:
        return questions.confirmed(question, proposed=proposed) if ask else proposed

    backup: dict[str, Any] = {
        "automatic": confirmed(
            _("Take a snapshot after each run that changed something?"),
            proposed=settings.backup.automatic,
        )
    }
    if ask and (place := questions.second_place()):
        backup["remote"] = place
    return {
        "backup": backup,
        "report": {
            "automatic": confirmed(
                _("Write a report after each run that changed something?"),
                proposed=settings.report.automatic,
            )
        },
        "monitor": {
            "enabled": confirmed(
                _("Measure the running system at regular intervals?"),
                proposed=settings.monitor.enabled,
            )
        },
    }
