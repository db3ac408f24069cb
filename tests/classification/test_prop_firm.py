"""The verdict of a prop firm's profile, from a program's labels alone."""

import itertools
import json
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orquestrador.classification import classify
from orquestrador.classification.prop_firm import judge
from orquestrador.classification.version import classifier_version
from orquestrador.config.profiles import (
    Profile,
    ProfileRule,
    Words,
    decoded_profile,
    own_profile,
    parse_profile,
    profile_names,
)
from orquestrador.config.vocabulary import LABELS
from orquestrador.messages import Evidence, Kind, Label, Record, WeightedLabel
from orquestrador.messages.record import (
    PropFirm,
    RecordEvidence,
    record_from_json,
    record_json_line,
    unknown_record,
)

HANDLER = Evidence(rule="kind.handler.tick", line=9, text="void OnTick()")
SAFE = {
    "strategies.trend_following",
    "risk.stop_loss",
    "risk.daily_loss_limit",
    "risk.drawdown_limit",
    "risk.risk_percent_sizing",
    "risk.max_positions",
    "risk.session_filter",
    "risk.news_filter",
}
NOT_READY = {"strategies.martingale", "risk.lot_multiplier", "risk.no_stop_loss"}

NO_STOP = b"""
void OnTick() { OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, Ask + 50 * Point); }
"""


def evidence_of(label: str) -> tuple[Evidence, ...]:
    return (Evidence(rule=f"{label}.rule", line=20, text=label),)


def program(labels: Iterable[str], kind: Kind = "expert") -> Record:
    """Return a record with these labels, each with evidence of its own."""
    groups: dict[str, list[Label]] = {"strategies": [], "risk": [], "hygiene": []}
    for each in sorted(labels):
        group, _, code = each.partition(".")
        groups[group].append(Label(label=code, evidence=evidence_of(each)))
    record = unknown_record(
        sha256="0" * 64, size=1, reason="", level="full", classifier="1+0"
    )
    return record.replace(
        language="mql5",
        kind=kind,
        strategies=tuple(
            WeightedLabel(label=each.label, weight=0.1, evidence=each.evidence)
            for each in groups["strategies"]
        ),
        risk=tuple(groups["risk"]),
        hygiene=tuple(groups["hygiene"]),
        evidence=RecordEvidence(kind=(HANDLER,)),
    )


def verdict(labels: Iterable[str], profile: str | Profile = "ftmo") -> PropFirm:
    if isinstance(profile, str):
        profile = own_profile(profile)
    found = judge(program(labels), profile, sends_orders=True)
    assert found is not None
    return found


def missed(found: PropFirm) -> dict[str, tuple[Evidence, ...]]:
    return {each.label: each.evidence for each in found.missed}


@pytest.mark.parametrize("profile", profile_names())
def test_a_program_with_every_protection_is_ready(profile: str) -> None:
    found = verdict(SAFE, profile)

    assert (found.level, found.score, found.missed) == ("ready", 100, ())
    assert (found.profile, found.version) == (profile, own_profile(profile).version)


def test_every_rule_is_either_met_or_missed_in_the_order_of_the_profile() -> None:
    found = verdict({"risk.stop_loss", "risk.max_positions", "strategies.grid"})
    order = [rule.id for rule in own_profile().rule]

    met = [each.label for each in found.met]
    lacking = [each.label for each in found.missed]
    assert sorted(met + lacking) == sorted(order)
    assert met == [each for each in order if each in met]
    assert lacking == [each for each in order if each in lacking]


def test_the_score_is_the_share_of_the_weights_met() -> None:
    weights = {rule.id: rule.weight for rule in own_profile().rule}
    found = verdict(SAFE - {"risk.drawdown_limit"})

    assert missed(found).keys() == {"total_loss"}
    total = sum(weights.values())
    assert found.score == 100 * (total - weights["total_loss"]) // total


def test_one_label_is_judged_otherwise_by_another_profile() -> None:
    grid = SAFE | {"strategies.grid"}

    assert verdict(grid, "ftmo").level == "ready"
    assert verdict(grid, "cautious").level == "unsuitable"


def test_lacking_a_required_protection_is_work_and_breaking_a_rule_is_unsuitable() -> (
    None
):
    assert verdict(SAFE - {"risk.daily_loss_limit"}).level == "needs_work"
    assert verdict(SAFE - {"risk.stop_loss"}).level == "needs_work"
    assert verdict(SAFE | {"risk.no_stop_loss"}).level == "unsuitable"
    assert verdict(SAFE | {"risk.lot_multiplier"}).level == "unsuitable"


def test_a_rule_rests_on_the_lines_of_its_labels() -> None:
    found = verdict(SAFE | {"strategies.martingale", "risk.lot_multiplier"})
    met = {each.label: each.evidence for each in found.met}

    assert missed(found)["no_martingale"] == (
        *evidence_of("strategies.martingale"),
        *evidence_of("risk.lot_multiplier"),
    )
    assert met["stop_on_every_trade"] == evidence_of("risk.stop_loss")


def test_what_rests_on_an_absence_points_at_what_lacks_it() -> None:
    found = verdict(SAFE - {"risk.daily_loss_limit"})

    assert missed(found)["daily_loss"] == (HANDLER,)


