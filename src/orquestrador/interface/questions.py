"""What is asked before something large begins."""

import os
import sys
from pathlib import Path

import click

from orquestrador.errors import SettingsError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.library import list_files, suffix_of

# In both languages at once: nobody should have to think which one is on.
_YES = frozenset({"y", "yes", "s", "sim"})
_NO = frozenset({"n", "no", "nao", "não"})


def confirm_large_library(session: Session) -> None:
    """Ask before a first run over a home folder, a drive's root or a great many files.

    Raises:
        click.Abort: if the user says no.
        SettingsError: if nobody can be asked.

    """
    if (session.state / "catalog.sqlite3").exists():
        return
    settings = session.loaded.settings
    suffixes = frozenset(settings.classification.suffixes)
    limit = settings.ask.large_library_files
    special = _special_folder(session.library)
    sources = others = 0
    for entry in list_files(session.library, excluded_folders=frozenset({".git"})):
        if suffix_of(entry.raw) in suffixes:
            sources += 1
        else:
            others += 1
    if special is None and others <= limit:
        return
    question = _(
        "{library} is {what}: {sources} source files and {others} other files. "
        "Classify all of it?"
    ).format(
        library=session.library,
        what=special or _("a large folder"),
        sources=session.number(sources),
        others=session.number(others),
    )
    if not sys.stdin.isatty():
        raise SettingsError(f"{question} " + _("Say --yes, or name a smaller folder."))
    if not confirmed(question, proposed=False):
        raise click.Abort


def confirmed(question: str, *, proposed: bool) -> bool:
    """Ask a question in the terminal until it is answered; Enter takes the proposal.

    Raises:
        click.Abort: when the user ends the program instead.

    """
    choices = _("[Y/n]") if proposed else _("[y/N]")
    while True:
        answer = click.prompt(
            f"{question} {choices}", default="", show_default=False, err=True
        )
        word = answer.strip().casefold()
        if not word:
            return proposed
        if word in _YES | _NO:
            return word in _YES


def second_place() -> str:
    """Ask where snapshots are kept besides; empty where nowhere.

    Raises:
        click.Abort: when the user ends the program instead.

    """
    answer: str = click.prompt(
        _(
            "A second place for the snapshots: a folder on another disk, or the "
            "address of a Git repository (Enter: none)"
        ),
        default="",
        show_default=False,
        err=True,
    )
    return answer.strip()


def _special_folder(library: Path) -> str | None:
    resolved = library.resolve()
    if resolved == Path.home().resolve():
        return _("your home folder")
    if resolved.parent == resolved or os.path.ismount(resolved):
        return _("the root of a drive")
    return None
