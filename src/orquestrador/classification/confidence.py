"""How sure a record's language and kind are: the share that was right, as measured.

Counted on 6,250 labelled sources of 49 owners: how many records decided in one way
were right (`benchmarks/accuracy.py` prints the check). With r right of n the share is
(r + 1) / (n + 2), so that what was seen twice is not called certain. A record is as
sure as the less sure of its language and its kind.
"""

from orquestrador.classification.kind import Decision
from orquestrador.classification.language import Reading

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

UNSEEN = 0.5
"""A way of deciding that no labelled source took: (0 + 1) / (0 + 2)."""


def confidence_of(reading: Reading, decision: Decision) -> float:
    """Return the share of records decided in this way that were right."""
    kind = BY_RULE.get(decision.rule, UNSEEN)
    return min(kind, _of_language(reading))


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
