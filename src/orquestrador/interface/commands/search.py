"""`orquestrador search`: finds files in the catalog."""

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from orquestrador.interface.codes import code_meant
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_code, label_name, ngettext

if TYPE_CHECKING:
    from orquestrador.catalog import Catalog
    from orquestrador.messages import Record


class _FoundFile(NamedTuple):
    """A file that was found."""

    record: "Record"
    library: str | None
    """Where it is; None where only one library was asked."""

    place: str
    """Among its copies, if that was asked for."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON's object."""
        from orquestrador.messages import record_to_json  # noqa: PLC0415 -- loaded when it is used

        named = {} if self.library is None else {"library": self.library}
        return named | record_to_json(self.record)

    def line(self, session: Session) -> str:
        """Return it as a line for people."""
        before = "" if self.library is None else self.library + os.sep
        return before + line(session, self.record) + self.place


_WITH_OWN_LABELS = {"strategy", "risk", "hygiene"}


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "search",
        callback=click.pass_obj(search),
        short_help=_("Find files in the catalog."),
        help=_(
            "Find files in the catalog: those for which everything given holds. "
            "Prints one line a file: path, kind, language, primary strategy and "
            "dangers, separated by tabs; with --duplicates also what it is of its "
            "group's best, and the best's path or why it is the best. Codes may be "
            "English or Portuguese. With --library given again, each library's catalog "
            "is asked, and its folder stands before the path (in JSON: library).\n\n"
            "Exit status: 0 done (also when nothing is found), 1 failed, "
            "2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Argument(["words"], nargs=-1),
            click.Option(["--kind"], help=_("expert, indicator, script …")),
            click.Option(["--language"], help=_("mql4, mql5, mql, pine or unknown.")),
            click.Option(["--strategy"], multiple=True, help=_("grid, breakout …")),
            click.Option(
                ["--risk"], multiple=True, help=_("stop_loss, lot_multiplier …")
            ),
            click.Option(["--no-risk"], multiple=True, help=_("Without this label.")),
            click.Option(
                ["--hygiene"], multiple=True, help=_("dll_import, decompiled …")
            ),
            click.Option(
                ["--prop-firm"],
                help=_("ready, needs_work, unsuitable or not_applicable."),
            ),
            click.Option(
                ["--symbol"],
                help=_("Also finds its other names and brokers' suffixes."),
            ),
            click.Option(
                ["--symbol-exact"], is_flag=True, help=_("The symbol as spelled only.")
            ),
            click.Option(["--timeframe"], help=_("M1, M5, H1, D1 …")),
            click.Option(["--author"], help=_("Words of the author's name.")),
            click.Option(["--text"], help=_("A phrase in names, inputs or functions.")),
            click.Option(
                ["--missing-include"],
                is_flag=True,
                help=_("Only what includes a file that is not there."),
            ),
            click.Option(
                ["--includes"],
                metavar="NAME",
                help=_("Only what includes a file of this name: Trade.mqh …"),
            ),
            click.Option(
                ["--changed-since"],
                metavar="TIME",
                help=_("Only what is new or another one since: 2h, yesterday …"),
            ),
            click.Option(
                ["--duplicates"],
                is_flag=False,
                flag_value="exact",
                type=click.Choice(["exact", "same-code", "near"]),
                help=_(
                    "Only copies: of the same bytes (exact, also without a word), of "
                    "the same code, or near ones."
                ),
            ),
            click.Option(
                ["--limit"],
                type=click.IntRange(min=0),
                default=100,
                show_default=True,
                help=_("At most so many; 0 for all."),
            ),
            click.Option(["--jsonl"], is_flag=True, help=_("One record a line.")),
        ],
    )


def search(
    session: Session,
    /,
    *,
    jsonl: bool,
    **options: Any,  # noqa: ANN401 -- click's options
) -> int:
    """Run the command; returns its exit status."""
    import msgspec  # noqa: PLC0415 -- not for --help

    several = len(session.each_library) > 1
    records: list[_FoundFile] = []
    found = 0
    for each in session.each_library:
        with each.catalog() as catalog:
            some, count = _found(each, catalog, **options)
            places = _places(each, catalog, options["duplicates"])
        where = str(each.library) if several else None
        records += [_FoundFile(one, where, places.get(one.path, "")) for one in some]
        found += count
    # Each catalog was asked for as many.
    records = records[: options["limit"] or None]
    if session.as_json:
        session.print_json([each.document() for each in records])
        return 0
    for one in records:
        if jsonl:
            session.print_bytes(msgspec.json.encode(one.document()))
        else:
            session.print(one.line(session))
    if not jsonl:
        session.say(
            ngettext("{count} file found", "{count} files found", found).format(
                count=session.number(found)
            )
            if found == len(records)
            else _("{shown} of {count} files shown; --limit 0 shows all").format(
                shown=session.number(len(records)), count=session.number(found)
            )
        )
    return 0


