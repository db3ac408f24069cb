"""`orquestrador inspect`: classifies files without catalog or actors."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.interface.wrapping import width, wrapped

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


class _Found(NamedTuple):
    """What was looked at."""

    record: "Record"
    data: bytes
    """Empty when it could not be read."""


EXCLUDED_FOLDERS = frozenset({".git", ".orquestrador"})


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "inspect",
        callback=click.pass_obj(inspect),
        short_help=_("Classify files or folders and show what they are."),
        help=_(
            "Classify files or folders; no catalog or actors are needed. Shows what "
            "each is: what it trades, how it enters, its dangers first, each with its "
            "line; where a catalog knows the file, also what of its includes is "
            "missing, who includes it, who has its magic number, and its compiled "
            "program. With --jsonl, one record a line. A .zip archive is looked into; "
            "archive.zip!/member is one of its members. With --explain, what spoke "
            "for the kind and the strategy and for the next best, then the source "
            "around its evidence, the labels on the left.\n\n"
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
                ["--all", "every_line"],
                is_flag=True,
                help=_("With --explain, show the whole source."),
            ),
            click.Option(
                ["--level"],
                type=click.Choice(["quick", "full"]),
                default="full",
                help=_("quick: language, kind and facts; full: everything."),
            ),
        ],
    )


def inspect(  # noqa: PLR0913 -- an argument an option
    session: Session,
    /,
    *,
    paths: tuple[Path, ...],
    jsonl: bool,
    explain: bool,
    every_line: bool,
    level: "Level",
) -> int:
    """Run the command; returns its exit status."""
    import msgspec  # noqa: PLC0415 -- not for --help

    from orquestrador.classification.usable import usable_own_rules  # noqa: PLC0415 -- not for --help
    from orquestrador.config.profiles import chosen_profile  # noqa: PLC0415 -- not for --help
    from orquestrador.corrected import corrected  # noqa: PLC0415 -- not for --help
    from orquestrador.interface import screen  # noqa: PLC0415 -- not for --help
    from orquestrador.interface.beside import Beside  # noqa: PLC0415 -- not for --help

    settings = session.loaded.settings.classification
    profile = chosen_profile(settings, session.library)
    own = usable_own_rules(settings, session.library)
    given: _Given = {"level": level, "profile": profile, "own": own}
    standing = session.corrections()
    found = (
        (each, corrected(each.record, standing.get(each.record.sha256), profile))
        for path in paths
        for each in _records(session, session.place(path), given)
    )
    if session.as_json or jsonl:
        documents = (
            _document(each, record, own, explain=explain, every_line=every_line)
            for each, record in found
        )
        if session.as_json:
            session.print_json(list(documents))
        else:
            for document in documents:
                session.print_bytes(msgspec.json.encode(document))
        return 0
    beside = Beside(session)
    for each, record in found:
        lines = screen.record_lines(session, record, explain=explain, profile=profile)
        for line in (*lines, *beside.lines(record.path), ""):
            session.print(wrapped(line))
        if explain:
            _explain(session, each, record, own, every_line=every_line)
    return 0


def _document(
    found: _Found,
    record: "Record",
    own: "OwnRules | None",
    *,
    explain: bool,
    every_line: bool,
) -> dict[str, Any]:
    """Return a record as JSON's object; asked for, with what stands behind it."""
    from orquestrador.messages import record_to_json  # noqa: PLC0415 -- loaded when it is used

    document = record_to_json(record)
    if explain:
        from orquestrador.classification.explaining import explain as explained  # noqa: PLC0415 -- heavy
        from orquestrador.interface.explained import explained_json  # noqa: PLC0415 -- heavy

        document["explained"] = explained_json(
            record,
            explained(found.data, found.record.path, record, own),
            every_line=every_line,
        )
    return document


