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
        ('tf = input("4D", type=input.resolution)', "pine", ("4D",)),
        ("void OnTick() { if (Period() != PERIOD_M30) return; }", "mql4", ("M30",)),
        ("void OnTick() { if (Period() != 30) return; }", "mql4", ("M30",)),
        ("void OnTick() { if (Period() > PERIOD_H1) return; }", "mql4", ()),
        (
            'input string TimeFrame = "H4";\nvoid OnTick() { f(TimeFrame); }',
            "mql4",
            ("H4",),
        ),
        ("ENUM_TIMEFRAMES unused = PERIOD_H4;\nvoid OnTick() { f(); }", "mql5", ()),
    ],
)
def test_a_timeframe_counts_where_it_is_asked_for(
    text: str, language: str, expected: tuple[str, ...], labels: MakeLabels
):
    assert labels(text, language).timeframes == expected


def test_minutes_are_followed_through_variables_and_parameters(labels: MakeLabels):
    variable = "extern int Frame = 60;\nint start() { return (iTime(NULL, Frame, 0)); }"
    parameter = (
        "double Top(int bars, int minutes) { return (iHigh(NULL, minutes, bars)); }\n"
        "int start() { int day = 1440; Use(Top(5, day)); Use(Top(9, 240)); return 0; }"
    )

    assert labels(variable).timeframes == ("H1",)
    assert labels(parameter).timeframes == ("H4", "D1")


def test_the_timeframes_of_an_array_count_where_an_indicator_is_asked(
    labels: MakeLabels,
):
    array = "int all[] = {1, 5, 15, 30, PERIOD_H1, 240};\n"
    asked = array + "void OnTick() { f(iRSI(NULL, all[i], 14, 0, 0)); }"

    assert labels(asked).timeframes == ("M1", "M5", "M15", "M30", "H1", "H4")
    assert labels(array + "void OnTick() { f(all[i]); }").timeframes == ()


def test_results_that_conditions_choose_are_a_table(labels: MakeLabels):
    names = ["M1", "M5", "M15", "M30"]
    chosen = "".join(f'if (name == "{each}") tf = PERIOD_{each};' for each in names)
    returned = "".join(
        f"if (p < PERIOD_{each}) return PERIOD_{each};" for each in names
    )
    one = "void OnTick() { if (fast) tf = PERIOD_M5; else tf = PERIOD_H1; f(tf); }"

    assert labels("void OnTick() {" + chosen + " f(tf); }").timeframes == ()
    text = "int Next(int p) {" + returned + "return p; } void OnTick() { Next(1); }"
    assert labels(text).timeframes == ()
    assert labels(one).timeframes == ("M5", "H1")


def test_a_map_in_pine_asks_for_its_results(labels: MakeLabels):
    text = (
        "//@version=4\nstudy('x')\n"
        "higher = timeframe.period == '3' ? '15' : "
        "timeframe.period == '45' ? '240' : ''\n"
        "plot(security(syminfo.tickerid, higher, close))"
    )

    assert labels(text, "pine").timeframes == ("M15", "H4")


def test_minutes_of_an_input_reach_a_request_as_text(labels: MakeLabels):
    text = (
        "//@version=4\nstudy('x')\nminutes = input(title='Frame', defval=5)\n"
        "length = input(title='Length', defval=60)\n"
        "plot(security(syminfo.tickerid, tostring(minutes), sma(close, length)))"
    )

    assert labels(text, "pine").timeframes == ("M5",)


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


def test_a_text_of_choices_that_a_request_is_given_is_its_default(labels: MakeLabels):
    choice = 'tf = input.string("240", "TF", options=["60", "240"])\n'
    asked = "plot(request.security(syminfo.tickerid, tf, close))"
    head = '//@version=6\nindicator("x")\n'

    assert labels(head + choice + asked, "pine").timeframes == ("H4",)
    assert labels(head + choice + "plot(close)", "pine").timeframes == ()
