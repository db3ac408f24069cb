"""Identifiers are found by a part of them."""

from orquestrador.classification.vocabulary import Vocabulary

NAMES = Vocabulary(["ExtPipStep", "pip_step", "sl", "slope"])


def test_case_and_underscores_do_not_count():
    assert NAMES.all("PIP_step") == ("ExtPipStep", "pip_step")


def test_begin_and_end_of_an_identifier_can_be_asked_for():
    assert NAMES.all("^sl$") == ("sl",)
    assert NAMES.all("^sl") == ("sl", "slope")


def test_a_stem_that_no_identifier_holds_is_not_found():
    assert NAMES.first("once") is None


def test_the_first_stem_that_occurs_decides():
    assert NAMES.first("absent", "slope", "sl") == "slope"