def _explain(
    session: Session,
    found: _Found,
    record: "Record",
    own: "OwnRules | None",
    *,
    every_line: bool,
) -> None:
    """Show why the labels were said, and the source with them in its margin."""
    from orquestrador.classification.explaining import explain as explained  # noqa: PLC0415 -- heavy
    from orquestrador.interface.explained import contest_lines, source_lines  # noqa: PLC0415 -- heavy

    explanation = explained(found.data, found.record.path, record, own)
    if explanation is None:
        return
    for line in contest_lines(session, explanation):
        session.print(wrapped(line, indent=6))
    session.print()
    for line in source_lines(
        session, record, explanation, every_line=every_line, columns=width()
    ):
        session.print(line)
    session.print()


def _records(session: Session, path: Path, given: _Given) -> "Iterator[_Found]":
    from orquestrador.library import list_files, os_path, suffix_of  # noqa: PLC0415 -- loaded when it is used
    from orquestrador.library.archives import archive_of  # noqa: PLC0415 -- likewise

    if not path.is_dir():
        inside = archive_of(path)
        if inside is not None:
            yield from _members(session, *inside, given)
        else:
            yield _record(session, path, given)
        return
    settings = session.loaded.settings.classification
    wanted = {*settings.suffixes, *settings.sniffed_suffixes}
    for entry in list_files(path.absolute(), excluded_folders=EXCLUDED_FOLDERS):
        suffix = suffix_of(entry.raw)
        if suffix not in wanted:
            continue
        found = _record(session, os_path(path, entry.raw), given)
        # A text file is only ours when its content is.
        if suffix in settings.suffixes or found.record.language != "unknown":
            yield found


def _members(
    session: Session, archive: Path, wanted: str | None, given: _Given
) -> "Iterator[_Found]":
    """Yield what an archive holds, or the one member that is asked for."""
    from orquestrador.classification import classify  # noqa: PLC0415 -- heavy
    from orquestrador.library import raw_name, shown_name  # noqa: PLC0415 -- loaded when it is used
    from orquestrador.library.archives import INSIDE, members  # noqa: PLC0415 -- loaded when it is used

    place = shown_name(raw_name(str(archive)))
    settings = session.loaded.settings.classification
    limit = int(settings.max_file_mb * 1e6)
    any_found = False
    for each in members(archive, limit):
        if wanted is None:
            known = {*settings.suffixes, *settings.unread_suffixes}
            if each.name and each.suffix not in {*known, *settings.sniffed_suffixes}:
                continue
        elif each.name not in {"", wanted}:
            continue
        any_found = True
        path = f"{place}{INSIDE}{each.name}" if each.name else place
        if each.problem is not None:
            if wanted or each.suffix not in settings.sniffed_suffixes or not each.name:
                yield _unread(path, each.size, each.problem, given)
            continue
        record = classify(each.data, f"x{each.suffix}", **given).replace(path=path)
        is_asked_for = wanted is not None or each.suffix in settings.suffixes
        if is_asked_for or record.language != "unknown":
            yield _Found(record, each.data)
    if wanted is not None and not any_found:
        path = f"{place}{INSIDE}{wanted}"
        yield _unread(path, 0, "no member of the archive has this name", given)


def _unread(path: str, size: int, reason: str, given: _Given) -> _Found:
    """Return the record of what could not be read."""
    from orquestrador.classification.version import classifier_version  # noqa: PLC0415 -- loaded when it is used
    from orquestrador.messages.record import unknown_record  # noqa: PLC0415 -- loaded when it is used

    record = unknown_record(
        sha256="",
        size=size,
        reason=reason,
        level=given["level"],
        classifier=classifier_version(given["profile"], given["own"]),
    )
    return _Found(record.replace(path=path), b"")


def _record(session: Session, path: Path, given: _Given) -> _Found:
    from orquestrador.classification import classify  # noqa: PLC0415 -- heavy
    from orquestrador.library import (  # noqa: PLC0415 -- loaded when it is used
        Unreadable,
        raw_name,
        read_content,
        shown_name,
    )

    name = shown_name(raw_name(str(path)))
    limit = int(session.loaded.settings.classification.max_file_mb * 1e6)
    content = read_content(path, limit)
    if isinstance(content, Unreadable):
        return _unread(name, 0, content.problem, given)
    return _Found(classify(content.data, name, **given), content.data)
