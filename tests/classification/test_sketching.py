"""The sketch of a source: what changes it, and what does not."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orquestrador.classification import classify, classify_and_sketch
from orquestrador.classification.lexing import Syntax, lex
from orquestrador.classification.sketching import MOST_SHINGLES, sketch
from orquestrador.messages.sameness import Sketch

CODE = """\
#property strict
input double Lots = 0.1; // size
int OnInit() { return(INIT_SUCCEEDED); }
void OnTick()
{
   if(OrdersTotal() == 0)
      OrderSend(Symbol(), OP_BUY, Lots, Ask, 3, 0, 0, "grid", 7, 0, clrBlue);
}
"""


def sketched(text: str, syntax: Syntax = "mql") -> Sketch:
    found = sketch(lex(text, syntax))
    assert found is not None
    return found


def hashes(found: Sketch) -> list[int]:
    return [each for (each,) in struct.iter_unpack("<I", found.shingles)]


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("\n", "\r\n"),
        CODE.replace("// size", "/* tamanho do lote */"),
        CODE.replace("   ", "\t").replace("\n{", " {"),
        CODE.replace(" == ", "=="),
        "// a header\n\n" + CODE.replace("{ ", "{\n"),
    ],
)
def test_comments_and_white_space_leave_it_as_it_is(other: str) -> None:
    assert sketched(other) == sketched(CODE)


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("0.1", "0.2"),
        CODE.replace("Ask", "Bid"),
        CODE.replace('"grid"', '"Grid"'),
        CODE.replace('"grid"', '"gr id"'),
        CODE.replace("input double", "inputdouble"),
        CODE.replace("{ return(INIT_SUCCEEDED); }", "return(INIT_SUCCEEDED); {}"),
    ],
)
def test_any_other_token_is_another_code(other: str) -> None:
    assert sketched(other).code != sketched(CODE).code


def test_what_quotes_hold_is_no_shingle() -> None:
    other = sketched(CODE.replace('"grid"', '"another comment"'))

    assert other.shingles == sketched(CODE).shingles


def test_one_changed_statement_changes_one_shingle() -> None:
    before = set(hashes(sketched(CODE)))
    after = set(hashes(sketched(CODE.replace("0.1", "0.2"))))

    assert len(before - after) == len(after - before) == 1


def test_lines_end_shingles_in_pine_script_alone() -> None:
    lines = "a\nb\nc\n"

    assert len(hashes(sketched(lines, "pine"))) == 3
    assert len(hashes(sketched(lines, "mql"))) == 1
    assert sketched("x = 1\n\ny\n", "pine") == sketched("x=1\r\ny // b", "pine")


@pytest.mark.parametrize("text", ["", "// nothing\n", "/* nothing", "\n \t\r\n", ";)="])
def test_without_code_there_is_none(text: str) -> None:
    assert sketch(lex(text, "mql")) is None


def test_of_a_long_source_the_smallest_hashes_are_kept() -> None:
    text = "".join(f"a{number}=b{number};\n" for number in range(3000))
    whole = sketched(text[: len(text) // 10])
    long = sketched(text)

    assert (whole.complete, long.complete) == (False, False)
    assert len(hashes(long)) == MOST_SHINGLES
    assert hashes(long) == sorted(set(hashes(long)))
    # Of those that the part has, the small ones are in the sketch of the whole too.
    limit = hashes(long)[-1]
    part = {each for each in hashes(whole) if each <= limit}
    assert part <= set(hashes(long))
    assert part


def test_slices_of_a_very_long_source_are_one_sketch() -> None:
    line = "x=1;y(2);z=3;\n"
    once = sketched(line)

    repeated = sketched(line * (3_000_000 // len(line)))

    assert set(hashes(once)) <= set(hashes(repeated))
    # A slice may end inside of a shingle: two pieces more for each.
    assert len(hashes(repeated)) <= len(hashes(once)) + 2 * 3


@given(st.text(max_size=200))
def test_any_text_has_a_sketch_or_none(text: str) -> None:
    found = sketch(lex(text, "mql"))

    assert found is None or len(found.shingles) % 4 == 0


def test_classification_gives_the_sketch_beside_the_record() -> None:
    record, found = classify_and_sketch(CODE.encode(), "a.mq4")

    assert record == classify(CODE.encode(), "a.mq4")
    assert found == sketched(CODE)
    utf16 = classify_and_sketch(CODE.encode("utf-16"), "a.mq4")
    assert utf16.sketch == found
    assert classify_and_sketch(CODE.encode(), "a.mq4", level="quick").sketch is None
    assert classify_and_sketch(b"Dear Ana, see you", "a.txt").sketch is None
