"""What is measured of a source, and the score that follows."""

import re
from collections.abc import Callable
from pathlib import Path

import lizard
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orquestrador.classification import classify
from orquestrador.classification.complexity import functions
from orquestrador.classification.decoding import decode
from orquestrador.classification.facts import collect_facts
from orquestrador.classification.language import read
from orquestrador.classification.lexing import lex
from orquestrador.classification.program import Program
from orquestrador.classification.quality import MOST, measured, score, taken
from orquestrador.messages import Language, Quality

LIBRARY = Path(__file__).parents[2] / "examples" / "library"
SOURCES = sorted(
    path.relative_to(LIBRARY).as_posix()
    for path in LIBRARY.rglob("*")
    if path.suffix in {".mq4", ".mq5", ".mqh"}
)
DIFFERENT = {
    # A constructor inside its class is no function of the model.
    "Include/GuardaConta.mqh",
    # The file ends inside a function: lizard leaves it out.
    "Robôs baixados/Martelo incompleto.mq4",
}

MakeProgram = Callable[..., Program]
Measure = Callable[..., Quality]


@pytest.fixture
def measure(program: MakeProgram) -> Measure:
    def make(text: str, language: Language = "mql4") -> Quality:
        return measured(program(text, language))

    return make


def test_lines_are_code_or_comment_or_blank(measure: Measure) -> None:
    quality = measure(
        "// head\r\n\r\nint a; // behind\r\n/* two\r\n\tlines */\r\n  \r\n"
    )

    assert quality.lines == 6
    assert (quality.code_lines, quality.comment_lines, quality.blank_lines) == (1, 3, 2)
    assert quality.comment_share == 0.75


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_the_same_whatever_ends_them(measure: Measure, end: str) -> None:
    quality = measure(end.join(["int a;", "", "// b", "int c;"]))

    assert (quality.lines, quality.code_lines, quality.blank_lines) == (4, 2, 1)


def test_a_function_has_one_way_and_one_more_for_each_decision(
    measure: Measure,
) -> None:
    quality = measure(
        "void Plain() { Print(1); }\n"
        "int Many(int a) {\n"
        "  if (a > 1 && a < 9 || a == 12) return a > 5 ? 1 : 2;\n"
        "  else for (int i = 0; i < a; i++) while (Next()) a--;\n"
        "  switch (a) { case 1: break; case 2: break; default: break; }\n"
        "  do { a++; } while (a < 3);\n"
        "  return a; // if && || ?\n"
        "}\n"
    )

    assert quality.functions == 2
    assert quality.worst_complexity == 10
    assert quality.complexity == 11
    assert quality.longest_function == 7


def test_a_letter_that_is_no_ascii_is_no_decision(measure: Measure) -> None:
    assert measure("void Ф() {}\nvoid F() { int цена = 1; }").worst_complexity == 1


@pytest.mark.parametrize("name", SOURCES)
def test_complexity_and_length_are_those_of_lizard(name: str) -> None:
    path = LIBRARY / name
    decoded = decode(path.read_bytes())
    reading = read(decoded.text, path.suffix)
    if decoded.problem or reading.language in {"unknown", "pine"}:
        pytest.skip("no MQL")
    source = reading.source
    program = Program(source, reading.language, "expert", collect_facts(source))
    text = re.sub(r"\r\n?", "\n", source.text)

    ours = {
        (source.line(each.start), source.line(each.end - 1), each.complexity)
        for each in functions(program)
    }
    theirs = {
        (each.start_line, each.end_line, each.cyclomatic_complexity)
        for each in lizard.analyze_file.analyze_source_code("a.cpp", text).function_list
    }
    assert (ours == theirs) == (name not in DIFFERENT)
    assert len(ours ^ theirs) <= 1


def test_a_branch_of_the_preprocessor_is_a_decision_for_lizard_alone(
    measure: Measure,
) -> None:
    text = "int F() {\n#ifdef A\n  return 1;\n#endif\n  return 2;\n}\n"

    (theirs,) = lizard.analyze_file.analyze_source_code("a.cpp", text).function_list
    assert theirs.cyclomatic_complexity == 2
    assert measure(text).complexity == 1


def test_numbers_in_functions_are_magic_unless_they_are_ordinary(
    measure: Measure,
) -> None:
    quality = measure(
        "input int Period14 = 14; #define FIVE 5\n"
        "double F(int ma20) {\n"
        '  Print("77"); // 88\n'
        "  return 0 + 1.0 * 2 + ma20 + 30 + 0.25 + -7 + ma20.x + 30;\n"
        "}\n"
    )

    assert quality.magic_literals == 4


def test_lines_that_stood_above_are_counted_but_short_ones_and_words_are_not(
    measure: Measure,
) -> None:
    order = "if (OrderSymbol() != Symbol()) continue;"
    words = 'Comment("{}", OrdersTotal(), Ask);'
    text = "\n".join(
        [order, "}", words.format("a"), "  " + order, "}", words.format("b"), order]
    )

    assert measure(text).duplicated_lines == 2


