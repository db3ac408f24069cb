"""What the commands of `organize` have in common."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orquestrador.errors import SettingsError
from orquestrador.interface.questions import confirmed
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from orquestrador.messages.organizing import OrganizeProgressed, OrganizeResult

    Tell = Callable[[OrganizeProgressed], object]


def plan_path(session: Session) -> Path:
    """Return where `plan` writes and `apply` looks."""
    return session.state / "organize" / "plan.jsonl"


def make_sure(question: str, *, yes: bool) -> None:
    """Go on only with the user's consent.

    Raises:
        click.Abort: if the user says no.
        SettingsError: if nobody can be asked.

    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError(f"{question} " + _("Nobody can be asked: say --yes."))
    if not confirmed(question, proposed=False):
        raise click.Abort


@contextlib.contextmanager
def progress(session: Session, what: str) -> "Generator[Tell | None]":
    """Give a callback that shows how far the moves are; None without a terminal."""
    if not session.is_terminal:
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 -- for a terminal only
    from rich.progress import Progress  # noqa: PLC0415 -- likewise

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda event: bar.update(task, completed=event.done, total=event.total)


def tell_result(session: Session, result: "OrganizeResult", words: str) -> int:
    """Tell what was moved; returns the exit status.

    Args:
        session: says how.
        result: of an apply or an undo.
        words: a sentence with `{moved}`.

    """
    if session.as_json:
        session.print_json(result)
    else:
        session.print(words.format(moved=session.number(result.moved)))
        if result.edited:
            session.print(
                _("{count} files: the paths in their directives changed").format(
                    count=session.number(result.edited)
                )
            )
    for refused in result.refused:
        click.echo(f"{refused.path}: {refused.reason}", err=True)
    if result.refused_count:
        session.say(
            _("{count} files stayed where they were").format(
                count=session.number(result.refused_count)
            )
        )
    return 1 if result.refused_count else 0