def find(
    session: Session,
    **options: Any,  # noqa: ANN401 -- click's options
) -> "tuple[list[Record], int]":
    """Return the records found, and how many there are without the limit."""
    with session.catalog() as catalog:
        return _found(session, catalog, **options)


def _found(
    session: Session,
    catalog: "Catalog",
    *,
    words: tuple[str, ...],
    limit: int,
    **options: Any,  # noqa: ANN401 -- click's options
) -> "tuple[list[Record], int]":
    from orquestrador.messages.catalog import SearchQuery  # noqa: PLC0415 -- loaded when it is used

    query = SearchQuery(
        words=" ".join(words),
        kind=_code("kind", options["kind"]),
        language=_code("language", options["language"]),
        strategy=_codes("strategy", options["strategy"]),
        risk=_codes("risk", options["risk"]),
        no_risk=_codes("risk", options["no_risk"]),
        hygiene=_codes("hygiene", options["hygiene"]),
        prop_firm=_code("prop-firm", options["prop_firm"]),
        symbol=_symbol(session, options["symbol"]),
        symbol_exact=options["symbol_exact"],
        timeframe=options["timeframe"].upper() if options["timeframe"] else None,
        author=options["author"] or "",
        text=options["text"] or "",
        missing_include=options["missing_include"],
        includes=options["includes"] or "",
        changed_since_ns=_since(options["changed_since"]),
        duplicates=_sameness(options["duplicates"]),
        limit=limit or None,
    )
    records = catalog.search(query)
    if not records:
        from orquestrador.interface.commands.narrowing import without_one  # noqa: PLC0415 -- seldom needed

        for said in without_one(session, catalog, query):
            session.say(said)
    all_shown = not limit or len(records) < limit
    return records, len(records) if all_shown else catalog.count(query)


def line(session: Session, record: "Record") -> str:
    """Return what the command prints about one file."""
    from orquestrador.reports.labels import DANGERS  # noqa: PLC0415 -- loaded when it is used

    names = session.translation
    dangers = [
        label_name(each.label, names)
        for each in record.risk or ()
        if each.label in DANGERS
    ]
    return "\t".join(
        [
            record.path,
            label_name(record.kind, names),
            label_name(record.language, names),
            label_name(record.primary, names) if record.primary else "",
            ", ".join(dangers),
        ]
    )


def _places(
    session: Session, catalog: "Catalog", duplicates: str | None
) -> dict[str, str]:
    """Return what is added to the lines of files that have copies."""
    if duplicates is None:
        return {}
    from orquestrador.reports.copy_words import likeness, reason  # noqa: PLC0415 -- loaded when it is used

    groups = catalog.copies(_sameness(duplicates))
    names = session.translation
    return {
        copy.path: "\t"
        + (
            _("best") + "\t" + reason(group, names)
            if copy.path == group.best
            else likeness(copy, names) + "\t" + group.best
        )
        for group in groups
        for copy in group.copies
    }


def _sameness(duplicates: str | None) -> Any:  # noqa: ANN401 -- a literal of SearchQuery
    return None if duplicates is None else duplicates.replace("-", "_")


def _symbol(session: Session, asked: str | None) -> str | None:
    from orquestrador.config.own_rules import symbol_named  # noqa: PLC0415 -- when used

    if asked is None:
        return None
    settings = session.loaded.settings.classification
    return symbol_named(asked, settings, session.library)


def _since(given: str | None) -> int | None:
    from orquestrador.interface.commands.changes import nanoseconds  # noqa: PLC0415 -- when used

    return None if given is None else nanoseconds(given, "--changed-since")


def _codes(facet: str, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (_code(facet, each) for each in given)))


def _code(facet: str, given: str | None) -> Any:  # noqa: ANN401 -- a literal of SearchQuery
    """Return the code that the user means, in either language.

    Raises:
        click.UsageError: if there is none; names what is allowed and the nearest.

    """
    from orquestrador.reports import labels  # noqa: PLC0415 -- not for --help

    if given is None:
        return None
    codes = {
        "kind": labels.KINDS,
        "language": labels.LANGUAGES,
        "strategy": labels.STRATEGIES,
        "risk": labels.RISK,
        "hygiene": labels.HYGIENE,
        "prop-firm": labels.VERDICTS,
    }[facet]
    if "." in given and facet in _WITH_OWN_LABELS:
        # A label of the user's own rules, of which this program has no list.
        return label_code(given, codes) or given
    return code_meant(facet, given, codes)
