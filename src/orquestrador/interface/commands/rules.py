"""`orquestrador rules`: the rules that labels rest on."""

import difflib
from typing import TYPE_CHECKING, Any

import click

from orquestrador.errors import SettingsError
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_name, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orquestrador.classification.matching import Rule
    from orquestrador.config.own_rules import OwnRules
    from orquestrador.corrections import Corrections
    from orquestrador.messages import Record

_REQUIRED = ("all", "any", "none", "words", "indicators", "code", "check")
_MOST_SHOWN = 60


def command() -> click.Group:
    """Make the command."""
    group = click.Group(
        "rules",
        short_help=_("List, explain and check the rules."),
        help=_(
            "The rules of strategies, risk and hygiene, which are data: the program's "
            "and your own.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage."
        ),
    )
    group.add_command(
        click.Command(
            "list",
            callback=click.pass_obj(list_rules),
            help=_(
                "Print one line a rule: id, label, weight, what it requires and where "
                "it is from, separated by tabs. Your own rules are among them.\n\n"
                "Exit status: 0 done."
            ),
        )
    )
    group.add_command(
        click.Command(
            "explain",
            callback=click.pass_obj(explain),
            help=_(
                "Show a rule with the code for which it holds, and the similar code "
                "for which it does not.\n\nExit status: 0 done, 2 no such rule."
            ),
            params=[click.Argument(["rule"])],
        )
    )
    group.add_command(
        click.Command(
            "check",
            callback=click.pass_obj(check),
            help=_(
                "Hold every rule against its own two examples, and say which fail."
                "\n\nExit status: 0 all hold and none disagrees, 1 some do not."
            ),
            params=[
                click.Option(
                    ["--against-corrections"],
                    is_flag=True,
                    help=_("Also say which rules disagree with your corrections."),
                )
            ],
        )
    )
    return group


def list_rules(session: Session, /) -> int:
    """Print every rule; returns the exit status."""
    own = _own(session)
    rules = _known(own)
    if session.as_json:
        session.print_json([_plain(rule, own) for rule in rules])
        return 0
    for rule in rules:
        wanted = rule.definition
        required = "; ".join(
            f"{name} {value}"[:_MOST_SHOWN] for name, value in _required(rule).items()
        )
        named = label_name(wanted.label, session.translation)
        origin = _origin(rule, own)
        session.print(f"{wanted.id}\t{named}\t{wanted.weight:g}\t{required}\t{origin}")
    return 0


def explain(session: Session, /, *, rule: str) -> int:
    """Show one rule; returns the exit status."""
    own = _own(session)
    rules = {each.definition.id: each for each in _known(own)}
    if rule not in rules:
        near = difflib.get_close_matches(rule, rules, n=1)
        hint = " " + _("Did you mean {name}?").format(name=near[0]) if near else ""
        raise SettingsError(_("There is no rule {rule}.").format(rule=rule) + hint)
    found = rules[rule]
    wanted = found.definition
    if session.as_json:
        session.print_json(_plain(found, own))
        return 0
    named = label_name(wanted.label, session.translation)
    session.print(f"{wanted.id}: {named} ({wanted.label}), {wanted.weight:g}")
    origin = _("Version {version}, from {origin}").format(
        version=wanted.version, origin=_origin(found, own)
    )
    session.print(f"  {origin}")
    for name, value in _required(found).items():
        session.print(f"  {name}: {value}")
    session.print(_("It holds for:"))
    session.print(wanted.example.strip("\n"))
    session.print(_("It does not hold for:"))
    session.print(wanted.counterexample.strip("\n"))
    return 0


def check(session: Session, /, *, against_corrections: bool) -> int:
    """Check every rule; returns the exit status."""
    from orquestrador.classification.rule_checks import check_rules  # noqa: PLC0415 -- heavy

    own = _own(session)
    checked = list(check_rules(own))
    failed = [each for each in checked if not each.is_right]
    disagreeing = list(_disagreeing(session, own)) if against_corrections else []
    status = 1 if failed or disagreeing else 0
    if session.as_json:
        failures = [
            {
                "rule": each.rule.definition.id,
                "origin": each.rule.origin,
                "holds": each.holds,
                "holds_wrongly": each.holds_wrongly,
            }
            for each in failed
        ]
        answer = {"rules": len(checked), "failed": failures}
        session.print_json(answer | {"disagreeing": disagreeing})
        return status
    for each in failed:
        words = (
            _("holds for its counterexample")
            if each.holds_wrongly
            else _("does not hold for its example")
        )
        session.print(f"{each.rule.definition.id}\t{words}\t{each.rule.origin}")
    for one in disagreeing:
        rules = ", ".join(one["rules"]) or _("no rule says it")
        sign = "-" if one["said"] == "remove" else "+"
        session.print(f"{one['path']}\t{sign}{one['label']}\t{rules}")
    words = ngettext("{count} rule checked", "{count} rules checked", len(checked))
    session.say(words.format(count=session.number(len(checked))))
    return status


