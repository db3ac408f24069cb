"""What the trading logic is: the strategies' scores and their order.

Each rule that holds adds its weight to its label. The label with the largest sum
is the primary one, apart from the readings of TAXONOMY.md, section 3, which say
what comes first where families meet.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

from orquestrador.classification import entry_signals
from orquestrador.classification.extending import Extra
from orquestrador.classification.matching import MAX_EVIDENCE, Rule, gather
from orquestrador.classification.program import Program
from orquestrador.messages import Evidence, WeightedLabel

EVIDENCE_OF_RULE = 3
"""Pieces of evidence that one of a label's rules adds."""

LEAST_SCORE = 2.0
"""Below this sum of weights a label is not said."""

LEAST_SHARE_OF_BEST = 0.34
"""A label whose sum is smaller than this part of the best one's is not said."""

_WEAK = 2.5
_SIZING = ("grid", "martingale", "hedging")
_SIDE = ("scalping", "session_time")
_WHOLE = frozenset(
    [
        "grid",
        "martingale",
        "hedging",
        "scalping",
        "news",
        "machine_learning",
        "arbitrage",
        "utility",
        "trade_management",
    ]
)
"""Labels that are not about the conditions of an entry."""
_LAST = ("utility", "trade_management")


def weighed(
    rules: Iterable[Rule], program: Program, extra: Iterable[Extra] = ()
) -> tuple[WeightedLabel, ...]:
    """Return the strategies by weight, the heaviest first; weights sum to 1.

    Args:
        rules: those about its language and kind.
        program: what decides about its entries.
        extra: what classifiers of other packages say; strategies of it count.

    """
    holding: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.offsets(seen(rule, program), 1):
            holding.setdefault(rule.definition.label, []).append(rule)
    said = [each for each in extra if each.group == "strategies"]
    scores = {
        label: sum(rule.definition.weight for rule in found)
        for label, found in holding.items()
    }
    for each in said:
        scores[each.label] = scores.get(each.label, 0.0) + each.weight
    kept = _settled(scores)
    total = sum(kept.values())
    # The code decides between equal weights, so that the order never varies.
    ordered = sorted(kept, key=lambda label: (-kept[label], label))
    return tuple(
        WeightedLabel(
            label=label,
            weight=round(kept[label] / total, 4),
            evidence=(
                *_evidence(holding.get(label, ()), program),
                *chain.from_iterable(
                    each.evidence for each in said if each.label == label
                ),
            )[:MAX_EVIDENCE],
        )
        for label in ordered
    )


def _evidence(rules: Iterable[Rule], program: Program) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for rule in rules:
        if len(found) < MAX_EVIDENCE:
            offsets = rule.offsets(seen(rule, program), EVIDENCE_OF_RULE)
            gather(found, program, rule.definition.id, offsets)
    return tuple(found)


def seen(rule: Rule, program: Program) -> Program:
    """Return what a rule looks at: entries' families only at what decides entries."""
    wanted = rule.definition
    if (
        program.is_pine
        or wanted.label not in _WHOLE
        or wanted.check in entry_signals.CHECKS
    ):
        return program
    return program.whole


def _without_side_effects(strong: Mapping[str, float]) -> Mapping[str, float]:
    """Drop what a grid that raises its lots brings along.

    Small targets belong to the grid, and a weak cue only starts it.
    """
    if strong.get("grid", 0.0) <= _WEAK or "martingale" not in strong:
        return strong
    return {
        label: each
        for label, each in strong.items()
        if label in _SIZING or (label not in _SIDE and each > _WEAK)
    }


def _settled(scores: Mapping[str, float]) -> dict[str, float]:
    """Drop what is too light and put in order what TAXONOMY.md's readings order."""
    strong: Mapping[str, float]
    strong = {label: each for label, each in scores.items() if each >= LEAST_SCORE}
    entry = [
        each
        for label, each in strong.items()
        if label not in (*_SIZING, *_SIDE, *_LAST)
    ]
    best = max(entry, default=0.0)
    if "trade_management" in strong:
        # Nothing is opened, so that what is compared decides no entry.
        return {"trade_management": strong["trade_management"]}
    strong = _without_side_effects(strong)
    kept = {
        label: each
        for label, each in strong.items()
        if label not in _LAST or len(strong) == 1
    }
    kept = {
        label: each
        for label, each in kept.items()
        if label in _SIZING or label in _SIDE or each >= best * LEAST_SHARE_OF_BEST
    }
    if best:
        for label in _SIDE:
            if label in kept:
                kept[label] = min(kept[label], best * 0.7)
    if "hedging" in kept and "martingale" in kept:
        kept["hedging"] = max(best, *kept.values()) * 1.2
    elif kept.get("grid", 0.0) > _WEAK and "martingale" in kept:
        kept["grid"] = max(best, *kept.values()) * 1.2
        kept["martingale"] = kept["grid"] * 0.9
    elif best:
        for label in _SIZING:
            # Against the weakest of cues the distance to open orders is the entry.
            if label in kept and (best > _WEAK or label == "martingale"):
                kept[label] = min(kept[label], best * 0.8)
    return kept
