"""The user's corrections: their file, and the records that they win in."""

from pathlib import Path

import pytest

from orquestrador import classify
from orquestrador.config.profiles import own_profile
from orquestrador.corrected import corrected as with_profile
from orquestrador.corrections import (
    FILE,
    joined,
    read_corrections,
    write_corrections,
)
from orquestrador.errors import CorrectionsError
from orquestrador.messages import Label, Record, WeightedLabel
from orquestrador.messages.correcting import Correction

SHA256 = "ab" * 32
SOURCE = b"""
input double Lots = 0.1;
double a;
int OnInit() { return 0; }
void OnTick() {
  a = iMA(NULL, 0, 50, 0, MODE_EMA, PRICE_CLOSE, 1);
  if (Close[1] > a) OrderSend("EURUSD", OP_BUY, Lots, Ask, 3, 0, 0);
}
"""


def said(**words: object) -> Correction:
    fields = {"path": "a.mq4", "date": "2026-03-01", **words}
    return Correction(**fields)  # type: ignore[arg-type] -- msgspec checks them


def corrected(record: Record, correction: Correction | None) -> Record:
    return with_profile(record, correction, own_profile())


def strategies_of(record: Record) -> tuple[WeightedLabel, ...]:
    assert record.strategies is not None
    return record.strategies


def risk_of(record: Record) -> tuple[Label, ...]:
    assert record.risk is not None
    return record.risk


@pytest.fixture(scope="module")
def record() -> Record:
    found = classify(SOURCE, "a.mq4")
    assert found.primary == "trend_following"
    assert [each.label for each in found.risk or ()] == ["no_stop_loss"]
    return found


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    note = 'a "quote", a \\, a tab\t, \x7f, an emoji \U0001f600\nand a line'
    standing = {
        SHA256: said(primary="grid", add=("stop_loss", "XAUUSD.a"), note=note),
        "cd" * 32: said(path="Ação/é.mq5", kind="indicator", remove=("M5",)),
    }

    write_corrections(tmp_path, standing)

    assert read_corrections(tmp_path) == standing
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_none_are_written_and_read_too(tmp_path: Path) -> None:
    assert read_corrections(tmp_path) == {}
    write_corrections(tmp_path, {})
    assert read_corrections(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[contents", "Expected"),
        (b"\xff\xfe\x00", "utf-8"),
        (b"[colours]\nred = 1\n", "colours"),
        (b'[contents."00"]\npath = "a"\ndate = "2026-03-01"\n', "'00' is no SHA-256"),
        (
            f'[contents."{SHA256}"]\npath = "a"\ndate = "d"\nadd = ["gird"]'.encode(),
            "did you mean grid",
        ),
        (
            f'[contents."{SHA256}"]\npath = "a"\ndate = "d"\ncolor = "red"'.encode(),
            "color",
        ),
        (
            f'[contents."{SHA256}"]\npath = "a"\ndate = "d"\n'
            'primary = "grid"\nremove = ["grid"]'.encode(),
            "added and removed",
        ),
    ],
)
def test_a_damaged_or_foreign_file_says_what_is_wrong_with_it(
    tmp_path: Path, text: bytes, words: str
) -> None:
    (tmp_path / FILE).write_bytes(text)

    with pytest.raises(CorrectionsError, match=words):
        read_corrections(tmp_path)
    assert (tmp_path / FILE).read_bytes() == text


def test_an_editors_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    write_corrections(tmp_path, {SHA256: said(primary="grid")})
    text = (tmp_path / FILE).read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / FILE).write_bytes(b"\xef\xbb\xbf" + text)

    assert read_corrections(tmp_path)[SHA256].primary == "grid"