def _own(session: Session) -> "OwnRules | None":
    from orquestrador.classification.usable import usable_own_rules  # noqa: PLC0415 -- heavy

    return usable_own_rules(session.loaded.settings.classification, session.library)


def _known(own: "OwnRules | None") -> "tuple[Rule, ...]":
    """Return every rule, those that are switched off last."""
    from orquestrador.classification.rule_checks import every_rule  # noqa: PLC0415 -- heavy
    from orquestrador.classification.rules import rulebook  # noqa: PLC0415 -- heavy

    return (*every_rule(own), *rulebook(own).off)


def _origin(rule: "Rule", own: "OwnRules | None") -> str:
    """Return where a rule is from, and which files have changed it."""
    named = rule.definition.id
    files = [file for each, file in own.changes if each == named] if own else []
    if own is not None and named in own.off:
        return _("{origin}, switched off by {files}").format(
            origin=rule.origin, files=", ".join(files)
        )
    if files:
        return _("{origin}, changed by {files}").format(
            origin=rule.origin, files=", ".join(files)
        )
    return rule.origin


def _plain(rule: "Rule", own: "OwnRules | None") -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 -- not for --help

    plain: dict[str, Any] = msgspec.to_builtins(rule.definition)
    changes = own.changes if own is not None else ()
    return plain | {
        "origin": rule.origin,
        "changed_by": [file for each, file in changes if each == plain["id"]],
        "off": own is not None and plain["id"] in own.off,
    }


def _required(rule: "Rule") -> dict[str, str]:
    """Return what a rule requires, by its name in the pack."""
    wanted = {name: getattr(rule.definition, name) for name in _REQUIRED}
    return {
        name: value if isinstance(value, str) else ", ".join(value)
        for name, value in wanted.items()
        if value
    }


def _disagreeing(
    session: Session, own: "OwnRules | None"
) -> "Iterator[dict[str, Any]]":
    """Yield each label of the user's that the rules do not say, or the reverse."""
    from orquestrador.corrections import read_corrections  # noqa: PLC0415 -- heavy

    standing = read_corrections(session.state)
    for sha256, record in _as_ruled(session, standing, own):
        correction = standing[sha256]
        said = _rules_by_label(record)
        added = dict.fromkeys((*filter(None, [correction.primary]), *correction.add))
        for word, labels in (("add", added), ("remove", correction.remove)):
            for label in labels:
                if (label in said) == (word == "remove"):
                    yield {
                        "sha256": sha256,
                        "path": record.path,
                        "label": label,
                        "said": word,
                        "rules": said.get(label, []),
                    }
        first = correction.primary
        if first in said and record.primary not in {None, first}:
            yield {
                "sha256": sha256,
                "path": record.path,
                "label": first,
                "said": "primary",
                "rules": said[record.primary or ""],
            }


def _as_ruled(
    session: Session, standing: "Corrections", own: "OwnRules | None"
) -> "Iterator[tuple[str, Record]]":
    """Yield what the rules alone say of each corrected content that is there."""
    from orquestrador.classification import classify  # noqa: PLC0415 -- heavy
    from orquestrador.library import os_path, raw_of_record  # noqa: PLC0415 -- likewise
    from orquestrador.library.names import INSIDE  # noqa: PLC0415 -- likewise

    if not standing:
        return
    with session.catalog() as catalog:
        paths = {
            each.sha256: each.path
            for each in catalog.records()
            # A member of an archive is no file that could be opened.
            if INSIDE not in raw_of_record(each.path)
        }
    for sha256 in sorted(standing.keys() & paths.keys()):
        file = os_path(session.library, raw_of_record(paths[sha256]))
        record = classify(file.read_bytes(), paths[sha256], own=own)
        if record.sha256 == sha256:
            yield sha256, record


def _rules_by_label(record: "Record") -> dict[str, list[str]]:
    groups = (record.strategies or (), record.risk or (), record.hygiene or ())
    said = {
        each.label: list(dict.fromkeys(piece.rule for piece in each.evidence))
        for labels in groups
        for each in labels
    }
    said |= {each: ["symbol.named"] for each in record.symbols or ()}
    return said | {each: ["timeframe.asked"] for each in record.timeframes or ()}
