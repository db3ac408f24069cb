"""Calls, assignments and functions of the live code."""

from collections.abc import Callable

from orquestrador.classification.open_position import ticket_kept
from orquestrador.classification.program import Program, arguments

MakeProgram = Callable[..., Program]


DEAD = """
void OnTick() { Live(); }
void Live() { OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, 0, 0); }
void Dead() { Deeper(); if (Hour() > 3) { Hedge(); } }
void Deeper() { MartingaleLots(); }
"""


def test_a_function_that_nothing_calls_is_no_part_of_the_live_code(
    program: MakeProgram,
):
    seen = program(DEAD)

    assert seen.has("OrderSend")
    assert not seen.has("Hedge")
    assert len(seen.code) == len(DEAD)
    assert {each.name for each in seen.dead} == {"Dead", "Deeper"}


def test_what_an_include_calls_back_is_alive(program: MakeProgram):
    back = "bool onTick() { Work(); return true; }"

    assert program("#include <frame.mqh>\n" + back).has("Work")
    assert not program("void OnTick() { Live(); }\n" + back).has("Work")


def test_handlers_are_alive_without_a_caller(program: MakeProgram):
    assert program("void OnTimer() { Work(); }").has("Work")


def test_every_function_of_an_include_is_alive(program: MakeProgram):
    assert program(DEAD, "mql4", "include").has("Hedge")


def test_a_method_without_a_caller_is_alive(program: MakeProgram):
    text = "class Base {\n public: void Hook() { Hedge(); }\n};\nvoid OnTick() { }"

    assert program(text).has("Hedge")


def test_calls_come_with_their_arguments(program: MakeProgram):
    seen = program('void OnTick() { Send(a[1, 2], f(b, c), "x,y", d ) ; }')

    (call,) = seen.calls("Send")
    assert call.arguments == ("a[1, 2]", "f(b, c)", '"   "', "d")


def test_a_name_inside_a_longer_name_is_another_name(program: MakeProgram):
    text = "void OnTick() { TotalLots = Lots + Lots2; }"

    assert program(text).offsets("Lots") == (text.index("Lots +"),)


def test_assignments_leave_comparisons_out(program: MakeProgram):
    seen = program("void OnTick() { if (a == 1) a    = b + f(1, 2); a[0] = 3; }")

    assert [value for _, value in seen.assignments("a")] == ["b + f(1, 2)", "3"]


def test_functions_know_their_parameters_and_what_they_hold(program: MakeProgram):
    text = """
int Twice(const int value, double &other[]) { return 2 * value; }
void OnTick() { if (Twice(2)) { Print(1); } }
"""
    seen = program(text)

    assert list(seen.functions) == ["Twice", "OnTick"]
    assert seen.functions["Twice"].parameters[0] == "value"
    function = seen.function_at(text.index("Print"))
    assert function is not None
    assert function.name == "OnTick"


def test_the_receiver_of_an_expression_is_the_name_it_is_assigned_to(
    program: MakeProgram,
):
    text = "void OnTick() { level[0] = iRSI(1); if (x == iMA(2)) y(); }"
    seen = program(text)

    assert seen.receiver(text.index("iRSI")) == "level"
    assert seen.receiver(text.index("iMA")) is None


def test_pines_dotted_names_are_names_of_their_own(program: MakeProgram):
    seen = program("a = ta.ema(close, 9)\nb = ema(close, 9)", "pine", "indicator")

    assert len(seen.calls("ema")) == 1
    assert len(seen.calls("ta.ema")) == 1


def test_the_conditions_around_a_line_of_pine_are_its_guard(program: MakeProgram):
    text = """
cheap = close < 2
if cheap
    if open > 1
        strategy.entry("L", strategy.long)
"""
    guard = program(text, "pine", "strategy").pine_guard(text.index("strategy.entry"))

    assert "open > 1" in guard
    assert "close < 2" in guard


def test_arguments_end_with_their_parenthesis_or_their_statement():
    assert arguments("a, b) + c", 0) == ("a", "b")
    assert arguments(")", 0) == ()
    assert arguments("a, b; c", 0) == ("a", "b")


def test_words_are_the_programs_own_names_that_occur_twice(program: MakeProgram):
    text = "int once; int twice; int MODE_TREND; void OnTick() { twice = MODE_TREND; }"

    assert program(text).vocabulary.all("once", "twice", "trend") == ("twice",)


def test_what_blanks_cut_off_is_no_identifier_of_the_program(program: MakeProgram):
    text = "x = r[i].low"

    narrow = program(text, "pine", "indicator").narrowed(text)

    assert narrow.offsets("low") == ()


def test_a_receiver_read_in_part_is_no_error(program: MakeProgram):
    far = "t" * 60 + " " * 50
    text = f"void OnTick() {{ {far}= OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0); }}"

    assert tuple(ticket_kept(program(text))) == ()