@pytest.mark.parametrize(
    ("statement", "unchecked"),
    [
        ("OrderClose(1, 2, Bid, 3);", 1),
        ("if (a) OrderClose(1, 2, Bid, 3);", 1),
        ("if (a) b(); else OrderDelete(1);", 1),
        ("trade.Buy(1);", 1),
        ("trades[i].Buy(1);", 1),
        ("int unread = OrderSend(x);", 1),
        ("int t; t = OrderSend(x); t = OrderSend(x);", 2),
        ("int t = OrderSend(x); if (t < 0) Alert(t);", 0),
        ("int t = OrderSend(x); return t;", 0),
        ("if (!OrderClose(1, 2, Bid, 3)) Print(1);", 0),
        ("return OrderDelete(1);", 0),
        ("OrderDelete(1); if (GetLastError() > 0) Print(1);", 0),
        ("trade.Buy(1); if (trade.ResultRetcode() != 1) Print(1);", 0),
        ("ok = trade.Buy(1) && trade.Sell(1); Print(ok);", 0),
        ("signals.Count(); Buy(1);", 0),
        ("// OrderClose(1, 2, Bid, 3);", 0),
    ],
)
def test_an_order_is_checked_when_something_looks_at_its_result(
    measure: Measure, statement: str, unchecked: int
) -> None:
    quality = measure(f"void OnTick() {{ {statement} }}")

    assert quality.unchecked_order_calls == unchecked


def test_a_function_of_ones_own_is_no_call(measure: Measure) -> None:
    quality = measure("bool OrderModify(int a) { return true; }\nvoid OnTick() {}")

    assert quality.order_calls == 0


def test_only_mql4_is_asked_to_be_strict(measure: Measure) -> None:
    strict = "#property strict\nvoid OnTick() {}"

    assert measure(strict).strict is True
    assert measure("void OnTick() { int strict; }").strict is False
    assert measure(strict, "mql5").strict is None


def test_a_pine_script_has_its_own_ways_beside_those_of_its_functions(
    measure: Measure,
) -> None:
    quality = measure(
        "//@version=5\n"
        'indicator("x")\n'
        'n = input.int(14, "n", maxval=200)\n'
        "f(x) =>\n"
        "    if x > 3 and x < 9\n"
        "        1\n"
        "    else\n"
        "        0\n"
        "way = switch n\n"
        "    5 => 1\n"
        "    => 0\n"
        "plot(f(close) > 0 ? 1 : na)\n",
        "pine",
    )

    assert quality.functions == 1
    assert quality.longest_function == 5
    assert quality.worst_complexity == 3
    assert quality.complexity == 6
    assert quality.magic_literals == 3


def test_what_nothing_is_wrong_with_has_all_points() -> None:
    assert (
        score(
            Quality(
                score=0,
                lines=0,
                code_lines=0,
                comment_lines=0,
                blank_lines=0,
                comment_share=0.2,
            )
        )
        == 100
    )


def test_all_faults_together_take_all_points() -> None:
    worst = Quality(
        **dict.fromkeys(("score", "lines", "comment_lines", "blank_lines"), 0),
        code_lines=100,
        functions=1,
        longest_function=999,
        complexity=999,
        worst_complexity=999,
        magic_literals=999,
        duplicated_lines=99,
        strict=False,
        order_calls=1,
        unchecked_order_calls=1,
    )

    assert taken(worst) == MOST
    assert score(worst) == 0


def test_the_record_carries_the_measures_at_level_full_alone() -> None:
    data = (LIBRARY / "Experts" / "Grid Ouro v2.4.mq4").read_bytes()

    full = classify(data, "a.mq4").quality
    assert full is not None
    assert full.lines == full.code_lines + full.comment_lines + full.blank_lines
    assert full.score == score(full)
    assert classify(data, "a.mq4", level="quick").quality is None
    assert classify(b"\x00" * 99, "a.mq4").quality is None


PIECES = ["{", "}", "(", ")", "=>", "?", "&&", "||", "if ", "case ", "void F", "F(a)"]
MORE = [
    "OrderSend(",
    "\n",
    "\r",
    " ",
    "=",
    "12.5",
    "é",
    "\ud800",
    '"',
    "//",
    "/*",
    "a1",
]


@given(
    st.lists(st.sampled_from(PIECES + MORE) | st.text(max_size=3)).map("".join),
    st.sampled_from(["mql4", "mql5", "mql", "pine"]),
)
def test_no_text_raises_and_its_lines_add_up(text: str, language: Language) -> None:
    source = lex(text, "pine" if language == "pine" else "mql")
    quality = measured(Program(source, language, "expert", collect_facts(source)))

    assert 0 <= quality.score <= 100
    parts = quality.code_lines, quality.comment_lines, quality.blank_lines
    assert min(parts) >= 0
    assert sum(parts) == quality.lines
    assert quality.unchecked_order_calls <= quality.order_calls
    assert quality.magic_literals >= 0
