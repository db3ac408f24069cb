"""The verdict of a prop firm's profile on a program, from the program's labels.

Nothing is read here but labels: what a profile wants is data (`config/profiles`), and
whether a label is right is the matter of the rules that said it.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from orquestrador.config.profiles import Profile, ProfileRule
from orquestrador.messages import Evidence, Label, Record
from orquestrador.messages.record import PropFirm, WeightedLabel

MAX_EVIDENCE = 3
"""Pieces of evidence that one rule carries."""

_RUNS = ("expert", "strategy", "script", "service")
"""Kinds of program that trade by themselves, not as a part of another."""

_NO_ENTRIES = ("trade_management", "utility")
"""Strategies that open nothing of their own."""

Verdict = Literal["ready", "needs_work", "unsuitable"]


def judge(record: Record, profile: Profile, *, sends_orders: bool) -> PropFirm | None:
    """Return what a profile says of a classified program.

    Args:
        record: of the program; its kind and its labels count.
        profile: what is required.
        sends_orders: whether orders that open positions stand in its own code. One
            whose orders stand in an include opens trades, too: its strategies say so.

    Returns:
        The verdict; None when the labels were not looked for (level `quick`). Rules
        are in the profile's order. What rests on the absence of labels has the lines
        that made the program's kind as its evidence.

    """
    if record.strategies is None or record.risk is None or record.hygiene is None:
        return None
    if not _opens_trades(record, sends_orders=sends_orders):
        return PropFirm(
            profile=profile.id, version=profile.version, score=0, level="not_applicable"
        )
    labels = _labels(record)
    missed = {rule.id for rule in profile.rule if _is_missed(rule, labels)}
    score = _score(profile, missed)
    return PropFirm(
        profile=profile.id,
        version=profile.version,
        score=score,
        level=_level(profile, labels, missed, score),
        met=_explained(profile, record, labels, missed, missing=False),
        missed=_explained(profile, record, labels, missed, missing=True),
    )


_Labels = Mapping[str, tuple[Evidence, ...]]
"""Evidence by label with its group."""


def _opens_trades(record: Record, *, sends_orders: bool) -> bool:
    if record.kind not in _RUNS:
        return False
    strategies = {each.label for each in record.strategies or ()}
    return sends_orders or bool(strategies.difference(_NO_ENTRIES))


def _labels(record: Record) -> _Labels:
    groups: dict[str, Iterable[Label | WeightedLabel]] = {
        "strategies": record.strategies or (),
        "risk": record.risk or (),
        "hygiene": record.hygiene or (),
    }
    return {
        f"{group}.{each.label}": each.evidence
        for group, labels in groups.items()
        for each in labels
    }


def _is_missed(rule: ProfileRule, labels: _Labels) -> bool:
    if _is_broken(rule, labels):
        return True
    return bool(rule.met_by) and labels.keys().isdisjoint(rule.met_by)


def _is_broken(rule: ProfileRule, labels: _Labels) -> bool:
    if labels.keys().isdisjoint(rule.broken_by):
        return False
    return labels.keys().isdisjoint(rule.unless)


def _score(profile: Profile, missed: set[str]) -> int:
    total = sum(rule.weight for rule in profile.rule)
    met = sum(rule.weight for rule in profile.rule if rule.id not in missed)
    # Rounded down: a program that misses anything never has all the points.
    return 100 * met // total


def _level(profile: Profile, labels: _Labels, missed: set[str], score: int) -> Verdict:
    rules = [rule for rule in profile.rule if rule.id in missed]
    if any(rule.unsuitable and _is_broken(rule, labels) for rule in rules):
        return "unsuitable"
    if score < profile.ready_from or any(rule.required for rule in rules):
        return "needs_work"
    return "ready"


def _explained(
    profile: Profile,
    record: Record,
    labels: _Labels,
    missed: set[str],
    *,
    missing: bool,
) -> tuple[Label, ...]:
    return tuple(
        Label(label=rule.id, evidence=_evidence(rule, record, labels))
        for rule in profile.rule
        if (rule.id in missed) == missing
    )


def _evidence(
    rule: ProfileRule, record: Record, labels: _Labels
) -> tuple[Evidence, ...]:
    """Return the lines on which the answer rests, those of each label in turn."""
    names = rule.broken_by if _is_broken(rule, labels) else rule.met_by + rule.unless
    found = [labels[each] for each in names if each in labels]
    lines = [each for pieces in found for each in pieces[:1]]
    lines += [each for pieces in found for each in pieces[1:]]
    # Nothing is there to point at: what it is that lacks it, is.
    return tuple(dict.fromkeys(lines or record.evidence.kind))[:MAX_EVIDENCE]
