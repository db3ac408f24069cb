"""`orquestrador rules`: listed, explained, held against examples and corrections."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from orquestrador import Orchestrator
from orquestrador.classification import rule_checks
from orquestrador.classification.matching import Rule
from orquestrador.interface.cli import main

INLINE: dict[str, Any] = {"classification": {"engine": "inline"}}
SOURCE = """
double a;
int OnInit() { return 0; }
void OnTick() {
  a = iMA(NULL, 0, 50, 0, MODE_EMA, PRICE_CLOSE, 1);
  if (Close[1] > a) OrderSend("EURUSD", OP_BUY, 0.1, Ask, 3, 0, 0);
}
"""


def test_rules_are_listed_with_what_they_require(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = (each for each in lines if each.startswith("trend.average\t"))
    assert line.split("\t") == ["trend.average", "Trend following", "3", "any iMA"]
    assert main(["--json", "rules", "list"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(lines)


def test_a_rule_is_explained_by_both_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "explain", "trend.average"]) == 0
    told = capsys.readouterr().out
    assert told.index("It holds for:") < told.index("iMA(NULL")
    assert told.index("It does not hold for:") < told.index("Volume[0]")
    assert main(["rules", "explain", "trend.avrage"]) == 2
    assert "Did you mean trend.average?" in capsys.readouterr().err


def test_a_rule_that_fails_its_examples_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = rule_checks.every_rule()[0]
    bad = Rule(
        msgspec.structs.replace(good.definition, id="bad", example=""),
        good.pattern,
        good.check,
    )
    monkeypatch.setattr(rule_checks, "every_rule", lambda: (good, bad))

    assert main(["--json", "rules", "check"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["rules"] == 2
    assert told["failed"] == [{"rule": "bad", "holds": False, "holds_wrongly": False}]


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
    assert "trend.average" in told[1]["rules"]
