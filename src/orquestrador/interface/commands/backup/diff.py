"""`orquestrador backup diff`: what changed between two snapshots, or since one."""

import os
from typing import TYPE_CHECKING

import click

from orquestrador.errors import CatalogError
from orquestrador.interface.commands.backup.lines import library_path
from orquestrador.interface.error_words import error_text
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_name
from orquestrador.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orquestrador.messages.comparing import (
        ContentLabels,
        Difference,
        FileChange,
        Reclassified,
        TextChange,
    )
    from orquestrador.snapshots.labels import Labels
    from orquestrador.snapshots.options import PresentOptions


def commands() -> list[click.Command]:
    """Make the commands of this family."""
    return [_diff()]


def _diff() -> click.Command:
    return click.Command(
        "diff",
        callback=click.pass_obj(diff),
        short_help=_("Tell what changed between two snapshots, or since one."),
        help=_(
            "Tell what changed from snapshot A to snapshot B; to the library as it "
            "stands, without B; from the newest snapshot, without A. Prints one line a "
            "file: what happened, its path and its sizes in bytes, separated by tabs; "
            "then what the catalog takes for something else since.\n\n"
            "--text shows the changed lines, whatever encoding a file is in; so does "
            "--path with a single file.\n\n"
            "Exit status: 0 done, also when nothing changed; 1 failed."
        ),
        params=[
            click.Argument(["old"], metavar="[A]", default="latest"),
            click.Argument(["new"], metavar="[B]", required=False),
            click.Option(["--path"], help=_("Only this file or folder.")),
            click.Option(["--text"], is_flag=True, help=_("Show the changed lines.")),
        ],
    )


def diff(
    session: Session, /, *, old: str, new: str | None, path: str | None, text: bool
) -> int:
    """Print what changed; returns the exit status."""
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.differences import Differences  # noqa: PLC0415 -- heavy
    from orquestrador.snapshots.opening import finish  # noqa: PLC0415 -- heavy

    path = None if path is None else library_path(session, path)
    with SnapshotRepository(session.snapshots, read_only=True) as repository:
        differences = Differences(repository, session.library)
        if new is not None:
            found = differences.between(old, new, path)
        else:
            session.require_library()
            found = finish(
                differences.since(
                    old, path, labels=_labels_now(session), **_left_out(session)
                )
            )
        if text or (path is not None and len(found.changes) == 1):
            found = differences.with_texts(found)
    if session.as_json:
        session.print_json(found)
    else:
        _tell(session, found)
    return 0


def _left_out(session: Session) -> "PresentOptions":
    settings = session.loaded.settings.backup
    return {
        "exclude": settings.exclude,
        "exclude_folders": (session.state,),
        "max_file_mb": settings.max_file_mb,
    }


def _labels_now(session: Session) -> "Labels | None":
    from orquestrador.snapshots.labels import labels_by_content  # noqa: PLC0415 -- heavy

    if not (session.state / "catalog.sqlite3").exists():
        return None
    try:
        with session.catalog() as catalog:
            return labels_by_content(catalog.content_labels())
    except CatalogError as error:
        # Files can be compared without it.
        session.say(error_text(error))
        return None


def _tell(session: Session, found: "Difference") -> None:
    for change in found.changes:
        session.print(_line(session, change))
        if change.text is not None:
            for line in _text_lines(change, change.text):
                session.print(line)
    for each in found.reclassified:
        session.print(_reclassified_line(session, each))
    number = session.number
    session.print(
        _(
            "{added} added, {removed} removed, {changed} changed, {renamed} renamed, "
            "{same} unchanged, "
        ).format(
            added=number(found.added),
            removed=number(found.removed),
            changed=number(found.changed),
            renamed=number(found.renamed),
            same=number(found.same),
        )
        + (
            _("{count} reclassified").format(count=number(len(found.reclassified)))
            if found.labels == "both"
            else _("not known what was reclassified (no labels were kept)")
        )
    )


def _line(session: Session, change: "FileChange") -> str:
    kinds = {
        "added": _("added"),
        "removed": _("removed"),
        "changed": _("changed"),
        "renamed": _("renamed"),
    }
    path = visible(change.path)
    if change.old_path is not None:
        path = f"{visible(change.old_path)} -> {path}"
    sizes = [
        session.number(size)
        for size in dict.fromkeys((change.old_size, change.size))
        if size is not None
    ]
    return "\t".join((kinds[change.kind], path, " -> ".join(sizes)))


def _text_lines(change: "FileChange", text: "TextChange") -> "Iterator[str]":
    sentences = {
        "line_ends": _("Only the ends of its lines changed."),
        "bytes": _("Its text is the same; only its bytes changed."),
        "binary": _("It is no text."),
        "large": _("It is too large to be shown line by line."),
    }
    if text.note == "encoding":
        yield "  " + _("Only its encoding changed: {old} -> {new}.").format(
            old=text.old_encoding, new=text.encoding
        )
    elif text.note is not None:
        yield f"  {sentences[text.note]}"
    if not text.diff:
        return
    path = visible(change.path)
    yield f"--- {path if change.old_sha256 else _('(nothing)')}{_in(text.old_encoding)}"
    yield f"+++ {path if change.sha256 else _('(nothing)')}{_in(text.encoding)}"
    colours = {"@": "cyan", "-": "red", "+": "green"}
    for line in text.diff.split("\n"):
        colour = colours.get(line[:1])
        shown = visible(line, keep="\t")
        # Click takes the colour away where no terminal shows it.
        plain = colour is None or "NO_COLOR" in os.environ
        yield shown if plain else click.style(shown, fg=colour)


def _in(encoding: str | None) -> str:
    return f"\t({encoding})" if encoding else ""


def _reclassified_line(session: Session, each: "Reclassified") -> str:
    path = visible(each.paths[0])
    if len(each.paths) > 1:
        path += " " + _("and {count} copies").format(
            count=session.number(len(each.paths) - 1)
        )
    told = [
        *_changed(session, _("language"), each.before.language, each.after.language),
        *_changed(session, _("kind"), each.before.kind, each.after.kind),
        *_changed(session, _("strategy"), _primary(each.before), _primary(each.after)),
        *_signed(session, "-", _all(each.before) - _all(each.after)),
        *_signed(session, "+", _all(each.after) - _all(each.before)),
    ]
    return "\t".join((_("reclassified"), path, ", ".join(told)))


def _changed(
    session: Session, what: str, before: str | None, after: str | None
) -> list[str]:
    if before == after:
        return []
    old, new = (
        _("none") if each is None else label_name(each, session.translation)
        for each in (before, after)
    )
    return [f"{what} {old} -> {new}"]


def _signed(session: Session, sign: str, codes: "Iterable[str]") -> list[str]:
    return [f"{sign}{label_name(each, session.translation)}" for each in sorted(codes)]


def _primary(labels: "ContentLabels") -> str | None:
    return labels.strategies[0] if labels.strategies else None


def _all(labels: "ContentLabels") -> set[str]:
    """Return all labels but the primary strategy, which is told by itself."""
    return {*labels.strategies[1:], *labels.risk, *labels.hygiene}
