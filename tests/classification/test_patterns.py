"""A rule's pattern is bounded, or it is refused."""

import pytest

from orquestrador.classification.patterns import compile_bounded
from orquestrador.errors import RuleError


@pytest.mark.parametrize(
    "pattern", [r"a*", r"a+b", r"[^)]*x", r"\s*\(", r"a{2,}", r"(?:ab)+", r"a*+"]
)
def test_a_repeat_without_a_bound_is_refused(pattern: str):
    with pytest.raises(RuleError, match=r"write \{0,80\}"):
        compile_bounded("some.rule", pattern)


def test_a_repeat_inside_a_repeated_group_is_refused():
    with pytest.raises(RuleError, match="repeats a group that repeats"):
        compile_bounded("some.rule", r"(?:a{0,9}b){0,9}")


def test_bounds_that_multiply_too_far_are_refused():
    with pytest.raises(RuleError, match="multiply to 64000"):
        compile_bounded("some.rule", r"a{0,40}b{0,40}c{0,40}")


def test_what_is_no_pattern_is_refused_with_the_rules_id():
    with pytest.raises(RuleError, match=r"some\.rule.*is no pattern"):
        compile_bounded("some.rule", r"a(b")


def test_a_sign_in_a_class_or_behind_a_backslash_repeats_nothing():
    pattern = compile_bounded("some.rule", r"[*+]\+\*x?")

    assert pattern.search("1 *+*x")


@pytest.mark.parametrize(
    "pattern",
    [
        "a?" * 30 + "a" * 30,
        "(?:a|a)" * 30 + "b",
        "(?:a|a){30}b",
        "(a|aa){0,40}b",
        "(?=" + "(?:a|a|a)" * 12 + ")b",
        "(?:" * 20 + "a" + "|a)(?:b|b)" * 20,
    ],
)
def test_alternatives_that_multiply_too_far_are_refused(pattern: str):
    with pytest.raises(RuleError, match="ways through its alternatives"):
        compile_bounded("some.rule", pattern)


def test_alternatives_side_by_side_add_up_and_those_in_a_row_multiply():
    many = "|".join(f"word{number}" for number in range(500))

    assert compile_bounded("some.rule", rf"(?:{many})\s{{0,3}}=[|?]\?(?:a|b)?")
    with pytest.raises(RuleError, match="more than 20000 ways"):
        compile_bounded("some.rule", rf"(?:{many})(?:{many})")


@pytest.mark.parametrize("pattern", ["(?i)a", "(?P<name>a)", "(?x)a # [\n"])
def test_a_group_that_sets_a_flag_or_has_a_name_is_refused(pattern: str):
    with pytest.raises(RuleError, match="has a name or sets a flag"):
        compile_bounded("some.rule", pattern)
