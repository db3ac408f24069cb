"""`orquestrador inspect`: classifies files without catalog or actors."""

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.interface.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orquestrador.config.own_rules import OwnRules
    from orquestrador.config.profiles import Profile
    from orquestrador.messages import Level, Record


class _Given(TypedDict):
    """How everything is to be classified: arguments of `classify`."""

    level: "Level"
    profile: "Profile"
    own: "OwnRules | None"


EXCLUDED_FOLDERS = frozenset({".git", ".orquestrador"})


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "inspect",
        callback=click.pass_obj(inspect),
        short_help=_("Classify files or folders and show what they are."),
        help=_(
            "Classify files or folders, without catalog or actors, and show what each "
            "is: what it trades, how it enters, its dangers first, each with its "
            "line. With --jsonl, one record a line.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Argument(
                ["paths"], nargs=-1, required=True, type=click.Path(path_type=Path)
            ),
            click.Option(["--jsonl"], is_flag=True, help=_("One record a line.")),
            click.Option(
                ["--explain"], is_flag=True, help=_("Show the evidence in the source.")
            ),
            click.Option(
                ["--level"],
                type=click.Choice(["quick", "full"]),
                default="full",
                help=_("quick: language, kind and facts; full: everything."),
            ),
        ],
    )


def inspect(
    session: Session,
    /,
    *,
    paths: tuple[Path, ...],
    jsonl: bool,
    explain: bool,
    level: "Level",
) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.classification.usable import usable_own_rules  # noqa: PLC0415 -- not for --help
    from orquestrador.config.profiles import chosen_profile  # noqa: PLC0415 -- not for --help
    from orquestrador.corrected import corrected  # noqa: PLC0415 -- not for --help
    from orquestrador.interface import screen  # noqa: PLC0415 -- not for --help
    from orquestrador.messages import record_json_line, record_to_json  # noqa: PLC0415 -- loaded when it is used

    settings = session.loaded.settings.classification
    profile = chosen_profile(settings, session.library)
    own = usable_own_rules(settings, session.library)
    given: _Given = {"level": level, "profile": profile, "own": own}
    standing = session.corrections()
    records = (
        corrected(record, standing.get(record.sha256), profile)
        for path in paths
        for record in _records(session, session.place(path), given)
    )
    if session.as_json:
        session.print_json([record_to_json(record) for record in records])
        return 0
    for record in records:
        if jsonl:
            session.print_bytes(record_json_line(record))
        else:
            lines = screen.record_lines(
                session, record, explain=explain, profile=profile
            )
            for line in lines:
                session.print(wrapped(line))
    return 0


def _records(session: Session, path: Path, given: "_Given") -> "Iterator[Record]":
    from orquestrador.library import list_files, os_path, suffix_of  # noqa: PLC0415 -- loaded when it is used

    if not path.is_dir():
        yield _record(session, path, given)
        return
    settings = session.loaded.settings.classification
    wanted = {*settings.suffixes, *settings.sniffed_suffixes}
    for entry in list_files(path.absolute(), excluded_folders=EXCLUDED_FOLDERS):
        suffix = suffix_of(entry.raw)
        if suffix not in wanted:
            continue
        record = _record(session, os_path(path, entry.raw), given)
        # A text file is only ours when its content is.
        if suffix in settings.suffixes or record.language != "unknown":
            yield record


def _record(session: Session, path: Path, given: "_Given") -> "Record":
    from orquestrador.classification import classify  # noqa: PLC0415 -- heavy
    from orquestrador.classification.version import classifier_version  # noqa: PLC0415 -- loaded when it is used
    from orquestrador.library import (  # noqa: PLC0415 -- loaded when it is used
        Unreadable,
        raw_name,
        read_content,
        shown_name,
    )
    from orquestrador.messages.record import unknown_record  # noqa: PLC0415 -- loaded when it is used

    name = shown_name(raw_name(str(path)))
    limit = int(session.loaded.settings.classification.max_file_mb * 1e6)
    content = read_content(path, limit)
    if isinstance(content, Unreadable):
        return unknown_record(
            sha256="",
            size=0,
            reason=content.problem,
            level=given["level"],
            classifier=classifier_version(given["profile"], given["own"]),
        ).replace(path=name)
    return classify(content.data, name, **given)
