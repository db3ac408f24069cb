"""The rule packs: every rule's examples, and what labels carry."""

from collections.abc import Callable
from typing import Any

import pytest

from orquestrador.classification import (
    entry_slice,
    pine_slice,
    rules,
    strategies,
)
from orquestrador.classification.matching import Rule
from orquestrador.classification.program import Program
from orquestrador.classification.rules import Labels
from orquestrador.classification.version import rules_version
from orquestrador.config.rule_packs import RuleDefinition
from orquestrador.errors import RuleError

MakeLabels = Callable[..., Labels]
MakeProgram = Callable[..., Program]


PACKS = rules.load()
RULES = [rule for pack in PACKS for rule in pack]

GRID = """
input double Lots = 0.01; input double LotExponent = 1.6; input int PipStep = 20;
double LastBuyPrice;
void OnTick() {
  double next = Lots * MathPow(LotExponent, OrdersTotal());
  if (LastBuyPrice - Ask >= PipStep * Point)
    OrderSend(Symbol(), OP_BUY, next, Ask, 3, 0, Ask + 50 * Point);
}
"""


def _named(rule: Rule) -> str:
    return rule.definition.id


def _situation(rule: Rule) -> tuple[str, str]:
    """Return the language and kind that a rule's examples are written in."""
    wanted = rule.definition
    language = wanted.languages[0] if wanted.languages else ""
    if language == "pine" or (not language and "strategy(" in wanted.example):
        kinds = wanted.kinds or ("strategy",)
        return "pine", kinds[0]
    if language in {"", "mql"}:
        newer = "trade." in wanted.example or "OnCalculate" in wanted.example
        language = "mql5" if newer else "mql4"
    return language, (wanted.kinds or ("expert",))[0]


def _holds(rule: Rule, text: str, program: MakeProgram) -> bool:
    seen = program(text, *_situation(rule))
    if rule in PACKS.strategies:
        deciding = pine_slice.deciding(entry_slice.deciding(seen))
        seen = strategies.seen(rule, deciding)
    return bool(rule.offsets(seen))


@pytest.mark.parametrize("rule", RULES, ids=_named)
def test_a_rule_holds_for_its_example(rule: Rule, program: MakeProgram):
    assert _holds(rule, rule.definition.example, program)


@pytest.mark.parametrize("rule", RULES, ids=_named)
def test_a_rule_does_not_hold_for_its_counterexample(rule: Rule, program: MakeProgram):
    assert not _holds(rule, rule.definition.counterexample, program)


IN_COMMENTS = {"secret.literal", "generated.signed", "decompiled.signed"}
"""A credential that was commented out is still there; a signature is a comment."""

OF_CODE = [rule for rule in RULES if rule.definition.id not in IN_COMMENTS]


@pytest.mark.parametrize("rule", OF_CODE, ids=_named)
def test_a_rule_does_not_hold_for_its_example_in_a_comment(
    rule: Rule, program: MakeProgram
):
    commented = "\n".join(f"// {x}" for x in rule.definition.example.splitlines())

    assert not _holds(rule, commented, program)


def test_ids_are_unique_and_labels_are_in_the_taxonomy():
    ids = [rule.definition.id for rule in RULES]
    strategies = {rule.definition.label for rule in PACKS.strategies}
    risk = {rule.definition.label for rule in PACKS.risk}

    assert len(ids) == len(set(ids))
    assert strategies == {
        "scalping",
        "grid",
        "martingale",
        "hedging",
        "trend_following",
        "breakout",
        "mean_reversion",
        "momentum",
        "smc_ict",
        "price_action",
        "volume_flow",
        "volatility",
        "news",
        "arbitrage",
        "session_time",
        "machine_learning",
        "trade_management",
        "utility",
    }
    assert risk == {
        "stop_loss",
        "take_profit",
        "trailing_stop",
        "break_even",
        "risk_percent_sizing",
        "daily_loss_limit",
        "drawdown_limit",
        "max_positions",
        "session_filter",
        "news_filter",
        "spread_filter",
        "lot_multiplier",
        "adds_to_losers",
        "opposite_positions",
        "no_stop_loss",
    }


def test_hygiene_rules_cover_the_taxonomy():
    assert {rule.definition.label for rule in PACKS.hygiene} == {
        "decompiled",
        "account_lock",
        "expiry_lock",
        "dll_import",
        "web_request",
        "truncated",
        "secret",
        "generated",
    }


def test_every_label_carries_evidence_with_rule_line_and_text(labels: MakeLabels):
    found = labels(GRID)

    for label in (*found.strategies, *found.risk):
        assert label.evidence
        for piece in label.evidence:
            assert piece.text == " ".join(GRID.splitlines()[piece.line - 1].split())
            assert any(rule.definition.id == piece.rule for rule in RULES)


def test_a_label_carries_at_most_five_pieces_of_evidence(labels: MakeLabels):
    orders = "OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);\n" * 20
    found = labels("void OnTick() {\n" + orders + "}")

    risk = {label.label: label for label in found.risk}
    assert len(risk["no_stop_loss"].evidence) == 5


def test_weights_are_shares_and_the_heaviest_is_primary(labels: MakeLabels):
    found = labels(GRID)

    assert sum(each.weight for each in found.strategies) == pytest.approx(1, abs=1e-3)
    assert [each.label for each in found.strategies[:2]] == ["grid", "martingale"]
    assert found.primary == "grid"


def test_the_same_source_gets_the_same_labels_again(labels: MakeLabels):
    assert labels(GRID) == labels(GRID)


def test_an_unknown_language_gets_no_labels(labels: MakeLabels):
    assert labels(GRID, "unknown", "unknown") == rules.Labels()


def test_a_header_for_both_is_held_against_the_rules_of_both(labels: MakeLabels):
    text = GRID.replace("OnTick", "Work")
    found = labels(text, "mql", "include")

    assert "lot_multiplier" in {label.label for label in found.risk}


def test_an_indicator_gets_no_risk_labels(labels: MakeLabels):
    assert labels(GRID, "mql4", "indicator").risk == ()


def test_the_version_is_of_hexadecimal_digits_and_stable():
    version = rules_version()

    assert len(version) == 8
    assert int(version, 16) >= 0
    assert version == rules_version.__wrapped__()


def _nothing(_: Program) -> tuple[int, ...]:
    return ()


def _definition(**parts: Any) -> RuleDefinition:
    return RuleDefinition(id="x", label="grid", example="", counterexample="", **parts)


def test_a_rule_that_requires_nothing_is_refused():
    with pytest.raises(RuleError, match="requires nothing"):
        Rule.compiled(_definition(), {})


def test_a_check_that_does_not_exist_is_refused_with_the_ones_that_do():
    with pytest.raises(RuleError, match=r"'other'; there are mine"):
        Rule.compiled(_definition(check="other"), {"mine": _nothing})


def test_a_pattern_without_a_bound_is_refused():
    with pytest.raises(RuleError, match="without a bound"):
        Rule.compiled(_definition(code=r"a.*b"), {})
