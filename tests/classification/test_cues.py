"""Each cue holds for its example and not for its counterexample."""

import pytest

from orquestrador.classification.cues import Cue, Cues, load_cues
from orquestrador.classification.lexing import lex

CUES = [(pack, cue) for pack in ("language", "kind") for cue in load_cues(pack)]


def has(cue: Cue, code: str) -> bool:
    source = lex(code, "pine" if cue.label == "pine" else "mql")
    return bool(Cues([cue]).find(source))


@pytest.mark.parametrize(("pack", "cue"), CUES, ids=[cue.id for _, cue in CUES])
def test_a_cue_holds_for_its_example_only(pack: str, cue: Cue):
    assert cue.id.startswith(f"{pack}.")
    assert has(cue, cue.example)
    assert not has(cue, cue.counterexample)


def test_ids_are_unique():
    ids = [cue.id for _, cue in CUES]

    assert len(set(ids)) == len(ids)


def test_a_cue_in_a_comment_or_string_is_none():
    cue = next(cue for _, cue in CUES if cue.id == "language.mql4.orders")

    assert not has(cue, '// OP_BUY\nstring s = "OP_SELL";')


def test_a_score_counts_each_name_once_and_no_more_than_the_cap():
    cue = next(cue for _, cue in CUES if cue.id == "language.mql4.orders")
    [twice] = Cues([cue]).find(lex("int a = OP_BUY + OP_BUY;", "mql"))
    names = " + ".join(sorted(cue.names))
    [many] = Cues([cue]).find(lex(f"int a = {names};", "mql"))

    assert twice.score == cue.weight
    assert many.score == cue.weight * cue.cap


def test_a_cue_is_found_where_its_name_first_stands():
    cue = next(cue for _, cue in CUES if cue.id == "kind.handler.tick")
    code = "class A { };\nvoid OnTick() { }"

    [found] = Cues([cue]).find(lex(code, "mql"))

    assert code[found.offset :].startswith("OnTick")
