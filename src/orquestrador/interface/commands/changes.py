"""`orquestrador changes`: what changed since a moment."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from orquestrador.interface.commands.backup.lines import time_text
from orquestrador.interface.error_words import error_text
from orquestrador.interface.moments import parse_moment
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_name, ngettext
from orquestrador.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orquestrador.messages.history import Change, PathState


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "changes",
        callback=click.pass_obj(changes),
        short_help=_("Tell what changed since a moment."),
        help=_(
            "Print the files that are other ones than they were at SINCE (yesterday's "
            "first moment where it is left out): when it was seen, what happened, the "
            "path, and what it was and is taken for, separated by tabs. A file is "
            "looked at by each run, and when it is saved while the library is "
            "watched.\n\n"
            "Exit status: 0 done (also when nothing changed), 1 failed, "
            "2 wrong usage, 130 interrupted."
        ),
        params=[click.Argument(["since"], default="yesterday")],
    )


def changes(session: Session, /, *, since: str) -> int:
    """Print what changed; returns the exit status."""
    with session.catalog() as catalog:
        found = catalog.changes(nanoseconds(since, "SINCE"))
    if session.as_json:
        session.print_json(found)
        return 0
    for each in found:
        session.print(line(session, each))
    words = ngettext("{count} change", "{count} changes", len(found))
    session.say(words.format(count=session.number(len(found))))
    return 0


def nanoseconds(text: str, hint: str) -> int:
    """Return the moment that a person means, in nanoseconds since 1970.

    Raises:
        BadParameter: if it is none; `hint` names the option or argument.

    """
    try:
        found = parse_moment(text, now=dt.datetime.now().astimezone(), edge="start")
    except ValueError:
        raise click.BadParameter(
            _(
                "{text} is no time; write 2026-01-31, 2026-01-31T18:00, 2h, 3d or "
                "yesterday"
            ).format(text=text),
            param_hint=hint,
        ) from None
    return int(found.timestamp()) * 10**9 + found.microsecond * 1000


def line(session: Session, change: "Change") -> str:
    """Return what is printed about one change."""
    path = visible(change.path)
    if change.renamed_from is not None:
        path = f"{visible(change.renamed_from)} -> {path}"
    before, after = _said(session, change.before), _said(session, change.after)
    said = after or before
    if before and after and before != after:
        said = f"{before} -> {after}"
    return "\t".join([time_text(change.at), kinds()[change.what], path, said])


def counts_line(session: Session, counts: "Mapping[str, int]") -> str:
    """Return how many files were added, changed … as one line."""
    names = kinds()
    figures = [
        f"{session.number(counts[what])} {names[what]}"
        for what in names
        if counts.get(what)
    ]
    return ", ".join(figures) or _("nothing")


def kinds() -> dict[str, str]:
    """Return what can happen to a file, as people say it."""
    return {
        "added": _("added"),
        "changed": _("changed"),
        "renamed": _("renamed"),
        "reclassified": _("classified anew"),
        "removed": _("removed"),
    }


def _said(session: Session, state: "PathState | None") -> str:
    if state is None:
        return ""
    if state.problem is not None:
        return error_text(state.problem)
    codes = filter(None, (state.kind, state.language, state.primary))
    return ", ".join(label_name(code, session.translation) for code in codes)
