"""A zero that reaches a stop is no stop."""

from collections.abc import Callable

import pytest

from orquestrador.classification.program import Program
from orquestrador.classification.values import can_differ_from_zero

MakeProgram = Callable[..., Program]


SOURCE = """
input int StopLoss = 0;
double never = 0, later = 0;
double Fixed(int points) { if (points == 0) return (0); return (Ask - points * Point); }
double Nothing() { return (0); }
void Open(double stop) { OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, stop, 0); }
void OnTick() {
  later = Ask - 5 * Point;
  double rounded = NormalizeDouble(never, Digits);
  Open(0);
  Fixed(1); Nothing();
}
"""


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("0", False),
        ("0.0", False),
        ("NULL", False),
        ("(double)0", False),
        ("never", False),
        ("rounded", False),
        ("Nothing()", False),
        ("Fixed(0)", False),
        ("NormalizeDouble(0, Digits)", False),
        ("x > 1 ? 0 : 0", False),
        ("12", True),
        ("StopLoss", True),
        ("later", True),
        ("Fixed(50)", True),
        ("Ask - StopLoss * Point", True),
        ("x > 1 ? 0 : later", True),
        ("FromInclude()", True),
    ],
)
def test_a_value_is_followed_to_where_it_comes_from(
    expression: str, *, answer: bool, program: MakeProgram
):
    assert can_differ_from_zero(program(SOURCE), expression) is answer


def test_a_parameter_is_followed_to_what_the_callers_pass(program: MakeProgram):
    seen = program(SOURCE)
    inside = SOURCE.index("OrderSend")

    assert not can_differ_from_zero(seen, "stop", inside)
    other = program(SOURCE.replace("Open(0)", "Open(later)"))
    assert can_differ_from_zero(other, "stop", inside)


def test_assignments_in_a_circle_come_to_an_end(program: MakeProgram):
    seen = program("void OnTick() { a = b; b = a; }")

    assert can_differ_from_zero(seen, "a") in {True, False}


def test_a_parameter_and_the_callers_variable_may_have_the_same_name(
    program: MakeProgram,
):
    text = """
void Open(double sl) { sl = Rounded(sl); trade.Buy(0.1, _Symbol, Ask, sl, 0); }
void OnTick() { double sl = 0; sl = Bid - 50 * _Point; Open(sl); }
"""
    assert can_differ_from_zero(program(text, "mql5"), "sl", text.index("trade"))


def test_a_function_that_takes_a_reference_may_fill_it(program: MakeProgram):
    text = """
void Stops(double &sl) { sl = Bid - 50 * Point; }
void OnTick() { double sl = 0; Stops(sl); OrderSend(1, 0, 1, 1, 3, sl, 0); }
"""
    assert can_differ_from_zero(program(text), "sl", text.index("OrderSend"))
