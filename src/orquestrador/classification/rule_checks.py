"""Whether each rule holds for its example, and not for its counterexample."""

from collections.abc import Iterator
from typing import NamedTuple, cast

from orquestrador.classification import (
    entry_slice,
    pine_slice,
    rules,
    strategies,
)
from orquestrador.classification.facts import collect_facts
from orquestrador.classification.lexing import lex
from orquestrador.classification.matching import Rule
from orquestrador.classification.program import Program
from orquestrador.config.own_rules import OwnRules
from orquestrador.messages import Kind, Language


class Checked(NamedTuple):
    """What became of one rule's examples."""

    rule: Rule
    holds: bool
    """For its example."""

    holds_wrongly: bool
    """For its counterexample."""

    @property
    def is_right(self) -> bool:
        """Whether both are as they must be."""
        return self.holds and not self.holds_wrongly


def every_rule(own: OwnRules | None = None) -> tuple[Rule, ...]:
    """Return the rules of every pack of labels, in their order; the user's too."""
    return tuple(rule for pack in rules.rulebook(own).rules for rule in pack)


def check_rules(own: OwnRules | None = None) -> Iterator[Checked]:
    """Hold each rule against its own examples."""
    strategies = rules.rulebook(own).rules.strategies
    for rule in every_rule(own):
        wanted = rule.definition
        entries = rule in strategies
        yield Checked(
            rule,
            _holds(rule, wanted.example, entries=entries),
            _holds(rule, wanted.counterexample, entries=entries),
        )


def _holds(rule: Rule, text: str, *, entries: bool) -> bool:
    language, kind = _situation(rule)
    source = lex(text, "pine" if language == "pine" else "mql")
    program = Program(source, language, kind, collect_facts(source))
    if entries:
        deciding = pine_slice.deciding(entry_slice.deciding(program))
        program = strategies.seen(rule, deciding)
    return bool(rule.offsets(program))


def _situation(rule: Rule) -> tuple[Language, Kind]:
    """Return the language and kind that a rule's examples are written in."""
    wanted = rule.definition
    language: str = wanted.languages[0] if wanted.languages else ""
    if language == "pine" or (not language and "strategy(" in wanted.example):
        return "pine", (wanted.kinds or ("strategy",))[0]
    if language in {"", "mql"}:
        newer = "trade." in wanted.example or "OnCalculate" in wanted.example
        language = "mql5" if newer else "mql4"
    return cast("Language", language), (wanted.kinds or ("expert",))[0]
