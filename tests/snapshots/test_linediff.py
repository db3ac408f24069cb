import random
import re

from orquestrador.snapshots.linediff import lines_of, unified


def applied(old: list[str], diff: list[str]) -> list[str]:
    """What `patch` makes of a text and a diff."""
    new: list[str] = []
    at = 0
    for line in diff:
        if head := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
            start = int(head[1]) - (head[2] != "0")
            new += old[at:start]
            at = start
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            new += [line[1:]] * (line[0] == " ")
            at += 1
    return new + old[at:]


def test_a_diff_makes_the_new_text_of_the_old_one() -> None:
    dice = random.Random(1)
    for _ in range(500):
        variety = dice.choice([2, 5, 50, 1000])
        old = [str(dice.randrange(variety)) for _ in range(dice.randrange(60))]
        new = list(old)
        for _ in range(dice.randrange(6)):
            place = dice.randrange(len(new) + 1)
            new[place : place + dice.randrange(4)] = [
                str(dice.randrange(variety)) for _ in range(dice.randrange(4))
            ]
        diff = list(unified(old, new))
        assert applied(old, diff) == new
        assert bool(diff) == (old != new)


def test_only_what_changed_is_shown_with_three_lines_around_it() -> None:
    old = [str(each) for each in range(1000)]
    new = [*old[:500], "x", *old[501:]]
    assert list(unified(old, new)) == [
        "@@ -498,7 +498,7 @@",
        " 497",
        " 498",
        " 499",
        "-500",
        "+x",
        " 501",
        " 502",
        " 503",
    ]


def test_long_texts_of_few_different_lines_are_compared_in_bounded_time() -> None:
    """`difflib` takes hours for these; the test's own time limit would end it."""
    dice = random.Random(2)
    old, new = ([str(dice.randrange(40)) for _ in range(40_000)] for _ in range(2))
    assert applied(old, list(unified(old, new))) == new


def test_lines_end_as_any_system_ends_them() -> None:
    assert lines_of("a\r\nb\rc\nd\n") == ["a", "b", "c", "d"]
    assert lines_of("a\n\x0cb\u2028c") == ["a", "\x0cb\u2028c"]
    assert lines_of("") == []
