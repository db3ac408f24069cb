"""Identifiers are found by a part of them."""

from orquestrador.classification.vocabulary import Vocabulary, folded_stem

NAMES = Vocabulary({"ExtPipStep": 2, "pip_step": 3, "sl": 2, "slope": 2, "once": 1}, 2)


def test_case_and_underscores_do_not_count():
    assert NAMES.all("PIP_step") == ("ExtPipStep", "pip_step")


def test_begin_and_end_of_an_identifier_can_be_asked_for():
    assert NAMES.all("^sl$") == ("sl",)
    assert NAMES.all("^sl") == ("sl", "slope")


def test_identifiers_that_occur_too_seldom_are_not_found():
    assert NAMES.first([folded_stem("once")]) is None


def test_the_first_stem_that_occurs_decides():
    assert NAMES.first([folded_stem("absent"), folded_stem("slope")]) == "slope"
