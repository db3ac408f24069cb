"""Timeframes that a source asks for, not those of a table."""

from collections.abc import Callable

import pytest

from orquestrador.classification.rules import Labels

MakeLabels = Callable[..., Labels]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("void OnTick() { iMA(NULL, PERIOD_H1, 9, 0, 0, 0, 0); }", "mql4", ("H1",)),
        ("void OnTick() { iMA(NULL, 240, 9, 0, 0, 0, 0); }", "mql4", ("H4",)),
        ("void OnTick() { iMA(_Symbol, 240, 9, 0, 0, 0); }", "mql5", ()),
        ("void OnTick() { iMA(NULL, 0, 9, 0, 0, 0, 0); }", "mql4", ()),
        ("input int timeframe = 60;\nvoid OnTick() { f(timeframe); }", "mql4", ("H1",)),
        ("input int Length = 60;\nvoid OnTick() { f(Length); }", "mql4", ()),
        ("void OnTick() { switch (p) { case PERIOD_M5: f(); } }", "mql4", ()),
        ("void OnTick() { if (Period() == PERIOD_M5) f(); }", "mql4", ()),
        ('void OnTick() { Print("PERIOD_M5"); }', "mql4", ()),
        ('x = request.security(syminfo.tickerid, "60", close)', "pine", ("H1",)),
        ('x = security(tickerid, "D", close)', "pine", ("D1",)),
        ('tf = input.timeframe("15", "Frame")', "pine", ("M15",)),
        ('label.new(1, 2, "60")', "pine", ()),
    ],
)
def test_a_timeframe_counts_where_it_is_asked_for(
    text: str, language: str, expected: tuple[str, ...], labels: MakeLabels
):
    assert labels(text, language).timeframes == expected


def test_a_table_of_all_timeframes_asks_for_none(labels: MakeLabels):
    names = ["M1", "M5", "M15", "M30", "H1", "H4", "D1", "W1", "MN1"]
    table = ", ".join(f"PERIOD_{each}" for each in names)

    assert labels("int all[] = {" + table + "};\nvoid OnTick() { }").timeframes == ()


def test_timeframes_go_from_the_shortest_to_the_longest_with_evidence(
    labels: MakeLabels,
):
    found = labels("void OnTick() {\n iMA(0, PERIOD_D1, 9);\n iMA(0, PERIOD_M5, 9);\n}")

    assert found.timeframes == ("M5", "D1")
    assert [piece.line for piece in found.timeframe_evidence] == [3, 2]
