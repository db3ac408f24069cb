"""`orquestrador demo`: a guided tour on a small library of examples."""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.interface.wrapping import wrapped


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "demo",
        callback=click.pass_obj(demo),
        short_help=_("A guided tour on a small library of examples."),
        help=_(
            "Write a small library of examples into a new folder and show on it what "
            "the program does, command by command. Your own library is not touched.\n\n"
            "Exit status: 0 done, 1 failed, 130 interrupted."
        ),
        params=[
            click.Option(
                ["--to"],
                type=click.Path(path_type=Path),
                help=_("An empty or new folder; a temporary one if not given."),
            ),
            click.Option(
                ["-y", "--yes"],
                is_flag=True,
                help=_("Do not wait for Enter between the steps."),
            ),
        ],
    )


def demo(session: Session, /, *, to: Path | None, yes: bool) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.interface import demo_crash, demo_library  # noqa: PLC0415 -- not for --help

    folder = to or Path(tempfile.mkdtemp(prefix="orquestrador-demo-")) / "EAs"
    demo_library.write(folder)
    waits = sys.stdin.isatty() and not yes
    place = _("A small library of examples now stands in {folder}.")
    session.print(wrapped(place.format(folder=folder), indent=0))
    for words, arguments in _steps(folder):
        session.print()
        session.print(wrapped(words, indent=0))
        session.print(f"$ orquestrador {shlex.join(arguments)}")
        if waits:
            click.pause(_("Press Enter …"), err=True)
        status = _run(session, folder, arguments)
        if status:
            return status
    session.print()
    session.print(_("An actor of your own fails while it works. Its supervisor:"))
    if waits:
        click.pause(_("Press Enter …"), err=True)
    demo_crash.show(session, folder)
    session.print()
    session.print(
        _("That was all. Delete {folder} when you are done with it.").format(
            folder=folder
        )
    )
    return 0


def _steps(folder: Path) -> Iterator[tuple[str, list[str]]]:
    yield (
        _("The first run: every file is read once, copies only once in all."),
        ["classify", "--yes"],
    )
    yield (
        _("Which of them raise the lot after a loss? A label states what code does:"),
        ["search", "--risk", "lot_multiplier"],
    )
    yield (
        _("And why is it said? Every label has the line that it rests on."),
        ["inspect", str(folder / "Experts" / "Grid do Ouro.mq4"), "--explain"],
    )
    yield (
        _("What did the automatic backup keep?"),
        ["backup", "list"],
    )
    lost = folder / "Experts" / "Reversao RSI.mq5"
    lost.unlink()
    yield (
        _("A file was deleted just now ({name}). The backup brings it back:").format(
            name=lost.name
        ),
        ["backup", "restore", f"Experts/{lost.name}", "--to", f"{folder}-restored"],
    )
    yield (
        _("A second run: only what changed since the first is read."),
        ["classify", "--no-report"],
    )


def _run(session: Session, folder: Path, arguments: list[str]) -> int:
    """Run one command as the user would; returns its exit status."""
    # What was printed so far must stand in front of what the process prints.
    sys.stdout.flush()
    ended = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [
            sys.executable,
            "-m",
            "orquestrador",
            "--lang",
            session.translation.language,
            "--library",
            str(folder),
            *arguments,
        ],
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return ended.returncode
