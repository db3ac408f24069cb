"""One pure function: bytes and a suffix in, a whole record out."""

import hashlib

import pytest

from orquestrador.classification import classify
from orquestrador.messages import Level, record_json_line

EXPERT = b"""#property strict
extern double Lots = 0.1;
void OnTick()
{
   if(OrdersTotal() == 0)
      OrderSend(Symbol(), OP_BUY, Lots, Ask, 3, Bid - 300 * Point, 0);
}
"""

# What a comment leaves behind is white space: patterns must not stumble over it.
SPACED = b"input int magic = ( 5 ) ; # property void OnTick ( ) { string a Bars".split()


def test_a_record_names_its_content():
    record = classify(EXPERT, "EAs/Gold.mq4")

    assert record.path == "EAs/Gold.mq4"
    assert record.sha256 == hashlib.sha256(EXPERT).hexdigest()
    assert record.size == len(EXPERT)
    assert record.encoding == "ascii"
    assert (record.language, record.kind) == ("mql4", "expert")
    assert record.level == "full"


def test_a_record_is_a_function_of_bytes_and_suffix():
    one = classify(EXPERT, "EAs/Gold.mq4")
    other = classify(EXPERT, "Scripts/Indicator.MQ4")

    assert other.replace(path=one.path) == one


def test_language_and_kind_have_evidence():
    evidence = classify(EXPERT).evidence

    assert all(each.rule and each.line for each in evidence.language + evidence.kind)


def test_quick_leaves_the_other_labels_out():
    record = classify(EXPERT, level="quick")

    assert (record.language, record.kind, record.level) == ("mql4", "expert", "quick")
    assert record.facts is not None
    assert record.facts.inputs[0].name == "Lots"
    for field in ("strategies", "risk", "hygiene", "symbols", "timeframes", "primary"):
        assert getattr(record, field) is None


def test_confidence_falls_with_what_there_is_to_go_by():
    clear = classify(EXPERT, "a.mq4", level="quick").confidence
    unclear = classify(
        b"void OnTick() { Print(1); }", "a.mq4", level="quick"
    ).confidence

    assert 0 < unclear < clear < 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x00" * 99, "empty (only NUL bytes)"),
        (b"PK\x03\x04\x14\x00\x00\x00", "archive (zip)"),
        (b"EX5\x02q\x00\xb6\r\x00\x04", "compiled program (ex5)"),
        (b"<!DOCTYPE html><html>void OnTick() { }</html>", "web page"),
        (b"Dear diary, today I lost.", "no construct of MQL or Pine Script"),
    ],
)
@pytest.mark.parametrize("level", ["quick", "full"])
def test_what_is_no_source_says_why(data: bytes, reason: str, level: str):
    record = classify(data, "a.mq4", level="quick" if level == "quick" else "full")

    assert (record.language, record.kind) == ("unknown", "unknown")
    assert record.reason == reason
    assert record.facts is None
    assert record.strategies == (() if level == "full" else None)


def test_a_name_with_an_undecodable_byte_becomes_valid_unicode():
    record = classify(EXPERT, "EAs/\udce9.mq4")

    assert record.path == "EAs/%E9.mq4"
    assert record_json_line(record)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe" + b"\x00\xd8" * 500,
        b"/*" * 50_000,
        b'"' * 100_000,
        b"(" * 100_000,
        b"int a;" * 17_000,
        b"void f(int a){" * 7_000,
        b"a(b," * 25_000,
        b"input int a=1," * 7_000,
        b"#property " * 10_000,
        b"iMA(iMA(" * 12_500,
        b"magic " * 16_000,
        (b"int magic" + b" " * 2_500 + b"x;") * 40,
        b"".join(word + b" /*" + b"-" * 2_000 + b"*/" for word in SPACED),
        b"ta.rsi(\n" * 12_500,
        b"x = input(\n" * 9_000,
    ],
    ids=lambda data: repr(data[:12]),
)
@pytest.mark.parametrize("name", ["a.mq4", "a.pine"])
def test_the_record_of_a_hostile_source_is_no_larger_than_the_source(
    data: bytes, name: str
):
    record = classify(data, name)

    assert len(record_json_line(record)) < len(data) + 10_000


@pytest.mark.parametrize("level", ["quick", "full"])
def test_a_credential_is_masked_wherever_a_record_shows_it(level: Level):
    source = b"""#property description "key hunter2x9, ask the author"
input string Password = "hunter2x9";
void OnTick() { if (Password == "hunter2x9") OrderClose(1, 1, Ask, 3); }
"""
    record = classify(source, "a.mq5", level=level)

    assert b"hunter2x9" not in record_json_line(record)
    assert record.facts is not None
    assert [each.default for each in record.facts.inputs] == ['"•••"']


def test_a_credential_is_masked_in_every_fact():
    key = "9f86d081884c7d659a2feaa0"
    text = f"""//token = "{key}"
#property copyright "{key}"
#property link "https://x.example/{key}"
#property description "with {key}"
input string api_key = "{key}"; // {key}
void OnTick() {{ iCustom(NULL, 0, "{key}"); }}
"""
    record = classify(text.encode(), "a.mq5")

    assert record.facts is not None
    assert record.facts.link == "https://x.example/•••"
    assert key not in repr(record)
