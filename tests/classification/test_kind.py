"""Handlers and declarations say what kind of program a source is."""

import pytest

from orquestrador.classification import classify
from orquestrador.messages import Record

INPUT = "extern int Magic = 7;\n"


def said(text: str, name: str = "a.mq4") -> Record:
    return classify(text.encode(), name, level="quick")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("void OnTick() { }", "expert"),
        ("int OnInit() { return 0; }\nvoid OnTimer() { Print(1); }", "expert"),
        ("int OnInit() { return 0; }\nvoid OnTradeTransaction(int a) { }", "expert"),
        ("void OnStart() { }", "script"),
        ("int OnCalculate(const int rates_total) { return 0; }", "indicator"),
        ("#property service\nvoid OnStart() { }", "service"),
        ("#property library\nint Add(int a) export { return a; }", "library"),
        ("int Add(int a, int b) export { return a + b; }", "library"),
        ("#property indicator_separate_window\nint start() { }", "indicator"),
        ("int init() { SetIndexBuffer(0, b); }\nint start() { }", "indicator"),
        (INPUT + "int start() { OrderSend(Symbol(), OP_BUY, 1, Ask); }", "expert"),
        ("#property show_inputs\nint start() { OrderClose(1, 1, Bid, 3); }", "script"),
        ("int start() { OrderClose(1, 1, Bid, 3); }", "script"),
        ("int start() { double p = WindowPriceOnDropped(); }", "script"),
        ("#include <core/script.mqh>\nint Work() { return 1; }", "script"),
        ("#include <MyExpert.mqh>\ninput int a = 1;", "expert"),
        ("#include <Bot.mqh>\nextern int a = 1;\nCBot bot;", "expert"),
        ("int Add(int a, int b) { return a + b; }\nint c = iBars(NULL, 0);", "include"),
    ],
)
def test_structure_decides_the_kind(text: str, kind: str):
    record = said(text)

    assert record.kind == kind
    assert record.evidence.kind


def test_an_expert_may_ask_for_its_inputs_as_a_script_does():
    start = "int start() { OrderSend(Symbol(), OP_BUY, 1, Ask); }"
    text = f"#property show_inputs\nint init() {{ }}\n{start}"

    assert said(text).kind == "expert"


def test_a_header_is_an_include_whatever_it_defines():
    assert said("void OnTick() { Print(1); }", "a.mqh").kind == "include"


def test_a_method_of_a_handlers_name_is_no_handler():
    text = "void CBot::OnTick() { Print(1); }\nbot.OnTick();\nvoid OnStart() { }"

    assert said(text).kind == "script"


def test_a_handler_in_a_comment_is_none():
    assert said("// void OnTick() { }\nvoid OnStart() { }").kind == "script"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('indicator("A")\nplot(close)', "indicator"),
        ('study("A")\nplot(close)', "indicator"),
        ('//@version=5\nstrategy("A")\nplot(close)', "strategy"),
        ('//@version=5\nlibrary("A")\nexport f() => 1', "library"),
        ('//@version=5\nstrategy.entry("a", strategy.long)', "strategy"),
        ("//@version=5\nplot(ta.rsi(close, 9))", "indicator"),
    ],
)
def test_pine_declares_its_kind(text: str, kind: str):
    assert said(text, "a.pine").kind == kind


def test_pine_without_a_declaration_is_unknown_with_a_reason():
    record = said("//@version=5\nx = ta.sma(close, 9)", "a.pine")

    assert (record.language, record.kind) == ("pine", "unknown")
    assert "without indicator()" in str(record.reason)


def test_evidence_of_a_handler_is_its_line():
    [evidence] = said("int a;\nvoid OnTick() { }").evidence.kind

    assert (evidence.line, evidence.text) == (2, "void OnTick() { }")


def test_evidence_of_an_absence_is_the_whole_file():
    [evidence] = said("int a = iBars(NULL, 0);", "a.mqh").evidence.kind

    assert (evidence.rule, evidence.line) == ("kind.header", 0)
