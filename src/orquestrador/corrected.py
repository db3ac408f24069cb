"""What a record says once the user's correction of its content has won."""

from collections.abc import Mapping
from typing import Literal

from orquestrador.classification.prop_firm import judge
from orquestrador.config.profiles import Profile
from orquestrador.corrections import Facet, facet_of
from orquestrador.messages import Evidence, Label, Record, WeightedLabel
from orquestrador.messages.correcting import Correction

RULE = "user"
"""Stands where a rule's id would: the label is the user's."""

_FIRST = 1.1
"""What is put first weighs so much more than the heaviest of the others."""

_MOST_TEXT = 240


def corrected(
    record: Record, correction: Correction | None, profile: Profile
) -> Record:
    """Return a record with a correction of its content, each label marked as such.

    Args:
        record: as the rules made it; what the correction does not speak of stays.
        correction: the user's; None changes nothing.
        profile: the prop firm's, which judges the labels that stand now.

    """
    if correction is None:
        return record
    mine = Evidence(rule=RULE, line=0, text=_words(correction))
    strategies = _strategies(record, correction, mine)
    evidence = record.evidence
    if correction.language:
        evidence = evidence.replace(language=(mine,))
    if correction.kind:
        evidence = evidence.replace(kind=(mine,))
    symbols, said = _plain(record, correction, mine, "symbol")
    timeframes, asked = _plain(record, correction, mine, "timeframe")
    language = correction.language or record.language
    kind = correction.kind or record.kind
    # Of what was known already, it tells of a classifier that has failed.
    same = "unknown" not in {record.language, record.kind}
    now = record.replace(
        language=language,
        kind=kind,
        reason=record.reason if same or "unknown" in {language, kind} else None,
        primary=strategies[0].label if strategies else None,
        strategies=strategies,
        risk=_labels(record.risk, correction, mine, "risk"),
        hygiene=_labels(record.hygiene, correction, mine, "hygiene"),
        symbols=symbols,
        timeframes=timeframes,
        evidence=evidence.replace(symbols=said, timeframes=asked),
    )
    verdict = record.prop_firm
    if verdict is None:
        return now
    opens_trades = verdict.level != "not_applicable"
    return now.replace(prop_firm=judge(now, profile, sends_orders=opens_trades))


def _words(correction: Correction) -> str:
    note = f": {' '.join(correction.note.split())}" if correction.note else ""
    text = f"corrected by you on {correction.date}{note}"
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"


def _of(facet: Facet, codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in codes if facet_of(each) == facet)


def _strategies(
    record: Record, correction: Correction, mine: Evidence
) -> tuple[WeightedLabel, ...] | None:
    added = _of("strategy", correction.add)
    removed = _of("strategy", correction.remove)
    first = correction.primary
    if not (added or removed or first):
        return record.strategies
    kept = {
        each.label: each
        for each in record.strategies or ()
        if each.label not in removed
    }
    weights = {label: each.weight for label, each in kept.items()}
    for label in added:
        mean = sum(weights.values()) / len(weights) if weights else 1.0
        weights.setdefault(label, mean)
    if first is not None:
        others = [weight for label, weight in weights.items() if label != first]
        least = _FIRST * max(others, default=1.0)
        weights[first] = max(weights.get(first, 0.0), least)
    said = {*added, *filter(None, [first])}
    return _weighed(weights, kept, said, mine)


def _weighed(
    weights: Mapping[str, float],
    kept: Mapping[str, WeightedLabel],
    said: set[str],
    mine: Evidence,
) -> tuple[WeightedLabel, ...]:
    """Return the labels, the heaviest first; their weights sum to 1."""
    total = sum(weights.values())
    return tuple(
        WeightedLabel(
            label=label,
            weight=round(weights[label] / total, 4),
            evidence=_evidence(kept.get(label), mine, is_mine=label in said),
        )
        for label in sorted(weights, key=lambda label: (-weights[label], label))
    )


def _labels(
    labels: tuple[Label, ...] | None,
    correction: Correction,
    mine: Evidence,
    facet: Facet,
) -> tuple[Label, ...] | None:
    added = _of(facet, correction.add)
    removed = _of(facet, correction.remove)
    if not (added or removed):
        return labels
    known = {each.label: each for each in labels or () if each.label not in removed}
    for label in added:
        evidence = _evidence(known.get(label), mine, is_mine=True)
        known[label] = Label(label=label, evidence=evidence)
    return tuple(known[label] for label in sorted(known))


def _evidence(
    label: Label | WeightedLabel | None, mine: Evidence, *, is_mine: bool
) -> tuple[Evidence, ...]:
    """Return the user's word, then what the rules saw of the same."""
    seen = label.evidence if label is not None else ()
    return (mine, *seen) if is_mine else seen


def _plain(
    record: Record,
    correction: Correction,
    mine: Evidence,
    facet: Literal["symbol", "timeframe"],
) -> tuple[tuple[str, ...] | None, tuple[Evidence, ...]]:
    values = record.symbols if facet == "symbol" else record.timeframes
    evidence = record.evidence
    seen = evidence.symbols if facet == "symbol" else evidence.timeframes
    added = _of(facet, correction.add)
    removed = _of(facet, correction.remove)
    if not (added or removed):
        return values, seen
    known = tuple(values or ())
    if len(known) == len(seen):
        # One piece a value, in their order: what is removed takes its own along.
        seen = tuple(
            piece
            for value, piece in zip(known, seen, strict=True)
            if value not in removed
        )
    kept = tuple(each for each in known if each not in removed)
    return tuple(dict.fromkeys((*kept, *added))), (*seen, *((mine,) if added else ()))
