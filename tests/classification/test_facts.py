"""What a source says about itself is read from its code and its head."""

from orquestrador.classification.facts import MAX_FACTS, collect_facts
from orquestrador.classification.lexing import lex
from orquestrador.messages import Facts, Input

MQL = r"""//+------------------------------------------+
//|                               Gold Grid.mq4 |
//|                     Copyright 2012, Someone |
//|                    https://www.example.com/ |
//+------------------------------------------+
#property copyright "Someone Else" // the owner
#property version   "1.20"
#property description "First line"
#property description "Second line"
#include <Trade\Trade.mqh>
#include "local.mqh"
#import "user32.dll"
   int MessageBoxA(int hWnd, string text);
#import
#define MAGIC 777
input group "Risk"
input double Lots = 0.1; // lot size
extern int A = 1, B = MathMax(2, 3);
sinput string Note = "a;b";
input int Magic_Number = 12345;
int handle = iCustom(NULL, 0, "My Indicator", 14);
CGrid::CGrid(void) { }
bool CGrid::Open(int side)
{
   if(side > 0) { return(iRSI(NULL, 0, 14, 0, 1) > 70); }
   else if(Wanted(side)) { return(true); }
   return(false);
}
double Step(int number) { return(number * 10); }
"""
PINE = """// © trader
//@version=5
import someone/Lib/3 as lib
strategy(shorttitle="S", title="My strategy")
length = input.int(14, "Length", minval=1)
src = input(title="Source", defval=close)
bool on = input.bool(true)
f(x, y) =>
    ta.rsi(x, y)
plot(f(src, length))
"""


def facts(text: str, syntax: str = "mql") -> Facts:
    return collect_facts(lex(text, "pine" if syntax == "pine" else "mql"))


def test_properties_come_before_the_comment_at_the_head():
    found = facts(MQL)

    assert found.author == "Someone Else"
    assert found.version == "1.20"
    assert found.description == "First line\nSecond line"


def test_the_comment_at_the_head_fills_what_no_property_says():
    found = facts(MQL)

    assert found.name == "Gold Grid"
    assert found.link == "https://www.example.com/"
    assert facts(MQL.replace("#property copyright", "//")).author == (
        "Copyright 2012, Someone"
    )


def test_what_stands_behind_a_property_s_text_is_not_its_value():
    found = facts('#property version "1.00";\n#property link a.example\n')

    assert found.version == "1.00"
    assert found.link == "a.example"


def test_inputs_have_type_default_and_comment():
    assert facts(MQL).inputs == (
        Input(name="Lots", type="double", default="0.1", comment="lot size"),
        Input(name="A", type="int", default="1"),
        Input(name="B", type="int", default="MathMax(2, 3)"),
        Input(name="Note", type="string", default='"a;b"'),
        Input(name="Magic_Number", type="int", default="12345"),
    )


def test_includes_and_imports_are_told_apart():
    found = facts(MQL)

    assert found.includes == ("Trade\\Trade.mqh", "local.mqh")
    assert found.imports == ("user32.dll",)


def test_functions_with_a_body_are_listed_in_order():
    assert facts(MQL).functions == ("CGrid::CGrid", "CGrid::Open", "Step")


def test_a_condition_behind_a_directive_is_no_function():
    text = "void F()\n{\n#ifdef DEBUG\n   if(x > 0) { }\n#endif\n}\n"

    assert facts(text).functions == ("F",)


def test_indicators_used_include_the_names_of_custom_ones():
    assert facts(MQL).indicators_used == ("iCustom", "iRSI", "My Indicator")


def test_magic_numbers_come_from_inputs_and_definitions():
    assert set(facts(MQL).magic_numbers) == {777, 12345}


def test_the_magic_number_of_orders_placed_by_hand_is_none():
    assert facts("extern int MagicNumber = 0;").magic_numbers == ()


def test_pine_says_its_title_inputs_imports_and_functions():
    found = facts(PINE, "pine")

    assert found.author == "trader"
    assert found.includes == ("someone/Lib/3",)
    assert found.functions == ("f",)
    assert found.indicators_used == ("ta.rsi",)
    assert found.inputs == (
        Input(name="length", type="int", default="14", comment="Length"),
        Input(name="src", default="close", comment="Source"),
        Input(name="on", type="bool", default="true"),
    )


def test_a_pine_title_may_come_behind_another_name():
    assert facts(PINE, "pine").name == "My strategy"


def test_lists_and_texts_are_cut():
    many = "".join(f'input string i{n} = "{"x" * 999}";\n' for n in range(700))
    found = facts(many + "".join(f"#include <{n}.mqh>\n" for n in range(700)))

    assert len(found.inputs) == len(found.includes) == MAX_FACTS
    assert max(len(str(each.default)) for each in found.inputs) <= 300


def test_carriage_returns_alone_end_lines():
    found = facts(MQL.replace("\n", "\r"))

    assert found.functions == ("CGrid::CGrid", "CGrid::Open", "Step")
    assert found.includes == ("Trade\\Trade.mqh", "local.mqh")
    assert found.inputs[0].comment == "lot size"
