"""The content decides the language; a suffix only breaks a tie."""

import pytest

from orquestrador.classification.language import read

MQL4 = """#property strict
extern double Lots = 0.1;
int start()
{
   if(OrdersTotal() == 0) OrderSend(Symbol(), OP_BUY, Lots, Ask, 3, 0, 0);
   return(0);
}
"""
MQL5 = """#include <Trade/Trade.mqh>
input double Lots = 0.1;
CTrade trade;
void OnTick()
{
   if(!PositionSelect(_Symbol)) trade.Buy(Lots);
}
"""
EITHER = "input int Period_MA = 14;\nvoid OnTimer() { Print(Period_MA); }\n"
PINE = '//@version=5\nindicator("RSI")\nplot(ta.rsi(close, 14))\n'


@pytest.mark.parametrize("suffix", [".mq4", ".mq5", ".mqh", ".pine", ".txt", ""])
@pytest.mark.parametrize(
    ("text", "language"), [(MQL4, "mql4"), (MQL5, "mql5"), (PINE, "pine")]
)
def test_content_decides_whatever_the_suffix(text: str, language: str, suffix: str):
    assert read(text, suffix).language == language


@pytest.mark.parametrize(
    ("suffix", "language"),
    [(".mq4", "mql4"), (".mq5", "mql5"), (".mqh", "mql"), ("", "mql")],
)
def test_a_suffix_breaks_a_tie(suffix: str, language: str):
    assert read(EITHER, suffix).language == language


def test_a_header_that_asks_for_the_compiler_serves_both():
    header = "CTrade t;\nbool a = PositionSelect(_Symbol);\n"
    guarded = f"#ifdef __MQL5__\n{header}#endif\n"

    assert read(header, ".mqh").language == "mql5"
    assert read(guarded, ".mqh").language == "mql"


def test_a_header_with_constructs_of_both_languages_serves_both():
    header = "CTrade t;\nMqlTradeRequest r;\nbool a = PositionSelect(_Symbol);\n"

    assert read(header, ".mqh").language == "mql5"
    assert read(header + "int b = OP_BUY + OP_SELL;", ".mqh").language == "mql"


def test_names_in_comments_and_strings_are_no_evidence():
    text = (
        EITHER + '// CTrade PositionSelect\nstring s = "PositionGetDouble CopyBuffer";'
    )

    assert read(text, ".mqh").language == "mql"


def test_variables_of_the_platform_that_a_source_declares_are_no_evidence():
    code = "void OnTimer() { Print(Ask, Bid, Symbol()); }"
    declared = f"double Ask = 1, Bid = 2; {code}"

    assert read(code).language == "mql4"
    assert read(declared).language == "mql"


@pytest.mark.parametrize(
    ("call", "language"),
    [
        ("iMA(NULL, 0, 9, 0, MODE_SMA, PRICE_CLOSE, 1)", "mql4"),
        ("iMA(NULL, 0, 9, 0, MODE_SMA, PRICE_CLOSE)", "mql5"),
    ],
)
def test_the_number_of_arguments_tells(call: str, language: str):
    assert read(f"void OnTimer() {{ Print({call}); }}").language == language


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('//@version=6\nindicator("A")', 6),
        ('// @version = 4\nstudy("A")', 4),
        ('study("A")\nplot(close)', 1),
        ('strategy("A")\na := 1', 2),
        ('study("A")\nx = security(syminfo.tickerid, "D", close)', 3),
        ('study("A")\nvar x = 0', 4),
        ('indicator("A")\nplot(ta.sma(close, 9))', 5),
        ('//@version=99\nindicator("A")', 6),
    ],
)
def test_a_pine_version_is_written_or_demanded(text: str, version: int):
    reading = read(text)

    assert (reading.language, reading.version) == ("pine", version)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#include <vector>\nstd::vector<int> a; int* p = new int;", "C++ source"),
        ("package a;\npublic final class B extends C { }", "Java source"),
        ("def f(self):\n    return None\n", "Python source"),
        ("<?php $a = 1; function f() { return $this; }", "PHP source"),
        ("var f = function() { return undefined; };", "JavaScript source"),
        ("Buy low, sell high, he said.", "no construct of MQL or Pine Script"),
    ],
)
@pytest.mark.parametrize("suffix", [".mq4", ".pine", ".txt", ""])
def test_what_is_none_of_these_is_unknown_with_a_reason(
    text: str, reason: str, suffix: str
):
    reading = read(text, suffix)

    assert (reading.language, reading.reason) == ("unknown", reason)


def test_a_language_has_the_lines_that_say_so():
    evidence = read(MQL4).evidence

    assert {each.line for each in evidence} <= {1, 2, 3, 5}
    assert "language.mql4.extern" in {each.rule for each in evidence}
    shown = {each.rule: each.text for each in evidence}
    assert shown["language.mql4.extern"] == "extern double Lots = 0.1;"


def test_where_only_the_suffix_says_so_it_is_the_evidence():
    [evidence] = read("enum A { B, C };", ".mq5").evidence

    assert (evidence.rule, evidence.line, evidence.text) == (
        "language.suffix",
        0,
        ".mq5",
    )
