"""Labels with evidence: the rule packs held against one program.

Packs are data, `config/rules/*.toml`. They are read once, when the first source is
classified.
"""

import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

import msgspec

from orquestrador.classification import (
    averaging,
    handing,
    hedging,
    hygiene,
    limits,
    open_position,
    pine_signals,
    pine_slice,
    positions,
    quality,
    risk,
    signals,
    sizing,
    strategies,
    symbols,
    timeframes,
)
from orquestrador.classification.lexing import Source
from orquestrador.classification.matching import (
    Check,
    Rule,
    RuleDefinition,
    gather,
)
from orquestrador.classification.orders import opens
from orquestrador.classification.program import Program
from orquestrador.errors import RuleError
from orquestrador.messages import Evidence, Facts, Kind, Label, Language, WeightedLabel
from orquestrador.messages.record import Quality

CHECKS: Mapping[str, Check] = {
    **averaging.CHECKS,
    **handing.CHECKS,
    **hedging.CHECKS,
    **hygiene.CHECKS,
    **limits.CHECKS,
    **open_position.CHECKS,
    **pine_signals.CHECKS,
    **positions.CHECKS,
    **risk.CHECKS,
    **sizing.CHECKS,
    **signals.CHECKS,
}
"""The functions that a rule may name as its `check`."""


class Rules(NamedTuple):
    """Every pack, compiled."""

    strategies: tuple[Rule, ...]
    risk: tuple[Rule, ...]
    hygiene: tuple[Rule, ...]


_PACKS = {
    "strategies": ("strategies.toml", "strategies_pine.toml"),
    "risk": ("risk.toml",),
    "hygiene": ("hygiene.toml",),
}


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[RuleDefinition, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """What the rules say about one source, each label with its evidence."""

    strategies: tuple[WeightedLabel, ...] = ()
    """The heaviest first; weights are shares that sum to 1."""

    primary: str | None = None
    risk: tuple[Label, ...] = ()
    hygiene: tuple[Label, ...] = ()
    symbols: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ()
    symbol_evidence: tuple[Evidence, ...] = ()
    timeframe_evidence: tuple[Evidence, ...] = ()
    sends_orders: bool = False
    """Whether orders that open positions stand in the code."""

    quality: Quality | None = None


def labels_of(source: Source, language: Language, kind: Kind, facts: Facts) -> Labels:
    """Say what the code of one source does.

    Args:
        source: the lexed text.
        language: `unknown` gets no labels.
        kind: the type of program, which decides what the rules look at.
        facts: what the source says about itself; its inputs and functions count.

    """
    if language == "unknown":
        return Labels()
    program = Program(source, language, kind, facts)
    rules = _applying(language, kind)
    deciding = pine_slice.deciding(program)
    weighed = strategies.weighed(rules.strategies, deciding)
    named = symbols.found(program)
    asked = timeframes.found(program)
    trades = risk.trades(program)
    return Labels(
        strategies=weighed,
        primary=weighed[0].label if weighed else None,
        risk=_labels(rules.risk, program) if trades else (),
        hygiene=_labels(rules.hygiene, program),
        symbols=tuple(named),
        timeframes=tuple(asked),
        symbol_evidence=_evidence(program, "symbol.named", named.values()),
        timeframe_evidence=_evidence(program, "timeframe.asked", asked.values()),
        sends_orders=trades and bool(opens(program)),
        quality=quality.measured(program),
    )


@cache
def load() -> Rules:
    """Return the rules of the packs in `config/rules`; they are read once.

    Raises:
        RuleError: names the pack and the rule that cannot be used.

    """
    groups = (
        itertools.chain.from_iterable(map(_pack, names)) for names in _PACKS.values()
    )
    return Rules(*map(tuple, groups))


def _folder() -> Traversable:
    return files("orquestrador.config") / "rules"


def _pack(name: str) -> tuple[Rule, ...]:
    text = (_folder() / name).read_text(encoding="utf-8")
    try:
        pack = msgspec.convert(tomllib.loads(text), _Pack)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RuleError(f"rule pack {name}: {error}") from error
    return tuple(Rule.compiled(each, CHECKS) for each in pack.rule)


@cache
def _applying(language: Language, kind: Kind) -> Rules:
    packs = (
        tuple(rule for rule in pack if rule.applies_to(language, kind))
        for pack in load()
    )
    return Rules(*packs)


def _labels(rules: Iterable[Rule], program: Program) -> tuple[Label, ...]:
    found: dict[str, list[Evidence]] = {}
    for rule in rules:
        # The first rule that speaks for a label settles it.
        if rule.definition.label not in found:
            offsets = rule.offsets(program)
            if offsets:
                evidence = found.setdefault(rule.definition.label, [])
                gather(evidence, program, rule.definition.id, offsets)
    return tuple(
        Label(label=label, evidence=tuple(found[label])) for label in sorted(found)
    )


def _evidence(
    program: Program, rule: str, offsets: Iterable[int]
) -> tuple[Evidence, ...]:
    return tuple(program.evidence(rule, offset) for offset in offsets)