@pytest.mark.parametrize("profile", profile_names())
def test_no_combination_of_the_labels_that_decide_makes_a_danger_ready(
    profile: str,
) -> None:
    """Every combination, amid all that speaks for a program and amid nothing."""
    decisive = sorted(
        {
            label
            for rule in own_profile(profile).rule
            if rule.required
            for label in (*rule.met_by, *rule.broken_by, *rule.unless)
        }
    )
    ready = 0
    for chosen in itertools.product((False, True), repeat=len(decisive)):
        labels = {label for label, here in zip(decisive, chosen, strict=True) if here}
        for others in (SAFE.difference(decisive), set[str]()):
            found = verdict(labels | others, profile)
            if found.level == "ready":
                ready += 1
                assert "risk.stop_loss" in labels
                assert labels.isdisjoint(NOT_READY)
    assert ready


def rules() -> st.SearchStrategy[list[ProfileRule]]:
    some = st.lists(st.sampled_from(LABELS), min_size=1, max_size=3).map(tuple)
    rule = st.builds(
        ProfileRule,
        id=st.just("any"),
        words=st.just(Words(en="Anything")),
        weight=st.integers(1, 100),
        met_by=some,
        broken_by=some,
        unless=some,
        required=st.booleans(),
        unsuitable=st.booleans(),
    )
    return st.lists(rule, max_size=6)


@given(
    labels=st.sets(st.sampled_from(LABELS)),
    more=rules(),
    weight=st.integers(1, 100),
    ready_from=st.integers(1, 100),
)
def test_no_profile_that_is_accepted_calls_a_danger_ready(
    labels: set[str], more: list[ProfileRule], weight: int, ready_from: int
) -> None:
    least = [rule for rule in own_profile().rule if rule.required][:2]
    given = [msgspec.structs.replace(each, weight=weight) for each in least] + [
        msgspec.structs.replace(rule, id=f"r{number}")
        for number, rule in enumerate(more)
    ]
    profile = msgspec.structs.replace(
        own_profile(), ready_from=ready_from, rule=tuple(given)
    )
    # As a file would say it: what is not accepted cannot judge.
    assert parse_profile(toml(profile), "any.toml") == profile

    found = verdict(labels, profile)

    if found.level == "ready":
        assert labels.isdisjoint(NOT_READY)
        assert "risk.stop_loss" in labels
        assert found.score >= ready_from


def toml(profile: Profile) -> bytes:
    plain = msgspec.to_builtins(profile)
    lines = [f"{key} = {json.dumps(plain[key])}" for key in plain if key != "rule"]
    for rule in plain["rule"]:
        words = ", ".join(
            f"{k} = {json.dumps(v)}" for k, v in rule.pop("words").items()
        )
        lines += ["[[rule]]", f"words = {{ {words} }}"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in rule.items()]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("kind", ["indicator", "library", "include", "unknown"])
def test_what_runs_no_trades_is_not_judged(kind: Kind) -> None:
    found = judge(program(SAFE, kind), own_profile(), sends_orders=True)

    assert found is not None
    assert (found.level, found.score) == ("not_applicable", 0)
    assert found.met == found.missed == ()


def test_what_manages_the_trades_of_others_is_not_judged() -> None:
    manager = program({"strategies.trade_management", "risk.stop_loss"})
    hidden = program({"strategies.grid"})

    judged = [
        judge(each, own_profile(), sends_orders=False) for each in (manager, hidden)
    ]

    assert [each and each.level for each in judged] == ["not_applicable", "unsuitable"]


def test_a_classified_program_carries_its_verdict() -> None:
    found = classify(NO_STOP, "a.mq4").prop_firm

    assert found is not None
    assert (found.profile, found.level) == ("ftmo", "unsuitable")
    assert missed(found)["stop_on_every_trade"][0].line == 2


def test_the_verdict_survives_json() -> None:
    record = classify(NO_STOP, "a.mq4")

    assert record_from_json(json.loads(record_json_line(record))) == record


def test_text_that_is_no_program_opens_no_trades() -> None:
    found = classify(b"Dear diary", "a.txt").prop_firm

    assert found is not None
    assert found.level == "not_applicable"


def test_quick_looks_for_no_verdict() -> None:
    assert classify(NO_STOP, "a.mq4", level="quick").prop_firm is None


def test_another_profile_is_another_version_of_the_classifier() -> None:
    cautious = own_profile("cautious")
    record = classify(NO_STOP, "a.mq4", profile=cautious)

    assert record.prop_firm is not None
    assert record.prop_firm.profile == "cautious"
    assert record.classifier == classifier_version(cautious)
    assert record.classifier != classifier_version()


def test_the_default_said_aloud_is_the_default() -> None:
    copy = decoded_profile(own_profile().encoded())

    assert classifier_version(copy) == classifier_version()


def test_a_changed_rule_of_a_profile_is_another_version() -> None:
    one, *others = own_profile("cautious").rule
    heavier = msgspec.structs.replace(one, weight=one.weight + 1)
    changed = msgspec.structs.replace(own_profile("cautious"), rule=(heavier, *others))

    assert classifier_version(changed) != classifier_version(own_profile("cautious"))
