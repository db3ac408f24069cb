"""docs/rules.md: its pack, its vocabulary and its classifier do what it says."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from orquestrador.classification import classify
from orquestrador.classification.patterns import MAX_WORK
from orquestrador.classification.rule_checks import check_rules
from orquestrador.classification.rules import CHECKS
from orquestrador.classification.strategies import (
    EVIDENCE_OF_RULE,
    LEAST_SCORE,
    LEAST_SHARE_OF_BEST,
)
from orquestrador.classification.usable import usable_own_rules
from orquestrador.config import load_settings
from orquestrador.config.own_rules import (
    ENTRY_POINTS,
    MOST_RULES,
    OwnRules,
    RulePack,
    WordsAndSymbols,
)
from orquestrador.config.rule_packs import RuleDefinition

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
TEXT = PAGE.read_text(encoding="utf-8")


def shown(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def rows(title: str) -> set[str]:
    """Return the first column of the table under a heading, or with it as head."""
    part = TEXT.split(title, 1)[1]
    table = re.search(r"(?:^\|[^\n]*\n)+", part[part.find("\n") :], re.MULTILINE)
    assert table is not None
    return set(re.findall(r"^\| `(\w+)` \|", table[0], re.MULTILINE))


@pytest.fixture
def own(tmp_path: Path) -> OwnRules:
    """Write the page's files into a library and read them by its settings."""
    (pack,), (words,) = shown("toml gaps.toml"), shown("toml words.toml")
    (tmp_path / "gaps.toml").write_text(pack, encoding="utf-8")
    (tmp_path / "words.toml").write_text(words, encoding="utf-8")
    (tmp_path / "orquestrador.json").write_text(
        shown("json orquestrador.json")[0], encoding="utf-8"
    )
    chosen = load_settings(tmp_path).settings.classification
    found = usable_own_rules(chosen, tmp_path)
    assert found is not None
    return found


def test_the_pack_shown_passes_its_own_examples(own: OwnRules) -> None:
    mine = [each for each in check_rules(own) if each.rule.origin == "gaps.toml"]

    assert [each.rule.definition.id for each in mine] == [
        "my.gap.compared",
        "my.gap.words",
    ]
    assert all(each.is_right for each in mine)


def test_the_source_shown_is_what_the_page_says(own: OwnRules) -> None:
    record = classify(
        shown("mql4 Experts/Gap de abertura.mq4")[0].encode(), "gap.mq4", own=own
    )

    assert record.primary == "my.opening_gap"
    assert record.strategies
    evidence = record.strategies[0].evidence
    assert {piece.rule for piece in evidence} == {"my.gap.compared", "my.gap.words"}
    assert any(piece.line == 5 for piece in evidence)
    assert record.symbols == ("WIN",)
    assert not record.classifier.endswith(classify(b"", "").classifier)


def test_the_classifier_shown_says_its_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = shown("toml entry")
    ((name, value),) = tomllib.loads(entry)["project"]["entry-points"][
        ENTRY_POINTS
    ].items()
    info = tmp_path / "weekend-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weekend\nVersion: 1.0")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{name} = {value}\n")
    module = value.partition(":")[0]
    (tmp_path / f"{module}.py").write_text(shown("python")[0], encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, module, raising=False)
    settings = load_settings(tmp_path).settings.classification
    source = b"""void OnTick() {
  if (DayOfWeek() == 5) OrderClose(OrderTicket(), OrderLots(), Bid, 3);
  if (OrdersTotal() == 0) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
}"""

    record = classify(source, "a.mq4", own=usable_own_rules(settings, tmp_path))

    assert record.reason is None
    assert record.classifier.endswith("+weekend=1.0")
    (label,) = [each for each in record.risk or () if each.label == "weekend.flat"]
    assert [(each.rule, each.line) for each in label.evidence] == [
        ("classifier.weekend", 2)
    ]


def test_classifying_in_python_runs_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EAs").mkdir()
    names: dict[str, object] = {}
    exec(shown("python")[1], names)  # noqa: S102 -- our own page

    assert getattr(names["record"], "kind", None) == "expert"


def test_every_key_is_explained() -> None:
    assert rows("## What a pack holds") == {*RulePack.__struct_fields__}
    assert rows("prefix. Records, searches") == {*RuleDefinition.__struct_fields__}
    assert rows("## What a vocabulary holds") == {*WordsAndSymbols.__struct_fields__}


def test_every_check_named_is_one() -> None:
    assert rows("### Checks") <= CHECKS.keys()


def test_the_figures_are_those_of_the_program() -> None:
    assert f"there may be {MAX_WORK:,} ways" in TEXT
    assert f"at most {MOST_RULES} in all packs" in TEXT
    assert f"from a sum of {LEAST_SCORE:g} on" in TEXT
    assert f"below {LEAST_SHARE_OF_BEST} of the heaviest" in TEXT
    assert {3: "three of one rule"}[EVIDENCE_OF_RULE] in TEXT