def test_the_users_primary_comes_first_and_says_that_it_is_the_users(
    record: Record,
) -> None:
    now = corrected(record, said(primary="grid", note="steps of\n20 pips"))

    assert now.primary == "grid"
    first, second = strategies_of(now)
    assert (first.label, second.label) == ("grid", "trend_following")
    assert first.weight > second.weight
    assert first.weight + second.weight == pytest.approx(1.0)
    (evidence,) = first.evidence
    assert evidence.rule == "user"
    assert evidence.text == "corrected by you on 2026-03-01: steps of 20 pips"
    assert second.evidence == strategies_of(record)[0].evidence


def test_a_strategy_that_is_removed_leaves_the_others_their_shares(
    record: Record,
) -> None:
    both = corrected(record, said(add=("grid", "news")))
    now = corrected(both, said(remove=("trend_following",)))

    assert [each.label for each in now.strategies or ()] == ["grid", "news"]
    assert [each.weight for each in now.strategies or ()] == [0.5, 0.5]
    none = corrected(record, said(remove=("trend_following",)))
    assert (none.primary, none.strategies) == (None, ())


def test_risk_and_hygiene_are_added_and_removed(record: Record) -> None:
    correction = said(add=("stop_loss", "account_lock"), remove=("no_stop_loss",))
    now = corrected(record, correction)

    (risk,) = risk_of(now)
    assert now.hygiene is not None
    (hygiene,) = now.hygiene
    assert (risk.label, hygiene.label) == ("stop_loss", "account_lock")
    assert risk.evidence[0].text == "corrected by you on 2026-03-01"


def test_a_label_that_the_rules_saw_too_keeps_its_lines(record: Record) -> None:
    now = corrected(record, said(add=("no_stop_loss",)))

    mine, *seen = risk_of(now)[0].evidence
    assert mine.rule == "user"
    assert tuple(seen) == risk_of(record)[0].evidence


def test_the_prop_firms_verdict_follows_the_corrected_labels(record: Record) -> None:
    assert record.prop_firm is not None
    assert "no_martingale" in {each.label for each in record.prop_firm.met}
    now = corrected(record, said(add=("lot_multiplier",))).prop_firm

    assert now is not None
    assert now.level == "unsuitable"
    (missed,) = (each for each in now.missed if each.label == "no_martingale")
    assert missed.evidence[0].rule == "user"
    assert now.score < record.prop_firm.score


def test_symbols_go_with_their_evidence(record: Record) -> None:
    assert record.symbols == ("EURUSD",)
    now = corrected(record, said(add=("XAUUSD", "H1"), remove=("EURUSD",)))

    assert (now.symbols, now.timeframes) == (("XAUUSD",), ("H1",))
    assert [each.rule for each in now.evidence.symbols] == ["user"]
    assert [each.rule for each in now.evidence.timeframes] == ["user"]


def test_a_kind_that_was_not_known_needs_no_reason_any_more() -> None:
    record = classify(b"what is this", "a.mq4")
    assert record.reason
    now = corrected(record, said(language="mql4", kind="include"))

    assert (now.language, now.kind, now.reason) == ("mql4", "include", None)
    assert now.evidence.kind[0].rule == "user"


def test_what_a_correction_does_not_speak_of_stays(record: Record) -> None:
    assert corrected(record, None) is record
    assert corrected(record, said(note="looks fine")) == record


def test_a_later_word_counts_more() -> None:
    first = said(primary="grid", add=("XAUUSD",), remove=("stop_loss",), note="a")
    later = said(date="2026-04-01", add=("stop_loss",), remove=("XAUUSD", "grid"))

    now = joined(first, later)

    assert (now.date, now.primary, now.note) == ("2026-04-01", None, "a")
    assert now.add == ("stop_loss",)
    assert now.remove == ("XAUUSD", "grid")
    again = joined(now, said(primary="grid"))
    assert (again.primary, again.remove) == ("grid", ("XAUUSD",))


def test_what_a_classifier_has_failed_with_stays_told(record: Record) -> None:
    failed = record.replace(reason="classifier x failed: y")

    assert corrected(failed, said(primary="grid")).reason == failed.reason
