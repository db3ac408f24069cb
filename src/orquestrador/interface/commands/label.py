"""`orquestrador label`: the user's own labels, which win over the rules."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orquestrador.interface.codes import code_meant
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_name

if TYPE_CHECKING:
    from orquestrador.corrections import Corrections
    from orquestrador.messages.correcting import Correction

_SAYS = ("primary", "add", "remove", "kind", "language", "note")


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "label",
        callback=click.pass_obj(label),
        short_help=_("Correct the labels of a file."),
        help=_(
            "Correct what a file's content is taken for. A correction holds for the "
            "content wherever it stands, wins over the rules, and stays when files "
            "move, rules change or the catalog is lost: it is kept in "
            "corrections.toml in the state folder, and in every snapshot. Later "
            "corrections of the same content add to the earlier ones. Codes may be "
            "English or Portuguese; a word in capitals is a symbol or a timeframe.\n\n"
            "With a PATH alone, shows its correction; with none, all of them.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Argument(["path"], required=False, type=click.Path(path_type=Path)),
            click.Option(
                ["--primary"], help=_("The strategy that comes first: grid …")
            ),
            click.Option(
                ["--add"],
                multiple=True,
                metavar="CODE",
                help=_("A strategy, risk, hygiene, symbol or timeframe that it has."),
            ),
            click.Option(
                ["--remove"],
                multiple=True,
                metavar="CODE",
                help=_("One that it has not."),
            ),
            click.Option(["--kind"], help=_("expert, indicator, script …")),
            click.Option(["--language"], help=_("mql4, mql5, mql or pine.")),
            click.Option(["--note"], help=_("Why, in your words.")),
            click.Option(
                ["--clear"],
                is_flag=True,
                help=_("Take the correction away: the rules speak again."),
            ),
        ],
    )


def label(
    session: Session,
    /,
    *,
    path: Path | None,
    clear: bool,
    **options: Any,  # noqa: ANN401 -- click's options
) -> int:
    """Run the command; returns its exit status."""
    says = any(options[name] for name in _SAYS)
    if (says or clear) and path is None:
        raise click.UsageError(_("Name the file to be corrected."))
    if says and clear:
        raise click.UsageError(_("--clear stands alone: first clear, then correct."))
    if path is None:
        _show(session, _standing(session))
    elif clear:
        with session.system() as system:
            system.unlabel(_place(session, path))
        session.say(_("The rules speak again for {path}.").format(path=path))
    elif says:
        said = _codes(options)
        if both := {*said["add"], said["primary"]} & {*said["remove"]}:
            words = _("{codes}: added and removed.").format(codes=", ".join(both))
            raise click.UsageError(words)
        with session.system() as system:
            system.label(_place(session, path), **said)
        _show_one(session, path)
    else:
        _show_one(session, path)
    return 0


def _place(session: Session, path: Path) -> Path:
    return session.place(path).absolute()


def _codes(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with the codes that are meant, in either language."""
    from orquestrador.reports import labels  # noqa: PLC0415 -- not for --help

    languages = [each for each in labels.LANGUAGES if each != "unknown"]
    kinds = [each for each in labels.KINDS if each != "unknown"]
    return {
        "primary": _one_of("primary", options["primary"], labels.STRATEGIES),
        "add": [_code("add", each) for each in options["add"]],
        "remove": [_code("remove", each) for each in options["remove"]],
        "kind": _one_of("kind", options["kind"], kinds),
        "language": _one_of("language", options["language"], languages),
        "note": options["note"],
    }


def _code(option: str, given: str) -> str:
    from orquestrador.corrections import facet_of  # noqa: PLC0415 -- not for --help
    from orquestrador.reports import labels  # noqa: PLC0415 -- not for --help

    if facet_of(given) is not None:
        return given
    codes = (*labels.STRATEGIES, *labels.RISK, *labels.HYGIENE)
    return code_meant(option, given, codes)


def _one_of(option: str, given: str | None, codes: Iterable[str]) -> str | None:
    return None if given is None else code_meant(option, given, codes)


def _standing(session: Session) -> "Corrections":
    from orquestrador.corrections import read_corrections  # noqa: PLC0415 -- not for --help

    session.require_library()
    return read_corrections(session.state)


def _show_one(session: Session, path: Path) -> None:
    from orquestrador.library_system.correcting import content_hash  # noqa: PLC0415 -- heavy

    sha256 = content_hash(_place(session, path))
    standing = _standing(session)
    if sha256 in standing:
        _show(session, {sha256: standing[sha256]})
    elif session.as_json:
        session.print_json([])
    else:
        session.say(_("You have corrected nothing of {path}.").format(path=path))


def _show(session: Session, standing: "Corrections") -> None:
    if session.as_json:
        import msgspec  # noqa: PLC0415 -- not for --help

        session.print_json(
            [
                {"sha256": sha256, "source": "user", **msgspec.to_builtins(each)}
                for sha256, each in standing.items()
            ]
        )
        return
    for each in standing.values():
        session.print(_line(session, each))
    if not standing:
        session.say(_("You have corrected nothing."))


def _line(session: Session, correction: "Correction") -> str:
    """Return a correction as a line: path, day, what is said, note."""
    names = session.translation
    said = [
        label_name(each, names)
        for each in (correction.language, correction.kind, correction.primary)
        if each
    ]
    said += [f"+{label_name(each, names)}" for each in correction.add]
    said += [f"-{label_name(each, names)}" for each in correction.remove]
    note = " ".join((correction.note or "").split())
    return "\t".join([correction.path, correction.date, ", ".join(said), note])
