"""What the user's rules, words and symbols change of a record, and what they do not."""

from pathlib import Path

import pytest

from orquestrador.classification import classify
from orquestrador.classification.usable import usable_own_rules
from orquestrador.config import default_settings
from orquestrador.config.own_rules import OwnRules
from orquestrador.errors import SettingsError
from orquestrador.messages import Record

SOURCE = b"""
double tijolo;
void OnTick() {
  tijolo = RenkoBrick(_Symbol, 20);
  if (tijolo > 0 && Symbol() == "WINFUT")
    OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Ask - 50 * Point, 0);
}
double RenkoBrick(string symbol, int size) { return iClose(symbol, 0, size); }
"""
RENKO = """
[[rule]]
id = "my.renko.bricks"
label = "my.renko"
weight = 3.0
any = ["RenkoBrick"]
example = '''
void OnTick() { if (RenkoBrick(20) > 0) OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0); }
'''
counterexample = "void OnTick() { }"
"""
PACK = f'prefix = "my"\ngroup = "strategies"\n{RENKO}'


def used(library: Path, pack: str = "", words: str = "") -> OwnRules | None:
    settings: dict[str, list[str]] = {}
    for key, text in (("rule_packs", pack), ("vocabularies", words)):
        if text:
            (library / f"{key}.toml").write_text(text, encoding="utf-8")
            settings[f"classification.{key}"] = [f"{key}.toml"]
    return usable_own_rules(default_settings(settings).classification, library)


def labels(record: Record) -> set[str]:
    return {each.label for each in (*(record.strategies or ()), *(record.risk or ()))}


def test_a_rule_of_the_users_says_a_label_of_his_with_its_line(tmp_path: Path) -> None:
    record = classify(SOURCE, "a.mq4", own=used(tmp_path, PACK))

    (mine,) = [each for each in record.strategies or () if each.label == "my.renko"]
    assert {piece.rule for piece in mine.evidence} == {"my.renko.bricks"}
    assert mine.evidence[0].line == 4
    assert record.primary == "my.renko"
    assert "my.renko" not in labels(classify(SOURCE, "a.mq4"))


def test_a_rule_of_the_users_adds_to_a_label_of_the_program(tmp_path: Path) -> None:
    pack = PACK.replace('"my.renko"', '"volatility"')

    assert classify(SOURCE, "a.mq4", own=used(tmp_path, pack)).primary == "volatility"


def test_a_rule_of_the_program_can_be_switched_off(tmp_path: Path) -> None:
    before = classify(SOURCE, "a.mq4")
    (stop,) = [each for each in before.risk or () if each.label == "stop_loss"]
    off = sorted({piece.rule for piece in stop.evidence})
    pack = f'prefix = "my"\ngroup = "risk"\noff = {off}'

    after = classify(SOURCE, "a.mq4", own=used(tmp_path, pack))

    assert not {
        piece.rule for each in after.risk or () for piece in each.evidence
    } & set(off)
    assert labels(classify(SOURCE, "a.mq4")) == labels(before)


def test_a_rule_of_the_program_weighs_what_the_user_says(tmp_path: Path) -> None:
    source = b"""
void OnTick() {
  double rsi = iRSI(NULL, 0, 14, PRICE_CLOSE, 1);
  if (rsi < 30) OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0);
}
"""
    before = classify(source, "a.mq4")
    assert before.primary == "mean_reversion"
    assert before.strategies
    said = {piece.rule for piece in before.strategies[0].evidence}
    weights = "\n".join(f'"{each}" = 0.01' for each in said)
    pack = f'prefix = "my"\ngroup = "strategies"\n[weights]\n{weights}'

    assert classify(source, "a.mq4", own=used(tmp_path, pack)).primary is None


def test_words_of_the_users_let_a_rule_hold(tmp_path: Path) -> None:
    pack = PACK.replace('any = ["RenkoBrick"]', 'words = ["brick_count"]')
    words = '[words]\n"my.renko.bricks" = ["tijolo"]'

    assert "my.renko" not in labels(classify(SOURCE, "a.mq4", own=used(tmp_path, pack)))
    assert "my.renko" in labels(
        classify(SOURCE, "a.mq4", own=used(tmp_path, pack, words))
    )


def test_a_symbol_of_the_users_is_named_as_he_names_it(tmp_path: Path) -> None:
    words = '[symbols]\nWIN = ["winfut", "WIN$"]'

    record = classify(SOURCE, "a.mq4", own=used(tmp_path, words=words))

    assert record.symbols == ("WIN",)
    assert record.evidence.symbols[0].line == 5


def test_the_record_says_by_which_rules(tmp_path: Path) -> None:
    own = used(tmp_path, PACK)
    plain, mine = classify(SOURCE, "a.mq4"), classify(SOURCE, "a.mq4", own=own)

    assert own is not None
    assert mine.classifier == plain.classifier + own.version()
    assert mine.classifier != plain.classifier


@pytest.mark.parametrize(
    ("requirement", "problem"),
    [
        ("code = 'a*'", "repeats without a bound"),
        (f"code = '{'(?:a|a)' * 40}'", "ways through its alternatives"),
        ("code = '(a'", "is no pattern"),
        ('check = "stop_in_ordr"', "names the check 'stop_in_ordr'"),
        ("", "requires nothing"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_file(
    tmp_path: Path, requirement: str, problem: str
) -> None:
    pack = PACK.replace('any = ["RenkoBrick"]', requirement)

    with pytest.raises(SettingsError, match=rf"rule_packs\.toml: rule my.*{problem}"):
        used(tmp_path, pack)
