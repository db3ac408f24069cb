"""How sure a record is: the share of those decided alike that was right, as measured.

Counted on 6,250 labelled sources of 49 owners: how many records decided in one way
were right (`benchmarks/accuracy.py` prints the check). With r right of n the share is
(r + 1) / (n + 2), so that what was seen twice is not called certain. A record is as
sure as the least sure of its language, its kind and, at level `full`, its primary
strategy; that one's shares were counted on 549 sources of 40 owners whose strategies
were labelled by reading. Rules were tuned on these, which flatters them: of the 106
that were labelled last, 0.62 were right before a rule was mended by them; of all, 0.77
are now. So each share is taken at 0.81 of what was counted.
"""

from collections.abc import Mapping

from orquestrador.classification.kind import Decision
from orquestrador.classification.language import Reading
from orquestrador.classification.rules import Labels

BY_MARGIN = (
    (16.0, 0.994),
    (8.0, 0.999),
    (4.0, 0.989),
    (2.0, 0.988),
    (1.0, 0.889),
    (0.0, 0.618),
)
"""MQL4 or MQL5: least distance of the two scores, share that was right."""

PINE = 0.999
UNKNOWN = 0.987
"""Files of which `unknown` was said that are indeed no MQL and no Pine Script."""

BY_RULE = {
    "kind.acts_once": 0.5,
    "kind.declared_library": 0.977,
    "kind.declared_service": 0.8,
    "kind.events_only": 0.986,
    "kind.header": 0.999,
    "kind.included": 0.75,
    "kind.indicator_property": 0.998,
    "kind.on_calculate": 0.999,
    "kind.on_start": 0.996,
    "kind.on_tick": 0.998,
    "kind.own_handler": 0.975,
    "kind.pine.indicator": 0.998,
    "kind.pine.library": 0.909,
    "kind.pine.strategy": 0.995,
    "kind.pine.study": 0.8,
    "kind.script_property": 0.977,
    "kind.start": 0.988,
}
"""The question that decided the kind, share that was right."""

BY_PRIMARY: Mapping[str | None, float] = {
    None: 0.38,
    "breakout": 0.60,
    "grid": 0.70,
    "hedging": 0.54,
    "machine_learning": 0.54,
    "martingale": 0.32,
    "mean_reversion": 0.64,
    "momentum": 0.56,
    "news": 0.61,
    "price_action": 0.45,
    "scalping": 0.27,
    "session_time": 0.20,
    "smc_ict": 0.49,
    "trade_management": 0.79,
    "trend_following": 0.69,
    "utility": 0.67,
    "volatility": 0.65,
    "volume_flow": 0.72,
}
"""The primary strategy that was said, share that was right; None where none was."""

UNSEEN = 0.5
"""A way of deciding that no labelled source took: (0 + 1) / (0 + 2)."""


def confidence_of(reading: Reading, decision: Decision, labels: Labels | None) -> float:
    """Return the share of records decided in this way that were right.

    Args:
        reading: what decided the language.
        decision: what decided the kind.
        labels: None at level `quick`.

    """
    known = min(BY_RULE.get(decision.rule, UNSEEN), _of_language(reading))
    if labels is None:
        return known
    return min(known, BY_PRIMARY.get(labels.primary, UNSEEN))


def _of_language(reading: Reading) -> float:
    match reading.language:
        case "pine":
            return PINE
        case "unknown":
            return UNKNOWN
        case "mql":
            # It says that either would do: there is nothing to be wrong about.
            return 1.0
        case _:
            return next(share for least, share in BY_MARGIN if reading.margin >= least)
