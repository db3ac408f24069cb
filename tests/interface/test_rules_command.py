"""`orquestrador rules`: listed, explained, held against examples and corrections."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from orquestrador import Orchestrator
from orquestrador.classification import rule_checks
from orquestrador.classification.matching import Rule
from orquestrador.config.own_rules import OwnRules
from orquestrador.interface.cli import main

INLINE: dict[str, Any] = {"classification": {"engine": "inline"}}
PACK = """
prefix = "my"
group = "strategies"
off = ["stop_loss.order"]

[[rule]]
id = "my.renko.bricks"
label = "my.renko"
version = 4
weight = 3.0
any = ["RenkoBrick"]
example = '''
void OnTick() { if (RenkoBrick(20) > 0) OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0); }
'''
counterexample = "void OnTick() { }"

[[rule]]
id = "my.renko.wrong"
label = "my.renko"
any = ["RenkoBrick"]
example = "void OnTick() { }"
counterexample = '''
void OnTick() { if (RenkoBrick(20) > 0) OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0); }
'''
"""
SOURCE = """
double a;
int OnInit() { return 0; }
void OnTick() {
  a = iMA(NULL, 0, 50, 0, MODE_EMA, PRICE_CLOSE, 1);
  if (Close[1] > a) OrderSend("EURUSD", OP_BUY, 0.1, Ask, 3, 0, 0);
}
"""


def test_rules_are_listed_with_what_they_require_and_where_they_are_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = (each for each in lines if each.startswith("stop_loss.order\t"))
    assert line.split("\t") == [
        "stop_loss.order",
        "Stop loss",
        "1",
        "check stop_in_order",
        "orquestrador",
    ]
    assert main(["--json", "rules", "list"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(lines)


def test_a_rule_is_explained_by_both_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "explain", "stop_loss.order"]) == 0
    told = capsys.readouterr().out
    assert "Version 1, from orquestrador" in told
    assert told.index("It holds for:") < told.index("Ask - StopLoss")
    assert told.index("It does not hold for:") < told.index("Ask + 50")
    assert main(["rules", "explain", "stop_loss.ordre"]) == 2
    assert "Did you mean stop_loss.order?" in capsys.readouterr().err


def test_rules_of_the_users_are_listed_explained_and_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--library", str(tmp_path)]
    settings = {"classification": {"rule_packs": ["mine.toml"]}}
    (tmp_path / "orquestrador.json").write_text(json.dumps(settings), encoding="utf-8")
    (tmp_path / "mine.toml").write_text(PACK, encoding="utf-8")

    assert main([*arguments, "rules", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "my.renko.bricks\tmy.renko\t3\tany RenkoBrick\tmine.toml" in lines
    (off,) = (each for each in lines if each.startswith("stop_loss.order\t"))
    assert off.endswith("\torquestrador, switched off by mine.toml")
    assert main([*arguments, "rules", "explain", "my.renko.bricks"]) == 0
    assert "Version 4, from mine.toml" in capsys.readouterr().out

    assert main([*arguments, "--json", "rules", "check"]) in {0, 1}
    failed = json.loads(capsys.readouterr().out)["failed"]
    assert [each for each in failed if each["origin"] == "mine.toml"] == [
        {
            "rule": "my.renko.wrong",
            "origin": "mine.toml",
            "holds": False,
            "holds_wrongly": True,
        }
    ]
    (tmp_path / "mine.toml").write_text(PACK.replace("any", "ayn"), encoding="utf-8")
    assert main([*arguments, "rules", "list"]) == 2
    assert "mine.toml" in capsys.readouterr().err


def test_a_rule_that_fails_its_examples_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = rule_checks.every_rule()[0]
    bad = Rule(
        msgspec.structs.replace(good.definition, id="bad", example=""),
        good.pattern,
        good.check,
    )

    def two(_own: OwnRules | None) -> tuple[Rule, ...]:
        return good, bad

    monkeypatch.setattr(rule_checks, "every_rule", two)

    assert main(["--json", "rules", "check"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["rules"] == 2
    assert told["failed"] == [
        {
            "rule": "bad",
            "origin": "orquestrador",
            "holds": False,
            "holds_wrongly": False,
        }
    ]


def test_a_symbol_is_found_by_the_users_names_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words.toml").write_text('[symbols]\nEURO = ["EURUSD", "6E"]', "utf-8")
    settings = {"classification": {"engine": "inline", "vocabularies": ["words.toml"]}}
    (tmp_path / "orquestrador.json").write_text(json.dumps(settings), encoding="utf-8")
    (tmp_path / "a.mq4").write_text(SOURCE, encoding="utf-8")
    arguments = ["--library", str(tmp_path)]
    assert main([*arguments, "classify", "--no-backup", "--no-report"]) == 0
    capsys.readouterr()

    for name in ("6e", "EURUSD", "euro"):
        assert main([*arguments, "search", "--jsonl", "--symbol", name]) == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert json.loads(line)["symbols"] == ["EURO"]
    assert main([*arguments, "search", "--symbol", "XAUUSD"]) == 0
    assert not capsys.readouterr().out


def test_rules_that_disagree_with_the_user_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.mq4").write_text(SOURCE, encoding="utf-8")
    with Orchestrator(tmp_path, settings=INLINE, backup=False) as orq:
        orq.label("a.mq4", primary="grid", add=["no_stop_loss"])
        orq.label("a.mq4", remove=["trend_following"])
    arguments = ["--library", str(tmp_path), "--json", "rules", "check"]

    assert main([*arguments, "--against-corrections"]) == 1
    told = json.loads(capsys.readouterr().out)["disagreeing"]
    assert [(each["said"], each["label"]) for each in told] == [
        ("add", "grid"),
        ("remove", "trend_following"),
    ]
    assert told[0]["rules"] == []
    assert any(each.startswith("trend.") for each in told[1]["rules"])
