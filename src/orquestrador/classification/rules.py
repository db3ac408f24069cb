"""Labels with evidence: the rule packs held against one program.

Packs are data, `config/rules/*.toml` and the user's. They are read once, when the first
source is classified.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import msgspec

from orquestrador.classification import (
    absent_classes,
    averaging,
    crossings,
    entry_signals,
    entry_slice,
    handing,
    hedging,
    hygiene,
    limits,
    move_signals,
    open_position,
    oscillator_signals,
    pine_risk,
    pine_signals,
    pine_slice,
    plots,
    positions,
    price_moves,
    quality,
    risk,
    signals,
    sizing,
    strategies,
    symbols,
    timeframes,
)
from orquestrador.classification.extending import Extra, extra_labels
from orquestrador.classification.lexing import Source
from orquestrador.classification.matching import (
    MAX_EVIDENCE,
    Check,
    Rule,
    gather,
)
from orquestrador.classification.orders import opens
from orquestrador.classification.program import Program
from orquestrador.config.own_rules import OwnRules
from orquestrador.config.rule_packs import Group, RuleDefinition, shipped_rules
from orquestrador.errors import RuleError, SettingsError
from orquestrador.messages import Evidence, Facts, Kind, Label, Language, WeightedLabel
from orquestrador.messages.record import Quality

CHECKS: Mapping[str, Check] = {
    **absent_classes.CHECKS,
    **averaging.CHECKS,
    **crossings.CHECKS,
    **entry_signals.CHECKS,
    **handing.CHECKS,
    **hedging.CHECKS,
    **hygiene.CHECKS,
    **limits.CHECKS,
    **move_signals.CHECKS,
    **open_position.CHECKS,
    **pine_risk.CHECKS,
    **pine_signals.CHECKS,
    **plots.CHECKS,
    **oscillator_signals.CHECKS,
    **price_moves.CHECKS,
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


class RuleBook:
    """Every rule that counts, the program's and the user's, and what else is his.

    Attributes:
        rules: by the group of their labels.
        off: rules of the program that the user has switched off.
        symbols: the user's other names of symbols, in capitals, and the symbols.
        classifiers: those that other packages offer.

    """

    def __init__(self, own: OwnRules) -> None:
        """Compile the rules.

        Raises:
            RuleError: names the rule of the program that cannot be used.
            SettingsError: names the user's file and the rule in it.

        """
        self.rules = Rules(*(tuple(_compiled(group, own)) for group in shipped_rules()))
        self.off = tuple(_switched_off(own))
        self.symbols = dict(own.symbols)
        self.classifiers = own.classifiers
        self._applying: dict[tuple[Language, Kind], Rules] = {}

    def applying(self, language: Language, kind: Kind) -> Rules:
        """Return the rules that are about a language and a kind of program."""
        found = self._applying.get((language, kind))
        if found is None:
            found = self._applying[language, kind] = Rules(
                *(
                    tuple(rule for rule in pack if rule.applies_to(language, kind))
                    for pack in self.rules
                )
            )
        return found


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
    problem: str | None = None
    """What a classifier of another package has failed with."""


def labels_of(
    source: Source,
    language: Language,
    kind: Kind,
    facts: Facts,
    own: OwnRules | None = None,
) -> Labels:
    """Say what the code of one source does.

    Args:
        source: the lexed text.
        language: `unknown` gets no labels.
        kind: the type of program, which decides what the rules look at.
        facts: what the source says about itself; its inputs and functions count.
        own: the user's rules, vocabularies and classifiers.

    """
    if language == "unknown":
        return Labels()
    program = Program(source, language, kind, facts)
    book = rulebook(own)
    rules = book.applying(language, kind)
    extra, problem = extra_labels(program, book.classifiers)
    deciding = pine_slice.deciding(entry_slice.deciding(program))
    weighed = strategies.weighed(rules.strategies, deciding, extra)
    named = symbols.found(program, book.symbols)
    asked = timeframes.found(program)
    trades = risk.trades(program)
    return Labels(
        strategies=weighed,
        primary=weighed[0].label if weighed else None,
        risk=_labels("risk", rules.risk, program, extra) if trades else (),
        hygiene=_labels("hygiene", rules.hygiene, program, extra),
        symbols=tuple(named),
        timeframes=tuple(asked),
        symbol_evidence=_evidence(program, "symbol.named", named.values()),
        timeframe_evidence=_evidence(program, "timeframe.asked", asked.values()),
        sends_orders=trades and bool(opens(program)),
        quality=quality.measured(program),
        problem=problem,
    )


@lru_cache(maxsize=8)
def rulebook(own: OwnRules | None = None) -> RuleBook:
    """Return the rules that count; they are read and compiled once.

    Raises:
        RuleError: names the pack and the rule that cannot be used.
        SettingsError: the same of one of the user's files.

    """
    return RuleBook(own or OwnRules())


def load() -> Rules:
    """Return the program's own rules.

    Raises:
        RuleError: names the pack and the rule that cannot be used.

    """
    return rulebook().rules


def _compiled(group: Group, own: OwnRules) -> Iterator[Rule]:
    for each in shipped_rules()[group]:
        if each.id not in own.off:
            yield Rule.compiled(_changed(each, own), CHECKS)
    for mine in own.rules:
        if mine.group == group:
            definition = _changed(mine.definition, own)
            try:
                yield Rule.compiled(definition, CHECKS, mine.origin)
            except RuleError as error:
                raise SettingsError(f"{mine.origin}: {error}") from error


def _changed(rule: RuleDefinition, own: OwnRules) -> RuleDefinition:
    """Return a rule with the user's weight and words."""
    return msgspec.structs.replace(
        rule,
        weight=dict(own.weights).get(rule.id, rule.weight),
        words=(*rule.words, *_added(own.words, rule)),
        indicators=(*rule.indicators, *_added(own.indicators, rule)),
    )


def _added(
    stems: Iterable[tuple[str, tuple[str, ...]]], rule: RuleDefinition
) -> Iterator[str]:
    return (stem for named, those in stems if named == rule.id for stem in those)


def _switched_off(own: OwnRules) -> Iterator[Rule]:
    for rules in shipped_rules().values():
        for each in rules:
            if each.id in own.off:
                yield Rule.compiled(each, CHECKS)


def _labels(
    group: Group, rules: Iterable[Rule], program: Program, extra: Iterable[Extra]
) -> tuple[Label, ...]:
    found: dict[str, list[Evidence]] = {}
    for rule in rules:
        # The first rule that speaks for a label settles it.
        if rule.definition.label not in found:
            offsets = rule.offsets(program)
            if offsets:
                evidence = found.setdefault(rule.definition.label, [])
                gather(evidence, program, rule.definition.id, offsets)
    for each in extra:
        if each.group == group:
            known = found.setdefault(each.label, [])
            known += each.evidence[: MAX_EVIDENCE - len(known)]
    return tuple(
        Label(label=label, evidence=tuple(found[label])) for label in sorted(found)
    )


def _evidence(
    program: Program, rule: str, offsets: Iterable[int]
) -> tuple[Evidence, ...]:
    return tuple(program.evidence(rule, offset) for offset in offsets)
