"""`orquestrador organize plan`: proposes names and folders, and changes nothing."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from orquestrador.interface.commands.organize.lines import plan_path
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.organizing.plan import Plan

_MOST_BROKEN = 20


_SAMENESS: dict[str | None, Literal["exact", "same_code"] | None] = {
    None: None,
    "exact": "exact",
    "same-code": "same_code",
}


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "plan",
        callback=click.pass_obj(plan),
        short_help=_("Propose a name and a folder for each file."),
        help=_(
            "Propose for each file the name and folder of the convention, surplus "
            "exact copies gathered in _copias. Nothing is changed. Prints one line a "
            "move, old and new name separated by a tab, and writes the plan to a file "
            "that you can edit: strike out a line, or change where it leads.\n\n"
            "Exit status: 0 done (also when there is nothing to move), 1 failed, "
            "2 wrong usage or settings, 130 interrupted."
        ),
        params=[
            click.Option(
                ["--duplicates"],
                is_flag=False,
                flag_value="exact",
                type=click.Choice(["exact", "same-code"]),
                help=_(
                    "Only put surplus copies into _copias: of the same bytes (exact, "
                    "also without a word), or also of the same code."
                ),
            ),
            click.Option(
                ["--fix-includes"],
                is_flag=True,
                help=_("Have apply mend #include, #resource and #import paths."),
            ),
            click.Option(
                ["--force-terminal"],
                is_flag=True,
                help=_("Plan for a MetaTrader data folder too."),
            ),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path, dir_okay=False),
                help=_("Where to write the plan; where apply looks if not given."),
            ),
            click.Option(
                ["--limit"],
                type=click.IntRange(min=0),
                default=50,
                show_default=True,
                help=_("Print so many moves at most; 0 for all."),
            ),
        ],
    )


def plan(  # noqa: PLR0913 -- the command's options
    session: Session,
    /,
    *,
    duplicates: str | None,
    fix_includes: bool,
    force_terminal: bool,
    out: Path | None,
    limit: int,
) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.organizing.making import make_plan  # noqa: PLC0415 -- heavy
    from orquestrador.organizing.plan_file import write_plan  # noqa: PLC0415 -- heavy

    session.require_library()
    found = make_plan(
        session.library,
        session.state,
        session.loaded.settings.organize,
        duplicates=_SAMENESS[duplicates],
        fix_includes=fix_includes,
        force_terminal=force_terminal,
    )
    path = plan_path(session) if out is None else out.expanduser().absolute()
    write_plan(found, path)
    if session.as_json:
        session.print_json(_document(found, path))
        return 0
    _print_moves(session, found, limit)
    _say_what_stays(session, found)
    _say_what_breaks(session, found)
    _say_summary(session, found, path)
    return 0


def _document(found: "Plan", path: Path) -> dict[str, object]:
    from orquestrador.library import shown_name  # noqa: PLC0415 -- not for --help

    return {
        "plan": str(path),
        "moves": [
            {
                "from": shown_name(move.source),
                "to": shown_name(move.target),
                "size": move.size,
                "copy_of": None if move.copy_of is None else shown_name(move.copy_of),
            }
            for move in found.moves
        ],
        "left": [
            {"path": shown_name(each.raw), "reason": each.reason} for each in found.left
        ],
        "breaks": [
            {
                "path": shown_name(each.raw),
                "line": each.line,
                "directive": each.directive,
                "text": each.text,
                "mended": each.mended,
            }
            for each in found.broken
        ],
        "in_place": found.in_place,
        "surplus_files": len(found.copies),
        "surplus_bytes": sum(move.size for move in found.copies),
        "fix_includes": found.fix_includes,
    }


def _print_moves(session: Session, found: "Plan", limit: int) -> None:
    from orquestrador.library import shown_name  # noqa: PLC0415 -- not for --help

    moves = found.moves[: limit or None]
    for move in moves:
        session.print(f"{shown_name(move.source)}\t{shown_name(move.target)}")
    if len(moves) < len(found.moves):
        session.say(
            _("{shown} of {count} moves shown; --limit 0 shows all").format(
                shown=session.number(len(moves)),
                count=session.number(len(found.moves)),
            )
        )


def _say_what_stays(session: Session, found: "Plan") -> None:
    reasons = Counter(each.reason for each in found.left)
    if reasons:
        session.say(_("Stay where they are:"))
    for reason, count in reasons.most_common():
        session.say(f"  {session.number(count)}  {reason}")


def _say_what_breaks(session: Session, found: "Plan") -> None:
    if not found.broken:
        return
    from orquestrador.library import shown_name  # noqa: PLC0415 -- not for --help

    mendable = sum(each.mended is not None for each in found.broken)
    session.say(
        _("{count} lines would no longer find what they name, ").format(
            count=session.number(len(found.broken))
        )
        + (
            _("{mendable} of them will be mended").format(
                mendable=session.number(mendable)
            )
            if found.fix_includes
            else _("--fix-includes mends {mendable} of them").format(
                mendable=session.number(mendable)
            )
        )
    )
    for each in found.broken[:_MOST_BROKEN]:
        name = f"{shown_name(each.raw)}:{each.line}"
        mended = each.mended if each.mended is not None else "?"
        session.say(f"  {name}: #{each.directive} {each.text} -> {mended}")


def _say_summary(session: Session, found: "Plan", path: Path) -> None:
    copies = found.copies
    session.say(
        _(
            "{moves} files to move, {copies} of them surplus copies with {size}; "
            "{in_place} stand well already"
        ).format(
            moves=session.number(len(found.moves)),
            copies=session.number(len(copies)),
            size=session.megabytes(sum(move.size for move in copies)),
            in_place=session.number(found.in_place),
        )
    )
    if found.moves:
        session.say(
            _("The plan is in {path}; `{command}` carries it out").format(
                path=path, command=session.command("organize apply")
            )
        )
