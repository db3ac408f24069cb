"""A record as one screen for people, dangers first."""

from collections.abc import Iterator

from orquestrador.config.profiles import Profile
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_name
from orquestrador.messages import Evidence, Label, Record, WeightedLabel
from orquestrador.messages.record import PropFirm, Quality
from orquestrador.reports.labels import DANGERS, VERDICTS
from orquestrador.reports.reason_words import reason_text
from orquestrador.visible import visible


def record_lines(
    session: Session, record: Record, *, explain: bool, profile: Profile
) -> Iterator[str]:
    """Yield the lines about one file.

    Args:
        session: gives the language.
        record: of the file.
        explain: show all evidence instead of the first line of each.
        profile: the prop firm's that has judged; it has the words for its rules.

    """
    yield visible(record.path)
    yield f"  {_what(session, record)}"
    if record.reason:
        yield f"  {reason_text(record.reason, session.translation)}"
    facts = record.facts
    if facts is not None:
        about = [facts.name, facts.version, facts.author]
        if any(about):
            yield "  " + ", ".join(filter(None, about))
    risk = record.risk or ()
    dangers = tuple(each for each in risk if each.label in DANGERS)
    protections = tuple(each for each in risk if each.label not in DANGERS)
    yield from _labels(session, _("Dangers"), dangers, explain=explain)
    yield from _labels(session, _("Strategy"), record.strategies or (), explain=explain)
    yield from _plain(_("Symbols"), record.symbols, record.evidence.symbols, explain)
    yield from _plain(
        _("Timeframes"), record.timeframes, record.evidence.timeframes, explain
    )
    yield from _labels(session, _("Protections"), protections, explain=explain)
    yield from _labels(session, _("Hygiene"), record.hygiene or (), explain=explain)
    if record.prop_firm is not None:
        yield from _verdict(session, record.prop_firm, profile, explain=explain)
    if record.quality is not None:
        yield from _quality(session, record.quality)
    if explain:
        yield from _plain(
            _("Language"), (record.language,), record.evidence.language, explain
        )
        yield from _plain(_("Kind"), (record.kind,), record.evidence.kind, explain)


def _what(session: Session, record: Record) -> str:
    translation = session.translation
    language = label_name(record.language, translation)
    if record.language_version is not None:
        language += f" v{record.language_version}"
    return ", ".join(
        [
            label_name(record.kind, translation),
            language,
            record.encoding or _("no text"),
            f"{session.number(record.size)} bytes",
        ]
    )


def _labels(
    session: Session,
    title: str,
    labels: tuple[Label | WeightedLabel, ...],
    *,
    explain: bool,
) -> Iterator[str]:
    if not labels:
        return
    yield f"  {title}:"
    for each in labels:
        name = label_name(each.label, session.translation)
        share = f" {each.weight:.0%}" if isinstance(each, WeightedLabel) else ""
        evidence = each.evidence if explain else each.evidence[:1]
        first = _evidence(evidence[0]) if evidence else ""
        yield f"    {name}{share}  {first}"
        for more in evidence[1:]:
            yield f"      {_evidence(more)}"


def _verdict(
    session: Session, verdict: PropFirm, profile: Profile, *, explain: bool
) -> Iterator[str]:
    """Yield the verdict, the rules missed and, where all is asked for, those met."""
    translation = session.translation
    level = translation.gettext(VERDICTS[verdict.level])
    title = _("Prop firm {name}").format(name=profile.name)
    if verdict.level == "not_applicable":
        yield f"  {title}: {level}"
        return
    score = _("{score} of 100 points").format(score=verdict.score)
    yield f"  {title}: {level}, {score}"
    yield from _rules(session, _("Missed"), verdict.missed, profile, explain=explain)
    if explain:
        yield from _rules(session, _("Met"), verdict.met, profile, explain=explain)


def _rules(
    session: Session,
    title: str,
    rules: tuple[Label, ...],
    profile: Profile,
    *,
    explain: bool,
) -> Iterator[str]:
    if not rules:
        return
    words = {rule.id: rule.words for rule in profile.rule}
    yield f"    {title}:"
    for each in rules:
        sentence = words[each.label].spoken(session.translation.language)
        evidence = each.evidence if explain else each.evidence[:1]
        first = _evidence(evidence[0]) if evidence else ""
        yield f"      {sentence} ({each.label})  {first}"
        for more in evidence[1:]:
            yield f"        {_evidence(more)}"


def _quality(session: Session, quality: Quality) -> Iterator[str]:
    number = session.number
    score = _("{score} of 100 points").format(score=quality.score)
    yield f"  {_('Quality')}: {score}"
    yield "    " + _(
        "{code} lines of code, {comment} of comments, {blank} blank; "
        "{repeated} repeated"
    ).format(
        code=number(quality.code_lines),
        comment=number(quality.comment_lines),
        blank=number(quality.blank_lines),
        repeated=number(quality.duplicated_lines),
    )
    yield "    " + _(
        "{functions} functions, {longest} lines at most; complexity {sum}, {worst} at "
        "worst; {magic} magic numbers"
    ).format(
        functions=number(quality.functions),
        longest=number(quality.longest_function),
        sum=number(quality.complexity),
        worst=number(quality.worst_complexity),
        magic=number(quality.magic_literals),
    )
    if quality.order_calls:
        yield "    " + _(
            "{unchecked} of {calls} results of order functions unchecked"
        ).format(
            unchecked=number(quality.unchecked_order_calls),
            calls=number(quality.order_calls),
        )
    if quality.strict is False:
        yield "    " + _("without #property strict")


def _plain(
    title: str,
    values: tuple[str, ...] | None,
    evidence: tuple[Evidence, ...],
    explain: bool,  # noqa: FBT001 -- as the caller's option
) -> Iterator[str]:
    if not values:
        return
    yield f"  {title}: {', '.join(values)}"
    if explain:
        for each in evidence:
            yield f"      {_evidence(each)}"


def _evidence(evidence: Evidence) -> str:
    if evidence.rule == "user":
        # The user's own correction rests on no line.
        return f"{evidence.text}  [{evidence.rule}]"
    return f"{evidence.line}: {evidence.text}  [{evidence.rule}]"
